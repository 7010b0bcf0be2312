"""Rights of captures: evidence found, profiles made, and what is kept out by policy or request."""
