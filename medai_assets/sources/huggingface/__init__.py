"""Data sets and benchmark sets of the Hugging Face hub."""
