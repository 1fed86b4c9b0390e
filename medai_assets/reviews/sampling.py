"""What may be concluded from examples that were read: drawn by hash, judged by the hypergeometric distribution.

Without replacement, from a lot of known size, one kind of example a lot. The order of drawing depends on ids alone, so nobody
can choose what is read, and what was read of a lot stays drawn when other examples come and go. Only the examples at the
beginning of that order, without a gap, are a sample; others that somebody read count as verdicts and prove nothing of the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import comb

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.rows import ReviewRow

CONFIDENCE = 0.95
_SEED = "acceptance sample"


@dataclass(frozen=True)
class Bound:
    """What is known of the examples of one kind.

    Attributes:
        lot: examples of the kind, those that a reviewer found at fault among them.
        read: of the sample, in the order of drawing without a gap.
        faults: kind of fault -> examples of the sample.
        left: examples that stay, since those at fault are taken out.
        most: of those that stay, at most so many are at fault, with CONFIDENCE.
        by_role: role -> verdicts on the sample.
        beyond: examples with a verdict that are not of the sample.
    """

    kind: str
    lot: int
    read: int
    faults: dict[str, int]
    left: int
    most: int
    by_role: dict[str, int] = field(default_factory=dict)
    beyond: int = 0

    @property
    def most_share(self) -> float:
        return self.most / self.left if self.left else 0.0


def in_random_order(example_ids: Iterable[str]) -> list[str]:
    """The ids in the order in which they are to be read."""
    return sorted(set(example_ids), key=lambda one: text_digest(_SEED, one))


def bounds(kinds: Mapping[str, str], reviews: Sequence[ReviewRow]) -> list[Bound]:
    """The bound of each kind.

    Args:
        kinds: example id -> kind, of all that the rules made and proved, those at fault by a reviewer among them.
    """
    by_kind, by_example = defaultdict(list), defaultdict(list)
    for example_id, kind in kinds.items():
        by_kind[kind].append(example_id)
    for review in reviews:
        by_example[review["example_id"]].append(review)
    return [_bound(kind, by_kind[kind], by_example) for kind in sorted(by_kind)]


def _bound(kind: str, lot: list[str], reviews: Mapping[str, list[ReviewRow]]) -> Bound:
    order = in_random_order(lot)
    read = next((n for n, example_id in enumerate(order) if example_id not in reviews), len(order))
    sample = [review for example_id in order[:read] for review in reviews[example_id]]
    first_fault = {review["example_id"]: review["fault"] for review in sample if review["verdict"] == "fault"}
    out = sum(any(r["verdict"] == "fault" for r in reviews.get(example_id, ())) for example_id in lot)
    found = len(first_fault)
    return Bound(
        kind=kind,
        lot=len(lot),
        read=read,
        faults=dict(sorted(Counter(first_fault.values()).items())),
        left=len(lot) - out,
        most=max(0, most_faulty(len(lot), read, found) - out),
        by_role=dict(sorted(Counter(review["role"] for review in sample).items())),
        beyond=sum(example_id in reviews for example_id in order[read:]),
    )


def most_faulty(lot: int, read: int, found: int, confidence: float = CONFIDENCE) -> int:
    """The largest number of faulty examples in a lot with which so few in the sample are still to be expected.

    Exact, in whole numbers: more would show ``found`` or fewer with a probability below 1 - confidence.
    """
    low, high = found, lot - (read - found)
    while low < high:
        middle = (low + high + 1) // 2
        if _at_most(found, lot, middle, read) > 1 - confidence:
            low = middle
        else:
            high = middle - 1
    return low


def to_read(lot: int, most_share: float) -> int:
    """How many of a lot to read, so that without a fault at most that share of it is faulty."""
    low, high = 0, lot
    while low < high:
        middle = (low + high) // 2
        if most_faulty(lot, middle, 0) <= most_share * lot:
            high = middle
        else:
            low = middle + 1
    return low


def _at_most(found: int, lot: int, faulty: int, read: int) -> float:
    """Probability of at most so many faulty ones in a sample."""
    least = max(0, read - (lot - faulty))
    ways = sum(comb(faulty, k) * comb(lot - faulty, read - k) for k in range(least, min(found, read) + 1))
    return ways / comb(lot, read)
