"""Prints what the rules of one kind make of the sample's documents, and what is set aside of it with the reason.

``python -m medai_assets_tests.instructions.show KIND``, in a minute or so and without a run. What belongs here: looking. What
does not: judging (test_kind_contract.py).
"""

from __future__ import annotations

import sys
from pathlib import Path

import medai_assets
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets_tests.instructions.builders import sample_passages
from medai_assets_tests.instructions.in_memory import build_examples


def show(kind: str) -> None:
    """Examples that stay, then those set aside: step and reason, the rule with what was found, the example.

    Raises:
        SystemExit: there is no such kind.
    """
    if kind not in KINDS:
        raise SystemExit(f"{kind!r} is no kind; there are {', '.join(KINDS)}")
    mixture = Mixture.load(Path(medai_assets.__file__).parent / "config" / "mixture.yaml")
    built = build_examples(iter(sample_passages().to_batches()), mixture)
    rows = [row for row in built.rows if row["kind"] == kind]
    for row in rows:
        print(f"{row['rule']} ({row['split']})\n{row['prompt']}\n→ {row['completion']}\n  {row['labels']}\n")
    removed = [row for row in built.removed.to_pylist() if (row["detail"] or "").startswith(f"{kind}.")]
    for row in removed:
        print(f"set aside: {row['step']}, {row['reason']}: {row['detail']}\n{row['text']}\n")
    print(f"{kind}: {len(rows)} examples in the sample's data set, {len(removed)} set aside")


if __name__ == "__main__":
    show(*sys.argv[1:2] or [""])
