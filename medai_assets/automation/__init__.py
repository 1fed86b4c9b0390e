"""What runs by itself, what failed on its current inputs, and Dagster's own folder."""
