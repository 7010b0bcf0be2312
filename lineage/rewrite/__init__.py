"""Data files written anew: without some documents, or merged; each file once, beside the old one."""
