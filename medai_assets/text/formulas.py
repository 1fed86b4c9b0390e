"""MathML in a page as one line of text: ``x=5``, ``10⁶``. PubMed's own formulas are written by its own module, from XML."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from medai_assets.text.superscripts import lowered, raised

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
