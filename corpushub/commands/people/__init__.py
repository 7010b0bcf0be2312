"""Commands about persons: taking them out, their requests and reports, and who may look."""
