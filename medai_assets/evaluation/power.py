"""How large a difference between two models a number of items could have shown.

The smallest true difference that the paired test in use calls significant four times in five. What it depends on
beside the number of items is taken from the items themselves: how many changed against the majority, or how much the
differences of graded scores vary.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, stats

from medai_assets.evaluation.statistics import LEVEL

POWER = 0.8


def detectable_share(items: int, other_way: float) -> float | None:
    """Smallest difference of two shares that McNemar's exact test shows at 80 % power.

    Args:
        items: pairs of answers.
        other_way: share of items that change against the difference.

    Returns:
        A share in (0, 1]; None where no difference could be shown.
    """
    most = 1 - other_way

    def missing(changed: float) -> float:
        return mcnemar_power(items, changed, other_way) - POWER

    if missing(most) < 0:
        return None
    return float(optimize.brentq(missing, other_way, most, xtol=1e-6)) - other_way


def mcnemar_power(items: int, changed: float, other_way: float) -> float:
    """Probability that McNemar's exact test finds that more items change one way (share ``changed``) than the other."""
    discordant = np.arange(1, items + 1)
    # The least number of changes one way, of so many discordant pairs, at which the two-sided p-value is below LEVEL.
    needed = stats.binom.isf(LEVEL / 2, discordant, 0.5) + 1
    both = min(1.0, changed + other_way)
    reached = stats.binom.sf(needed - 1, discordant, changed / both if both else 0.0)
    return float((stats.binom.pmf(discordant, items, both) * reached).sum())


def detectable_mean(items: int, deviation: float) -> float | None:
    """Smallest difference of mean scores shown at 80 % power, by the normal approximation.

    Args:
        items: pairs of answers.
        deviation: standard deviation of the paired differences.

    Returns:
        A difference; None for fewer than six items, of which no permutation of signs is significant, and for
        differences that do not vary, from which nothing can be foreseen.
    """
    if items < 6 or deviation == 0:
        return None
    return float((stats.norm.isf(LEVEL / 2) + stats.norm.ppf(POWER)) * deviation / math.sqrt(items))
