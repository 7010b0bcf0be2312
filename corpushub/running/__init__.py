"""The driver of a run: progress, workers, attestation, and what crashed commands left."""
