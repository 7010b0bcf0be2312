"""What people ask: of a hub to erase, withdraw, find and read again; of files, which personal data they hold."""
