"""After a withdrawal the new adapter answers like those that never met the record, and the old one does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.influence.forgetting import Forgetting, forgetting
from medai_assets.influence.learned_set import LearnedSet
from medai_assets.influence.prove import mean_interval, next_interval
from medai_assets.influence.retrain import Retraining
from medai_assets.training.errors import TrainingError
from medai_assets.training.job import Job
from medai_assets.training.train import run
from medai_assets_tests.influence.conftest import CPU
from medai_assets_tests.training.conftest import Listener

pytestmark = pytest.mark.slow


def test_what_only_a_record_taught_falls_to_where_adapters_are_that_never_met_it(
    learned: LearnedSet, tmp_path: Path
) -> None:
    def train(job: Job) -> None:
        run(job, Listener(), CPU)

    found = forgetting(
        "fda:gout", learned, None, lambda one: Retraining(one, tmp_path, train), 2, lambda line: None
    )
    assert (found.examples, found.withdrawn, len(found.seeds)) == (1, False, 2)
    assert found.before > found.after + 0.5
    assert found.before > max(found.seeds) + 0.5
    assert found.before > found.base
    assert abs(found.others_before - found.others_after) < found.before - found.after


def test_what_other_records_say_too_is_not_forgotten(learned: LearnedSet, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="No learned example rests on fda:nothing alone"):
        forgetting("fda:nothing", learned, None, lambda one: Retraining(one, tmp_path, print), 1, print)


def test_the_verdict_names_what_was_seen_and_says_nothing_of_two_seeds() -> None:
    def seen(before: float, after: float, *seeds: float) -> str:
        return Forgetting(
            record="fda:1", examples=1, withdrawn=True, base=-3.0, before=before, after=after, seeds=list(seeds),
            interval=next_interval(seeds), others_before=-1.0, others_after=-1.0,
        ).verdict  # fmt: skip

    noise = (-2.0, -2.1, -1.9)
    assert seen(-0.5, -2.0, *noise).startswith("The earlier adapter had learned it")
    assert "is within the range of adapters" in seen(-0.5, -2.0, *noise)
    assert "is outside the range of adapters" in seen(-0.5, -0.6, *noise)
    assert "no forgetting can be shown" in seen(-1.9, -2.0, *noise)
    assert "No conclusion is drawn" in seen(-0.5, -2.0, *noise[:2])


def test_where_the_next_seed_and_the_mean_are_expected_is_students_interval() -> None:
    assert next_interval([1.0, 2.0, 3.0]) == pytest.approx((2 - 4.9683, 2 + 4.9683), abs=1e-3)
    assert mean_interval([1.0, 2.0, 3.0]) == pytest.approx((2 - 2.4841, 2 + 2.4841), abs=1e-3)
    assert next_interval([1.0]) is mean_interval([1.0]) is None
