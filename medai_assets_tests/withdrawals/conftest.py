"""Withdrawals are tried on the library of stored versions that lineage is tried on."""

from medai_assets_tests.lineage.conftest import library

__all__ = ["library"]
