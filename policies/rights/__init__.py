"""Licences, permissions and evidence of rights, and the profile that they come to."""
