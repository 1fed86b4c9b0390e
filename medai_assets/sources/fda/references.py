"""References to a label's own sections, and the highlights that repeat them: told from numbers that say something.

openFDA flattens a label's highlights into the section that they summarise. Each of them ends with a reference in brackets,
``( 2.1 , 5.6 )``. What belongs here: taking references out, and of a highlight and the sentence that it repeats one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from medai_assets.text.split_text import sentences

_SEE = re.compile(
    r"(?:(?<!\s)\s+)?[\[(]\s*(?:see|refer to)\b(?:[^\[\]()]|\((?:[\d., ]|and)*\)){3,400}[\])]\s*(?=([.,;:]?))",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"(?:(?<!\s)\s+)?\((?P<inner>\s*\d(?:[\d.,;\s]|\band\b|\bor\b)*)\)(?!\s*[%\d])")
_SECTION = re.compile(r"(?:[1-9]|1[0-7])(?P<minor>\.[1-9]\d?)?")
# What stands after the end of a statement: nothing, a mark, a bullet, the capital of the next one.
_STATEMENT_ENDS = re.compile(r"\s*(?:$|[.;:•●▪■◦‣·]|[A-Z])")
_BULLET = re.compile(r"(?=\s[•●▪■◦‣·]\s)")
_WORD = re.compile(r"[^\W_]+(?:\.\d+)?")
_LEAST_WORDS, _REPEATED, _REPEATED_IN_ALL = 4, 0.6, 0.85
_FULL_SHARE = 0.7  # of the length of the highlights, that a full text has at least
_NEGATIONS = frozenset({"not", "no", "never", "without", "except", "unless", "only"})


def without_references(text: str, number: str = "") -> str:
    """The text without references to sections.

    Args:
        number: of the section that the text is of; "(1)" at the end of a statement of section 1 is a reference.
    """
    text = _SEE.sub(lambda m: "" if m[1] else " ", text)
    return _IN_BRACKETS.sub(lambda m: _sentence_end(m) if _is_reference(m, number) else m[0], text)


def without_highlights(text: str, number: str = "") -> str:
    """The text without the highlights whose statement it also makes in full, and without a sentence said before."""
    pieces = _pieces(text, number)
    full = [_words(p) for p, is_highlight in pieces if not is_highlight]
    if len(full) == len(pieces):
        return text
    return " ".join(p for p, is_highlight in pieces if not (is_highlight and _stands_in(_words(p), full)))


def full_statements(text: str, number: str = "") -> str:
    """The text without any highlight: what stands before subsections that say it in full."""
    return " ".join(p for p, is_highlight in _pieces(text, number) if not is_highlight)


def _pieces(text: str, number: str) -> list[tuple[str, bool]]:
    """Statements of a text as they stand in it, and whether each is a highlight."""
    found: list[tuple[str, bool]] = []
    at = 0
    for match in _IN_BRACKETS.finditer(text):
        ends = _STATEMENT_ENDS.match(text, match.end())
        if not ends or not _is_reference(match, number) or _inside_see(text, match.start()):
            continue
        end = (
            match.end()
            + len(text[match.end() : match.end() + 3])
            - len(text[match.end() : match.end() + 3].lstrip(" .;"))
        )
        before = _statements(text[at : match.start()])
        found += [(piece, False) for piece in before[:-1]]
        found.append(((before[-1] if before else "") + text[match.start() : end].rstrip(), True))
        at = end
    return found + [(piece, False) for piece in _statements(text[at:])]


def _inside_see(text: str, place: int) -> bool:
    """Whether a bracket stands within "[see Warnings ( 5.1 )]", which makes no statement a highlight."""
    return any(m.start() < place < m.end() for m in _SEE.finditer(text, max(0, place - 450), place + 450))


def _statements(text: str) -> list[str]:
    return [s for piece in _BULLET.split(text) for s in sentences(piece.strip()) if s.strip()]


def _words(piece: str) -> frozenset[str]:
    plain = _IN_BRACKETS.sub("", _SEE.sub("", piece))
    return frozenset(w.lower() for w in _WORD.findall(plain))


def _stands_in(words: frozenset[str], full: Sequence[frozenset[str]]) -> bool:
    """Whether one full statement holds most of a highlight's words, or all of them together nearly all; with every figure
    and the same negations."""
    if len(words) < _LEAST_WORDS:
        return any(words <= other for other in full)
    figures, negations = {w for w in words if w[0].isdigit()}, words & _NEGATIONS
    in_one = any(
        len(words & other) >= _REPEATED * len(words) and figures <= other and negations == other & _NEGATIONS
        for other in full
    )
    every = frozenset().union(*full)
    in_all = len(words & every) >= _REPEATED_IN_ALL * len(words) and figures <= every
    return in_one or (in_all and negations <= every)


def _is_reference(match: re.Match[str], number: str) -> bool:
    """Whether a bracket holds numbers of sections: with blanks inside as openFDA prints links, or plainly in that place."""
    before = match.string[: match.start()].rstrip()[-1:]
    named = [
        _SECTION.fullmatch(part)
        for part in re.split(r"(?:[,;\s]|\band\b|\bor\b)+", match["inner"].strip(" ,"))
    ]
    if before.isdigit() or before in ("%", "±") or not all(named):
        return False
    if match["inner"] != match["inner"].strip():
        return True
    ends = bool(_STATEMENT_ENDS.match(match.string, match.end()))
    return ends and (all(n and n["minor"] for n in named) or match["inner"] == number)


def _sentence_end(match: re.Match[str]) -> str:
    """Highlights end with their reference instead of a full stop."""
    before, after = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :].lstrip()[:1]
    return "." if before.isalnum() and (not after or after.isupper()) else ""


_SEE_COMPLETE = re.compile(
    r"(?:(?<!\s)\s+)?See full prescribing information for (?:the )?complete boxed warnings?\s*\.?\s*",
    re.IGNORECASE,
)
_BOX_TITLE = re.compile(r"(?:WARNINGS?\b|BOXED WARNING\b)[^a-z]*?(?<!\s)(?=\s*(?:[A-Z][a-z]|[•●▪■◦‣·]|$))")


def whole_box(text: str) -> str:
    """A boxed warning in full below its title, without the highlights' shorter one that openFDA puts before or behind it."""
    title = _BOX_TITLE.match(text)
    name = f"{title[0].strip()} " if title else " "
    name = name[: (name + name).find(name, 1) - 1]  # once, where it is said again and again
    cut = _SEE_COMPLETE.search(text)
    before = (text[: cut.start()] if cut else text).strip()
    while name and (before.startswith(name) or before.endswith(name)):
        before = (before.removeprefix(name) if before.startswith(name) else before.removesuffix(name)).strip()
    full = _after_highlights(text[cut.end() :]) if cut and not before else before
    return f"{name}\n\n{full}" if name and full else full or text


def _after_highlights(text: str) -> str:
    """What follows the last highlight, where it is as long as the highlights are; else all of it."""
    plain = _SEE.sub(lambda m: " " * len(m[0]), text)
    ends = [m.end() for m in _IN_BRACKETS.finditer(plain) if _is_reference(m, "")]
    rest = text[ends[-1] :].lstrip(" .") if ends else ""
    return rest if rest and _letters(rest) >= _FULL_SHARE * _letters(text[: ends[-1]]) else text


def _letters(text: str) -> int:
    return sum(c.isalpha() for c in text)
