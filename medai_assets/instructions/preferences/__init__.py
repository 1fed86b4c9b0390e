"""Preference pairs: two answers to one request, of which one is to be preferred, each side traced to its records."""
