"""Where in texts personal data can be, and the search there: windows, a prefilter, limits, what is glued to values."""
