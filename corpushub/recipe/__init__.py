"""The recipe: what to read and do, as a model, a job and a plan."""
