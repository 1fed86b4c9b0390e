"""Publishing: tables, training files, exports with their cards; exports stay as they are when a blocking check fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from medai_assets.foundation.schemas import PASSAGE, REMOVED
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.instructions.dataset.export import TRAIN, VALIDATION, export_files
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.publish import publish_dataset
from medai_assets.reviews.history import add_reviews
from medai_assets.reviews.sampling import in_random_order
from medai_assets.reviews.table import publish_reviews
from medai_assets.storage import Store, Stored, file_sha256

pytestmark = pytest.mark.slow

PUBLISHING = {"code_version": "1", "inputs": [], "run_id": "", "fingerprint": None}


def inputs(store: Store, passages: pa.Table, mixture: Mixture) -> tuple[Stored, Stored]:
    with store.draft("curated_corpus") as draft:
        draft.write_table("passages", passages, PASSAGE)
        draft.write_table("removed", pa.Table.from_pylist([], schema=REMOVED))
        curated = draft.publish(code_version="1")
    with store.draft("instruction_mixture") as draft:
        draft.path("values.json").write_bytes(orjson.dumps(mixture.model_dump(mode="json")))
        return curated, draft.publish(code_version="1")


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, few_passages: pa.Table, lenient: Mixture
) -> tuple[Stored, Path]:
    folder = tmp_path_factory.mktemp("published")
    curated, values = inputs(Store(folder / "store"), few_passages, lenient)
    stored = publish_dataset(
        curated.store, curated, mixture=values, exports_dir=folder / "exports", publishing=PUBLISHING
    )
    return stored, folder / "exports"


def test_the_metadata_is_what_the_asset_s_page_shows(published: tuple[Stored, Path]) -> None:
    told = published[0].manifest.metadata
    assert [row["kind"] for row in told["by_kind"]] == list(KINDS)
    assert sum(row["train"] + row["validation"] for row in told["by_kind"]) == published[0].rows("examples")
    assert told["failed_checks"] == []
    assert all(check["passed"] for check in told["checks"])
    assert {"licence", "examples"} == set(told["licences"][0])
    removed = published[0].table("removed").to_pylist()
    aside = [r for r in removed if r["step"] in ("verification", "mixture")]
    assert len(aside) == sum(row["examples"] for row in told["set_aside_examples"]) > 0
    assert sum(row["passages"] for row in told["set_aside"]) == published[0].rows("removed") - len(aside)


def test_what_a_reviewer_found_at_fault_is_set_aside_and_the_card_says_what_is_known(
    published: tuple[Stored, Path], few_passages: pa.Table, lenient: Mixture, tmp_path: Path
) -> None:
    before = published[0].table("examples").to_pylist()
    formed = next(
        row for row in before if "question" in orjson.loads(row["labels"]) and row["split"] == "train"
    )
    kind = formed["kind"]
    others = in_random_order(row["example_id"] for row in before if row["kind"] == kind)[:3]
    store = Store(tmp_path / "store")
    said = {"reviewer": "A. Reader", "role": "pharmacist"}
    add_reviews(store, [
        {"example_id": formed["example_id"], "verdict": "fault", "fault": "urgency", "comment": "it is one", **said},
        *({"example_id": one, "verdict": "approve", **said} for one in others if one != formed["example_id"]),
    ])  # fmt: skip
    reviews = publish_reviews(store, PUBLISHING)
    curated, values = inputs(store, few_passages, lenient)
    stored = publish_dataset(
        store,
        curated,
        mixture=values,
        reviews=reviews,
        exports_dir=tmp_path / "exports",
        publishing=PUBLISHING,
    )
    plain = orjson.loads(formed["labels"])["question"]
    after = stored.table("examples").to_pylist()
    gone = {row["example_id"] for row in before} - {row["example_id"] for row in after}
    assert gone == {formed["example_id"]}
    assert plain not in {row["prompt"] for row in after}  # nor told in its plain form instead
    (aside,) = (row for row in stored.table("removed").to_pylist() if row["reason"] == "review")
    assert "urgency (pharmacist): it is one" in aside["detail"]
    (known,) = stored.facts["reviews"]
    assert (known["kind"], known["left"]) == (kind, known["lot"] - 1)
    assert known["read"] >= 3
    card = (tmp_path / "exports" / "README.md").read_text()
    assert f"| {kind} | {known['lot']:,} | {known['read']} |" in card
    assert "pharmacist" in card
    assert "Nobody has read" in (published[1] / "README.md").read_text()


def test_the_export_has_one_traceable_line_an_example(published: tuple[Stored, Path]) -> None:
    stored, exports = published
    lines = [
        orjson.loads(line)
        for name in (TRAIN, VALIDATION)
        for line in (exports / name).read_bytes().splitlines()
    ]
    assert len(lines) == stored.rows("examples")
    line = lines[0]
    assert [m["role"] for m in line["messages"]] == ["system", "user", "assistant"]
    assert line["messages"][1]["content"] == line["prompt"]
    assert line["messages"][2]["content"] == line["completion"]
    assert line["origins"][0]["record_id"]
    assert line["rule"]


def test_the_same_corpus_gives_the_same_version_and_the_same_bytes(
    published: tuple[Stored, Path], tmp_path: Path, few_passages: pa.Table, lenient: Mixture
) -> None:
    stored, exports = published
    curated, values = inputs(Store(tmp_path / "store"), few_passages, lenient)
    again = publish_dataset(
        curated.store, curated, mixture=values, exports_dir=tmp_path / "exports", publishing=PUBLISHING
    )
    assert again.data_version == stored.data_version
    for path in sorted(exports.iterdir()):
        assert (tmp_path / "exports" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_failed_check_leaves_the_last_exports(
    tmp_path: Path, few_passages: pa.Table, lenient: Mixture
) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / TRAIN).write_text("the last good ones")
    one_source = few_passages.filter(pc.equal(few_passages["source"], "medquad"))
    curated, values = inputs(Store(tmp_path / "store"), one_source, lenient)
    stored = publish_dataset(
        curated.store, curated, mixture=values, exports_dir=exports, publishing=PUBLISHING
    )
    assert "kinds_present" in stored.manifest.metadata["failed_checks"]
    assert [p.name for p in exports.iterdir()] == [TRAIN]
    assert (exports / TRAIN).read_text() == "the last good ones"


def test_an_export_that_cannot_be_written_leaves_the_data_set_unmade(
    tmp_path: Path, few_passages: pa.Table, lenient: Mixture
) -> None:
    (tmp_path / "exports").write_text("a file where the folder should be")
    curated, values = inputs(Store(tmp_path / "store"), few_passages, lenient)

    def publish() -> Stored:
        return publish_dataset(
            curated.store, curated, mixture=values, exports_dir=tmp_path / "exports", publishing=PUBLISHING
        )

    with pytest.raises(NotADirectoryError, match="exports"):
        publish()
    assert curated.store.current_receipt("instruction_dataset") is None
    (tmp_path / "exports").unlink()
    publish()
    receipt = curated.store.current_receipt("instruction_dataset")
    assert receipt is not None
    assert receipt.outputs == {
        f"exports/{path.name}": file_sha256(path) for path in (tmp_path / "exports").iterdir()
    }


def test_exports_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")

    def breaks(path: Path) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        export_files(tmp_path, {"a": lambda path: path.write_text("new"), "b": breaks})
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "old")]


def test_datasets_opens_the_export(published: tuple[Stored, Path], tmp_path: Path) -> None:
    from datasets import load_dataset

    files = {"train": str(published[1] / TRAIN), "validation": str(published[1] / VALIDATION)}
    loaded = load_dataset("json", data_files=files, cache_dir=str(tmp_path))
    assert loaded["train"].num_rows + loaded["validation"].num_rows == published[0].rows("examples")
    assert {"prompt", "completion", "messages", "origins"} <= set(loaded["train"].column_names)


def without_places(value: Any) -> Any:
    """What Croissant's reader gives, with names in place of paths and text in place of bytes."""
    if isinstance(value, dict):
        return {name.rpartition("/")[2]: without_places(inner) for name, inner in value.items()}
    if isinstance(value, bytes):
        return value.decode()
    return [without_places(one) for one in value] if isinstance(value, list) else value


