"""The control database and the locks: opened, and made on first use."""
