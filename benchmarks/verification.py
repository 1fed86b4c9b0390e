"""What the properties say of the rules' examples on publishers' own documents: made, set aside by property, and how fast.

    python benchmarks/verification.py          # publishers' own documents
    python benchmarks/verification.py sandbox  # the sandbox's records

Of publishers' documents a third, chosen by the hash of their names, is left unread (documents_common.py).
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

from common import print_table, real_data_folder, stop
from documents_common import real_documents, rows_of

from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.proof import example_of, prove
from medai_assets.verification import PROPERTIES
from medai_assets.verification.whole_set import NAMES, against_set
from medai_assets_tests.instructions.builders import sample_documents


def main() -> None:
    if "sandbox" in sys.argv:
        count(sample_documents())
        return
    folder = real_data_folder()
    if not folder.is_dir():
        stop(f"{folder} is not there; set MEDAI_REAL_DATA to the folder of publishers' files")
    count(list(real_documents(folder)))


def count(documents: list[SourceDocument]) -> None:
    """Prove every example of the documents and print the counts by kind and source."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    kept: list[tuple[str, dict[str, Any]]] = []
    seconds, total = 0.0, 0
    for document in documents:
        for row in rows_of(document):
            begin = time.process_time()
            found = prove(row, document, "US")
            seconds += time.process_time() - begin
            total += 1
            of = counts[row["kind"], document.source]
            of["made"] += 1
            of[found[0].property if found else "left"] += 1
            if not found:
                kept.append((document.document_id, row))
    examples = [example_of(row, "US") for _, row in kept]
    against = against_set(examples, [row["subject"] for _, row in kept], [name for name, _ in kept])
    for position, finding in against.items():
        of = counts[kept[position][1]["kind"], kept[position][1]["source"]]
        of["left"] -= 1
        of[finding.property] += 1
    names = (*PROPERTIES, *NAMES)
    print_table(
        ["kind", "source", "made", "left", "%", *names],
        [[k, s, c["made"], c["left"], f"{100 * c['left'] / c['made']:.0f}", *(c[n] for n in names)]
         for (k, s), c in sorted(counts.items())],
    )  # fmt: skip
    of_kinds = sorted({row["kind"] for place, (_, row) in enumerate(kept) if place not in against})
    print()
    print_table(
        ["kind", "prompts", "ten openings, %", "distinct-2"],
        [[kind, *diversity([row["prompt"] for place, (_, row) in enumerate(kept)
                            if place not in against and kind in ("all", row["kind"])])] for kind in (*of_kinds, "all")],
    )  # fmt: skip
    print(f"\n{total:,} examples of {len(documents):,} documents proved in {seconds:.1f} s of one processor")


def diversity(prompts: list[str]) -> tuple[int, str, str]:
    """Prompts; the share of the ten most common first five words; different pairs of neighbouring words among all pairs."""
    openings = Counter(" ".join(prompt.split()[:5]) for prompt in prompts)
    pairs = [pair for prompt in prompts for pair in pairwise(prompt.lower().split())]
    share = sum(count for _, count in openings.most_common(10)) / max(1, len(prompts))
    return len(prompts), f"{100 * share:.1f}", f"{len(set(pairs)) / max(1, len(pairs)):.2f}"


if __name__ == "__main__":
    main()
