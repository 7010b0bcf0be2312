"""What people ask of a hub: erase, withdraw, find, and read again."""
