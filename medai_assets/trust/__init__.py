"""Statements that others can check without us: signatures over models, and certificates of withdrawals."""
