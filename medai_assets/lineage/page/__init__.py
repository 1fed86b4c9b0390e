"""The lineage page: search a row and walk from a model to the publisher's page and back, in a browser, offline."""
