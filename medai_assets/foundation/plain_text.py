"""Text from outside without what could control a terminal, and as bytes that every table takes.

What belongs here: escape sequences, control characters and halves of characters. What does not: how medical text is
normalised (``text/normalise.py``), which keeps these rules by importing ``CONTROLS``.
"""

from __future__ import annotations

import re

# Sequences as ECMA-48 has them, also in their one-byte forms: CSI … final byte; OSC, DCS, PM, APC, SOS … terminator; ESC x.
SEQUENCES = (
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,2000}(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]{0,8}[0-~]"
)
# C0 without tab and line end, DEL, C1 without the next-line mark, and what changes the direction of writing.
CONTROLS = "[\x00-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_TAKEN_OUT = re.compile(f"{SEQUENCES}|{CONTROLS}")


def plain(text: str) -> str:
    """The text without escape sequences, control characters and halves of characters; tabs and line ends stay."""
    if text.isprintable():
        return text
    return storable(_TAKEN_OUT.sub("", text))


def plain_line(text: str) -> str:
    """The same on one line, for what is shown in a list or a message."""
    return text if text.isprintable() else " ".join(plain(text).split())


def finalize_plain(value: object) -> object:
    """What a page's template prints (``Environment(finalize=…)``): text as ``plain`` has it, all else as it is."""
    return plain(value) if type(value) is str else value


def storable(text: str) -> str:
    """The text with halves of characters written as their codes, since no UTF-8 column takes them."""
    return text.encode("utf-8", "backslashreplace").decode()
