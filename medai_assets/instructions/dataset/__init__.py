"""Examples to a data set: mixture, split, checks, cards and export."""
