"""PubMed, by topic through E-utilities and in bulk from NLM's files."""
