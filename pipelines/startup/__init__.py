"""What is made ready before workers start: kernels compiled, and modules imported once and forked."""
