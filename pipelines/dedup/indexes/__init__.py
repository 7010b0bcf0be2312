"""Indexes of versions: what later runs and questions know of documents that were taken in before."""
