"""Data set, adapter, merged model and report as one version: what goes out, and what must hold before.

What belongs here: the files of each repository in the hub's layout, gathered from current versions that fit together. How
they get to a folder or a hub is in ``publishing.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pyarrow.compute as pc

from medai_assets.evaluation.gate import require_passed
from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.file_hashes import file_digest
from medai_assets.foundation.files import make_owned
from medai_assets.foundation.licences import LICENCES, terms_of
from medai_assets.lineage.taint import tainted, warning
from medai_assets.lineage.versions import Versions
from medai_assets.serving.gguf import converted
from medai_assets.settings import Settings
from medai_assets.storage import Input, Store, Stored
from medai_assets.trust.models import require_intact, signature_path
from medai_assets.withdrawals.current import Withdrawn

LINEAGE, TERMS, SIGNATURE = "lineage.json", "LICENCES.md", "signature.json"
LICENCE_FILES = ("LICENSE", "USE_POLICY", "NOTICE")  # of a base model
_PREFIX = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,60}[A-Za-z0-9])?")
NOT_SENT = ("items.parquet", "choices.parquet")  # of a report: whole answers and benchmark questions
Files = dict[str, Path | bytes]  # by path in the repository: a file here, or its content


class NotPublishable(Exception):
    """What is current must not go out as it is; the message says why and what to do."""


@dataclass(frozen=True)
class Repository:
    """One repository of the hub.

    Attributes:
        kind: dataset or model.
        name: without the owner.
    """

    kind: str
    name: str
    files: Files


@dataclass(frozen=True)
class Publication:
    """Repositories that belong together, under one version's name."""

    version: str
    repositories: tuple[Repository, ...]
    redistributable: bool  # whether every licence lets the text be passed on


def gather(settings: Settings, name: str, prefix: str = "medai", gguf: str | None = None) -> Publication:
    """The current versions of one recipe, held against each other.

    Args:
        name: the recipe. prefix: what the repositories' names begin with; a part of a name on the hub and of a path.
        gguf: the type of weights of a GGUF file, which has a repository of its own (``with_gguf`` makes the file); None
            for no such repository.

    Raises:
        StoreError: something was never made. GateClosed: the evaluation's gate is closed.
        NotTrusted: a model is not as it was signed.
        NotPublishable: they do not fit together, an export was changed, or data set or model hold a withdrawn record.
    """
    if not _PREFIX.fullmatch(prefix):
        raise NotPublishable(f"{prefix!r} cannot begin a repository's name; use letters, digits, . _ and -")
    store = Store(settings.store_root)
    dataset = store.require("instruction_dataset")
    adapter, card, report, merged = (
        store.require(asset, name)
        for asset in ("lora_adapter", "model_card", "evaluation_report", "merged_model")
    )
    require_passed(report)
    _fit(store, adapter, (card, report, merged))
    if records := tainted(store, adapter, settings.take_downs_file):
        raise NotPublishable(warning(records))
    _without_withdrawn(dataset, Withdrawn.now(store, settings.take_downs_file))
    for model in (adapter, merged):
        require_intact(settings, model)
    parts = (dataset, adapter, card, report, merged)
    named = [f"{p.asset}:{p.data_version}" for p in parts] + ([f"gguf:{gguf}"] if gguf else [])
    version = "v-" + text_digest(*named)[:12]
    rights = orjson.loads(card.read("rights.json"))
    stated = [row["licence"] for row in dataset.facts["licences"]]
    common: Files = {
        LINEAGE: _lineage(store, version, parts),
        TERMS: _terms({*stated, *rights["licences"]}, orjson.loads(adapter.read("training_manifest.json"))),
    }
    judged = {f"evaluation/{n}": f for n, f in _files(report).items() if n not in NOT_SENT}
    carded = {n: f for n, f in _files(card).items() if n in ("README.md", "rights.json")}
    repositories = [
        Repository("dataset", f"{prefix}-data", _exports(settings, dataset) | common),
        Repository("model", f"{prefix}-{name}-adapter", _signed(adapter) | carded | judged | common),
        Repository("model", f"{prefix}-{name}", _signed(merged) | judged | common),
    ]
    if gguf:
        beside = {n: f for n, f in _files(merged).items() if n == "README.md" or n.startswith(LICENCE_FILES)}
        file = f"{name}.{gguf}.gguf"
        run = merged.read("Modelfile").replace(b"\nFROM .\n", f"\nFROM ./{file}\n".encode())
        one: Files = {file: merged.local_path(), "Modelfile": run}
        repositories.append(Repository("model", f"{prefix}-{name}-GGUF", one | beside | judged | common))
    return Publication(version, tuple(repositories), terms_of(stated)["redistribution"])


