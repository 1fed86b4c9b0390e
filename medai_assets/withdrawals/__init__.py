"""Withdrawn records: the table of all withdrawals, which apply now, and taking a record's text out."""
