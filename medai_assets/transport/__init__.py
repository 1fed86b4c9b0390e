"""The one HTTP client of all sources: requests, rate limits, redaction, journals. Knows no upstream's records."""
