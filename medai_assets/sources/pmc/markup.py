"""JATS elements as text: through HTML, whose lists, tables and raised characters the text room writes for all sources.

What belongs here: which element of an article means what, and what is no text for a reader: references and the marks that
point at them, figures with their captions, footnotes. Names are from the JATS tag library (see article.py).
"""

from __future__ import annotations

import math
import re
from html import escape

from lxml.etree import _Element

from medai_assets.text.html import html_parts
from medai_assets.text.mathml import MATHML, mathml_text
from medai_assets.text.superscripts import lowered, raised, settle

_DROPPED = frozenset(
    "fig fig-group graphic media supplementary-material inline-supplementary-material ref-list fn fn-group object-id label "
    "contrib-group author-notes index-term strike permissions sec related-article related-object sub-article response "
    "float-anchor processing-meta kwd-group ack alt-text long-desc attrib".split()
)
_AS = {
    "p": "div", "title": "div", "subtitle": "div", "disp-quote": "div", "verse-group": "div", "verse-line": "div",
    "statement": "div", "boxed-text": "div", "preformat": "div", "speech": "div", "attribution": "div", "caption": "div",
    "list-item": "li", "def-item": "li", "sup": "sup", "sub": "sub", "table": "table", "thead": "thead", "tbody": "tbody",
    "tfoot": "tfoot", "tr": "tr", "td": "td", "th": "th",
}  # fmt: skip
_NUMBERED = frozenset("order alpha-lower alpha-upper roman-lower roman-upper".split())
_MATH = f"{{{MATHML}}}math"
_SPANS = ("rowspan", "colspan")
MOST_CELLS = 20_000  # of one table, each counted as often as its spans repeat it
# A mark that points at a reference, or a reference to a figure, stands between these until the text round it is known.
_REF, _FIG, _END, _LOST = "\ue000", "\ue001", "\ue002", "\ue003"
_POINTS = {"bibr": _REF, "fig": _FIG, "supplementary-material": _FIG, "media": _FIG}
_UNSAID = ("fn", "corresp", "aff", "author-notes")  # what these marks point at is left out
_MARK = rf"[{_REF}{_FIG}][^{_REF}{_FIG}{_END}]*{_END}"
_JOIN = r"(?:[\s,;:&–—‐‑-]|\band\b|\bto\b)"
_SEE = r"(?:(?:see(?: also)?|e\.g\.,?|cf\.?|reviewed in|refs?\.?|references?)\s*)?"
_MARKS_IN_A_ROW = rf"{_MARK}[A-Za-z]?(?:{_JOIN}*{_MARK}[A-Za-z]?)*"
_BRACKETED = re.compile(rf" ?[(\[]{_SEE}{_MARKS_IN_A_ROW}\s*[)\]]")
_RAISED = re.compile(rf"<sup>\s*{_MARKS_IN_A_ROW}\s*</sup>")
_NUMBER = rf"{_REF}[\s\d,;–—‐‑\[\]()-]{{1,14}}{_END}"
_NUMBERS = re.compile(rf"{_NUMBER}(?:{_JOIN}*{_NUMBER})*")
_YEAR = re.compile(rf"{_REF}[(\[]?(?:1[89]|20)\d\d[a-z]?[)\]]?{_END}")
_MARKS = re.compile(f"[{_REF}{_FIG}{_END}]")
_PRIVATE = re.compile(f"[{_REF}-{_LOST}]")


class Loss:
    """Counts the blocks that were left out of a text because something in them cannot be read."""

    def __init__(self) -> None:
        self.blocks = 0


def one_line(element: _Element | None) -> str:
    """All text of an element on one line, "" when there is none."""
    return "" if element is None else " ".join(block_text([element]).split())


def block_text(elements: list[_Element], loss: Loss | None = None) -> str:
    """The text of paragraphs, lists and tables, each on lines of their own; what is no text is left out.

    Args:
        loss: counts what was left out because a formula in it is a picture or TeX: the rest of a sentence without its
            formula might say something else.
    """
    html = "".join(f"<div>{_block(element, loss or Loss())}</div>" for element in elements)
    return "\n\n".join(part.text for part in html_parts(html, split_levels=range(0)) if part.text).strip()


def _block(element: _Element, loss: Loss) -> str:
    """A block's HTML with the pointers in it resolved, "" when something in its own words cannot be read."""
    html = _html(element, loss)
    if _LOST in html:
        loss.blocks += 1
        return ""
    return _pointers_out(html)


