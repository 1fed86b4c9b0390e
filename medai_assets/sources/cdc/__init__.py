"""CDC's content syndication."""
