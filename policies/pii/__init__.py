"""Personal data: which spans of a text are somebody's, as Presidio says, and what is done to them."""
