"""From captures to text: bodies, encodings, extraction, and what a revisit repeats."""
