"""What runs by itself, what was tried in vain, and Dagster's own folder."""
