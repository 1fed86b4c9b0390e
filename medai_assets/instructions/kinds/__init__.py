"""One module a kind of example: its rules."""
