"""How data flows: pure kernels over Arrow arrays, steps over batches, stages over shards, and one thin Beam graph."""
