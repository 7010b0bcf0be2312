"""Bytes from anywhere: files and stores, compression that is told apart by its bytes, bounded decoding."""
