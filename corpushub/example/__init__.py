"""The quickstart: a small invented crawl that is made on the spot, with its recipe and policy."""
