"""Sound examples damaged in every way: the share that the properties see, by mutation and kind.

    python benchmarks/mutations.py          # publishers' own documents and the sandbox's records
    python benchmarks/mutations.py sandbox  # the sandbox's records alone

An example is sound where every property is proved. Of publishers' documents a third, by the hash of their names, is left
unread. The table is for docs/data.md.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

from common import print_ratio, print_table, real_data_folder
from documents_common import real_documents, rows_of

from medai_assets.foundation.vocabularies import KINDS
from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.proof import example_of, source_of
from medai_assets.verification import Evidence, verify
from medai_assets_tests.instructions.builders import sample_documents
from medai_assets_tests.verification.mutations import MUTATIONS, damaged

TARGET = 0.98
MOST_OF_RULE = 400  # examples of one rule, so that no rule makes up the table


def main() -> None:
    folder = real_data_folder()
    documents = sample_documents()
    if "sandbox" not in sys.argv and folder.is_dir():
        documents += real_documents(folder)
    try_all(documents)


def try_all(documents: Iterable[SourceDocument], show_missed: int = 0) -> None:
    """Damage every sound example of the documents and print what was seen."""
    tried: dict[str, Counter[str]] = defaultdict(Counter)
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    by: dict[str, Counter[str]] = defaultdict(Counter)
    of_rule: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for document in documents:
        source = source_of(document)
        for row in rows_of(document):
            example = example_of(row, "US")
            named = set(row["passage_ids"])
            evidence = Evidence(source, tuple(p for p in source.passages if p.passage_id in named))
            if of_rule[row["rule"]] >= MOST_OF_RULE or verify(example, evidence):
                continue
            of_rule[row["rule"]] += 1
            for name, (changed, around) in damaged(example, evidence):
                tried[name][row["kind"]] += 1
                found = verify(changed, around)
                if found:
                    seen[name][row["kind"]] += 1
                    by[name][found[0].property] += 1
                elif shown[name] < show_missed:
                    shown[name] += 1
                    print(
                        f"MISSED {name} {row['rule']}: {changed.prompt!r}\n  was {example.completion!r}\n  now "
                        f"{changed.completion!r}"
                    )
    _print(tried, seen, by)


def _print(
    tried: dict[str, Counter[str]], seen: dict[str, Counter[str]], by: dict[str, Counter[str]]
) -> None:
    kinds = [k for k in KINDS if any(counts[k] for counts in tried.values())]
    rows = []
    for name in MUTATIONS:
        if tried[name].total():
            cells = [f"{seen[name][k]}/{tried[name][k]}" if tried[name][k] else "–" for k in kinds]
            share = f"{100 * seen[name].total() / tried[name].total():.1f}"
            rows.append(
                [name, tried[name].total(), share, *cells, ", ".join(p for p, _ in by[name].most_common(2))]
            )
    print_table(["mutation", "tried", "% seen", *kinds, "seen by"], rows)
    worst = min(seen[n].total() / tried[n].total() for n in MUTATIONS if tried[n].total())
    every = sum(c.total() for c in seen.values()) / sum(c.total() for c in tried.values())
    print_ratio("mutations seen of all", every, TARGET)
    print_ratio("mutations seen of the worst", worst, TARGET)


if __name__ == "__main__":
    main()
