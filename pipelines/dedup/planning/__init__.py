"""How the work of deduplication is cut into tasks, and what it takes for a corpus of which only counts are known."""
