"""A certificate of withdrawal: written only where it is true, checked elsewhere from file, key and store alone."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from medai_assets.cli import app
from medai_assets.settings import get_settings
from medai_assets.sources.take_down_history import history
from medai_assets.storage import Stored
from medai_assets.storage.manifest import TableInfo, encode
from medai_assets_tests.lineage.library import BASE_MODEL, Library

RECORD = "fda:aaa"


def medai(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def told(done: Result) -> str:
    return " ".join((done.output + done.stderr).split())


@pytest.fixture
def made(library: Library, key: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """Everything made once with the record, and a key to sign by."""
    monkeypatch.setenv("MEDAI_DATA", library.settings.data)
    monkeypatch.setenv("MEDAI_SOURCES", "fda,nhs")
    monkeypatch.setenv("MEDAI_SIGNING_KEY", str(key))
    get_settings.cache_clear()
    library.materialize()
    yield library
    get_settings.cache_clear()


def withdrawn_and_made_again(library: Library) -> None:
    assert (
        medai("withdraw", RECORD, "--reason", "asked by its author", "--request", "ticket 17").exit_code == 0
    )
    library.texts.pop(RECORD)
    library.withdrawn[RECORD] = None
    library.materialize()


@pytest.fixture
def certificate(made: Library, tmp_path: Path) -> Path:
    withdrawn_and_made_again(made)
    with made.store.draft("lora_adapter", "a training that failed"):
        pass  # it leaves its partition's folder, and no version
    assert medai("erase", "--yes").exit_code == 0
    done = medai("certify", RECORD, "--out", str(tmp_path / "c.json"))
    assert done.exit_code == 0, done.output
    return tmp_path / "c.json"


def verify(certificate: Path, key: Path, *words: str) -> Result:
    return medai("verify", str(certificate), "--key", f"{key}.pub", *words)


def test_it_is_refused_until_it_is_true_each_time_with_what_makes_it_so(
    made: Library, tmp_path: Path
) -> None:
    out = tmp_path / "c.json"
    certify = ("certify", RECORD, "--out", str(out))
    assert "fda:aaa is not withdrawn; `medai withdraw fda:aaa" in told(medai(*certify))
    medai("withdraw", RECORD, "--reason", "asked by its author")
    assert "made before fda:aaa was withdrawn; run `medai run`" in told(medai(*certify))
    made.texts.pop(RECORD)
    made.withdrawn[RECORD] = None
    made.materialize(train=False)
    assert f"lora_adapter[{BASE_MODEL}]" in told(medai(*certify))
    assert "learned fda:aaa; `medai run` trains it again" in told(medai(*certify))
    made.materialize()
    quoting = made.settings.exports_dir / "train.jsonl"
    quoting.parent.mkdir(parents=True, exist_ok=True)
    quoting.write_text("It says: Take metformin with meals.")
    for _ in range(2):  # and not forgotten, as it would be if what it is known by went first
        done = medai("erase", "--yes")
        assert done.exit_code == 1
        assert "`medai run` writes it again without it" in told(done)
        assert "Nothing was removed." in told(done)
    assert "still hold text of fda:aaa" in told(medai(*certify))
    quoting.unlink()
    assert "still hold text of fda:aaa" in told(medai(*certify))
    assert "`medai erase --yes`" in told(medai(*certify))
    assert not out.exists()
    medai("erase", "--yes")
    assert medai(*certify).exit_code == 0
    assert out.exists()


def test_who_verifies_reads_that_the_model_was_trained_again_and_on_what(
    made: Library, certificate: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = made.store.require("lora_adapter", BASE_MODEL)
    name = f"lora_adapter[{BASE_MODEL}]"
    again = {"data_version": adapter.data_version, "files_the_same": 14, "machine": "a machine"}
    replays = {(name, adapter.data_version): again}
    monkeypatch.setattr("medai_assets.commands.trust._replays", lambda settings, store: replays)
    assert "again" not in told(verify(certificate, key, "--only-file"))
    assert medai("certify", RECORD, "--replay", "--out", str(certificate)).exit_code == 0
    said = f"its signer trained {name} again on a machine, and all 14 files came out the same (stated, not"
    assert said in told(verify(certificate, key, "--only-file"))


@pytest.mark.parametrize(
    ("asset", "setting"),
    [("preference_adapter", "MEDAI_PREFERENCES"), ("pretrained_adapter", "MEDAI_PRETRAINING")],
)
def test_adapters_that_only_a_setting_makes_are_held_to_the_same(
    made: Library, tmp_path: Path, asset: str, setting: str
) -> None:
    before = made.store.require("lora_adapter", BASE_MODEL)
    withdrawn_and_made_again(made)
    assert medai("erase", "--yes").exit_code == 0
    certify = ("certify", RECORD, "--out", str(tmp_path / "c.json"))
    for began_as in (before, made.store.require("lora_adapter", BASE_MODEL)):
        with made.store.draft(asset, BASE_MODEL) as draft:
            for name in began_as.manifest.tables:
                draft.write_table(name, began_as.table(name))
            draft.publish(code_version="1", inputs=[began_as.input], run_id="")
        done = medai(*certify)
        if began_as is before:
            assert f"{asset}[{BASE_MODEL}]" in told(done)
            assert f"learned fda:aaa; `medai run` with {setting}=true trains it again" in told(done)
    assert done.exit_code == 0, told(done)
    payload = base64.b64decode(json.loads((tmp_path / "c.json").read_bytes())["payload"])
    models = json.loads(payload)["predicate"]["models"]
    assert [model["name"].partition("[")[0] for model in models] == ["lora_adapter", asset]
    assert f"signed {asset}" in medai("sign").output


def test_it_says_who_withdrew_what_and_what_was_made_without_it(certificate: Path, key: Path) -> None:
    document = json.loads(verify(certificate, key, "--json").output)
    assert document["holds"]
    assert document["record"] == RECORD
    predicate = json.loads(base64.b64decode(json.loads(certificate.read_bytes())["payload"]))["predicate"]
    assert [(e["action"], e["request"]) for e in predicate["history"]] == [
        ("withdrawn", "ticket 17"),
        ("erased", ""),
    ]
    (model,) = predicate["models"]
    assert model["name"] == f"lora_adapter[{BASE_MODEL}]"
    assert model["learned"]["records"] == 4


def test_what_was_erased_together_is_noted_as_of_all_of_them(made: Library) -> None:
    for record in (RECORD, "fda:bbb"):
        assert medai("withdraw", record, "--reason", "asked by its author").exit_code == 0
        made.texts.pop(record)
        made.withdrawn[record] = None
    made.materialize()
    assert medai("erase", "--yes").exit_code == 0
    notes = [entry.reason for entry in history(made.store) if entry.action == "erased"]
    assert len(notes) == 2
    assert all("of text of 2 records looked for, 0 files" in note for note in notes)


def test_it_is_checked_on_another_machine_that_has_a_copy_of_the_store(
    certificate: Path, key: Path, made: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere" / "sample" / "store"
    shutil.copytree(made.store.root, elsewhere)
    shutil.rmtree(made.store.root)
    monkeypatch.setenv("MEDAI_DATA", str(tmp_path / "elsewhere"))
    monkeypatch.delenv("MEDAI_SIGNING_KEY")
    get_settings.cache_clear()
    done = verify(certificate, key)
    assert done.exit_code == 0
    assert done.output.strip().splitlines()[-1].startswith("It holds; signed 20")
    shutil.rmtree(elsewhere)
    nothing = verify(certificate, key)
    assert nothing.exit_code == 64
    assert "there is no store at" in told(nothing)
    assert "--only-file" in told(nothing)
    assert verify(certificate, key, "--only-file").exit_code == 0


def test_one_changed_byte_of_any_signed_file_is_told_by_name(
    certificate: Path, key: Path, made: Library
) -> None:
    import base64

    statement = json.loads(base64.b64decode(json.loads(certificate.read_bytes())["payload"]))
    names = [subject["name"] for subject in statement["subject"]]
    assert {"adapter.bin", "learned.parquet", "examples.parquet", "manifest.json"} <= {
        Path(name).name for name in names
    }
    for name in names:
        file = Path(made.store.root) / name
        before = file.read_bytes()
        file.write_bytes(before[:-2] + bytes([before[-2] ^ 1]) + before[-1:])
        done = verify(certificate, key)
        assert done.exit_code == 1, name
        assert f"{name} is not as it was signed" in told(done)
        file.write_bytes(before)
    assert verify(certificate, key).exit_code == 0


def test_a_learned_table_that_was_exchanged_with_its_manifest_is_told(
    certificate: Path, key: Path, made: Library
) -> None:
    adapter = made.store.require("lora_adapter", BASE_MODEL)
    exchange_learned_records(adapter)
    done = verify(certificate, key)
    assert done.exit_code == 1
    assert "the records are others" in told(done)


def exchange_learned_records(adapter: Stored) -> None:
    file = Path(adapter.directory) / "learned_records.parquet"
    pq.write_table(pq.read_table(file).slice(1), file)
    data = file.read_bytes()
    old = adapter.manifest.tables["learned_records"]
    table = TableInfo(old.rows - 1, len(data), hashlib.sha256(data).hexdigest(), old.columns)
    tables = adapter.manifest.tables | {"learned_records": table}
    manifest = encode(msgspec.structs.replace(adapter.manifest, tables=tables))
    (Path(adapter.directory) / "manifest.json").write_bytes(manifest)


def test_a_record_that_was_taken_back_is_certified_no_longer(certificate: Path, key: Path) -> None:
    medai("withdraw", RECORD, "--back")
    done = verify(certificate, key)
    assert done.exit_code == 1
    assert "fda:aaa was taken back since" in told(done)


def test_a_key_is_made_once_and_says_which_half_is_for_whom(tmp_path: Path) -> None:
    file = tmp_path / "new" / "steward.pem"
    private, public = medai("keygen", str(file)).output.strip().splitlines()
    assert private == f"{file} is the private key: set MEDAI_SIGNING_KEY={file}"
    assert public == f"{file}.pub is the public key: give it to those who verify."
    done = medai("keygen", str(file))
    assert done.exit_code == 1
    assert "already exists" in told(done)


def test_a_signed_model_is_no_certificate_and_a_missing_key_is_asked_for(
    made: Library, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "signed lora_adapter" in medai("sign").output
    signature = next((Path(made.store.root) / "lora_adapter").rglob("signatures/*.json"))
    assert "is not a certificate of a withdrawal" in told(verify(signature, key))
    monkeypatch.delenv("MEDAI_SIGNING_KEY")
    get_settings.cache_clear()
    assert "`medai keygen" in told(medai("certify", RECORD))
    assert "add --key FILE.pub" in told(medai("verify", str(signature)))
