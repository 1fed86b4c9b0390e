"""Raw records to passages, slice by slice."""
