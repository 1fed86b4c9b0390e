"""The NHS website's content API."""
