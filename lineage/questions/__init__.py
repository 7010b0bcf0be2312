"""Answers from what is on record: trace, find, diff, show, query, export."""
