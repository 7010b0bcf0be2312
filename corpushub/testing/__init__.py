"""What tests share, ours and those of plugins: contracts, recipes, small sources, a silent watcher, unsteady stores."""
