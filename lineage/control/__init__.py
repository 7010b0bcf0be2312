"""The control database: runs, versions, erasures and withdrawals, one family of tables a file."""
