"""What a number of items could have shown, against a simulation and the least number that shows anything."""

from __future__ import annotations

import numpy as np
import pytest

from medai_assets.evaluation.directions import POWER, detectable_mean, detectable_share, mcnemar_power
from medai_assets.evaluation.statistics import LEVEL, mcnemar, sign_flip


@pytest.mark.parametrize(
    ("items", "changed", "other_way"), [(24, 0.35, 0.05), (60, 0.15, 0.0), (60, 0.3, 0.1)]
)
def test_power_is_how_often_the_test_finds_it(items: int, changed: float, other_way: float) -> None:
    generator = np.random.default_rng(5)
    draws = generator.multinomial(items, [changed, other_way, 1 - changed - other_way], size=1000)
    found = [
        worse > better and mcnemar(np.repeat([1.0, -1.0, 0.0], [worse, better, rest])) < LEVEL
        for worse, better, rest in draws
    ]
    assert mcnemar_power(items, changed, other_way) == pytest.approx(np.mean(found), abs=0.04)


def test_the_detectable_share_is_where_the_power_is_reached() -> None:
    for items, other_way in ((12, 0.0), (24, 0.1), (60, 0.05), (1300, 0.1)):
        share = detectable_share(items, other_way)
        assert share is not None
        assert mcnemar_power(items, share + other_way, other_way) == pytest.approx(POWER, abs=1e-3)


def test_more_items_show_smaller_differences_and_five_show_none() -> None:
    """Six changes one way are the fewest that McNemar's exact test calls significant (p = 2 / 2^6)."""
    shown = [detectable_share(items, 0.0) for items in (6, 12, 24, 60, 200)]
    assert None not in shown
    assert shown == sorted(shown, reverse=True)  # type: ignore[type-var]
    for items in (1, 5):
        assert detectable_share(items, 0.0) is None
        assert detectable_mean(items, 0.3) is None
    assert detectable_share(12, 0.6) is None
    assert detectable_mean(60, 0.0) is None


def test_the_detectable_mean_is_found_four_times_in_five() -> None:
    generator = np.random.default_rng(3)
    rise = detectable_mean(40, 0.25)
    assert rise is not None
    found = [sign_flip(generator.normal(rise, 0.25, size=40), 1) < LEVEL for _ in range(100)]
    assert np.mean(found) == pytest.approx(POWER, abs=0.1)
