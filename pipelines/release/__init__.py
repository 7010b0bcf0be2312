"""The release and record stages: what is left becomes the documents and the ledger of a version."""
