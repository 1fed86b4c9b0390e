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

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.text.word_hashes import text_bytes

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

# Left behind by UTF-8 read as a one-byte encoding: the gate before ftfy, which is a hundred times slower than the rest.
_LEADS = "[ÂÃÐÑÎÏâãåæçèéïð]"
_DAMAGE = f"[\u0080-\u009f\ufffd\ufb00-\ufb06]|{_LEADS}[\u0080-\u00bf–—‘’“”„†‡•…‰‹›€™šŸŽœƒˆ˜]"
# Characters that stay as they are whatever stands around them; everything else is looked at in Python.
_SETTLED = "\\n -~¡-¬®-ÿĀ-ſΑ-Ρά-ώα-ω‐-―‘-„†‡•…‰′″€™−≤≥≈≠±×÷→↑↓←∞√∑∆²³¹⁰⁴-⁹⁺⁻₀-₉½¼¾"
# Rows that this pattern does not match are already normal.
_NEEDS_WORK = f"[^{_SETTLED}]|{_DAMAGE}|  | \\n|\\n |\\n\\n\\n|^[ \\n]|[ \\n]$"

_SUSPICIOUS = re.compile(_DAMAGE)
# The one pair of damage whose second half is a space.
_DAMAGED_SPACE = f"{_LEADS}\u00a0"
_REMOVED = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\x00-\x08\x0e-\x1f\x7f]+"
)
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ODD = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_ODD_SPACES = f" ?[{_ODD}][ {_ODD}]*|  +"
_SPACES = re.compile(_ODD_SPACES)
_AROUND_BREAK = re.compile(" +\n[ \n]*|\n[ \n]+")
_SPACE, _TILDE = 0x20, 0x7E
_MAX_ROUNDS = 6


def normalise(text: str) -> str:
    """The normal form of a text: one line break between lines, one empty line between paragraphs."""
    for _ in range(_MAX_ROUNDS):
        result = _once(_repair(text) if _is_damaged(text) else text)
        if result == text or not _is_damaged(
            result
        ):  # what is taken out may join the halves of further damage
            return result
        text = result
    return text


def _is_damaged(text: str) -> bool:
    return not text.isascii() and _SUSPICIOUS.search(text) is not None


def normalise_array(texts: pa.Array) -> pa.Array:
    """``normalise`` over a string array; rows that are already normal are recognised without Python."""
    unusual = _unusual(texts)
    if not unusual.any():
        return texts
    needing = pc.match_substring_regex(texts.filter(pa.array(unusual)), _NEEDS_WORK)
    unusual[unusual] = pc.fill_null(needing, False).to_numpy(zero_copy_only=False)
    dirty = pa.array(unusual)
    if not unusual.any():
        return texts
    # Thin and unbreakable spaces are what most such rows need; Arrow replaces them forty times as fast as Python.
    given = texts.filter(dirty)
    spaced = pc.replace_substring_regex(given, _ODD_SPACES, " ")
    left = pc.or_(
        pc.match_substring_regex(spaced, _NEEDS_WORK), pc.match_substring_regex(given, _DAMAGED_SPACE)
    )
    repaired = [normalise(text) for text in given.filter(left).to_pylist()]
    spaced = pc.replace_with_mask(spaced, left, pa.array(repaired, texts.type))
    return pc.replace_with_mask(texts, dirty, spaced)


def _unusual(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Rows that are more than printable ASCII with single spaces; a look at each byte that costs a fifth of a pattern's."""
    data, offsets = text_bytes(texts)
    odd = (data < _SPACE) | (data > _TILDE)
    space = data == _SPACE
    odd[1:] |= space[1:] & space[:-1]
    found = np.zeros(len(texts), bool)
    found[np.searchsorted(offsets, np.flatnonzero(odd), side="right") - 1] = True
    filled = np.flatnonzero(np.diff(offsets))
    found[filled] |= space[offsets[filled]] | space[offsets[filled + 1] - 1]
    return found


def _once(text: str) -> str:
    text = _LINE_BREAKS.sub("\n", _REMOVED.sub("", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = _AROUND_BREAK.sub(_break, _SPACES.sub(" ", text))
    return text.strip(" \n")


def _break(match: re.Match[str]) -> str:
    return "\n" if match.group().count("\n") == 1 else "\n\n"


def _repair(text: str) -> str:
    import ftfy

    # ftfy takes these two out, with nothing in their place.
    return ftfy.fix_text(text.replace("\x0b", "\n").replace("\x0c", "\n"), config=_ftfy_settings())


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
