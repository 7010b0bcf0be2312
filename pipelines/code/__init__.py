"""Which code computes what: imports, the libraries behind them, plugins, and the version that names all."""
