"""Statements about versions, bundles of them for third parties, and the checks of both."""
