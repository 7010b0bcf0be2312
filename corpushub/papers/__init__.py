"""Papers: what others ask of a dataset, answered from what is on record: datasheets, statutes, and metadata for machines."""
