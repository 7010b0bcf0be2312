"""Benchmark items: their index, and the documents that overlap them."""
