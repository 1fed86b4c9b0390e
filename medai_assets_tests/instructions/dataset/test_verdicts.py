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

LOOSE, TIGHT = 1.0, 0.0001  # share of the examples made that may be set aside
CHECK = "set_aside_share"


@pytest.fixture
def settled(tmp_path: Path, few_passages: pa.Table, lenient: Mixture) -> Bound:
    return Bound(tmp_path, few_passages, lenient)


class Bound:
    """A data set published again and again, with a bound that moves."""

    def __init__(self, folder: Path, passages: pa.Table, mixture: Mixture) -> None:
        self.folder, self.passages, self.mixture = folder, passages.slice(0, 50), mixture
        self.store = Store(folder / "store")

    def publish(self, most: float) -> Stored:
        mixture = self.mixture.model_copy(update={"most_set_aside": most, "least_examples": 1})
        curated, values = inputs(self.store, self.passages, mixture)
        return publish_dataset(
            self.store, curated, mixture=values, exports_dir=self.folder / "exports", publishing=PUBLISHING
        )


def passed(stored: Stored) -> dict[str, bool]:
    return {str(result.check_name): result.passed for result in of_dataset(stored)}


@pytest.mark.parametrize(("first", "then"), [(TIGHT, LOOSE), (LOOSE, TIGHT)], ids=["loosened", "tightened"])
def test_the_verdict_follows_the_bound(settled: Bound, first: float, then: float) -> None:
    one, two = settled.publish(first), settled.publish(then)
    assert one.data_version == two.data_version, "the rows are the same"
    assert [passed(s)[CHECK] for s in (one, two)] == [first == LOOSE, then == LOOSE]
    assert (CHECK in failed(of_dataset(two))) == (then == TIGHT)
    assert two.receipt is not None
    assert (CHECK in two.receipt.metadata["failed_checks"]) == (then == TIGHT)
