"""A person's own records, from files."""
