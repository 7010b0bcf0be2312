"""What happened: catalog, versions, ledger, queries. This package knows no other."""
