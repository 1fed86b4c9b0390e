"""The sources are tried against the same misbehaving server as their HTTP client."""

from medai_assets_tests.sources.answering import collect
from medai_assets_tests.transport.conftest import client, server, unhurried

__all__ = ["client", "collect", "server", "unhurried"]
