"""What the instruction tests share: the sample passages and the data set built from them, made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets_tests.instructions.builders import sample_passages
from medai_assets_tests.instructions.in_memory import build_examples

MIXTURE = Path(__file__).resolve().parents[2] / "medai_assets" / "config" / "mixture.yaml"


@pytest.fixture(scope="session")
def passages(made_once: Callable[[str, Callable[[], pa.Table]], pa.Table]) -> pa.Table:
    return made_once("passages", sample_passages)


@pytest.fixture(scope="session")
def mixture() -> Mixture:
    return Mixture.load(MIXTURE)


@pytest.fixture(scope="session")
def built(
    passages: pa.Table, mixture: Mixture, made_once: Callable[[str, Callable[[], Built]], Built]
) -> Built:
    return made_once("built", lambda: build_examples(iter(passages.to_batches()), mixture))


@pytest.fixture(scope="session")
def few_passages(passages: pa.Table) -> pa.Table:
    """Every third document: enough for all kinds, quick to publish."""
    wanted = set(sorted(set(passages["document_id"].to_pylist()))[::3])
    return passages.filter(pa.array([d in wanted for d in passages["document_id"].to_pylist()]))


@pytest.fixture(scope="session")
def lenient(mixture: Mixture) -> Mixture:
    """The mixture for few passages: no rule is off, whatever readers found."""
    return mixture.model_copy(update={"least_examples": 5, "least_validation": 3, "left_out": ()})
