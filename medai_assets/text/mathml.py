"""Presentation MathML as one line of text: ``T₂*``, ``σ_CC^ex``, ``√(x+1)``, ``(a)/(b+c)``.

Covers the elements that NLM's DTDs allow; an element not named here gives its content.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml.etree import _Element

from medai_assets.text.superscripts import lowered, raised

MATHML = "http://www.w3.org/1998/Math/MathML"

# Function application, invisible times ….
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064\u200b")
# Accents over one letter, as combining characters: x̄, x̂, x̃, x⃗, ẋ.
_ACCENTS = {"¯": "\u0304", "‾": "\u0304", "_": "\u0304", "^": "\u0302", "ˆ": "\u0302", "~": "\u0303"} | {
    "˜": "\u0303", "→": "\u20d7", "˙": "\u0307", ".": "\u0307", "¨": "\u0308",
}  # fmt: skip
_SIMPLE = re.compile(r"[\w.]*")


def mathml_text(math: _Element) -> str:
    """A ``math`` element as one line, to be passed through ``settle`` with the text around it."""
    return _row(math)


def _text(node: _Element) -> str:
    if not isinstance(node.tag, str):
        return ""  # a comment
    name = node.tag.rpartition("}")[2]
    return _WRITERS.get(name, _row)(node)


def _row(node: _Element) -> str:
    return "".join(map(_text, node)) if len(node) else _token(node)


def _token(node: _Element) -> str:
    return " ".join(_content(node).translate(_INVISIBLE).split())


def _content(node: _Element) -> str:
    return str(node.xpath("string()"))


def _words(node: _Element) -> str:
    return re.sub(r"\s+", " ", _content(node).translate(_INVISIBLE))


def _children(node: _Element) -> list[str]:
    return [_text(child) for child in node if isinstance(child.tag, str)]


def _scripts(*writers: Callable[[str], str]) -> Callable[[_Element], str]:
    """A base and its scripts, in the element's order."""

    def write(node: _Element) -> str:
        base, *scripts = _children(node) or [""]
        return base + "".join(writer(script) for writer, script in zip(writers, scripts) if script)

    return write


def _over(node: _Element) -> str:
    base, *above = [*_children(node), "", ""][:2]
    accent = _ACCENTS.get(above[0])
    return base + accent if accent and len(base) == 1 else base + raised(above[0])


def _fraction(node: _Element) -> str:
    return "/".join(map(_operand, _children(node)))


def _root(node: _Element) -> str:
    base, index = [*_children(node), "", ""][:2]
    return f"{raised(index)}√{_operand(base)}"


def _square_root(node: _Element) -> str:
    return f"√{_operand(_row(node))}"


def _operand(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def _fenced(node: _Element) -> str:
    separators = "".join(node.get("separators", ",").split())
    parts = _children(node)
    inner = "".join(
        part + (separators[min(i, len(separators) - 1)] if separators and i < len(parts) - 1 else "")
        for i, part in enumerate(parts)
    )
    return f"{node.get('open', '(')}{inner}{node.get('close', ')')}"


def _prescripts(node: _Element) -> str:
    """``mmultiscripts``: base, pairs of lower and upper scripts, then those that stand before the base."""
    names = [child.tag.rpartition("}")[2] for child in node if isinstance(child.tag, str)]
    texts = _children(node)
    split = names.index("mprescripts") if "mprescripts" in names else len(names)

    def pairs(scripts: list[str]) -> str:
        writers = (lowered, raised) * len(scripts)
        return "".join(writer(script) for writer, script in zip(writers, scripts) if script)

    return pairs(texts[split + 1 :]) + "".join(texts[:1]) + pairs(texts[1:split])


def _first(node: _Element) -> str:
    """``semantics``: the formula without its annotations."""
    return (_children(node) or [""])[0]


def _joined(separator: str) -> Callable[[_Element], str]:
    return lambda node: separator.join(_children(node))


_WRITERS: dict[str, Callable[[_Element], str]] = {
    "mi": _token, "mn": _token, "mo": _token, "mtext": _words, "ms": _words,
    "mspace": lambda node: " ", "none": lambda node: "", "mprescripts": lambda node: "",
    "msup": _scripts(raised), "msub": _scripts(lowered), "msubsup": _scripts(lowered, raised),
    "munder": _scripts(lowered), "mover": _over, "munderover": _scripts(lowered, raised),
    "mmultiscripts": _prescripts, "mfrac": _fraction, "msqrt": _square_root, "mroot": _root,
    "mfenced": _fenced, "semantics": _first, "mtable": _joined("; "), "mtr": _joined(", "),
}  # fmt: skip
