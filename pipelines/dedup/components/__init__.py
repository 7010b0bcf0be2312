"""Components: which candidates must be looked at together, their way to one task each, and which of them survive."""
