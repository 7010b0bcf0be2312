"""What runs cost: as precedents of the next one, and in processor time, memory and energy; how far one under way is."""
