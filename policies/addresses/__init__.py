"""What an address is: the only parser of hosts and URLs, which everybody asks. This package imports nothing of ours."""
