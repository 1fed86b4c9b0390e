"""Retractions that Retraction Watch lists and Crossref publishes."""
