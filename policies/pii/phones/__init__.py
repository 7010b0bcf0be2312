"""Phone numbers: found by shape and words, checked against numbering plans and libphonenumber."""
