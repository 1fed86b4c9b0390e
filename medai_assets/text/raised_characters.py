"""Raised and lowered characters as plain text: ``10<sup>6</sup>`` must never become ``106``."""

from __future__ import annotations

_RAISED = dict(zip("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ"))
_LOWERED = dict(zip("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎"))
_PLAIN = {"®", "™", "©", "TM", "st", "nd", "rd", "th", "*", "†", "‡", "§", "¶", "°"}


def raised(text: str) -> str:
    """A superscript: Unicode's own characters where all exist, ``^x`` otherwise; marks and ordinals as they are."""
    return _shift(text, _RAISED, "^")


def lowered(text: str) -> str:
    """A subscript: Unicode's own characters where all exist, ``_x`` otherwise."""
    return _shift(text, _LOWERED, "_")


def _shift(text: str, table: dict[str, str], sign: str) -> str:
    core = text.strip()
    if not core or core in _PLAIN:
        return text
    if all(c in table for c in core):
        return "".join(table[c] for c in core)
    return f"{sign}{core}" if len(core) == 1 or core.isalnum() else f"{sign}({core.strip('()')})"
