"""Data files without some documents: each file once, beside the old one."""
