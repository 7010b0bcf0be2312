"""What runs cost: as precedents of the next one, and in processor time, memory and energy."""
