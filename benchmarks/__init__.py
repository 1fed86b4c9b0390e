"""Side-by-side measurements, one file a question; each prints a table and ends with its ratios and their targets."""
