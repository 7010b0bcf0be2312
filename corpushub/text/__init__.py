"""Answers in words, for a terminal."""
