"""Data files: where they stand, how they are written, and how they are asked."""
