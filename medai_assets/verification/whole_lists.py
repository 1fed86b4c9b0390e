"""Whether lists and tables are whole in an answer: with their lead, all their items and rows, and nothing that follows them.

What belongs here: the blocks of a source's text held against the units of the answer. What does not: single sentences (whole).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from medai_assets.verification.alignment import Alignment, Text
from medai_assets.verification.example import Source
from medai_assets.verification.structure import Unit, tokens

ENDS = re.compile(r"[.!?][\"'”’)\]]*$|[\"”)\]]$")
_LIST_WORDS = re.compile(
    r"\b(?:the following|these|one of these|listed below|as follows|below)\b[^.]*[.:]?$", re.IGNORECASE
)


def lists_reason(laid: Alignment, document: Source) -> str:
    """A lead comes with all of its list, and items come with their lead or with framing that leads them."""
    used: dict[int, set[int]] = defaultdict(set)
    texts: dict[int, Text] = {}
    framed: dict[int, set[int]] = defaultdict(set)
    # said together with one item, so that each stands by itself
    joined: dict[int, set[int]] = defaultdict(set)
    for unit in laid.units:
        for run in unit.runs:
            texts[id(run.source)] = run.source
            used[id(run.source)].update(range(run.unit, run.last_unit + 1))
            if len(unit.runs) > 1:
                joined[id(run.source)].update(range(run.unit, run.last_unit + 1))
            if unit.framed or unit.lead:
                framed[id(run.source)].update(range(run.unit, run.last_unit + 1))
    for key, text in texts.items():
        for lead, members in blocks(text.units):
            there = [m for m in members if m in used[key]]
            reason = _block_reason(text, lead, members, there, used[key], framed[key], joined[key])
            if reason:
                return reason
    return ""


def _block_reason(
    text: Text,
    lead: int | None,
    members: list[int],
    there: list[int],
    used: set[int],
    framed: set[int],
    joined: set[int],
) -> str:
    said = text.units
    missing = len(members) - len(there)
    own_lead = lead is not None and lead in used and lead not in joined and _is_lead(said[lead])
    by_framing = bool(there) and lead in framed and set(there) <= framed
    if own_lead and missing and (not by_framing or said[lead or 0].kind == "lead"):
        return f"{missing} of {len(members)} items are missing after {said[lead or 0].text[-60:]!r}"
    if there and said[members[0]].kind == "row" and len(there) < len(members):
        return f"{len(members) - len(there)} of {len(members)} rows of a table are missing"
    if there and lead is not None and lead not in used and not set(there) <= framed:
        return f"items without the words that lead them: {said[lead].text[-60:]!r}"
    if there and not set(there) <= framed and len(there) < len(members):
        return f"{len(members) - len(there)} of {len(members)} items of a list are missing"
    return _item_reason(said, members, there)


def _item_reason(said: tuple[Unit, ...], members: list[int], there: list[int]) -> str:
    """The last item of a list holds what comes after the list, by the sentences that no other item has."""
    counts = {
        m: len(re.findall(r"[.!?][\"”)]* +[A-Z]", said[m].text)) for m in members if said[m].kind == "item"
    }
    if len(counts) < 2 or members[-1] not in there:
        return ""
    last = counts.pop(members[-1], 0)
    marked = [bool(ENDS.search(said[m].text)) for m in counts]
    if (
        last
        and not any(counts.values())
        and (last > 1 or not all(marked))
        and not _begins_alike(said[members[-1]].text)
    ):
        return f"a list runs into the text after it: {said[members[-1]].text[:120]!r}"
    return ""


def _begins_alike(text: str) -> bool:
    """Whether the sentences of an item begin with the same words: "do not use if opened. Do not use if broken." """
    first, _, rest = text.partition(". ")
    return tokens(first)[:3] == tokens(rest)[:3]


def _is_lead(unit: Unit) -> bool:
    return unit.kind in ("lead", "open") or bool(_LIST_WORDS.search(unit.text)) or unit.kind == "title"


def blocks(found: tuple[Unit, ...]) -> Iterator[tuple[int | None, list[int]]]:
    """Lists and tables of a text: the unit that leads them, None where none does, and their members."""
    at = 0
    while at < len(found):
        kind = found[at].kind
        if kind not in ("item", "row"):
            if kind == "lead" and (at + 1 == len(found) or found[at + 1].kind not in ("item", "row")):
                following = at + 1 < len(found) and found[at + 1].line == found[at].line
                if not following:
                    yield at, [at + 1] if at + 1 < len(found) else [at]
            at += 1
            continue
        begin = at
        # a list may be set with a line between its items; tables are parted by one
        apart = 1 if kind == "item" else 0
        while (
            at < len(found)
            and found[at].kind == kind
            and (at == begin or found[at].block - found[at - 1].block <= apart)
        ):
            at += 1
        before = found[begin - 1] if begin else None
        leads = (
            before is not None
            and found[begin].block - before.block <= 1
            and (_is_lead(before) or before.kind == "lead")
        )
        yield (begin - 1 if leads else None), list(range(begin, at))
