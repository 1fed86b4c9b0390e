"""Candidates by slice: the same data set however the corpus is divided, and one changed slice costs that slice."""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from medai_assets.foundation.schemas import PASSAGE, REMOVED
from medai_assets.instructions.dataset import by_slice, sample
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.publish import publish_dataset
from medai_assets.instructions.dataset.sample import BEYOND, Candidate, Sample, of_document
from medai_assets.storage import Receipt, Store, Stored

pytestmark = pytest.mark.slow

PUBLISHING = {"code_version": "1", "inputs": [], "run_id": "", "fingerprint": None}
COLUMNS = ("step", "reason", "detail", "passage_id", "source", "text")


@pytest.fixture(scope="module")
def fewer(few_passages: pa.Table) -> pa.Table:
    wanted = pa.array(sorted(set(few_passages["document_id"].to_pylist()))[::3])
    return few_passages.filter(pc.is_in(few_passages["document_id"], value_set=wanted))


def corpus(store: Store, slices: dict[str, pa.Table]) -> Stored:
    """A curated corpus of these slices."""
    parts = []
    for key, passages in slices.items():
        with store.draft("curated_slice", key) as draft:
            draft.write_table("passages", passages, PASSAGE)
            draft.write_table("removed", REMOVED.empty_table())
            parts.append(draft.publish(code_version="1"))
    with store.draft("curated_corpus") as draft:
        for part in parts:
            draft.reference(part)
        return draft.publish(code_version="1", data_version="-".join(part.data_version[:8] for part in parts))


def dataset(root: Path, slices: dict[str, pa.Table], mixture: Mixture) -> Stored:
    store = Store(root / "store")
    curated = corpus(store, slices)
    with store.draft("instruction_mixture") as draft:
        draft.path("values.json").write_bytes(orjson.dumps(mixture.model_dump(mode="json")))
        values = draft.publish(code_version="1")
    return publish_dataset(
        store, curated, mixture=values, exports_dir=root / "exports", publishing=PUBLISHING
    )


def removed(stored: Stored) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row[name]) for name in COLUMNS) for row in stored.table("removed").to_pylist())


def test_the_data_set_is_the_same_however_the_corpus_is_divided(
    tmp_path: Path, fewer: pa.Table, lenient: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = by_slice.make
    monkeypatch.setattr(by_slice, "make", lambda job: (made.append(job.key), make(job))[1])
    whole = dataset(tmp_path / "whole", {"all": fewer}, lenient)
    # Every third passage: nearly every document stands in several slices.
    thirds = {f"{n}": fewer.take(pa.array(range(n, fewer.num_rows, 3))) for n in range(3)}
    parts = dataset(tmp_path / "parts", thirds, lenient)
    assert made == ["all", "0", "1", "2", by_slice.SEVERAL]
    assert parts.data_version == whole.data_version
    assert removed(parts) == removed(whole)
    assert parts.facts == whole.facts


def test_a_changed_slice_costs_that_slice(
    tmp_path: Path, fewer: pa.Table, lenient: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {one: fewer.filter(pc.equal(fewer["source"], one)) for one in ("nhs", "fda", "medquad")}
    dataset(tmp_path, sources, lenient)
    made: list[str] = []
    make = by_slice.make
    monkeypatch.setattr(by_slice, "make", lambda job: (made.append(job.key), make(job))[1])
    dataset(tmp_path, sources | {"medquad": sources["medquad"].slice(2)}, lenient)
    assert made == ["medquad"]


def test_what_a_job_made_is_taken_though_another_run_was_quicker(
    tmp_path: Path, fewer: pa.Table, lenient: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = dataset(tmp_path / "alone", {"all": fewer}, lenient)
    make = by_slice.make

    def then_another(job: by_slice.Job) -> Receipt:
        made = make(job)
        make(job._replace(slices=(), code_version="2"))
        return made

    monkeypatch.setattr(by_slice, "make", then_another)
    beside = dataset(tmp_path / "beside", {"all": fewer}, lenient)
    assert beside.data_version == alone.data_version
    assert beside.facts == alone.facts


def candidate(number: int, source: str = "nhs") -> Candidate:
    row = {
        "kind": "question_answer",
        "source": source,
        "audience": "consumer",
        "rule": "r/1",
        "example_id": f"e{number:024x}",
    }
    return Candidate(row, f"document {number}")  # type: ignore[arg-type]


def test_a_sample_of_samples_is_the_sample_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "LEAST", 5)
    mixture = Mixture(most_examples={"question_answer": 2})
    numbers = [*range(100), *range(40, 60)]  # some are made twice
    whole, merged = Sample(mixture), Sample(mixture)
    for number in numbers:
        whole.add(candidate(number))
    for begin in range(0, len(numbers), 17):
        part = Sample(mixture)
        for number in reversed(numbers[begin : begin + 17]):
            part.add(candidate(number))
        for one in part.held():
            merged.add(one)
    assert len(whole.held()) == sample.OVERSAMPLE * 2
    assert merged.held() == whole.held()
    lowest = sorted((candidate(n) for n in set(numbers)), key=lambda one: whole.place(one.row))
    assert whole.held() == lowest[:8]


def test_what_is_held_and_what_came_again_may_be_asked_for_at_any_time() -> None:
    whole = Sample(Mixture())
    for one in (
        candidate(1),
        candidate(1),
        candidate(2),
        candidate(1, "fda"),
    ):  # again, and from another source
        whole.add(one)
        whole.held()
    assert len(whole.held()) == 2
    assert whole.count_again() == {"question_answer": 2}


def test_a_document_brings_no_more_than_the_mixture_might_take(lenient: Mixture) -> None:
    rows = [candidate(n).row | {"rule": f"r{n % 100 // 90}/1"} for n in range(100)]
    held = of_document(rows, Mixture(most_per_document=3))  # type: ignore[arg-type]
    assert len(held) == 3 * sample.OVERSAMPLE
    assert sum(row["rule"] == "r1/1" for row in held) == 6  # in turns, though one in ten is of that rule


def test_what_is_beyond_the_sample_is_counted(
    tmp_path: Path, few_passages: pa.Table, lenient: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "LEAST", 3)
    monkeypatch.setattr(sample, "OVERSAMPLE", 1)
    few = lenient.model_copy(update={"most_examples": {"question_answer": 3}})
    medquad = few_passages.filter(pc.equal(few_passages["source"], "medquad"))
    told = dataset(tmp_path, {"medquad": medquad}, few).facts
    cut = told["cut"]["question_answer"]
    assert cut[BEYOND] > 0
    kept = sum(
        row["train"] + row["validation"] for row in told["by_kind"] if row["kind"] == "question_answer"
    )
    aside = sum(row["examples"] for row in told["set_aside_examples"] if row["kind"] == "question_answer")
    never_made = {"answer too short", "answer too long", "prompt too long", "not the source's words"}
    lost = sum(count for reason, count in cut.items() if reason not in never_made)
    assert told["candidates"]["question_answer"] == kept + aside + lost
