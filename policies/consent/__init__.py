"""Consent: what a site, a page or a registry says about the use of its content by machines.

Every signal becomes Evidence with the meaning "allow", "deny" or "unknown". A signal that is malformed, or that uses a
word its specification reserves, is "unknown": it is recorded, and it is never a permission.
"""