def _html(element: _Element, loss: Loss) -> str:
    name = str(element.tag).rpartition("}")[2]
    if name in _DROPPED or (name in ("table-wrap", "boxed-text") and element.find("permissions") is not None):
        return ""  # of an object with permissions of its own nobody has said that it may be used
    if name in (
        "inline-formula",
        "disp-formula",
        "math",
        "inline-graphic",
        "tex-math",
        "private-char",
        "chem-struct",
    ):
        return _formula(element)
    if name == "xref":
        return _pointer(element, loss)
    if name == "break":
        return "<br>"
    if name == "alternatives":
        return "".join(_html(child, loss) for child in list(element)[:1])
    if name == "table-wrap":
        return _table(element, loss)
    if name in ("list", "def-list"):
        kind = "ol" if element.get("list-type") in _NUMBERED else "ul"
        return f"<{kind}>{_inside(element, loss)}</{kind}>"
    if name == "term":
        return f"{_inside(element, loss)}: "
    if (tag := _AS.get(name)) is None:
        return _inside(element, loss)
    spans = "".join(f' {s}="{escape(element.get(s) or "")}"' for s in _SPANS if element.get(s))
    inside = _inside(element, loss)
    if tag in ("div", "li") and _LOST in inside:
        loss.blocks += 1
        return ""
    return f"<{tag}{spans}>{inside}</{tag}>"


def _inside(element: _Element, loss: Loss) -> str:
    parts = [_escaped(element.text)]
    for child in element:
        parts += [_html(child, loss), _escaped(child.tail)]
    return "".join(parts)


def _escaped(text: str | None) -> str:
    return escape(re.sub(r"\s+", " ", _PRIVATE.sub("", text)), quote=False) if text else ""


def _formula(element: _Element) -> str:
    """A formula on one line; a mark where some of it is only a picture, or TeX."""
    text = " ".join(settle(_formula_text(element)).split())
    if not text or _LOST in text:
        return _LOST
    return f"<div>{_escaped(text)}</div>" if element.tag == "disp-formula" else _escaped(text)


def _formula_text(element: _Element) -> str:
    """MathML, and what is written with ``sup`` and ``sub``; TeX and pictures count where nothing else says the same."""
    if element.tag == _MATH:
        return mathml_text(element)
    if element.tag in ("tex-math", "graphic", "inline-graphic", "media", "private-char"):
        return _LOST
    children = [
        child for child in element if child.tag not in ("label", "object-id", "alt-text", "long-desc")
    ]
    if any(child.tag == _MATH for child in children):
        children = [child for child in children if child.tag not in ("tex-math", "graphic", "inline-graphic")]
    if element.tag == "alternatives":
        return next(iter(sorted(map(_formula_text, children), key=lambda text: _LOST in text)), _LOST)
    parts = [element.text or ""]
    for child in children:
        writer = {"sup": raised, "sub": lowered}.get(str(child.tag), str)
        parts += [writer(_formula_text(child)), child.tail or ""]
    return "".join(parts)


def _pointer(element: _Element, loss: Loss) -> str:
    """The words of a cross-reference, between marks where they point at what the text is without."""
    kind = (element.get("ref-type") or "").strip()
    mark = _POINTS.get(kind)
    if mark is None:
        return "" if kind in _UNSAID else _inside(element, loss)
    words = _MARKS.sub("", re.sub(r"</?sup>", "", _inside(element, loss)))
    return f"{mark}{words}{_END}"


def _pointers_out(html: str) -> str:
    """Without numbers of references and brackets that hold pointers alone; names and years in a sentence stay."""
    html = _RAISED.sub("", html)
    html = _BRACKETED.sub("", html)
    html = _YEAR.sub(lambda found: _MARKS.sub("", found[0]), html)
    return _MARKS.sub("", _NUMBERS.sub("", html))


def _table(wrap: _Element, loss: Loss) -> str:
    """Label and caption, the rows with their header, and what stands below: units, abbreviations, notes."""
    if sum(_repeats(cell) for cell in wrap.iter("td", "th")) > MOST_CELLS:
        loss.blocks += 1
        return ""
    own = Loss()
    label = _escaped("".join(t for e in wrap.findall("label") for t in e.itertext())).strip().rstrip(".")
    caption = _flat(" ".join(_inside(e, own) for e in wrap.findall("caption")))
    rows = "".join(_html(table, own) for table in wrap.iter("table"))
    notes = [_note(e, own) for foot in wrap.findall("table-wrap-foot") for e in foot]
    lines = [". ".join(filter(None, (label, caption))), rows, *notes]
    if not rows or own.blocks or any(_LOST in line for line in lines):
        loss.blocks += 1  # a picture of a table, or one in which something cannot be read
        return ""
    return "".join(f"<div>{line}</div>" for line in lines if line)


def _repeats(cell: _Element) -> int:
    """In how many places a cell stands."""
    spans = ((cell.get(name) or "").strip() for name in _SPANS)
    return math.prod(int(span) if span.isdecimal() and len(span) < 4 else 1 for span in spans)


def _note(element: _Element, loss: Loss) -> str:
    """A note below a table with its mark, which the cells bear too."""
    mark = "".join(text for e in element.findall("label") for text in e.itertext()).strip()
    words = _flat("".join(_inside(child, loss) if child.tag == "p" else "" for child in element))
    words = words or (_flat(_inside(element, loss)) if element.tag != "fn" else "")
    return f"<sup>{_escaped(mark)}</sup> {words}" if mark and words else words


def _flat(html: str) -> str:
    """HTML of paragraphs on one line."""
    return re.sub(r"(?:(?<!\s)\s+)?</?(?:div|li|ul|ol)>\s*", " ", html).strip()
