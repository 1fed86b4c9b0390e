"""A certificate that a record was taken out: what was made without it, and the proof that nothing learned rests on it."""

from __future__ import annotations

import base64
import platform
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

import medai_assets
from medai_assets.foundation.digests import text_digest
from medai_assets.lineage.versions import ADAPTER, PREFERENCE, of_adapters
from medai_assets.sources.take_down_history import FOLDER, history
from medai_assets.storage import Input, Store, Stored
from medai_assets.storage.errors import label
from medai_assets.trust import merkle
from medai_assets.trust.envelope import STATEMENT
from medai_assets.trust.subjects import Subject, of_file, of_version
from medai_assets.withdrawals.current import Withdrawn
from medai_assets.withdrawals.old_versions import rests_on

CERTIFICATES = ".certificates"  # beside the assets: a copy of each that was written, for bundles
PREDICATE = "urn:medai-assets:withdrawal-certificate:v1"
DATASET, MERGED, PRETRAINED = "instruction_dataset", "merged_model", "pretrained_adapter"


class NotYet(Exception):
    """A certificate would not be true; the message says why and what to do."""


def statement(store: Store, record_id: str, searched: int) -> dict[str, Any]:
    """The in-toto Statement about a withdrawn record and everything that is current.

    Args:
        searched: stretches of its text that were looked for in every file, and not found.

    Raises:
        NotYet: the record is in use, or a current model learned it; says what to do.
        StoreError: a version is damaged or gone.
    """
    withdrawals = Withdrawn.now(store).of(record_id)
    if not withdrawals:
        raise NotYet(f"{record_id} is not withdrawn; `medai withdraw {record_id} --reason “…”` does it")
    dataset = store.require(DATASET)
    withdrawn = _withdrawn_in(store, dataset)
    if not any(row["record_id"] == record_id for row in withdrawn.table("withdrawals").to_pylist()):
        raise NotYet(f"the current data set was made before {record_id} was withdrawn; run `medai run`")
    if resting := examples_on(dataset, record_id):
        raise NotYet(f"{resting:,} examples of the current data set rest on {record_id}; run `medai run`")
    adapters = list(current_adapters(store))
    learned = [_model(adapter, record_id) for adapter in adapters]
    merged = [found for name in store.partitions(MERGED) if (found := store.current(MERGED, name))]
    for one in merged:
        _require_made_from(one, adapters)
    subject = [*_history_subjects(store), *of_version(withdrawn), *of_version(dataset)]
    for model in (*adapters, *merged):
        subject += of_version(model)
    return {
        "_type": STATEMENT,
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": {
            "record": record_id,
            "withdrawals": withdrawals,
            "history": [_entry_fields(entry) for entry in history(store) if entry.record_id == record_id],
            "data_set": _version(dataset)
            | {"rows": dataset.rows("examples"), "withdrawals": withdrawn.data_version},
            "models": learned,
            "merged_models": [_version(model) for model in merged],
            "text": {
                "stretches_looked_for": searched,  # none once no kept version has them: what the erasure found counts
                "files_that_hold_one": 0,
                "last_erasure": _last_erasure(store, record_id),
            },
            "environment": _environment(),
            "software": {
                "medai_assets": medai_assets.__version__,
                "stage_versions": text_digest((files(medai_assets) / "stage_versions.lock").read_bytes()),
            },
            "issued_at": store.now(),
        },
    }


def current_adapters(store: Store) -> Iterator[Stored]:
    """Every adapter that is current; a training that never came to its end has left none.

    Raises:
        StoreError: one is damaged or gone.
    """
    for asset in of_adapters():
        for name in store.partitions(asset):
            if store.current_receipt(asset, name) is not None:
                yield store.require(asset, name)


def keep(store: Store, record_id: str, dataset_version: str, data: bytes) -> None:
    """Put a copy of a certificate into the store, in place of one about the same data set version."""
    name = f"{in_file_name(record_id)}-{dataset_version[:12]}.json"
    store.put_file(f"{store.root}/{CERTIFICATES}/{name}", data)


def kept_certificates(store: Store) -> Iterator[tuple[str, str, bytes]]:
    """Record id, file name and content of each copy. What it claims is for whoever has the key to check."""
    for path in store.files_beside(CERTIFICATES):
        data = store.filesystem.cat_file(path)
        payload = orjson.loads(base64.b64decode(orjson.loads(data)["payload"]))
        yield payload["predicate"]["record"], path.rpartition("/")[2], data


def _last_erasure(store: Store, record_id: str) -> str | None:
    """What was noted when its text was last taken out of what is kept beside the current versions."""
    erased = [e for e in history(store) if e.record_id == record_id and e.action == "erased"]
    return f"{erased[-1].at}: {erased[-1].reason}" if erased else None


