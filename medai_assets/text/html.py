"""HTML to text with the structure that carries meaning: headings, lists, tables as readable rows, raised digits.

What belongs here: the walk over the tree and the rules for boilerplate that every publisher's pages share. What does
not: which heading means which section (headings.py), table grids (html_tables.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from medai_assets.text.html_tables import table_lines
from medai_assets.text.superscripts import lowered, raised, settle

_SKIPPED = {
    "script", "style", "nav", "form", "button", "svg", "img", "picture", "iframe", "noscript", "video", "audio",
    "head", "template", "object", "select", "footer", "input", "col", "colgroup", "del", "s", "strike", "wbr",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "acronym", "b", "bdi", "big", "cite", "code", "content", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "linkhtml", "mark", "q", "samp", "small", "span", "strong", "time", "tt", "u", "var",
}  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN_CLASSES = re.compile(
    r"(?:^|\s)(?:visually-?hidden|nhsuk-u-visually-hidden|sr-only|breadcrumbs?|pagination|social-?media|"
    r"last-reviewed|page-?footer|syndicate-footer|skip-?link|noprint)(?:\s|$)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^(?:- |\d+\. )")
_LONGEST_NUMBER = 7  # digits of a list's number
# Whole lines that every page repeats and no reader needs.
_BOILERPLATE = re.compile(
    r"(?:(?:page |media |content )?(?:last (?:reviewed|updated|modified)|next review due)\b.{0,60}"
    r"|(?:page )?(?:last )?(?:reviewed|updated) on:? .{0,40}"
    r"|content (?:source|provided and maintained by)\b.{0,120}|source: (?:centers for disease|national center).{0,120}"
    r"|(?:back to |return to )?top(?: of (?:the )?page)?|print(?: this)? page|share(?: this page)?|e-?mail this page"
    r"|skip (?:directly )?to .{0,60}|related (?:links|pages)|on this page:?|page contents:?|find a service"
    r"|more information about .{0,60} on the website|external link|see also:?|figure \d+\.?)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Part:
    """A stretch of a page under one heading; ``level`` 0 stands for text before the first heading."""

    heading: str
    level: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines as text: list items and table rows on lines of their own, paragraphs apart."""
        return "\n".join(self.lines).strip("\n")


def html_to_text(html: str) -> str:
    """The page as one text, headings as lines of their own."""
    parts = html_parts(html)
    return "\n\n".join(t for p in parts for t in ((p.heading, p.text) if p.heading else (p.text,)) if t)


def html_parts(html: str, split_levels: range = range(1, 7)) -> list[Part]:
    """The page cut at its headings; headings of other levels stay as lines in the text.

    Args:
        split_levels: heading levels at which a new part begins.

    Raises:
        TooNested: its elements are nested deeper than any page's.
    """
    if "<" not in html and "&" not in html:
        return [Part("", 0, [html])] if html.strip() else []
    check_nesting(html)
    root = LexborHTMLParser(html).body
    if root is None:
        return []
    writer = _Writer(split_levels)
    writer.children(root)
    writer.flush()
    return [p for p in writer.parts if p.lines or p.heading]


def is_boilerplate(line: str) -> bool:
    """Whether a whole line is navigation, a review date or the like."""
    return len(line) < 200 and _BOILERPLATE.fullmatch(line.strip()) is not None


