"""The commands, one file for each job of the people who use them; thin over the library."""
