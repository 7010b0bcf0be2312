"""What stands around every command: the menu of all, the log of what is told, and errors in words."""
