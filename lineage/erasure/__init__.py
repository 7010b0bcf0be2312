"""Persons and documents leave every version: who is meant, what is rewritten, what remains."""
