"""Which code makes what: the digest of the code behind each stage and rule, the lock that holds them, golden outputs."""