class _Writer:
    """Collects lines while the tree is walked."""

    def __init__(self, split_levels: range) -> None:
        self.parts = [Part("", 0)]
        self.split_levels = split_levels
        self._inline: list[str] = []
        self._mark = ""
        self._begins = False  # a list has begun and has no item yet
        self._numbers: list[int] = []  # of the ordered lists that are open; 0 for an unordered one

    def flush(self, gap: bool = True) -> None:
        """End the present line; ``gap`` leaves an empty line after it, as paragraphs have."""
        for number, line in enumerate(_lines(settle("".join(self._inline)))):
            if not is_boilerplate(line):
                self.parts[-1].lines.append(f"{self._mark if number == 0 else ''}{line}")
                self._mark = ""
        self._inline.clear()
        lines = self.parts[-1].lines
        if gap and not self._mark and lines and lines[-1]:
            lines.append("")

    def children(self, node: LexborNode) -> None:
        child = node.child
        while child is not None:
            self.node(child)
            child = child.next

    def node(self, node: LexborNode) -> None:
        tag = node.tag or "-"
        if tag == "-text":
            self._inline.append(re.sub(r"\s+", " ", node.text_content or ""))
        elif tag in _SKIPPED or tag.startswith(("-", "!", "_")) or _is_hidden(node):
            return
        elif tag in ("sup", "sub"):
            self._inline.append((raised if tag == "sup" else lowered)(node.text()))
        elif tag == "math":
            self._inline.append(formula(node))
        elif tag in _INLINE:
            self.children(node)
        elif tag == "br":
            self._inline.append("\n")
        elif tag in _HEADINGS:
            self._heading(node, _HEADINGS[tag])
        elif tag == "li":
            self._item(node)
        elif tag == "table":
            self._table(node)
        elif tag in ("ul", "ol"):
            self._list(node, ordered=tag == "ol")
        else:
            self.flush(gap=tag != "dd")
            self.children(node)
            self.flush(gap=tag != "dt")

    def _heading(self, node: LexborNode, level: int) -> None:
        self.flush()
        self.children(node)
        text = " ".join(_lines(settle("".join(self._inline))))
        self._inline.clear()
        if not text or is_boilerplate(text):
            return
        if level in self.split_levels:
            self.parts.append(Part(text, level))
        else:
            self.parts[-1].lines += [text, ""]

    def _list(self, node: LexborNode, ordered: bool) -> None:
        self.flush(gap=False)
        self._begins = not self._numbers
        self._numbers.append(max(1, _number(node, "start", 1)) if ordered else 0)
        self.children(node)
        self._numbers.pop()
        self.flush(gap=not self._numbers)

    def _item(self, node: LexborNode) -> None:
        self.flush(gap=False)
        lines = self.parts[-1].lines
        if not self._begins and len(lines) > 1 and not lines[-1] and _ITEM.match(lines[-2]):
            lines.pop()
        self._begins = False
        self._mark = "- "
        if self._numbers and self._numbers[-1]:
            self._numbers[-1] = max(1, _number(node, "value", self._numbers[-1]))
            self._mark = f"{self._numbers[-1]}. "
            self._numbers[-1] += 1
        self.children(node)
        self.flush(gap=False)
        self._mark = ""

    def _table(self, node: LexborNode) -> None:
        self.flush()
        self.parts[-1].lines += [*table_lines(node, _cell_text), ""]


def _cell_text(cell: LexborNode) -> str:
    writer = _Writer(range(0))
    writer.children(cell)
    writer.flush()
    text = ""
    for line in filter(None, (_ITEM.sub("", line) for line in writer.parts[0].lines)):
        # A new line that starts a new thing is set apart; a mere wrap is not.
        apart = line[0].isupper() or line[0].isdigit()
        text = f"{text}{('; ' if apart and text[-1] not in ',;:.' else ' ') if text else ''}{line}"
    return text


def _number(node: LexborNode, name: str, otherwise: int) -> int:
    value = (node.attributes.get(name) or "").strip()
    return int(value) if value.isdecimal() and len(value) < _LONGEST_NUMBER else otherwise


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    classes = attributes.get("class")
    return "hidden" in attributes or bool(classes and _HIDDEN_CLASSES.search(classes))


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        stripped = re.sub(r" {2,}", " ", line).strip()
        if stripped:
            yield stripped


# How deep the elements of a page are nested, told before a parser builds them.
DEEPEST = 150  # levels; the deepest of the pages of NHS and CDC at hand has 31
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
# Without an end tag, or with one that HTML lets a writer leave out, or closed by the next of their kind.
_UNCOUNTED = frozenset(
    "area base br col embed hr img input link meta source track wbr p li dt dd td th tr thead tbody tfoot option optgroup "
    "colgroup rp rt html head body a".split()
)


class TooNested(ValueError):
    """Elements stand in each other, or are opened and never closed, beyond DEEPEST levels."""


def check_nesting(html: str) -> None:
    """Raises TooNested; in time in proportion to the text."""
    if html.count("<") <= DEEPEST:
        return
    depth = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() not in _UNCOUNTED:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            if depth > DEEPEST:
                raise TooNested(f"elements are nested, or opened and never closed, more than {DEEPEST} deep")


_ANNOTATIONS = {"annotation", "annotation-xml"}


def formula(node: LexborNode) -> str:
    """The content of a ``math`` element, scripts raised and lowered, to be passed through ``settle`` with the text around it;
    what is not known gives its content."""
    tag = node.tag or ""
    if tag == "-text":
        return "".join((node.text_content or "").split())
    if tag in _ANNOTATIONS or tag.startswith(("-", "!")):
        return ""
    parts = [text for child in _children(node) if (text := formula(child))]
    if tag in ("msup", "msub", "msubsup") and len(parts) > 1:
        writers = {"msup": (raised,), "msub": (lowered,), "msubsup": (lowered, raised)}[tag]
        return parts[0] + "".join(write(text) for write, text in zip(writers, parts[1:]))
    if tag == "mfrac" and len(parts) == 2:
        return "/".join(text if text.isalnum() else f"({text})" for text in parts)
    if tag in ("msqrt", "mroot") and parts:
        base, index = (parts[0], parts[1:2]) if tag == "mroot" else ("".join(parts), [])
        return f"{''.join(map(raised, index))}√{base if base.isalnum() else f'({base})'}"
    return "".join(parts)


def _children(node: LexborNode) -> list[LexborNode]:
    found, child = [], node.child
    while child is not None:
        found.append(child)
        child = child.next
    return found
