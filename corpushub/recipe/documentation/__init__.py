"""What a hub asks people to say of a dataset, and what of it a recipe says."""