def test_croissant_is_valid_without_a_warning_and_yields_the_records(
    published: tuple[Stored, Path], caplog: pytest.LogCaptureFixture
) -> None:
    import mlcroissant

    described = mlcroissant.Dataset(str(published[1] / "croissant.json"))
    assert described.metadata.issues.errors == set()
    assert described.metadata.issues.warnings == set()
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == []
    lines = (published[1] / TRAIN).read_bytes().splitlines()
    for line, record in zip(lines, described.records("train_examples"), strict=True):
        assert without_places(record) == orjson.loads(line), "every field of the export, with its very value"
    raw = orjson.loads((published[1] / "croissant.json").read_bytes())
    assert raw["rai:dataLimitations"]
    assert raw["rai:personalSensitiveInformation"]


def test_other_training_tools_find_the_files_under_the_names_that_their_configurations_state(
    published: tuple[Stored, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl.scripts.utils import DatasetMixtureConfig, TrlParser, get_dataset

    exports = published[1]
    monkeypatch.chdir(exports)
    (mixture,) = TrlParser([DatasetMixtureConfig]).parse_args_and_config(["--config", "trl_sft.yaml"])
    loaded = get_dataset(mixture)["train"]
    assert loaded.num_rows == sum(row["train"] for row in published[0].facts["by_kind"])
    assert [turn["role"] for turn in loaded[0]["messages"]] == ["system", "user", "assistant"]
    named = orjson.loads((exports / "dataset_info.json").read_bytes())
    axolotl = yaml.safe_load((exports / "axolotl.yaml").read_text())
    files = [one["file_name"] for one in named.values()]
    assert (
        files == [axolotl["datasets"][0]["path"], axolotl["test_datasets"][0]["path"]] == [TRAIN, VALIDATION]
    )
    assert all((exports / name).is_file() for name in files)


def test_the_data_card_counts_kinds_licences_and_limits(published: tuple[Stored, Path]) -> None:
    stored, exports = published
    card = (exports / "README.md").read_text("utf-8")
    assert card.startswith("---\nlanguage:")
    assert "Not for clinical use" in card
    for row in stored.manifest.metadata["by_kind"]:
        assert f"| {row['kind']} | {row['train']:,} | {row['validation']:,} |" in card
    assert all(row["licence"] in card for row in stored.manifest.metadata["licences"])