def in_file_name(record_id: str) -> str:
    """A record's id as a part of a file's name."""
    return record_id.replace(":", "-").replace("/", "-")


def examples_on(dataset: Stored, record_id: str) -> int:
    """How many examples of a data set rest on a record."""
    records = pa.array([record_id], pa.string())
    batches = dataset.batches("examples", ["origins"])
    return sum(pc.sum(rests_on(batch, records)).as_py() or 0 for batch in batches)


def learned_names(adapter: Stored) -> tuple[list[str], list[str]]:
    """Ids of the examples that an adapter learned, and of the records that they rest on."""
    examples = adapter.table("learned", ["example_id"])["example_id"].to_pylist()
    records = adapter.table("learned_records", ["record_id"])["record_id"].to_pylist()
    return examples, records


def _model(adapter: Stored, record_id: str) -> dict[str, Any]:
    examples, records = learned_names(adapter)
    name = label(adapter.asset, adapter.partition)
    if record_id in records:
        raise NotYet(
            f"{name} {adapter.data_version[:12]} learned {record_id}; `medai run`{_with(adapter)} trains it again, or, where other "
            f"records say the same, `medai run --force --select '{name}'`"
        )
    made = (
        orjson.loads(adapter.read("training_manifest.json"))
        if "training_manifest.json" in adapter.manifest.files
        else {}
    )
    facts = {key: made[key] for key in ("recipe", "recipe_digest", "seed", "base_model") if key in made}
    return {
        **_version(adapter),
        **facts,
        "trained_on": _trained_on(adapter),
        "inputs": [_named(ref) for ref in adapter.manifest.inputs],
        "replay": None,  # what training again gave, where it was asked for
        "learned": {
            "examples": len(examples),
            "examples_root": merkle.root(examples),
            "records": len(set(records)),
            "records_root": merkle.root(records),
            "absent": merkle.absence(records, record_id),
        },
    }


def _with(adapter: Stored) -> str:
    """What a run must be told to make the adapter at all."""
    setting = {PREFERENCE: "MEDAI_PREFERENCES", PRETRAINED: "MEDAI_PRETRAINING"}.get(adapter.asset)
    return f" with {setting}=true" if setting else ""


def _trained_on(adapter: Stored) -> dict[str, Any]:
    """The kind of machine and the arithmetic, as the training told them."""
    timing = adapter.facts.get("timing", {})
    return {
        name: timing[name]
        for name in ("machine", "precision", "attention", "fused_kernels")
        if name in timing
    }


def _withdrawn_in(store: Store, dataset: Stored) -> Stored:
    """The withdrawals that a data set was made under."""
    waiting = [*_inputs_of(store, dataset.input)]
    while waiting:
        ref = waiting.pop()
        if ref.asset == "withdrawals":
            return store.open(*_place(ref))
        if store.holds(*_place(ref)):
            waiting += _inputs_of(store, ref)
    raise NotYet("the current data set does not say which withdrawals it was made under; run `medai run`")


def _inputs_of(store: Store, ref: Input) -> list[Input]:
    """By the latest receipt where it is of this version: an unchanged version may have been confirmed with newer inputs."""
    receipt = store.current_receipt(ref.asset, ref.partition)
    if receipt is not None and receipt.data_version == ref.data_version:
        return receipt.inputs
    return store.open(*_place(ref)).manifest.inputs


def _require_made_from(merged: Stored, adapters: list[Stored]) -> None:
    used = [ref for ref in merged.manifest.inputs if ref.asset == ADAPTER]
    if not set(used) <= {adapter.input for adapter in adapters}:
        name = label(merged.asset, merged.partition)
        raise NotYet(f"{name} {merged.data_version[:12]} was merged from an older adapter; run `medai run`")


def _history_subjects(store: Store) -> Iterator[Subject]:
    for path in store.files_beside(FOLDER):
        yield of_file(store, path)


def _environment() -> dict[str, str]:
    """Versions of what makes bytes differ, as installed where the certificate is written."""
    found = {"python": platform.python_version(), "machine": platform.machine(), "system": platform.system()}
    for name in ("torch", "transformers", "peft", "trl", "tokenizers", "safetensors", "pyarrow"):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _entry_fields(entry: Any) -> dict[str, str]:
    return {
        name: getattr(entry, name) for name in ("action", "at", "actor", "reason", "request", "reported_by")
    }


def _version(stored: Stored) -> dict[str, Any]:
    return {
        "name": label(stored.asset, stored.partition),
        "data_version": stored.data_version,
        "code_version": stored.manifest.code_version,
        "made_at": stored.receipt.finished_at if stored.receipt else stored.manifest.created_at,
    }


def _named(ref: Input) -> str:
    return f"{label(ref.asset, ref.partition)} {ref.data_version}"


def _place(ref: Input) -> tuple[str, str | None, str]:
    return ref.asset, ref.partition, ref.data_version
