"""Text that its publisher escaped twice: ``P&lt;0.05``, ``&#945;``, a whole ``<p>`` that came as characters.

Only what can be nothing else is read again: references by their name or number, and HTML's own tags with well-formed
attributes. Signs that were meant stay: ``a <b and c> d``, ``R&D``.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.text.superscripts import lowered, raised, settle

_NAME = "p|br|div|span|h[1-6]|ul|ol|li|sup|sub|i|b|u|em|strong|small|italic|bold|table|tbody|thead|tr|td|th"
_TAG = rf'<(/?)({_NAME})((?: [a-zA-Z-]{{1,30}}="[^"<>]{{0,200}}"){{0,9}}) ?/?>'
_REFERENCE = r"&(?:#[0-9]{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z][a-zA-Z0-9]{1,8});"
_SUSPECT = rf"(?i)&[#a-z]|</?(?:{_NAME})[ />]"  # for RE2
_SCRIPT = re.compile(r"<(su[bp])>([^<>]{0,200})</\1>", re.IGNORECASE)
_TAGS = re.compile(_TAG, re.IGNORECASE)
_REFERENCES = re.compile(_REFERENCE)
_ON_THE_LINE = frozenset("span i b u em strong small italic bold sup sub".split())


def unescape_again(text: str) -> str:
    """The text as it was meant, where it was escaped twice."""
    text = _SCRIPT.sub(lambda m: (raised if m[1].lower() == "sup" else lowered)(m[2]), text)
    text = settle(_TAGS.sub(lambda m: "" if m[2].lower() in _ON_THE_LINE else "\n", text))
    return _REFERENCES.sub(_meant, text).strip("\n")


def _meant(reference: re.Match[str]) -> str:
    """``unescape`` alone takes the beginning of a name that nobody has given: ``&timesheet;`` as ``×heet;``."""
    name = reference[0][1:]
    return unescape(reference[0]) if name[0] == "#" or name in html5 else reference[0]


def unescape_again_array(texts: pa.Array) -> pa.Array:
    """``unescape_again`` over a string array; rows without a sign of it are recognised without Python."""
    suspect = pc.fill_null(pc.match_substring_regex(texts, _SUSPECT), False)
    if not pc.any(suspect).as_py():
        return texts
    again = [unescape_again(text) for text in texts.filter(suspect).to_pylist()]
    return pc.replace_with_mask(texts, suspect, pa.array(again, texts.type))
