"""The dedup stage: equal and similar documents, verified, and which of them survives."""
