"""The documents of a version: some at a time, one with its text, and all of them as a population."""
