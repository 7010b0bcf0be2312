"""What persons may do with a hub: see it by their role, ask whether they are in it, and have their requests met."""
