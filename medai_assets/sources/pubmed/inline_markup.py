"""Inline markup of PubMed text as plain text that means the same.

``10<sup>6</sup>`` becomes ``10⁶`` and ``C<sub>max</sub>`` becomes ``C_max``; dropping the tags would give ``106``.
What belongs here: the writing rules, which both readers share, and their application to raw bytes, which is the
fast reader's. The slow reader applies the rules to a document tree (reference_reader.py).
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.sax.saxutils import escape

import re2
from lxml import etree

from medai_assets.sources.pubmed.tables import TEXT_ELEMENTS
from medai_assets.text.mathml import MATHML, mathml_text
from medai_assets.text.superscripts import lowered, raised, settle

_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1  # bytes, not characters
# From an inline tag to the next structural one. In NLM's DTD every structural element begins with a capital and no
# inline element does but DispFormula. RE2 finds these six times faster than re.
_REGION = r"<(?:/?[a-z]|[!?]|DispFormula)[^<]*(?:<(?:/?[a-z]|[!?]|/?DispFormula)[^<]*)*"
# An element that is read as text and holds a tag: markup this module does not know, once regions are text.
_TEXT = rf"<(?:{'|'.join(TEXT_ELEMENTS)})(?:\s(?:[^<>]*[^<>/])?)?>[^<]*"
_NESTED = re2.compile(rf"{_TEXT}<[^/]".encode(), _OPTIONS)
# Both in one pass: what is nested begins with a capital where no region does.
_UNUSUAL = rf"{_TEXT}<(?:[A-CE-Z]|D(?:[^i]|i[^s]|is[^p]|isp[^F]))"
_FOUND = re2.compile(rf"(?:{_REGION})|(?:{_UNUSUAL})".encode(), _OPTIONS)
_IGNORED = re.compile(r"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_MATH = re.compile(r"<(mml:)?math[\s>].*?</(?(1)mml:)math\s*>", re.DOTALL)
_EMPTY = re.compile(r"<(?:su[bp]|[biu]|DispFormula)(?:\s[^<>]*)?/>")
_PAIR = re.compile(r"<(su[bp]|[biu]|DispFormula)(?:\s[^<>]*)?>([^<]*)</\1\s*>")
_REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(lt|gt|amp|quot|apos));")
_SPANS = ((b"<!--", b"-->"), (b"<?", b"?>"), (b"<math", b"</math"), (b"<mml:math", b"</mml:math"))
_LONGEST_NESTED = 1 << 16  # bytes
_MOST_PAIRS = 2_000
_LONGEST_KEPT = 64  # characters of what is raised or lowered, whose form on the line is kept for the next
_MOST_DIGITS = 9  # of a character reference, leading noughts included
_PREDEFINED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_NO_ENTITIES = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


class UnusualMarkup(ValueError):
    """The bytes hold markup outside NLM's inline elements: the slow reader must look at the record."""


def plain_markup(xml: bytes) -> bytes:
    """Citations without inline markup: each text element holds character data only, still escaped.

    Args:
        xml: any number of records; only text elements may hold lower-case tags, as NLM's DTD has it.

    Raises:
        UnusualMarkup: a CDATA section or an unknown tag stands in the text.
    """
    parts: list[bytes] = []
    position, within_text = 0, True
    for match in _FOUND.finditer(xml):
        start, end = match.span()
        region = match.group()
        if b"A" <= region[1:2] <= b"Z" and not region.startswith(b"<DispFormula"):
            raise UnusualMarkup("a tag inside a text element")
        parts += xml[position:start], _render(xml[max(0, start - 2) : start].decode("latin-1"), region)
        position = end
        within_text &= xml.startswith(b"</", end)
    if position:
        parts.append(xml[position:])
        xml = b"".join(parts)
    if not within_text and _NESTED.search(xml):  # a comment between elements, or a tag behind a region
        raise UnusualMarkup("a tag inside a text element")
    return xml


def _render(before: str, region: bytes) -> bytes:
    """The region as escaped text; ``before`` are the two characters before it, which some rules look back at."""
    _check_closed(region)
    try:
        text = region.decode()
        if b"<!" in region or b"<?" in region or b"math" in region:
            text = _MATH.sub(_math, _IGNORED.sub("", text))
    except (UnicodeDecodeError, etree.XMLSyntaxError) as error:
        raise UnusualMarkup(str(error)) from error
    if "/>" in text:
        text = _EMPTY.sub("", text)
    while "</" in text:  # innermost first
        text, found = _PAIR.subn(_pair, text)
        if not found:
            break
    if "<" in text:
        raise UnusualMarkup(text[text.index("<") :][:40])
    return escape(settle(before + _unescape(text))[len(before) :]).encode()


def _check_closed(region: bytes) -> None:
    """Raises UnusualMarkup for openings without an end, whose end would be looked for once for each, and for many levels."""
    for opening, closing in _SPANS:
        last = region.rfind(opening)
        if last >= 0 and region.find(closing, last) < 0:
            raise UnusualMarkup(f"{opening.decode()} without an end")
    if len(region) > _LONGEST_NESTED and region.count(b"<i>") + region.count(b"<b>") > _MOST_PAIRS:
        raise UnusualMarkup("markup in many levels")


def _pair(match: re.Match[str]) -> str:
    tag, content = match.groups()
    if tag not in ("sup", "sub"):
        return content
    return (_shifted if len(content) <= _LONGEST_KEPT else _shifted.__wrapped__)(tag, content)


@lru_cache(maxsize=4096)
def _shifted(tag: str, content: str) -> str:
    return escape((raised if tag == "sup" else lowered)(_unescape(content)))


def _math(match: re.Match[str]) -> str:
    wrapped = f'<x xmlns:mml="{MATHML}">{match.group()}</x>'
    return escape(mathml_text(etree.fromstring(wrapped, _NO_ENTITIES)[0]))


def _unescape(text: str) -> str:
    """Character references and the five predefined entities, once; anything else stays for the parser to refuse."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _PREDEFINED[name]
    digits, base = (decimal, 10) if decimal else (hexadecimal, 16)
    number = int(digits, base) if len(digits) <= _MOST_DIGITS else -1
    if not _is_xml(number):
        raise UnusualMarkup(f"the reference {match[0][:40]} names no character that XML allows")
    return chr(number)


def _is_xml(number: int) -> bool:
    """Whether XML 1.0 allows the character (production 2)."""
    return (
        number in (9, 10, 13)
        or 0x20 <= number < 0xD800
        or 0xE000 <= number <= 0xFFFD
        or 0x10000 <= number <= 0x10FFFF
    )
