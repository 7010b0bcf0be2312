"""The statistics of a version: how many documents and bytes of what, kept and dropped, counted once when it is made."""