@contextmanager
def with_gguf(settings: Settings, publication: Publication) -> Iterator[Publication]:
    """The same with its GGUF file made, as long as the block runs, where it has one.

    Raises:
        TrainingError: llama.cpp's converter is not installed, or could not convert the model.
    """
    make_owned(settings.work_dir)
    with TemporaryDirectory(dir=settings.work_dir, prefix="gguf-") as folder:
        made = [
            replace(one, files={n: _converted(n, f, Path(folder)) for n, f in one.files.items()})
            for one in publication.repositories
        ]
        yield replace(publication, repositories=tuple(made))


def _converted(name: str, file: Path | bytes, folder: Path) -> Path | bytes:
    if isinstance(file, bytes) or not name.endswith(".gguf"):
        return file
    return converted(file, name.split(".")[-2], folder / name)


def _fit(store: Store, adapter: Stored, made: Iterable[Stored]) -> None:
    versions = Versions(store)
    for one in made:
        if versions.input_of(one.input, "lora_adapter") != adapter.input:
            raise NotPublishable(
                f"{one.asset} was made from another adapter than the current one; run `medai run`"
            )


def _without_withdrawn(dataset: Stored, withdrawn: Withdrawn) -> None:
    """Held-out examples too: no model learned them, and the exports hold them."""
    for batch in dataset.batches("examples", ["origins"]) if withdrawn else ():
        for origin in pc.list_flatten(batch["origins"]).to_pylist():
            if reason := withdrawn.reason(origin["record_id"], origin["version"]):
                raise NotPublishable(
                    f"the data set holds {origin['record_id']}, which is withdrawn ({reason}); run `medai run`"
                )


def _files(stored: Stored) -> Files:
    """Every file of a version, tables among them, checked against its manifest."""
    folder = stored.local_path()
    names = [*(f"{table}.parquet" for table in stored.manifest.tables), *stored.manifest.files]
    return {name: folder / name for name in sorted(names)}


def _signed(model: Stored) -> Files:
    """A model's files, and its signature where it carries one."""
    path = signature_path(model)
    signature = model.store.read_bytes(path) if model.store.filesystem.exists(path) else None
    return _files(model) | ({SIGNATURE: signature} if signature else {})


def _exports(settings: Settings, dataset: Stored) -> Files:
    """The data set as it was exported: JSONL, data card and Croissant file, unchanged since."""
    promised = dataset.receipt.outputs if dataset.receipt else {}
    found: Files = {}
    for name, digest in sorted(promised.items()):
        path = settings.profile_dir / name
        if not path.is_file() or file_digest(path) != digest:
            raise NotPublishable(f"the export {name} is missing or was changed; run `medai run`")
        found[Path(name).name] = path
    if not found:
        raise NotPublishable("the data set has no exports: a blocking check of it failed; see `medai plan`")
    return found


def _lineage(store: Store, version: str, parts: Iterable[Stored]) -> bytes:
    """What was published, and every stored version that it was made from, with code versions."""
    versions = Versions(store)
    refs = [part.input for part in parts]
    facts = {
        "version": version,
        "published": [_named(versions, ref) for ref in refs],
        "made_from": [_named(versions, ref) for ref in versions.upstream(refs)],
    }
    return orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def _named(versions: Versions, ref: Input) -> dict[str, Any]:
    step = versions.step(ref)
    named = {"asset": ref.asset, "partition": ref.partition, "data_version": ref.data_version}
    return named | {"code_version": step.code_version if step else None}


def _terms(licences: set[str], manifest: Mapping[str, Any]) -> bytes:
    """Each licence with its conditions, and those of the base model's."""
    recipe, strictest = manifest["recipe"], terms_of(licences)["most_restrictive"]
    lines = ["# Licences and their conditions", "", f"The strictest is `{strictest}`.", ""]
    for licence in sorted(licences):
        one = LICENCES[licence]
        lines.append(f"* [{one.name}]({one.url}) (`{one.id}`): {'; '.join(one.conditions) or 'no condition'}")
    lines += ["", f"The base model `{recipe['hub_id']}` is under {recipe['licence']}."]
    lines += [f"* {condition}" for condition in recipe["licence_conditions"]]
    return ("\n".join(lines) + "\n").encode()
