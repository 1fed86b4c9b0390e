"""Continued pre-training: what is read and what is kept back, every token of it learned, and the adapter that goes on from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.torch import load_file

from medai_assets.foundation.schemas import EXAMPLE, PASSAGE, TRAINING_EXAMPLE
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.instructions.pretraining_texts import NOTES, publish_texts
from medai_assets.settings import Settings
from medai_assets.storage import Store
from medai_assets.training import train
from medai_assets.training.chat import encode_text, load_tokenizer
from medai_assets.training.data import TEXT, encode_table
from medai_assets.training.errors import TrainingError
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets.training.recipe import for_pretraining, recipe_from
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

PUBLISHING: dict[str, Any] = {"code_version": "1", "inputs": [], "run_id": ""}
READ = [f"{topic.capitalize()} is an illness that rest helps with." for topic in tiny.TOPICS]


def passage(number: int, document: str, text: str) -> dict[str, Any]:
    blank = {field.name: [] if pa.types.is_list(field.type) else None for field in PASSAGE}
    named = dict.fromkeys((f.name for f in PASSAGE if pa.types.is_string(f.type) and not f.nullable), "x")
    numbers = dict.fromkeys((f.name for f in PASSAGE if pa.types.is_integer(f.type)), 1)
    return blank | named | numbers | {
        "passage_id": f"p{number}", "document_id": document, "title": "Fever", "heading": "Fever", "text": text,
        "origins": [tiny.ORIGIN],
    }  # fmt: skip


def texts(folder: Path) -> Path:
    """What the trainer is given: texts of two splits and their notes."""
    folder.mkdir()
    rows = [
        {
            "example_id": f"p{n}", "kind": TEXT, "system": "", "history": [], "prompt": "", "completion": text, "labels": "{}",
            "passage_ids": [f"p{n}"], "origins": [tiny.ORIGIN | {"record_id": f"nhs:{n}"}], "authored": False,
        }
        for n, text in enumerate(READ)
    ]  # fmt: skip
    for split, chosen in (("train", rows), ("validation", rows[:2])):
        table = pa.Table.from_pylist([{k: r[k] for k in TRAINING_EXAMPLE.names} for r in chosen])
        pq.write_table(table.cast(TRAINING_EXAMPLE), folder / f"{split}.parquet")
    notes = [{k: r[k] for k in NOTES.names} for r in rows]
    pq.write_table(pa.Table.from_pylist(notes, schema=NOTES), folder / "notes.parquet")
    return folder


@pytest.fixture(scope="module")
def read_on(
    bases: dict[str, Path], cpu: Machine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Job, dict[str, Any]]:
    """A job that has read the texts, and its result."""
    root = tmp_path_factory.mktemp("read")
    wanted = recipe_from(for_pretraining(tiny.recipe("qwen2").model_dump()) | {"epochs": 4.0})
    folder = texts(root / "texts")
    job = tiny.job(bases["qwen2"], folder, root, wanted, notes_file=folder / "notes.parquet")
    return job, train.run(job, Listener(), cpu)


def test_documents_behind_held_out_examples_are_not_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    rows = [passage(1, "nhs:a", "One."), passage(2, "nhs:a", "Two."), passage(3, "nhs:b", "Three.")]
    with store.draft("curated_corpus") as draft:
        draft.write_table("passages", pa.Table.from_pylist(rows, schema=PASSAGE))
        curated = draft.publish(data_version="c", **PUBLISHING)
    examples = [
        tiny.examples(split)[0] | {"passage_ids": [one], "split": split}
        for split, one in (("validation", "p1"), ("train", "p2"), ("train", "p3"))
    ]
    with store.draft("instruction_dataset") as draft:
        draft.write_table("examples", pa.Table.from_pylist(examples, schema=EXAMPLE))
        dataset = draft.publish(data_version="d", **PUBLISHING)
    made = publish_texts(store, curated, dataset, PUBLISHING)
    assert made.table("train")["example_id"].to_pylist() == ["p3"]
    assert made.table("validation")["example_id"].to_pylist() == ["p1", "p2"], "both passages of the document"
    assert made.table("train")["completion"].to_pylist() == ["Fever\n\nThree."], (
        "a heading like the title stands once"
    )
    assert made.table("notes")["passage_ids"].to_pylist() == [["p1"], ["p2"], ["p3"]]
    assert made.facts["texts"] == {"train": 1, "validation": 2}


def test_every_token_of_a_text_is_learned_and_no_template_stands_around_it(
    bases: dict[str, Path], tmp_path: Path
) -> None:
    tokenizer = load_tokenizer(bases["qwen2"], tiny.recipe("qwen2"))
    ids, labels = encode_text(tokenizer, " Fever is common.\n")
    assert labels == ids
    assert tokenizer.decode(ids[:-1]) == "Fever is common."
    assert ids[-1] == tokenizer.eos_token_id
    table = encode_table(pq.read_table(texts(tmp_path / "texts") / "train.parquet"), tokenizer, 128).table
    assert table["input_ids"].to_pylist()[0] == encode_text(tokenizer, READ[0])[0]
    assert table["labels"].to_pylist() == table["input_ids"].to_pylist()


def test_reading_lowers_the_loss_and_what_was_read_is_noted_with_its_records(
    read_on: tuple[Job, dict[str, Any]],
) -> None:
    job, result = read_on
    assert result["metrics"]["tuned"][TEXT]["loss"] < result["metrics"]["base"][TEXT]["loss"] - 0.5
    learned = pq.read_table(job.out_dir / "learned.parquet").to_pylist()
    assert {row["kind"] for row in learned} == {TEXT}
    assert {row["passage_ids"][0] for row in learned} == {f"p{n}" for n in range(len(READ))}
    records = pq.read_table(job.out_dir / "learned_records.parquet")["record_id"].to_pylist()
    assert sorted(records) == sorted(f"nhs:{n}" for n in range(len(READ)))


def test_examples_are_learned_on_top_of_it(
    read_on: tuple[Job, dict[str, Any]], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    before = read_on[0]
    recipe = tiny.recipe("qwen2", epochs=1, evaluations=1)
    job = tiny.job(before.base_model_dir, dataset, tmp_path, recipe, begin_with=before.out_dir)
    assert Job.read(job.write(tmp_path / "job.json")) == job
    result = train.run(job, Listener(), cpu)
    fresh = tiny.job(before.base_model_dir, dataset, tmp_path / "fresh", recipe)
    assert result["metrics"]["base"] != train.run(fresh, Listener(), cpu)["metrics"]["base"], (
        "it began elsewhere"
    )
    kinds = pq.read_table(job.out_dir / "learned.parquet")["kind"].to_pylist()
    assert kinds.count(TEXT) == len(READ), "what was read before stands beside what was learned since"
    assert set(kinds) == {TEXT, *tiny.KINDS}
    assert set(pq.read_table(job.out_dir / "left_out.parquet")["kind"].to_pylist()) <= set(tiny.KINDS)
    weights = [load_file(folder / "adapter_model.safetensors") for folder in (before.out_dir, job.out_dir)]
    assert weights[0].keys() == weights[1].keys()


def test_a_model_trained_whole_is_refused(
    read_on: tuple[Job, dict[str, Any]], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    job = tiny.job(
        read_on[0].base_model_dir,
        dataset,
        tmp_path,
        tiny.recipe("qwen2", method="full"),
        begin_with=read_on[0].out_dir,
    )
    with pytest.raises(TrainingError, match="what was read before is an adapter"):
        train.run(job, Listener(), cpu)


def test_a_checkpoint_of_a_training_that_began_elsewhere_does_not_count(
    read_on: tuple[Job, dict[str, Any]],
) -> None:
    from medai_assets.training.checkpoints import fingerprint

    job = read_on[0]
    assert fingerprint(job) != fingerprint(replace(job, begin_with=job.out_dir))


def test_without_pretraining_the_graph_is_as_it_was_and_with_it_the_adapter_waits_for_it(
    settings: Settings,
) -> None:
    adapter = PartitionId("lora_adapter", "smollm2-135m")
    names = {"pretraining_texts", "pretrained_adapter", "pretraining_report"}
    assert not names & set(Graph(settings).nodes)
    there = Graph(settings.model_copy(update={"pretraining": True}))
    assert names <= set(there.nodes)
    assert {p.asset for p in there.parents(adapter)} - {
        p.asset for p in Graph(settings).parents(adapter)
    } == {"pretrained_adapter"}
