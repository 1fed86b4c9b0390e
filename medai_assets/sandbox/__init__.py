"""The upstreams on loopback: the same protocols as the real services, so that the same client code runs.

What belongs here: servers that answer as the publishers' services do, quirks and errors included, and what can go
wrong with them on purpose. What does not: any client code. Nothing here is imported when definitions load.
"""
