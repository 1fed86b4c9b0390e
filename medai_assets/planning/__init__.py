"""What is stale and why, from receipts and fingerprints alone."""
