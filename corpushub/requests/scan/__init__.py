"""Personal data in files, without a hub."""
