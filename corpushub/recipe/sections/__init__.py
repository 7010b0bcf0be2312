"""Sections of a recipe that stand by themselves: what is said of the dataset, limits, energy."""
