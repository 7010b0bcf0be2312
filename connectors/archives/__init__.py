"""Web archives: WARC, ARC and WET records, their HTTP responses, and where records begin and end."""
