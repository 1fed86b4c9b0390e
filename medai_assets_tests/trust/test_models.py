"""A signed model is used as it was signed or not at all, also where manifest and files were changed alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from medai_assets.assets.training import run_job
from medai_assets.graph.graph import PartitionId
from medai_assets.settings import Settings
from medai_assets.storage import Stored
from medai_assets.storage.manifest import FileInfo, Input, encode
from medai_assets.trust.envelope import NotTrusted, generate
from medai_assets.trust.models import require_intact, sign_model, signature_path
from medai_assets.withdrawals.old_versions import without_records
from medai_assets_tests.lineage.library import BASE_MODEL, Library


@pytest.fixture
def model(library: Library, signing: Settings) -> Stored:
    library.materialize()
    stored = library.store.require("lora_adapter", BASE_MODEL)
    assert sign_model(signing, stored)
    return stored


def again(model: Stored) -> Stored:
    """As the next process reads it."""
    return model.store.require(model.asset, model.partition)


def other_weights(model: Stored) -> None:
    """Somebody who knows the store changes a file and makes the manifest fit."""
    weights = Path(model.directory) / "adapter.bin"
    weights.write_bytes(b"poisoned")
    info = FileInfo(8, hashlib.sha256(b"poisoned").hexdigest())
    files = model.manifest.files | {"adapter.bin": info}
    write(model, msgspec.structs.replace(model.manifest, files=files))


def another_file(model: Stored) -> None:
    (Path(model.directory) / "hook.py").write_bytes(b"x")
    files = model.manifest.files | {"hook.py": FileInfo(1, hashlib.sha256(b"x").hexdigest())}
    write(model, msgspec.structs.replace(model.manifest, files=files))


def other_lineage(model: Stored) -> None:
    inputs = [Input("training_examples", None, "0" * 32)]
    write(model, msgspec.structs.replace(model.manifest, inputs=inputs))


def other_input(model: Stored) -> None:
    (ref,) = model.manifest.inputs
    examples = model.store.open(ref.asset, ref.partition, ref.data_version)
    write(examples, msgspec.structs.replace(examples.manifest, run_id="another"))


def other_signature(model: Stored) -> None:
    file = Path(signature_path(model))
    file.write_bytes(file.read_bytes().replace(b'"payload": "ew', b'"payload": "eW'))


def write(stored: Stored, manifest: object) -> None:
    (Path(stored.directory) / "manifest.json").write_bytes(encode(manifest))  # type: ignore[arg-type]


def test_a_model_as_it_was_signed_is_used(model: Stored, signing: Settings) -> None:
    assert Path(signature_path(model)).exists(), "nothing would be compared"
    require_intact(signing, again(model))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (other_weights, "adapter.bin is not as it was signed"),
        (another_file, "hook.py is not signed"),
        (other_lineage, "manifest.json is not as it was signed"),
        (other_input, "training_examples/_/versions/.*manifest.json is not as it was signed"),
        (other_signature, "does not hold"),
        (lambda model: Path(signature_path(model)).unlink(), "is not signed.*`medai sign`"),
    ],
)
def test_whatever_was_changed_is_refused_by_name(
    model: Stored, signing: Settings, spoil: Callable[[Stored], None], told: str
) -> None:
    spoil(model)
    with pytest.raises(NotTrusted, match=told):
        require_intact(signing, again(model))


def test_another_persons_signature_counts_only_where_their_key_is_trusted(
    model: Stored, signing: Settings, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.pem"
    generate(mine)
    elsewhere = signing.model_copy(update={"signing_key": mine})
    with pytest.raises(NotTrusted, match="another key"):
        require_intact(elsewhere, again(model))
    theirs = (signing.signing_key or mine).with_name("steward.pem.pub")
    require_intact(elsewhere.model_copy(update={"trusted_keys": (theirs,)}), again(model))
    require_intact(signing.model_copy(update={"signing_key": None, "trusted_keys": (theirs,)}), again(model))


def test_an_input_that_lost_a_withdrawn_record_since_is_not_held_against_the_model(
    library: Library, model: Stored, signing: Settings
) -> None:
    library.texts["nhs:/symptoms/cough"] = "A cough usually lasts three weeks and then it goes."
    library.materialize(train=False)
    assert "training_examples" in {s.asset for s, _ in without_records(library.store, ["fda:aaa"])}
    require_intact(signing, again(model))


def test_without_a_key_nothing_is_signed_and_nothing_refused(library: Library) -> None:
    library.materialize()
    stored = library.store.require("lora_adapter", BASE_MODEL)
    assert not sign_model(library.settings, stored)
    require_intact(library.settings, stored)


def test_a_key_that_cannot_sign_is_told_before_the_training(signing: Settings, tmp_path: Path) -> None:
    lost = signing.model_copy(update={"signing_key": tmp_path / "lost.pem"})
    job: Any = SimpleNamespace(
        target=PartitionId("lora_adapter", BASE_MODEL), medai=SimpleNamespace(settings=lost, store=None)
    )
    nobody: Any = None  # neither a draft nor a process is come to
    with pytest.raises(NotTrusted, match=r"lost\.pem cannot be used as a signing key"):
        run_job(job, nobody, nobody, "medai_assets.training.train", {}, tmp_path)
