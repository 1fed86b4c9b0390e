"""Doing what is stale: waves of runs in worker processes."""
