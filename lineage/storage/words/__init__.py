"""The full-text index: which terms stand in which documents, a file beside each documents file, and ranked look-ups."""
