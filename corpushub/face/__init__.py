"""The Python face: a hub and its versions as objects, whose methods are what commands call."""
