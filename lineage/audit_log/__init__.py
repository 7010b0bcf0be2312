"""The append-only log of statements: a Merkle tree in tiles, signed checkpoints, keys."""
