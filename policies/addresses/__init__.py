"""What an address is: the only parser of hosts and URLs, which everybody asks."""
