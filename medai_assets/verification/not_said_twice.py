"""*not said twice*: of answers of one kind that say nearly the same, one is kept.

Compared are the source's words, framing aside: five-word runs, Jaccard. Several questions with one answer are kept only
where they teach something else: of kinds in which somebody tells of a case, a few cases that the same card is for. What
belongs here: the comparison over a whole set.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from medai_assets.verification.example import Example, Finding
from medai_assets.verification.structure import stems, tokens

NAME = "not_said_twice"
SHINGLE = 5
SAME = 0.8
MOST_CASES = 3  # with one answer; more would teach the card by heart
SAME_CASE = 0.8  # share of the shorter case's words of substance that the other has, the subject's aside


def said_twice(examples: Sequence[Example], same: float = SAME) -> dict[int, tuple[int, Finding]]:
    """Positions of examples that repeat another of their kind, with the position of the one that is kept.

    The first of the sequence is kept, and of told cases two more that differ from it. Authored examples are compared with
    nothing: each was written to differ.
    """
    found: dict[int, tuple[int, Finding]] = {}
    for positions in _by_kind(examples).values():
        shingles = {p: shingles_of(examples[p]) for p in positions}
        cases: dict[int, list[int]] = defaultdict(list)
        for position, kept, share in _repeats(positions, shingles, same):
            if _is_another_case(examples, position, [kept, *cases[kept]]):
                cases[kept].append(position)
                continue
            reason = f"the answer is {share:.0%} the same as of {examples[kept].prompt[:80]!r}"
            found[position] = (kept, Finding(NAME, reason))
    return found


def shingles_of(example: Example) -> frozenset[int]:
    """Hashes of the five-word runs of what the source says in an answer; of all its words where there are fewer."""
    text = example.completion
    for piece in sorted(example.framing, key=len, reverse=True):
        text = text.replace(piece, "\n", 1)
    words = tokens(text)
    return frozenset(hash(words[n : n + SHINGLE]) for n in range(max(1, len(words) - SHINGLE + 1)))


def _by_kind(examples: Sequence[Example]) -> dict[str, list[int]]:
    kinds: dict[str, list[int]] = defaultdict(list)
    for position, example in enumerate(examples):
        if not example.authored:
            kinds[example.kind].append(position)
    return kinds


def _repeats(
    positions: list[int], shingles: dict[int, frozenset[int]], same: float
) -> list[tuple[int, int, float]]:
    """(repeating, kept, Jaccard). Two sets that are so alike share one of each other's rarest runs (prefix filter)."""
    counts = Counter(h for p in positions for h in shingles[p])
    index: dict[int, list[int]] = defaultdict(list)
    found = []
    for position in positions:
        mine = sorted(shingles[position], key=lambda h: (counts[h], h))
        prefix = mine[: len(mine) - int(same * len(mine)) + 1]
        candidates = {other for h in prefix for other in index[h]}
        best = max(((_jaccard(shingles[position], shingles[o]), -o) for o in candidates), default=(0.0, 0))
        if best[0] >= same:
            found.append((position, -best[1], best[0]))
        else:
            for h in prefix:
                index[h].append(position)
    return found


def _is_another_case(examples: Sequence[Example], position: int, kept: list[int]) -> bool:
    """Whether a person tells of something that those who got the same answer about the same subject did not tell of."""
    one = examples[position]
    if "states_level" not in one.traits or len(kept) >= MOST_CASES:
        return False
    alike = [examples[other] for other in kept]
    return all(one.subject == other.subject and not _tells_the_same(one, other) for other in alike)


def _tells_the_same(left: Example, right: Example) -> bool:
    about = stems(left.subject or "")
    one, other = stems(left.prompt) - about, stems(right.prompt) - about
    return len(one & other) > SAME_CASE * min(len(one), len(other))


def _jaccard(left: frozenset[int], right: frozenset[int]) -> float:
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)
