"""Near-duplicate pairs are found exactly; groups are what is joined directly or not."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.dataset.split import Groups, shingles, similar_pairs

SETS = st.lists(st.frozensets(st.integers(0, 12), min_size=1, max_size=10), max_size=14)


@given(sets=SETS, jaccard=st.sampled_from([0.4, 0.5, 0.8, 1.0]))
def test_all_pairs_and_only_those_are_found(sets: list[frozenset[int]], jaccard: float) -> None:
    expected = {
        (i, j)
        for i, j in combinations(range(len(sets)), 2)
        if len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= jaccard
    }
    found = list(similar_pairs(sets, jaccard))
    assert set(found) == expected
    assert len(found) == len(expected)


def test_shingles_see_words_not_marks() -> None:
    assert shingles("Call 911 now, please do!") == shingles("call 911 NOW please do")
    assert len(shingles("one two three four five six")) == 2
    assert len(shingles("short")) == 1


def test_groups_join_through_others() -> None:
    groups: Groups[str] = Groups()
    groups.join(["a", "b"])
    groups.join(["c", "d"])
    assert groups.find("a") != groups.find("c")
    groups.join(["d", "b"])
    assert len({groups.find(x) for x in "abcd"}) == 1
    assert groups.find("e") == "e"
