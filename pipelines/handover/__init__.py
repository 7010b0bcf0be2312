"""The files between stages: parts of documents, sidecars for deduplication, events, ids."""
