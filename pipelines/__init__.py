"""How data flows: kernels over Arrow arrays, steps over batches, stages over shards, one edge to Beam."""
