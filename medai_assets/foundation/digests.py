"""Hashing of text, without anything heavy: what names queries, settings and versions."""

from __future__ import annotations

import hashlib

HASH_LENGTH = 32  # hex digits kept of a content hash: 128 bits


def text_digest(*parts: str | bytes) -> str:
    """Hash of several texts, kept apart by a separator that cannot occur in UTF-8."""
    raw = b"\xff".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hashlib.sha256(raw).hexdigest()[:HASH_LENGTH]
