"""Which language a text is in: ISO 639-1, by eldc (n-grams over the first 1.5 kB; loaded on first use)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

UNKNOWN = "und"
# Below this a list of drug names passes for Latin or Italian; the document's language is taken.
_FEWEST_WORDS = 8
_LOOKED_AT = 1500


def detect_languages(texts: Iterable[str], default: str = "en") -> list[str]:
    """Language of each text; ``default`` for texts too short to tell and for those no language fits."""
    detect = _detector()
    return [
        _language(detect(text[:_LOOKED_AT]), default) if text.count(" ") >= _FEWEST_WORDS - 1 else default
        for text in texts
    ]


def _language(code: str, default: str) -> str:
    return default if code == UNKNOWN else code


@lru_cache(maxsize=1)
def _detector():  # type: ignore[no-untyped-def]  # the extension has no stubs
    import eldc

    eldc.init()
    return eldc.detect
