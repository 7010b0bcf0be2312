"""Which code computes what: what modules import, the libraries behind them, and the version that names both."""
