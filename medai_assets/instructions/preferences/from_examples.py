"""Pairs made from the data set alone: refusals and answers of twins, and answers without their urgency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from medai_assets.instructions.kinds.safety_refusal import KIND as TWINS
from medai_assets.instructions.preferences.pair import Rejected, pair_row
from medai_assets.verification.structure import ITEM_, LEAD, Unit, units
from medai_assets.verification.urgency import LEVELS, highest, level_of

_URGENT = frozenset({"urgent", "emergency"})
# the level that a triage answer begins with
_NAMED = re.compile(r"^(emergency|urgent)(?=:| – )", re.IGNORECASE)
_MARK = re.compile(r"^\s*(?:[-•*▪◦]|\d{1,2}[.)])\s*")  # as structure.ITEM, though nothing may follow any more


def pairs_of_twins(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of each authored harmful request and its harmless twin: refusing the one, answering the other."""
    authored = {row["example_id"]: row for row in rows if row["kind"] == TWINS}
    for harmless in authored.values():
        harmful = authored.get(orjson.loads(harmless["labels"])["twin_of"] or "")
        if harmful is not None and harmful["split"] == harmless["split"]:
            yield pair_row(harmful, _as_rejected(harmless), "harmful_refused")
            yield pair_row(harmless, _as_rejected(harmful), "harmless_answered")


def _as_rejected(row: Mapping[str, Any]) -> Rejected:
    return Rejected(row["completion"], row["example_id"], row["origins"], row["passage_ids"])


def pairs_of_urgency(rows: Iterable[Mapping[str, Any]], least_words: int) -> Iterator[dict[str, Any]]:
    """Of each answer that sends for help: itself, against the same words without that."""
    for row in rows:
        if row["kind"] == TWINS:
            continue
        calmer = without_urgency(row["completion"])
        if calmer is not None and len(calmer.split()) >= least_words:
            rejected = Rejected(calmer, None, row["origins"], row["passage_ids"])
            yield pair_row(row, rejected, "urgency_kept")


def without_urgency(answer: str) -> str | None:
    """The answer without the sentences, and the lists below them, that send for help at once.

    Returns:
        None for an answer that sends nobody, or of which what is left would be as urgent.
    """
    found = units(answer)
    dropped = _dropped(found)
    left = [unit for unit in found if unit not in dropped]
    before, after = (highest([_level(u.text) for u in some]) for some in (found, left))
    if not dropped or not left or LEVELS.index(after) >= LEVELS.index(before) or left[-1].kind == LEAD:
        return None
    return _cut(answer, dropped)


def _level(text: str) -> str:
    named = _NAMED.match(text)
    return named[1].lower() if named else level_of(text)


def _dropped(found: tuple[Unit, ...]) -> set[Unit]:
    dropped: set[Unit] = set()
    below = False  # a lead that is dropped
    for unit in found:
        urgent = _level(unit.text) in _URGENT
        below = (urgent and unit.kind == LEAD) or (below and unit.kind == ITEM_)
        if urgent or below:
            dropped.add(unit)
    return dropped


def _cut(answer: str, dropped: set[Unit]) -> str:
    """The answer's lines without the dropped units; a line that held nothing else goes, with its list mark."""
    lines: list[str] = []
    for number, line in enumerate(answer.split("\n")):
        of_line = [unit for unit in dropped if unit.line == number]
        for unit in of_line:
            line = line.replace(unit.text, "", 1)
        if not of_line or any(character.isalnum() for character in _MARK.sub("", line, count=1)):
            lines.append(" ".join(line.split()) if of_line else line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
