"""What tests of the hub, of its steps and of its connectors share: recipes, small sources, and a silent watcher."""
