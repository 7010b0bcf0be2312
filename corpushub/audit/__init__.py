"""May a version be used: the report, its text and page, the advice, and the cases of a policy."""
