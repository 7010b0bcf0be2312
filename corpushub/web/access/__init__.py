"""Who is let in where: the doors, sessions, what everybody is told of datasets that show themselves, what is noted."""
