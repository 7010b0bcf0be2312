"""Recognizers of ours beside those of Presidio: payment cards, account numbers, and mail below no public suffix."""
