"""Tables of documents: JSON, JSON Lines, CSV, Parquet and SQLite, and which of their fields mean what."""
