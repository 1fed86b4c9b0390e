"""People's verdicts on examples as data: entered, kept, and what may be concluded from those that were read."""
