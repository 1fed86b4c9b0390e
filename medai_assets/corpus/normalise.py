"""The one text normaliser of all sources.

It repairs encodings and white space and never changes a number, a unit or a sign: NFC, never NFKC (which turns
``10⁶`` into ``106`` and ``½`` into ``1⁄2``); no quote or width is rewritten. ftfy runs only where a text holds
characters that damaged encodings leave behind. ``normalise(normalise(x)) == normalise(x)`` for every text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

# Rows that this pattern does not match are already normal: printable ASCII, single spaces, no blank edges.
_NEEDS_WORK = r"[^ -~\n]|  | \n|\n[ \n]|^[ \n]|[ \n]$"

# Left behind by UTF-8 read as a one-byte encoding, by C1 controls, by a lost byte; the gate before ftfy, which is
# a hundred times slower than the rest.
_SUSPICIOUS = re.compile(
    "[\u0080-\u009f\ufffd\ufb00-\ufb06]|[ÂÃÐÑÎÏâãåæçèéïð][\u0080-\u00bf–—‘’“”„†‡•…‰‹›€™šŸŽœƒˆ˜]"
)
_REMOVED = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\x00-\x08\x0e-\x1f\x7f]"
)
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_AROUND_BREAK = re.compile(" ?\n ?(?:\n ?)*")
_MAX_ROUNDS = 6


def normalise(text: str) -> str:
    """The normal form of a text: one line break between lines, one empty line between paragraphs."""
    for _ in range(_MAX_ROUNDS):
        result = _once(text)
        if result == text:
            break
        text = result
    return text


def normalise_line(text: str) -> str:
    """The normal form of a title or heading: a single line."""
    return normalise(text).replace("\n", " ").replace("  ", " ")


def normalise_array(texts: pa.Array) -> pa.Array:
    """``normalise`` over a string array; rows that are already normal are recognised without Python."""
    dirty = pc.fill_null(pc.match_substring_regex(texts, _NEEDS_WORK), False)
    if not pc.any(dirty).as_py():
        return texts
    repaired = [normalise(text) for text in texts.filter(dirty).to_pylist()]
    return pc.replace_with_mask(texts, dirty, pa.array(repaired, texts.type))


def _once(text: str) -> str:
    if not text.isascii():
        if _SUSPICIOUS.search(text):
            text = _repair(text)
        text = unicodedata.normalize("NFC", text)
    text = _LINE_BREAKS.sub("\n", text)
    text = _REMOVED.sub("", text)
    text = _SPACES.sub(" ", text)
    text = _AROUND_BREAK.sub(_break, text)
    return text.strip(" \n")


def _break(match: re.Match[str]) -> str:
    return "\n" if match.group().count("\n") == 1 else "\n\n"


def _repair(text: str) -> str:
    import ftfy

    return ftfy.fix_text(text, config=_ftfy_settings())


@lru_cache(maxsize=1)
def _ftfy_settings() -> TextFixerConfig:
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        unescape_html=False,
        uncurl_quotes=False,
        fix_character_width=False,
        fix_latin_ligatures=True,
        normalization="NFC",
        explain=False,
    )
