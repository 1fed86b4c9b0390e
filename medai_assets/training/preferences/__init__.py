"""Preference learning after supervised training: from pairs and an adapter to an adapter that prefers."""
