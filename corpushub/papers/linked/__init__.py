"""Linked data: papers that machines read, each a document of the vocabulary that it is written in."""
