"""The Iceberg tables of a dataset, for other engines: commits, tags, and the tables after a move."""
