"""PubMed Central's open-access subset: full text of articles, from NLM's files on Amazon's open-data programme."""
