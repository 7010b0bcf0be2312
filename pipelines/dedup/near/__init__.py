"""Candidate pairs of near-duplicates: documents that share a band and whose sketches agree often enough."""
