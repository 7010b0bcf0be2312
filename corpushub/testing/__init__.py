"""What tests share, ours and those of plugins: contracts, recipes, sources, a silent watcher, an unsteady store."""
