"""Engines that carry out tasks: Beam and its runners, Ray; what travels to them, and what is seen of their answers."""
