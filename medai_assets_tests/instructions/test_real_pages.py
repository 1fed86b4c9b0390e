"""Publishers' own pages and labels: whatever the rules make of them stands in them, within the bounds."""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pytest

from medai_assets.corpus.process.batches import process_slice
from medai_assets.foundation.schemas import RAW_RECORD
from medai_assets.instructions.dataset.candidates import Candidates
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.passages import documents
from medai_assets_tests.instructions.builders import raw_record
from medai_assets_tests.open_faults import open_fault

pytestmark = pytest.mark.real_data


@pytest.fixture
def mixture(mixture: Mixture) -> Mixture:
    """The mixture with every rule on: what is off has to stand in its source as well. Nothing is asked with its text in
    hand, where an answer that does not fit beside the text makes no example."""
    return mixture.model_copy(update={"left_out": (), "text_in_hand": ()})


def made_of(records: list[dict[str, object]], source: str, mixture: Mixture) -> Candidates:
    raw = pa.RecordBatch.from_pylist(records, schema=RAW_RECORD)
    made = Candidates(mixture)
    for document in documents(piece.passages for piece in process_slice([raw], source)):
        made.document(document)
    return made


def test_nhs_pages(real_data: Path, mixture: Mixture) -> None:
    pages = [p for p in sorted((real_data / "nhs").glob("*.json")) if not p.name.startswith("error")]
    records = [raw_record(f"nhs:{p.stem.replace('-', '/', 1)}", p.read_text("utf-8")) for p in pages]
    made = made_of(records, "nhs", mixture)
    assert len(made.rows) >= 25  # an answer on pregnancy or doses must hold what the page says of them
    assert not [why for _, why in made.tally.refused if why == "not the source's words"]


def test_drug_labels(real_data: Path, mixture: Mixture) -> None:
    made = _of_labels(real_data, mixture)
    assert len(made.rows) >= 5  # of five labels; fewer each time a section must be proved whole
    assert not [why for _, why in made.tally.refused if why == "not the source's words"]


@open_fault(
    "honest medicine", "what cannot be proved of these labels is set aside, a whole boxed one with it"
)
def test_drug_labels_without_harmonised_names_make_examples_and_keep_their_boxes(
    real_data: Path, mixture: Mixture
) -> None:
    made = _of_labels(real_data, mixture)
    assert len(made.rows) > 30
    boxed = [
        r
        for r in made.rows
        if r["rule"].startswith("drug_information.warnings/") and r["subject"] == "adalimumab"
    ]
    assert [r["completion"].startswith("Boxed warning: ") for r in boxed[:1]] == [True]


def _of_labels(real_data: Path, mixture: Mixture) -> Candidates:
    labels = sorted((real_data / "openfda").glob("spl-*.json"))
    return made_of([raw_record(f"fda:{p.stem}", _record(p)) for p in labels], "fda", mixture)


def _record(path: Path) -> str:
    loaded = orjson.loads(path.read_bytes())
    return orjson.dumps(loaded["results"][0] if "results" in loaded else loaded).decode()
