"""Hub data sets: one commit, every form of file, and no set without a clear licence unless its user says so."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from medai_assets.foundation.redaction import PUT_IN_PLACE, Secrets
from medai_assets.foundation.slices import Slice
from medai_assets.foundation.vocabularies import LICENCES
from medai_assets.sandbox.faults import Fault, Faults
from medai_assets.sandbox.server import running_sandbox
from medai_assets.settings import Settings
from medai_assets.sources.collection import CollectionReport, collect_slice
from medai_assets.sources.hub_files import Entry, Facts, Sibling, _Large, difference
from medai_assets.sources.huggingface.collect import CATALOGUE, dataset_named, files_of, licence_of_card
from medai_assets.sources.huggingface.rows import FileInvalid, rows_of
from medai_assets.sources.registry import ALL_SLICES, sandbox_endpoints
from medai_assets.storage import Store
from medai_assets.transport.errors import CollectionFailed

ROWS = [{"question": f"What is {n}?", "answer": f"It is {n} – 10⁶, ½.", "n": n} for n in range(5)]


class Hub:
    """A sandbox hub to which a test adds data sets."""

    def __init__(self, settings: Settings, store: Store, faults: Faults) -> None:
        self.settings, self.store, self.faults = settings, store, faults

    def add(self, identifier: str, card: str, **files: Any) -> None:
        folder = self.settings.sandbox_records / "huggingface" / identifier.replace("/", "__")
        (folder / "data").mkdir(parents=True, exist_ok=True)
        (folder / "README.md").write_text(f"---\n{card}\n---\n")
        for name, content in files.items():
            (folder / "data" / name.replace("_", ".")).write_text(content)

    def collect(self, identifier: str, key: str = "set", **options: Any) -> CollectionReport:
        changes = {name: options.pop(name) for name in list(options) if name in Settings.model_fields}
        return collect_slice(
            Slice("huggingface", key, {"dataset": identifier} | options, ""),
            settings=self.settings.model_copy(update=changes),
            store=self.store,
            code_version="1",
        )


@pytest.fixture
def hub(settings: Settings, store: Store, unhurried: None) -> Iterator[Hub]:
    faults = Faults()
    with running_sandbox(settings, faults) as base:
        yield Hub(settings.with_endpoints(sandbox_endpoints(base)), store, faults)


def test_every_row_is_a_record_with_the_commit_in_its_request(hub: Hub) -> None:
    report = hub.collect("medai-sample/medication_flashcards")
    rows = report.stored.table("records").to_pylist()
    assert len(rows) == 120
    assert len({row["record_id"] for row in rows}) == 120
    commit = report.manifest.metadata["validators"]["revision"]
    assert len(commit) == 40
    assert all(f"/resolve/{commit}/" in row["request"] for row in rows)
    assert set(json.loads(rows[0]["payload"])) == {"instruction", "input", "output"}
    assert (rows[0]["licence"], rows[0]["sample"], rows[0]["language"]) == (
        "LicenseRef-medai-sample",
        True,
        "en",
    )


def test_an_unchanged_commit_costs_one_request_and_an_edit_is_seen(hub: Hub) -> None:
    hub.add("a/b", "license: mit", train_jsonl="\n".join(map(json.dumps, ROWS)))
    options = {"allow_datasets": ("a/b",)}
    first, again = hub.collect("a/b", **options), hub.collect("a/b", **options)
    assert (first.requests, again.requests, again.unchanged) == (3, 1, True)
    hub.add("a/b", "license: mit", train_jsonl="\n".join(map(json.dumps, [*ROWS[:4], ROWS[4] | {"n": 9}])))
    assert not hub.collect("a/b", **options).unchanged
    hub.add("a/b", "license: mit # a word more", train_jsonl="\n".join(map(json.dumps, reversed(ROWS))))
    assert hub.collect("a/b", **options).stored.data_version == first.stored.data_version


def test_a_pinned_revision_that_is_gone_is_refused(hub: Hub) -> None:
    with pytest.raises(Exception, match="answered 404"):
        hub.collect("medai-sample/symptom_dialogues", revision="0" * 40)


def test_a_row_that_is_not_as_the_catalogue_says_is_set_aside(hub: Hub) -> None:
    good = {"instruction": "Answer", "input": "What is it?", "output": "This."}
    rows = [good, dict.fromkeys(good, 7), {"input": "What?"}]
    hub.add(
        "medai-sample/medication_flashcards",
        "license_name: medai-sample",
        train_jsonl="\n".join(map(json.dumps, rows)),
    )
    report = hub.collect("medai-sample/medication_flashcards", max_rejected_share=0.9)
    assert (report.counts["records"], report.rejected_reasons) == (
        1,
        {"no text": 1, "no column instruction": 1},
    )


def test_lines_that_are_no_rows_are_set_aside(hub: Hub) -> None:
    lines = [*map(json.dumps, ROWS * 1), "{broken", "[1]"]
    hub.add("a/b", "license: mit", train_jsonl="\n".join(lines))
    report = hub.collect("a/b", allow_datasets=("a/b",), max_rejected_share=0.5)
    assert (report.counts["records"], report.rejected_reasons) == (5, {"not a row": 2})


def test_a_row_that_says_the_token_back_is_set_aside_without_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is held against the digest that the same hub states, so that its bytes stay as they are."""
    token = "hf_Planted/4711+Key"
    monkeypatch.setenv("HF_TOKEN", token)
    rows = [*ROWS, {"question": "Why?", "answer": f"so {token}", "n": 9}]
    hub.add("a/b", "license: mit", train_jsonl="\n".join([*map(json.dumps, rows), f"{{broken {token[::-1]}"]))
    keyed = {"hf_token": SecretStr(token), "allow_datasets": ("a/b",), "max_rejected_share": 0.5}
    report = hub.collect("a/b", **keyed)
    assert (report.counts["records"], report.rejected_reasons) == (
        5,
        {"says the key back": 1, "not a row": 1},
    )
    payloads = [row["payload"] for row in report.stored.table("rejected").to_pylist()]
    assert [PUT_IN_PLACE in payload for payload in payloads] == [True, True]
    assert not any(Secrets([token]).stand_in(payload) for payload in payloads)


