"""Languages of texts: identified by the arithmetic of lid.176, its model, and function words."""
