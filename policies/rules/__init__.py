"""Policy files: their rules, how they decide on profiles, and their cases."""