def test_a_limit_is_kept(hub: Hub) -> None:
    assert hub.collect("medai-sample/medication_flashcards", slice_limit=7).counts["records"] == 7


def test_a_file_that_is_not_the_one_listed_is_fetched_again(hub: Hub) -> None:
    hub.faults.add(Fault.parse("truncated_file:/hf/datasets/*:1"))
    report = hub.collect("medai-sample/medication_flashcards")
    assert (report.counts["records"], report.retries) == (120, 1)


def test_a_file_is_compared_with_gits_id_or_for_a_large_one_with_its_own_digest(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"hello\n")
    blob = Entry("file", "f", "ce013625030ba8dba906f756967f9e9ca394464a", 6)  # git hash-object
    assert difference(tmp_path / "f", blob) is None
    large = Entry("file", "f", "pointer", 6, _Large(hashlib.sha256(b"hello\n").hexdigest()))
    assert difference(tmp_path / "f", large) is None
    (tmp_path / "f").write_bytes(b"hullo\n")
    assert "digest" in (difference(tmp_path / "f", blob) or "")
    assert "digest" in (difference(tmp_path / "f", large) or "")
    (tmp_path / "f").write_bytes(b"hell")
    assert difference(tmp_path / "f", blob) == "the file has 4 bytes, the hub lists 6"


# which sets


@pytest.mark.parametrize(
    ("identifier", "configuration", "reason"),
    [
        ("lavita/medical-qa-datasets", "", "no clear licence.*MMLU"),
        ("lavita/ChatDoctor-HealthCareMagic-100k", "", "real patients' dialogues"),
        ("medalpaca/medical_meadow_medical_flashcards", "", '"cc"'),
        ("qiaojin/PubMedQA", "pqa_labeled", "test set"),
        ("openlifescienceai/medmcqa", "", "MedMCQA benchmark"),
        ("GBaker/MedQA-USMLE-4-options", "", "MedQA benchmark"),
        ("keivalya/MedQuad-MedicalQnADataset", "", "use the medquad source"),
        ("somebody/unknown", "", "not in the catalogue"),
    ],
)
def test_a_set_that_is_refused_says_why_and_how_to_decide_otherwise(
    identifier: str, configuration: str, reason: str
) -> None:
    with pytest.raises(CollectionFailed, match=rf"{reason}(.|\n)*MEDAI_ALLOW_DATASETS"):
        dataset_named(identifier, configuration, ())
    assert dataset_named(identifier, configuration, (identifier,)).id == identifier


def test_every_slice_is_of_a_set_that_may_be_collected() -> None:
    for slice in ALL_SLICES:
        if slice.source == "huggingface":
            name = slice.query["dataset"]
            assert dataset_named(name, slice.query.get("config", ""), ()).id == name


