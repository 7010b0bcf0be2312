"""Documents leave a dataset by rights: a new version without them."""
