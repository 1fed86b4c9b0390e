"""The properties on examples that people have read beside their source: faulty ones refused, sound ones lost.

    python benchmarks/verification_read.py            # the table
    python benchmarks/verification_read.py --missed   # and which, by number

``reading/reading.jsonl`` in the folder of publishers' files holds kind, prompt, answer, verdict and faults. Where the
document is at hand it is the evidence; of the others (those held out among them) only the passage that was read is, without
heading and names, so that ``grounded`` and ``subject_certain`` are not asked there.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from typing import Any

from common import print_table, real_data_folder, stop
from documents_common import real_documents, rows_of

from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.proof import source_of
from medai_assets.verification import PROPERTIES, Evidence, Example, Source, SourcePassage, verify
from medai_assets.verification.not_said_twice import said_twice
from medai_assets.verification.structure import tokens, units

FAULTS = {1: "not the source's", 2: "urgency", 3: "cut or run together", 4: "question", 5: "not answered", 6: "useless",
          8: "no medicine", 9: "near-duplicate"}  # fmt: skip
_NOT_WITHOUT_DOCUMENT = frozenset({"grounded", "subject_certain"})


def main() -> None:
    folder = real_data_folder()
    path = folder / "reading" / "reading.jsonl"
    if not path.exists():
        stop(f"{path} is not there; set MEDAI_REAL_DATA to the folder of publishers' files")
    read = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    by_id = {document.document_id: document for document in real_documents(folder)}
    judge(read, by_id, "--missed" in sys.argv)


def judge(read: list[dict[str, Any]], by_id: dict[str, SourceDocument], missed: bool) -> None:
    """Verify every read example and print what was refused, by verdict, kind, fault and property."""
    examples = [example_of(row) for row in read]
    refused = {
        row["n"]: found for row, example in zip(read, examples) if (found := against(row, example, by_id))
    }
    left = [p for p, row in enumerate(read) if row["n"] not in refused]
    twice = {read[left[p]]["n"]: f for p, (_, f) in said_twice([examples[p] for p in left]).items()}
    for n, finding in twice.items():
        refused.setdefault(n, []).append(finding)
    only_twice = {n for n, found in refused.items() if {f.property for f in found} == {"not_said_twice"}}
    sound_ones = {r["n"] for r in read if r["verdict"] == "ok"}
    print(f"{len(only_twice & sound_ones)} of the sound ones that are lost repeat one that is kept\n")
    rows = []
    for kind in dict.fromkeys(row["kind"] for row in read):
        of_kind = [row for row in read if row["kind"] == kind]
        faulty, sound = ([r for r in of_kind if (r["verdict"] == "ok") is ok] for ok in (False, True))
        rows.append([kind, *_share(faulty, refused), *_share(sound, refused)])
    faulty, sound = ([r for r in read if (r["verdict"] == "ok") is ok] for ok in (False, True))
    rows.append(["all", *_share(faulty, refused), *_share(sound, refused)])
    print_table(["kind", "faulty", "refused", "%", "sound", "lost", "%"], rows)
    print()
    _by_fault(faulty, refused)
    print()
    _by_property(read, refused)
    if missed:
        _name(read, refused)


def _share(rows: list[dict[str, Any]], refused: dict[int, Any]) -> list[object]:
    hit = sum(r["n"] in refused for r in rows)
    return [len(rows), hit, f"{100 * hit / len(rows):.0f}" if rows else "–"]


def _by_fault(faulty: list[dict[str, Any]], refused: dict[int, Any]) -> None:
    of_fault: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in faulty:
        for fault in row["faults"]:
            of_fault[fault, row["kind"]].append(row)
    print_table(
        ["fault", "kind", "read", "refused", "missed"],
        [
            [FAULTS.get(fault, str(fault)), kind, len(rows), sum(r["n"] in refused for r in rows),
             " ".join(str(r["n"]) for r in rows if r["n"] not in refused)]
            for (fault, kind), rows in sorted(of_fault.items())
        ],
    )  # fmt: skip


def _by_property(read: list[dict[str, Any]], refused: dict[int, Any]) -> None:
    counts: Counter[tuple[str, bool]] = Counter()
    alone: Counter[tuple[str, bool]] = Counter()
    for row in read:
        named = {f.property for f in refused.get(row["n"], ())}
        for name in named:
            counts[name, row["verdict"] == "ok"] += 1
            alone[name, row["verdict"] == "ok"] += len(named) == 1
    print_table(
        ["property", "faulty refused", "by it alone", "sound lost", "by it alone"],
        [
            [n, counts[n, False], alone[n, False], counts[n, True], alone[n, True]]
            for n in (*PROPERTIES, "not_said_twice")
        ],
    )


def _name(read: list[dict[str, Any]], refused: dict[int, Any]) -> None:
    for row in read:
        found = refused.get(row["n"], [])
        if row["verdict"] == "ok" and found:
            print(f"\nlost {row['n']} {row['rule']}: {row['prompt']}")
            print("\n".join(f"  {f.property}: {f.reason}" for f in found))
        if row["verdict"] != "ok" and not found:
            print(
                f"\nmissed {row['n']} {row['rule']} {row['faults']} {row['note']}: {row['prompt']}\n  {row['completion'][:1500]!r}"
            )


def example_of(row: dict[str, Any]) -> Example:
    """A read example as its maker declared it."""
    labels = row["labels"]
    return Example(
        kind=row["kind"],
        traits=KINDS[row["kind"]].traits,
        prompt=row["prompt"],
        completion=row["completion"],
        framing=tuple(labels.get("framing", ())),
        subject=labels.get("drug") or labels.get("condition"),
        authored=row["record"].startswith("authored"),
    )


def against(row: dict[str, Any], example: Example, by_id: dict[str, SourceDocument]) -> list[Any]:
    """What the properties say of a read example."""
    document = by_id.get(row["record"].split("#")[0])
    if document is not None:
        source = source_of(document)
        ids = {
            i
            for made in rows_of(document)
            if (made["prompt"], made["completion"]) == (example.prompt, example.completion)
            for i in made["passage_ids"]
        }
        named = tuple(p for p in source.passages if p.passage_id in ids)
        return verify(example, Evidence(source, named or _named(example, source)))
    source = _as_read(row, example)
    found = verify(example, Evidence(source, source.passages))
    return [f for f in found if f.property not in _NOT_WITHOUT_DOCUMENT]


def _named(example: Example, source: Source) -> tuple[SourcePassage, ...]:
    """The passages that hold a unit of the answer, by the longest common words."""
    wanted = [" ".join(tokens(u.text)) for u in units(example.completion)]
    held = []
    for passage in source.passages:
        text = " ".join(tokens(f"{passage.heading} {passage.text}"))
        if any(len(w) > 15 and (w in text or w[len(w) // 3 :] in text) for w in wanted):
            held.append(passage)
    return tuple(held) or source.passages


def _as_read(row: dict[str, Any], example: Example) -> Source:
    """A document of the passage that the reader had: of a flattened collection the answer's own lines, then what follows."""
    publisher = row["record"].split(":")[0]
    text = re.sub(r"^\[Q: .*?\] ", "", row["source"])
    if publisher == "medquad":
        text = _with_lines(text, example)
    section = row["labels"].get("field") or {"symptom_analysis": "adverse_reactions" if publisher == "fda" else "symptoms",
              "emergency_escalation": "overdose" if publisher == "fda" else "care_emergency"}.get(row["kind"], "")  # fmt: skip
    section = {
        "emergency": "care_emergency",
        "urgent": "care_urgent",
        "primary_care": "care_non_urgent",
        "self_care": "self_care",
    }.get(row["labels"].get("level", ""), section)
    pieces = text.split(" || ")
    passages = tuple(SourcePassage(str(n), piece, "", section) for n, piece in enumerate(pieces))
    return Source(
        row["record"],
        {"pubmed": "pubmed_bulk"}.get(publisher, publisher),
        example.subject or "",
        (example.subject or row["prompt"],),
        passages,
    )


def _with_lines(text: str, example: Example) -> str:
    said = example.completion
    for piece in example.framing:
        said = said.replace(piece, "", 1)
    said = said.strip(" :\n")
    last = " ".join(said.split())[-40:].lstrip("- ")
    at = text.find(last)
    return said + (text[at + len(last) :] if at >= 0 else "")


if __name__ == "__main__":
    main()
