"""Papers: what others ask of a dataset, answered from what is on record, for people and machines."""
