"""Superscripts and subscripts as characters: ⁶, ₂, ``^x``, ``_max``.

A character that exists raised or lowered is used for digits, signs and the few letters that formulas need (ⁿ ₙ ₓ ᵢ).
Other letters keep their ordinary form behind ``^`` or ``_``: raised alphabets are incomplete, and no reader, search
or tokeniser takes ``Cₘₐₓ`` for C_max. Where nothing is changed in meaning nothing is added: 5th, drug™, 37 °C.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SIGNS = "+-−–‐‑=()"
_RAISED = dict(zip("0123456789" + _SIGNS + "n", "⁰¹²³⁴⁵⁶⁷⁸⁹" + "⁺⁻⁻⁻⁻⁻⁼⁽⁾" + "ⁿ", strict=True))
_LOWERED = dict(zip("0123456789" + _SIGNS + "nxi", "₀₁₂₃₄₅₆₇₈₉" + "₊₋₋₋₋₋₌₍₎" + "ₙₓᵢ", strict=True))
_PLAIN = frozenset("*∗†‡§¶®Ⓡ©™℠°º•●∙·∧'’′″‴\"#,.;:/")  # marks that read the same on the line
_JOINED = frozenset("*∗†‡•●∙'’′″")  # of these, those that may stand among raised signs: ``•⁻``
_DIGITS = frozenset("0123456789")
_WORD = re.compile(r"\w+(?:[.·]\w+)*")
_ISOMER = re.compile(r"(\d{1,3})m([12]?)")  # metastable isotopes: ⁹⁹ᵐTc
_DECIMAL = re.compile(r"\d+[.·]\d+")  # PM₂.₅; raised it stays ^2.5, as ².⁵ could be a product

# XML forbids this character, so it can mark the end of an unbracketed group until the text after it is known.
_END = "\x02"
# a pattern that begins with a mark is found quickly
_ORDINAL = re.compile(rf"\^(?<=[0-9]\^)(st|nd|rd|th){_END}(?![A-Za-z0-9])")
_DEGREE = re.compile(rf"\^(?:(?<=[0-9]\^)|(?<=[0-9] \^))o{_END}(?= ?[CFK]\b)")
_LONGEST = 64  # characters of an unbracketed group, whose end is looked for from each mark, and of what is kept for the next
_AMBIGUOUS = re.compile(rf"([\^_])(\w(?:\w|[.·](?=\w)){{0,{_LONGEST - 1}}}){_END}(?=[A-Za-z0-9])")


def raised(text: str) -> str:
    """The content of ``<sup>`` written on the line. Pass the finished text through ``settle``."""
    return (_raised if len(text) <= _LONGEST else _raised.__wrapped__)(text)


def lowered(text: str) -> str:
    """The content of ``<sub>`` written on the line. Pass the finished text through ``settle``."""
    return (_lowered if len(text) <= _LONGEST else _lowered.__wrapped__)(text)


@lru_cache(maxsize=4096)
def _raised(text: str) -> str:
    core = text.strip()
    if core == "TM":
        return "™"
    if isomer := _ISOMER.fullmatch(core):
        return f"{_each(isomer[1], _RAISED)}ᵐ{_each(isomer[2], _RAISED)}"
    return _written(text, _RAISED, "^")


@lru_cache(maxsize=4096)
def _lowered(text: str) -> str:
    if _DECIMAL.fullmatch(text):
        return _each(text, _LOWERED)
    return _written(text, _LOWERED, "_")


def settle(text: str) -> str:
    """Decide what depends on the neighbours: ordinals, degrees, and brackets where a group would run on."""
    if _END not in text:
        return text
    text = _ORDINAL.sub(r"\1", text)
    text = _DEGREE.sub("°", text)
    return _AMBIGUOUS.sub(r"\1(\2)", text).replace(_END, "")


def _written(text: str, alphabet: dict[str, str], mark: str) -> str:
    core = text.strip()
    if not core:
        return text
    after = text[len(text.rstrip()) :]
    if all(c in _PLAIN for c in core):
        return core + after
    if len(core) > 1 and core[-1] in ".,;:":  # a sentence's own point, caught in the tag
        return _written(core[:-1], alphabet, mark) + core[-1] + after
    compact = re.sub(rf"^([{re.escape(_SIGNS)}])\s+", r"\1", core)
    if _has_characters(compact, alphabet):
        return _each(compact, alphabet) + after
    return _grouped(core, mark) + after


def _has_characters(text: str, alphabet: dict[str, str]) -> bool:
    """Whether every character exists raised or lowered; ⁺/⁻ is a genotype, but ¹/² would be read as 1 divided."""
    return all(
        c in alphabet or c in _JOINED or (c == "/" and _DIGITS.isdisjoint(text)) for c in text
    ) and any(c in alphabet for c in text)


def _each(text: str, alphabet: dict[str, str]) -> str:
    return "".join(alphabet.get(c, c) for c in text)


def _grouped(core: str, mark: str) -> str:
    if len(core) <= _LONGEST and _WORD.fullmatch(core):
        return f"{mark}{core}{_END}"
    if len(core) == 1 or (core[0] == "(" and core.find(")") == len(core) - 1):
        return mark + core
    return f"{mark}({core})"
