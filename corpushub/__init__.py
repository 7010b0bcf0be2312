"""The front door: recipe, command line, and the driver that runs a recipe."""
