"""A check shown for a materialization is that materialization's, also where the rows are an earlier one's and a bound moved."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from medai_assets.assets.checks import failed, of_dataset
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.publish import publish_dataset
from medai_assets.storage import Store, Stored

from .test_publish import PUBLISHING, inputs

TIGHT = 100_000  # least examples of a kind


@pytest.fixture
def settled(tmp_path: Path, few_passages: pa.Table, lenient: Mixture) -> Bound:
    return Bound(tmp_path, few_passages, lenient)


class Bound:
    """A data set published again and again, with a bound that moves."""

    def __init__(self, folder: Path, passages: pa.Table, mixture: Mixture) -> None:
        self.folder, self.passages, self.mixture = folder, passages.slice(0, 150), mixture
        self.store = Store(folder / "store")

    def publish(self, least: int) -> Stored:
        mixture = self.mixture.model_copy(update={"least_examples": least, "least_validation": 0})
        curated, values = inputs(self.store, self.passages, mixture)
        return publish_dataset(
            self.store, curated, mixture=values, exports_dir=self.folder / "exports", publishing=PUBLISHING
        )


def passed(stored: Stored) -> dict[str, bool]:
    return {str(result.check_name): result.passed for result in of_dataset(stored)}


@pytest.mark.parametrize(("first", "then"), [(TIGHT, 0), (0, TIGHT)], ids=["loosened", "tightened"])
def test_the_verdict_follows_the_bound(settled: Bound, first: int, then: int) -> None:
    one, two = settled.publish(first), settled.publish(then)
    assert one.data_version == two.data_version, "the rows are the same"
    assert [passed(s)["kinds_present"] for s in (one, two)] == [first == 0, then == 0]
    assert ("kinds_present" in failed(of_dataset(two))) == (then == TIGHT)
    assert (
        "kinds_present" in two.store.current_receipt("instruction_dataset").metadata["failed_checks"]
    ) == (then == TIGHT)  # type: ignore[union-attr]
