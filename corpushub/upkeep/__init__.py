"""A hub in order: what may be cleaned, what is damaged, what it needs."""
