"""What readers found of each rule's examples, and whether the mixture leaves the rule out.

    python benchmarks/readings.py

``readings.jsonl`` beside it holds one line an example read beside its whole source document, by readers who had seen neither
rules nor properties: when (of which state of the code), rule, source, collection, form, verdict, faults by number
(``FAULTS``; until 29 November 03:35 by an older list, in which 4 is a question that nobody asks), whether a patient could come
to harm, and a short note. Where ``by`` is "author", whoever wrote the rule read its examples: that counts only for a rule
that nobody else has read, and stands apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from common import print_table

import medai_assets
import medai_assets.instructions.kinds.registry  # the kinds register their rules
from medai_assets.instructions.dataset.mixture import Mixture

READINGS = Path(__file__).with_name("readings.jsonl")
MIXTURE = Path(medai_assets.__file__).parent / "config" / "mixture.yaml"
COLUMNS = ["rule", "records", "faulty in its last two rounds", "in all", "state", "read by"]
LAST_ROUNDS = 2
MOST = 0.1  # share of a rule's examples that readers may find faulty before it is off
# Faulty too often as it was read, and on all the same: without them kinds would hold nothing.
# Properties written since refuse most of it (docs/data.md). Whoever trains for use reads them first, or switches them off.
KEPT = frozenset(
    {
        "question_answer.section",
        "symptom_analysis.symptoms",
        "triage_recommendation.care_card",
        "emergency_escalation.no_emergency",
    }
)
# Their faulty ones were questions worded in a way that has been taken out; read after that, 0 of 13 and 2 of 16.
REWORDED = frozenset({"drug_information.drug_class", "drug_information.active_ingredient"})
FAULTS = {
    1: "another subject", 2: "urgency", 3: "text damaged", 4: "incomplete", 5: "not answered", 6: "question", 7: "figure",
    8: "not in the source", 9: "repeated, pointers",
}  # fmt: skip


@dataclass
class Count:
    """Examples read, and of them faulty and serious."""

    read: int = 0
    faulty: int = 0
    serious: int = 0

    def add(self, row: dict[str, Any]) -> None:
        self.read += 1
        self.faulty += row["verdict"] == "faulty"
        self.serious += row["serious"]

    @property
    def too_many(self) -> bool:
        return self.faulty > MOST * self.read

    def __add__(self, other: Count) -> Count:
        return Count(self.read + other.read, self.faulty + other.faulty, self.serious + other.serious)

    def __str__(self) -> str:
        serious = f" ({self.serious} serious)" if self.serious else ""
        return f"{self.faulty} of {self.read}{serious}" if self.read else "–"


def readings() -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in READINGS.read_bytes().splitlines()]


def judged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what the author of a rule says of it where others have read it."""
    by_others = {row["rule"] for row in rows if "by" not in row}
    return [row for row in rows if "by" not in row or row["rule"] not in by_others]


def last_rounds(rows: Iterable[dict[str, Any]]) -> list[str]:
    """When the last rounds of these were read."""
    return sorted({row["read"] for row in rows})[-LAST_ROUNDS:]


def counted(rows: Iterable[dict[str, Any]], *by: str) -> dict[tuple[str, ...], Count]:
    """Counts by columns, in their order."""
    found: dict[tuple[str, ...], Count] = defaultdict(Count)
    for row in rows:
        found[tuple(row[name] for name in by)].add(row)
    return dict(sorted(found.items()))


def of_last_rounds(rows: list[dict[str, Any]]) -> dict[tuple[str, ...], Count]:
    """Counts by rule and collection of the plain examples of the last rounds in which that rule was read."""
    plain = [row for row in rows if row["form"] == "plain"]
    by_rule: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in plain:
        by_rule[row["rule"], row["records"]].append(row)
    lately = (row for read in by_rule.values() for row in read if row["read"] in last_rounds(read))
    return counted(lately, "rule", "records")


def is_off(mixture: Mixture, rule: str, records: str) -> bool:
    return any(one.names(rule, [records]) for one in mixture.left_out)


def too_many(mixture: Mixture) -> list[str]:
    """Rules that are on although more than ``MOST`` of what was read last is faulty."""
    return [
        f"{rule} of {records or 'all'}: {count} faulty"
        for (rule, records), count in of_last_rounds(judged(readings())).items()
        if count.too_many and rule not in KEPT | REWORDED and not is_off(mixture, rule, records)
    ]


def table(mixture: Mixture, rows: list[dict[str, Any]]) -> list[list[str]]:
    """The rows of the table in docs/data.md: ``COLUMNS`` of every rule, for each collection that was read by itself."""
    lately, by_author = of_last_rounds(rows), _by_their_author(rows)
    return [
        [rule, records.rstrip("/") or "all", str(lately[rule, records]), str(whole), state(mixture, rule, records),
         "its author" if rule in by_author else "others"]
        for (rule, records), whole in counted([r for r in rows if r["form"] == "plain"], "rule", "records").items()
    ]  # fmt: skip


def of_rules_on(mixture: Mixture, rows: list[dict[str, Any]]) -> tuple[Count, Count]:
    """What others, and the rules' authors, found in the last rounds of all rules that are on."""
    on = {key: count for key, count in of_last_rounds(rows).items() if not is_off(mixture, *key)}
    by_author = _by_their_author(rows)
    others, own = (
        sum((c for key, c in on.items() if (key[0] in by_author) is mine), Count()) for mine in (False, True)
    )
    return others, own


def state(mixture: Mixture, rule: str, records: str) -> str:
    if is_off(mixture, rule, records):
        return "off"
    return "on all the same" if rule in KEPT else "on, questions reworded" if rule in REWORDED else "on"


def _by_their_author(rows: list[dict[str, Any]]) -> set[str]:
    return {row["rule"] for row in rows if "by" in row}


def main() -> None:
    everything = readings()
    rows = judged(everything)
    last = last_rounds(row for row in rows if "by" not in row)
    mixture = Mixture.load(MIXTURE)
    print_table(COLUMNS, table(mixture, rows))
    print()
    formed = [row for row in rows if row["form"] != "plain"]
    none = Count()
    in_form = counted([row for row in formed if row["read"] in last], "form")
    print_table(
        ["form", "faulty in the last two rounds", "in all"],
        [[form, str(in_form.get((form,), none)), str(whole)] for (form,), whole in counted(formed, "form").items()],
    )  # fmt: skip
    print()
    faulty = [(str(FAULTS[n]), row) for row in rows if row["read"] in last for n in row["faults"]]
    print_table(
        ["fault", "examples of the last two rounds"],
        [[name, str(sum(1 for told, _ in faulty if told == name))] for name in FAULTS.values()],
    )
    others, own = of_rules_on(mixture, rows)
    print(
        f"\nOf the rules that are on, in the last two rounds of each: {others} faulty, and {own} as their author reads them"
    )
    said = counted([row for row in everything if "by" in row], "rule", "read")
    print()
    print_table(
        ["rule", "its author's reading", "faulty"], [[*key, str(count)] for key, count in said.items()]
    )


if __name__ == "__main__":
    main()
