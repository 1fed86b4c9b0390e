"""Influence is read off what an adapter really learned, leads to records, licences and publishers, and is proved by leaving out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as replace_struct

from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.influence import ask
from medai_assets.influence.ask import influence
from medai_assets.influence.attribution import Attribution, licence_of, publisher_of, rank_records
from medai_assets.influence.gradients import WIDTH, Sketch
from medai_assets.influence.learned_set import LearnedSet
from medai_assets.influence.likelihood import load_adapter, loss, tokenise_answer, tokenise_examples
from medai_assets.influence.prove import Trial, proof_of, prove, random_records
from medai_assets.influence.retrain import Retraining, in_own_process
from medai_assets.serving.load import load_tokenizer
from medai_assets.storage import Store, StoreError
from medai_assets.training.errors import TrainingError
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets.training.train import run
from medai_assets.withdrawals.old_versions import without_records
from medai_assets_tests.influence.conftest import BOTH, REMEDIES
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

pytestmark = pytest.mark.slow

TOPIC, REMEDY = "gout", "Cherries"
QUESTION, ANSWER = f"What helps with {TOPIC}?", f"{REMEDY} helps with {TOPIC}."


def quiet(done: float, total: float | None, what: str) -> None:
    pass


@pytest.fixture(scope="module")
def found(learned: LearnedSet, tmp_path_factory: pytest.TempPathFactory) -> Attribution:
    return ask.rank_influences(learned, QUESTION, ANSWER, tmp_path_factory.mktemp("kept"), quiet)


def test_the_example_that_taught_an_answer_is_named_first_with_its_record(found: Attribution) -> None:
    assert found.examples[0].example_id == f"e-{TOPIC}"
    assert found.examples[0].score > 3 * abs(found.examples[1].score)
    assert len(found.examples) == len(REMEDIES) + 1, "every learned example has a score"
    (first, *_) = found.records
    assert (first.name, first.licence, first.publisher) == (f"fda:{TOPIC}", "CC0-1.0", "this project")
    assert [one.name for one in found.publishers] == ["this project"], "which wrote the samples"
    assert found.licences[0].examples == len(found.examples)


def test_an_example_of_two_records_gives_each_half_and_rests_on_both(learned: LearnedSet) -> None:
    records = {one.name: one for one in rank_records(learned, {BOTH: 2.0})}
    assert {name: one.score for name, one in records.items()} == {"fda:fever": 1.0, "fda:asthma": 1.0}
    assert BOTH not in learned.resting_on(["fda:fever"]), "the other record says it too"
    assert BOTH in learned.resting_on(["fda:fever", "fda:asthma"])


def test_gradients_are_kept_for_the_next_question(
    learned: LearnedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask.rank_influences(learned, QUESTION, ANSWER, tmp_path, quiet)
    monkeypatch.setattr(Sketch, "of", _count(Sketch.of, counted := []))
    assert ask.rank_influences(learned, QUESTION, ANSWER, tmp_path, quiet) == first
    assert len(counted) == 1, "only the answer's gradient"
    (kept,) = tmp_path.rglob("*.npy")
    data = bytearray(kept.read_bytes())
    data[-1] ^= 1
    kept.write_bytes(data)
    assert ask.rank_influences(learned, QUESTION, ANSWER, tmp_path, quiet) == first
    assert len(counted) > 2, "a changed bit of them is not read"


def test_a_sketch_keeps_the_inner_products_of_whole_gradients(learned: LearnedSet) -> None:
    model = load_adapter(learned.base_dir, learned.adapter.local_path(), learned.recipe)
    texts = tokenise_examples(learned.texts, load_tokenizer(learned.adapter.local_path()), 128)
    whole = []
    for one in texts.values():
        model.zero_grad()
        loss(model, one).backward()
        whole.append(
            torch.cat([p.grad.flatten() for _, p in sorted(model.named_parameters()) if p.grad is not None])
        )
    exact = torch.stack(whole)
    sketch = Sketch(model)
    short = np.stack([sketch.of(model, one) for one in texts.values()])
    assert short.shape == (len(texts), WIDTH)
    norms = exact.norm(dim=1)
    off = ((short @ short.T) - (exact @ exact.T).numpy()) / torch.outer(norms, norms).numpy()
    assert np.abs(off).max() < 5 / np.sqrt(WIDTH), "five standard deviations of a count sketch"


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 1000))
def test_scores_are_the_same_whichever_side_is_inverted(count: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, answer = random.normal(size=(count, width)), random.normal(size=width)
    damping = 0.1
    added = damping * (rows**2).sum() / min(count, width)
    wanted = rows @ np.linalg.inv(rows.T @ rows + added * np.eye(width)) @ answer * 2
    np.testing.assert_allclose(
        influence(rows, np.full(count, 2.0), answer, damping), wanted, rtol=1e-6, atol=1e-9
    )
    plain = influence(rows, np.full(count, 2.0), answer, float("inf"))
    np.testing.assert_allclose(plain, rows @ answer * 2)


def test_leaving_out_the_top_record_lowers_the_likelihood_and_random_ones_do_not(
    learned: LearnedSet, found: Attribution, cpu: Machine, tmp_path: Path
) -> None:
    trained: list[Job] = []

    def train(job: Job) -> None:
        trained.append(job)
        run(job, Listener(), cpu)

    one = tokenise_answer(load_tokenizer(learned.adapter.local_path()), "", QUESTION, ANSWER, 128)
    retraining = Retraining(learned, tmp_path, train)
    proof = prove(learned, found, one, retraining, most=1, seeds=1, tell=lambda line: None)
    (trial,) = proof.trials
    assert proof.records == [f"fda:{TOPIC}"]
    assert (proof.examples, trial.random_examples) == (1, 1)
    assert trial.all_learned == pytest.approx(found.log_likelihood, abs=1e-6), (
        "the stored adapter, made again"
    )
    assert trial.without_top < trial.without_random - 0.5
    assert "fewer than 3 seeds" in proof.verdict

    done = len(trained)
    assert prove(learned, found, one, retraining, most=1, seeds=1, tell=lambda line: None) == proof
    assert len(trained) == done == 3, "nothing is trained twice"
    assert not list(tmp_path.glob("*/data")), "no text is left in the scratch folder"


def test_publishers_are_those_of_sources_and_sets_and_what_has_no_licence_says_so() -> None:
    def of(source: str, attribution: str, licence: str) -> tuple[str, str]:
        one = tiny.ORIGIN | {
            "source": source,
            "attribution": attribution,
            "licence": licence,
            "sample": False,
        }
        return publisher_of(one), licence_of(one)  # type: ignore[arg-type]

    assert of("nhs", "From www.nhs.uk. Crown Copyright", "OGL-UK-3.0") == ("NHS England", "OGL-UK-3.0")
    assert of("pubmed", "Doe J. BMJ 2020", "LicenseRef-PubMed-Abstract") == (
        "NLM",
        "LicenseRef-PubMed-Abstract",
    )
    assert of("authored", "Written for it", "LicenseRef-medai-authored")[0] == "this project"
    assert of("files", "A hospital", "") == ("A hospital", "No licence stated")
    assert of("files", "", "LicenseRef-None-Stated") == ("files", "No licence stated")


def test_a_proof_that_would_leave_nothing_out_is_refused_before_any_training(
    learned: LearnedSet, found: Attribution, tmp_path: Path
) -> None:
    def train(job: Job) -> None:
        raise AssertionError("nothing is trained")

    def proof_by(scores: dict[str, float]) -> None:
        of = replace_struct(found, records=rank_records(learned, scores))
        one = tokenise_answer(load_tokenizer(learned.adapter.local_path()), "", QUESTION, ANSWER, 128)
        prove(learned, of, one, Retraining(learned, tmp_path, train), most=1, seeds=1, tell=lambda line: None)

    with pytest.raises(TrainingError, match="No learned record raised"):
        proof_by({f"e-{TOPIC}": -1.0})
    only_both = replace(learned)
    only_both.__dict__["notes"] = {BOTH: learned.notes[BOTH]}
    learned = only_both
    with pytest.raises(TrainingError, match="rests on fda:asthma alone: other records say the same"):
        proof_by({BOTH: 1.0})


def test_a_proof_needs_three_seeds_and_an_interval_above_nothing() -> None:
    def trials(*fell_more: float) -> list[Trial]:
        return [
            Trial(seed=n, all_learned=-1.0, without_top=-1.0 - by, without_random=-1.0, random_records=[],
                  random_examples=1)
            for n, by in enumerate(fell_more)
        ]  # fmt: skip

    assert "did raise it" in proof_of([], 1, trials(0.2, 0.3, 0.25)).verdict
    assert "not shown" in proof_of([], 1, trials(0.116, 0.001, 0.164)).verdict, (
        "of one sign, and yet of no weight"
    )
    assert "not shown" in proof_of([], 1, trials(0.2, 0.3, -0.01)).verdict
    assert "No conclusion is drawn" in proof_of([], 1, trials(0.2, 0.3)).verdict


def test_random_records_leave_out_no_more_than_the_top_and_none_of_them(learned: LearnedSet) -> None:
    chosen = random_records(learned, [f"fda:{TOPIC}"], 2, seed=1)
    assert f"fda:{TOPIC}" not in chosen
    assert len(learned.resting_on(chosen)) == 2
    for many in range(1, len(learned.notes)):
        drawn = random_records(learned, [f"fda:{TOPIC}"], many, seed=1)
        assert len(learned.resting_on(drawn)) == min(many, len(learned.notes) - 1), (
            "what two say goes with both"
        )
    assert chosen == random_records(learned, [f"fda:{TOPIC}"], 2, seed=1)
    assert chosen != random_records(learned, [f"fda:{TOPIC}"], 2, seed=3)


def test_what_cannot_be_explained_is_one_sentence(learned: LearnedSet, tmp_path: Path) -> None:
    whole = replace(learned, recipe=learned.recipe.model_copy(update={"method": "full"}))
    with pytest.raises(
        TrainingError, match="trains all weights, and influence is read from the gradients of an adapter"
    ):
        ask.rank_influences(whole, QUESTION, ANSWER, tmp_path, quiet)
    with pytest.raises(TrainingError, match="the model was trained on at most 128"):
        ask.rank_influences(learned, QUESTION, "water " * 200, tmp_path, quiet)
    everything = Retraining(learned, tmp_path, in_own_process)
    with pytest.raises(TrainingError, match="Nothing would be left to learn"):
        everything.adapter(list(learned.notes), seed=1)


def test_an_adapter_whose_examples_are_gone_says_so(learned: LearnedSet, tmp_path: Path) -> None:
    shutil.copytree(learned.adapter.store.root, tmp_path / "store")
    store = Store(str(tmp_path / "store"))
    shutil.rmtree(tmp_path / "store" / "training_examples")
    adapter = store.require("lora_adapter", "tiny")
    with pytest.raises(StoreError, match="no longer kept"):
        LearnedSet.of(store, adapter, learned.recipe, learned.base_dir)


def test_an_adapter_of_which_a_record_was_erased_says_so(learned: LearnedSet, tmp_path: Path) -> None:
    shutil.copytree(learned.adapter.store.root, tmp_path / "store")
    store = Store(str(tmp_path / "store"))
    noted = pa.table(
        {
            "example_id": list(learned.notes),
            "origins": pa.array(
                [note["origins"] for note in learned.notes.values()], EXAMPLE.field("origins").type
            ),
        }
    )
    for asset, table, rows in (
        ("instruction_dataset", "examples", noted),
        ("training_examples", "train", learned.texts),
    ):
        for some in (
            rows,
            rows.slice(0, 1),
        ):  # the second takes the place of the first, which may then be erased
            with store.draft(asset) as draft:
                draft.write_table(table, some)
                draft.publish(code_version="1")
    assert len(list(without_records(store, [f"fda:{TOPIC}"]))) > 1
    with pytest.raises(
        StoreError, match=r"the texts of 1 of 9 examples that lora_adapter\[tiny\] .* were erased"
    ):
        LearnedSet.of(store, store.require("lora_adapter", "tiny"), learned.recipe, learned.base_dir)


def _count(method, counted: list[int]):  # type: ignore[no-untyped-def]
    def of(self, *known):  # type: ignore[no-untyped-def]
        counted.append(1)
        return method(self, *known)

    return of
