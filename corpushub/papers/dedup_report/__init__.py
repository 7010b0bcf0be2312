"""Which documents were dropped for which: the report, its page and its picture."""
