"""Pairs made from the data set alone (refusals and answers of twins, answers without their urgency), and of what records replaced.

A replaced version's text stays in the processed corpus while a slice still holds it. It is never made an example: the same
rules read it, and what it says to the same question becomes the rejected side.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.instructions.dataset.candidates import Candidates
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.kinds.safety_refusal import KIND as TWINS
from medai_assets.instructions.passages import documents
from medai_assets.instructions.scoring.clauses import content_words
from medai_assets.verification.structure import ITEM_, LEAD, Unit, units
from medai_assets.verification.urgency import LEVELS, highest, level_of

# Why one answer is preferred: the code that a pair's row holds, and what the code means.
REASONS: dict[str, str] = {
    "harmful_refused": "the request is harmful; the other answer, to its harmless twin, does not refuse",
    "harmless_answered": "the request is harmless; the other answer, to its harmful twin, refuses",
    "urgency_kept": "the other answer drops what the source says about how soon to turn to whom",
    "current_label": "the other answer is what the record's superseded version says",
}


@dataclass(frozen=True)
class Rejected:
    """The answer that is not to be given.

    Attributes:
        example_id: the example whose answer it is; for an answer that no example of the data set has, None.
        origins: the records behind its words, as dicts of ORIGIN.
        passage_ids: the passages behind them.
    """

    text: str
    example_id: str | None
    origins: list[dict[str, Any]]
    passage_ids: list[str]


def pair_row(chosen: Mapping[str, Any], rejected: Rejected, reason: str) -> dict[str, Any]:
    """A PREFERENCE row: an EXAMPLE row's request and answer, and an answer that it is preferred to."""
    before = [dict(turn) for turn in chosen["history"]]
    said = (*(turn["content"] for turn in before), chosen["prompt"], chosen["completion"])
    key = "\x1f".join((reason, *said, rejected.text))
    return {
        "pair_id": "q" + hashlib.sha256(key.encode()).hexdigest()[:24],
        "reason": reason,
        "kind": chosen["kind"],
        "split": chosen["split"],
        "prompt": [
            {"role": "system", "content": chosen["system"]},
            *before,
            {"role": "user", "content": chosen["prompt"]},
        ],
        "chosen": chosen["completion"],
        "rejected": rejected.text,
        "chosen_example_id": chosen["example_id"],
        "chosen_origins": chosen["origins"],
        "chosen_passage_ids": chosen["passage_ids"],
        "rejected_example_id": rejected.example_id,
        "rejected_origins": rejected.origins,
        "rejected_passage_ids": rejected.passage_ids,
    }


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


Version = tuple[str, str]  # record id and version


def superseded(removed: Iterable[pa.RecordBatch]) -> set[Version]:
    """Versions of records that a newer one replaces, from the curated corpus's ``removed`` (step, reason, origins)."""
    found: set[Version] = set()
    for batch in removed:
        by_withdrawal = pc.and_(
            pc.equal(batch["step"], "withdrawal"), pc.equal(batch["reason"], "superseded")
        )
        chosen = batch.filter(pc.or_(pc.equal(batch["step"], "superseded"), by_withdrawal))
        found |= {_version(o) for origins in chosen["origins"].to_pylist() for o in origins}
    return found


def pairs_of_versions(
    rows: Iterable[Mapping[str, Any]], passages: Iterable[pa.RecordBatch], old: set[Version], mixture: Mixture
) -> Iterator[dict[str, Any]]:
    """Each example of a record with an old version, against that version's answer by the same rule.

    Args:
        rows: EXAMPLE rows of the data set. passages: PASSAGE rows of the old versions' documents, in any order.
        old: versions that a newer one replaces.
    """
    records = {record for record, _ in old}
    current = _by_rule(rows, records)
    for key, answers in _by_rule(_old_answers(passages, old, mixture), records).items():
        for answer in answers:
            for row in _to_the_same_question(current[key], answer, only=len(answers) == 1):
                if _licensed(row, answer) and _differ(row["completion"], answer["completion"]):
                    rejected = Rejected(answer["completion"], None, answer["origins"], answer["passage_ids"])
                    yield pair_row(row, rejected, "current_label")


Examples = dict[tuple[str, str], list[Mapping[str, Any]]]


def _by_rule(rows: Iterable[Mapping[str, Any]], records: set[str]) -> Examples:
    """Examples of some records by rule, whatever its version, and record."""
    found: Examples = defaultdict(list)
    for row in rows:
        for record in {o["record_id"] for o in row["origins"]} & records:
            found[row["rule"].split("/")[0], record].append(row)
    return found


def _to_the_same_question(
    rows: list[Mapping[str, Any]], answer: Mapping[str, Any], only: bool
) -> list[Mapping[str, Any]]:
    """Those asked in the same words; how a question is worded may turn on the answer, so else the only one of its rule."""
    same = [row for row in rows if row["prompt"] == answer["prompt"]]
    return same or (rows if only and len(rows) == 1 else [])


def _old_answers(
    passages: Iterable[pa.RecordBatch], old: set[Version], mixture: Mixture
) -> Iterator[Mapping[str, Any]]:
    """What the rules make of the old versions, proved against them as any example is."""
    candidates = Candidates(mixture)
    by_version: dict[Version, list[pa.RecordBatch]] = defaultdict(list)
    for batch in passages:
        held = [{_version(o) for o in origins} & old for origins in batch["origins"].to_pylist()]
        for version in set().union(*held):
            by_version[version].append(batch.filter(pa.array([version in one for one in held])))
    for version in sorted(by_version):
        for document in documents(by_version[version]):
            candidates.document(document)
    yield from candidates.rows


def _licensed(row: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether the old answer is under licences that the policy let in for the current one."""
    allowed, stated = ({o["licence"] for o in one["origins"]} for one in (row, answer))
    return stated <= allowed


def _differ(current: str, old: str) -> bool:
    return sorted(content_words(current)) != sorted(content_words(old))


def _version(origin: Mapping[str, Any]) -> Version:
    return origin["record_id"], origin["version"]
