"""A step, a connector and a recognizer for corpushub, to copy from."""
