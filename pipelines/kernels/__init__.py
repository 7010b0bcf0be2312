"""Pure functions from Arrow arrays to arrays: tokens, hashes, shingles, languages, counts."""
