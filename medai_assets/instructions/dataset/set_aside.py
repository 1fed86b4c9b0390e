"""Examples that were made and are not taught: kept as REMOVED rows with the property or check that they fail.

What belongs here: collecting them, counting them by kind, and whether too many of a kind are among them. What does not:
the properties (verification) and the checks of a row (checks.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from medai_assets.foundation.rows import ExampleRow, RemovedRow
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.instructions.dataset.checks import Check
from medai_assets.instructions.dataset.exclusions import NAME as LEFT_OUT
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.verification.not_said_twice import NAME as REPEATED

STAGE = "instruction_dataset"
STEP = "verification"
MIXTURE = "mixture"  # the step of what the mixture leaves out, proved or not
REVIEWED = "review"  # the property that a reviewer's verdict stands for
CHECK = "set_aside_share"
_NO_FAULT = (REPEATED, REVIEWED, LEFT_OUT)
_NAMED = 3  # examples that a message names


@dataclass
class SetAsideTally:
    """Examples set aside so far.

    Attributes:
        removed: one REMOVED row an example: ``reason`` is the property, ``detail`` the rule, the example's id and why.
        counts: kind -> property -> examples. ids: kind -> the first ids, for a message.
        of_passage: passage id -> a property that an example made from it fails.
    """

    removed: list[RemovedRow] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    of_passage: dict[str, str] = field(default_factory=dict)

    def add(self, row: ExampleRow, name: str, reason: str) -> None:
        """Keep an EXAMPLE row that fails a property or a check of that name, or that the mixture leaves out."""
        self.count({row["kind"]: {name: 1}}, {row["kind"]: [row["example_id"]]})
        for passage_id in row["passage_ids"]:
            self.of_passage.setdefault(passage_id, name)
        self.removed.append(
            {
                "stage": STAGE,
                "step": MIXTURE if name == LEFT_OUT else STEP,
                "reason": name,
                "detail": f"{row['rule']} {row['example_id']}: {reason}",
                "passage_id": next(iter(row["passage_ids"]), None),
                "source": row["source"],
                "text": f"{row['prompt']}\n\n{row['completion']}",
                "origins": row["origins"],
            }
        )

    def count(self, counts: Mapping[str, Mapping[str, int]], ids: Mapping[str, Iterable[str]]) -> None:
        """Add what another one counted, without its rows."""
        for kind, faults in counts.items():
            self.counts[kind].update(faults)
            self.ids[kind] = [*self.ids[kind], *ids[kind]][:_NAMED]

    @property
    def by_kind(self) -> dict[str, dict[str, int]]:
        """Kind -> property -> examples, in the order of the kinds."""
        return {k: dict(sorted(self.counts[k].items())) for k in KINDS if self.counts.get(k)}


def share_check(made: dict[str, int], set_aside: SetAsideTally, mixture: Mixture) -> Check:
    """Whether of any kind more than ``most_set_aside`` of the examples made were set aside.

    Repeated answers are no fault, what a person read was proved, and what the mixture leaves out was not looked at: none
    of them counts; of a kind with fewer examples than ``least_examples`` no share is judged.

    Args:
        made: kind -> examples that the rules made, those set aside among them.
    """
    over, shares = [], []
    for kind in KINDS:
        counts = set_aside.counts.get(kind, Counter())
        total = made.get(kind, 0) - counts[LEFT_OUT]
        faulty = {name: n for name, n in counts.items() if name not in _NO_FAULT}
        count = sum(faulty.values())
        if not total:
            continue
        shares.append(f"{kind} {count} of {total}")
        if total >= max(1, mixture.least_examples) and count > mixture.most_set_aside * total:
            most = max(faulty, key=lambda name: faulty[name])
            named = ", ".join(set_aside.ids[kind])
            over.append(
                f"{kind}: {count} of {total} set aside, most by {most} ({faulty[most]}), such as {named}"
            )
    advice = (
        f"more than most_set_aside {mixture.most_set_aside:g}; read them in the table `removed` of this version (step "
        f"{STEP}), mend "
        "the source or the rule, or raise most_set_aside in config/mixture.yaml"
    )
    return Check(
        CHECK, not over, f"{'; '.join(over)}: {advice}" if over else f"set aside: {', '.join(shares)}"
    )
