"""Ids as people write them, and what of it carries no meaning: shared by the sources' own canonical forms."""

from __future__ import annotations

import re
import unicodedata

UUID = re.compile(r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")  # word processors leave them
_DASHES = re.compile("[\u2010-\u2015\u2212]")


def without_invisible(text: str) -> str:
    """The text without characters that no table shows."""
    return _INVISIBLE.sub("", text)


def row_key(text: str) -> str:
    """A row's or file's own name without what no table shows: outer blanks, line ends, invisible characters."""
    return " ".join(without_invisible(text).strip().lstrip("/").split())


def plain(text: str) -> str:
    """Small letters, one kind of hyphen, compatibility forms resolved."""
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip().lower()


def number(text: str) -> str:
    """A number without leading zeros."""
    return unicodedata.normalize("NFKC", text).lstrip("0")
