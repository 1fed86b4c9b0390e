"""The upstreams: one HTTP client with shared rates, a journal, one module an upstream, and raw records as the result.

``collection.collect_slice`` is the way in. Nothing here knows of Dagster, and nothing here reads the text of a record.
"""
