"""The control database: runs, versions, erasures and withdrawals on record, and the locks."""
