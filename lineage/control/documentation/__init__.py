"""What people say of a dataset: the words of its recipe, kept for each version, and the facts that they speak of."""
