"""The table of assets, its partitions and parents, as data."""
