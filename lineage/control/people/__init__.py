"""Persons and a hub: who may see what, who has seen it, and what they ask for and report, as it is recorded."""