def test_every_licence_of_the_catalogue_is_one_of_ours() -> None:
    assert {dataset.licence for dataset in CATALOGUE.values()} <= set(LICENCES)


def facts(*files: str, **card: Any) -> Facts:
    return Facts(sha="0" * 40, siblings=[Sibling(name) for name in files], cardData=card)


def test_the_card_must_not_contradict_the_catalogue() -> None:
    pubmedqa = CATALOGUE["qiaojin/PubMedQA"]
    assert licence_of_card(pubmedqa, facts(license="mit")) == "MIT"
    assert licence_of_card(pubmedqa, facts()) == "MIT"
    with pytest.raises(CollectionFailed, match=r"states the licence CC-BY-SA-4\.0, the catalogue says MIT"):
        licence_of_card(pubmedqa, facts(license="cc-by-sa-4.0"))
    for licence in ("cc-by-nc-4.0", ["mit", "gpl-3.0"], 5):
        with pytest.raises(CollectionFailed, match=r"states the licence .*, the catalogue says MIT"):
            licence_of_card(pubmedqa, facts(license=licence))
    assert licence_of_card(pubmedqa, facts(license="other", license_name="MIT")) == "MIT"
    unknown = dataset_named("a/b", "", ("a/b",))
    assert licence_of_card(unknown, facts(license="apache-2.0")) == "Apache-2.0"
    assert licence_of_card(unknown, facts(license=["mit", "cc-by-nc-4.0"])) == "LicenseRef-None-Stated"
    assert licence_of_card(unknown, facts(license="unknown")) == "LicenseRef-None-Stated"


def test_only_training_files_are_read() -> None:
    unknown = dataset_named("a/b", "", ("a/b",))
    found = facts(
        "README.md", "data/train-0.parquet", "data/test-0.parquet", "validation.jsonl", "dev.csv", "x.py"
    )
    assert files_of(unknown, "", found) == ["data/train-0.parquet"]
    listed = [{"config_name": "c1", "data_files": [{"split": "test", "path": "data/test*"},
                                                  {"split": "train", "path": ["data/train*"]}]},
              {"config_name": "c2", "data_files": "dev.csv"}]  # fmt: skip
    found.cardData = {"configs": listed}
    assert files_of(unknown, "c1", found) == ["data/train-0.parquet"]
    assert files_of(unknown, "c2", found) == ["dev.csv"]
    artificial = facts("pqa_artificial/train-0.parquet", "pqa_labeled/train-0.parquet")
    assert files_of(CATALOGUE["qiaojin/PubMedQA"], "pqa_artificial", artificial) == [
        "pqa_artificial/train-0.parquet"
    ]
    with pytest.raises(CollectionFailed, match=r"no training files; it has data/test\.csv"):
        files_of(unknown, "", facts("data/test.csv"))


# files

CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@given(rows=st.lists(st.fixed_dictionaries({"question": CELL, "answer": CELL}), min_size=1, max_size=8))
def test_the_form_of_the_file_makes_no_difference(
    rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    (folder / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    (folder / "a.json").write_text(json.dumps(rows, indent=1))
    pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
    with (folder / "a.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["question", "answer"])
        writer.writeheader()
        writer.writerows(rows)
    for name in ("a.jsonl", "a.json", "a.parquet", "a.csv"):
        assert list(rows_of(folder / name, name)) == rows, name


def test_an_object_of_objects_gives_its_keys_to_its_rows(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"21645374": {"QUESTION": "q", "YEAR": 2011}, "1": 5}')
    assert list(rows_of(tmp_path / "a.json", "a.json", "pubid")) == [
        {"pubid": "21645374", "QUESTION": "q", "YEAR": 2011},
        b'{"1": 5}',
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", '[{"a": 1}, {'), ("a.parquet", "PAR1"), ("a.txt", "x")]
)
def test_a_damaged_or_unknown_file_says_so(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FileInvalid):
        list(rows_of(tmp_path / name, name))


@pytest.mark.real_data
def test_real_pubmedqa(real_data: Path) -> None:
    path = real_data / "huggingface" / "pubmedqa-ori_pqal.json"
    rows = list(rows_of(path, path.name, "pubid"))
    whole = json.loads(path.read_text())
    assert rows == [{"pubid": pmid, **row} for pmid, row in whole.items()]
    assert len(rows) == 1000
