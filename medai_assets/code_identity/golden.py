"""Golden outputs: what each stage and rule makes of inputs that never change, as digests that are the same on any CPU.

The inputs lie in ``golden_inputs``: raw records of every source, passages with their signatures as they were processed
when the files were written, benchmark questions, withdrawals, settings and a recipe, answers of two models, and what the
sandbox answers collectors with. So each stage is judged by itself: another output of one stage is no
other input of the next. Versions are left out: raised alone they change no output. Stages that run a model have no golden
output, since another CPU gives other bytes; of the evaluation there is what follows the answers.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.curate.benchmarks import publish_benchmarks
from medai_assets.corpus.curate.curation import publish_curated
from medai_assets.corpus.process.by_slice import SLICE_ASSET, process_source
from medai_assets.corpus.process.signatures import SIGNATURE
from medai_assets.evaluation.report import build_report
from medai_assets.evaluation.scorers import measured
from medai_assets.foundation.code_versions import RULED
from medai_assets.foundation.schemas import EXAMPLE, PASSAGE, RAW_RECORD, REMOVED, WITHDRAWAL
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.publish import publish_dataset
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.language.framing import country
from medai_assets.instructions.passages import documents
from medai_assets.instructions.preferences.publish import publish_preferences
from medai_assets.instructions.pretraining_texts import publish_texts
from medai_assets.instructions.rules import REGISTRY, Setting
from medai_assets.instructions.training_examples import publish_training_examples
from medai_assets.planning.fingerprints import DATA_OF
from medai_assets.sandbox.server import create_app, serving
from medai_assets.settings import Settings
from medai_assets.sources.collection import CONTENT, collect_slice
from medai_assets.sources.registry import SOURCES, sandbox_endpoints, slices
from medai_assets.sources.source import Source
from medai_assets.storage import Store, Stored, content_hash, text_digest
from medai_assets.withdrawals.table import publish_withdrawals

INPUTS = Path(__file__).parent / "golden_inputs"
PUBLISHING: dict[str, Any] = {"code_version": "golden", "inputs": [], "run_id": ""}
LENGTH = 16
LAST_CHANGE = 1_700_000_000  # of upstream files, seconds since the epoch: else it is the day of the checkout
_WITH_TEXTS = [name for name, source in SOURCES.items() if source.has_texts]
# What a digest is over: every column of these tables but what says when something was made.
TABLES = {
    "processed_corpus": ("passages", "removed"),
    "curated_corpus": ("passages", "removed", "funnel", "reasons"),
    "instruction_dataset": ("examples", "removed"),
    "training_examples": ("train", "validation"),
    "preference_dataset": ("pairs",),
    "pretraining_texts": ("train", "validation", "notes"),
    "withdrawals": ("withdrawals",),
    "benchmark_questions": ("questions",),
}


def golden(folder: Path, inputs: Path = INPUTS) -> dict[str, str]:
    """Digests of all golden outputs by stage, ``stage[partition]`` or rule.

    Args:
        folder: an empty folder to work in.
    """
    store = Store(folder / "store")
    found = dict(collected(folder / "collected", inputs))
    found |= {
        f"processed_corpus[{name}]": _version_digest(_processed(store, name, inputs)) for name in _WITH_TEXTS
    }
    withdrawals, benchmarks = _withdrawals(store, inputs), _benchmarks(store, inputs)
    found |= {"withdrawals": _version_digest(withdrawals), "benchmark_questions": _version_digest(benchmarks)}
    curated = _curated(store, withdrawals, benchmarks, inputs)
    found["curated_corpus"] = _version_digest(curated)
    dataset = _dataset(store, folder / "exports", inputs)
    found["instruction_dataset"] = _version_digest(dataset)
    found["training_examples"] = _version_digest(publish_training_examples(store, dataset, PUBLISHING))
    mixture = store.require("instruction_mixture")
    pairs = publish_preferences(
        store, dataset, curated, [], withdrawals=withdrawals, mixture=mixture, publishing=PUBLISHING
    )
    found["preference_dataset"] = _version_digest(pairs)
    found["pretraining_texts"] = _version_digest(publish_texts(store, curated, dataset, PUBLISHING))
    found["evaluation_report"] = _report(inputs)
    settings = Settings(data=str(folder), config=inputs / "config")
    found |= {name: _values(values(settings, "golden")) for name, values in DATA_OF.items()}
    return found | dict(_by_rule(inputs))


def _values(values: dict[str, Any]) -> str:
    return text_digest(orjson.dumps(values, option=orjson.OPT_SORT_KEYS))[:LENGTH]


def inputs_digest() -> str:
    """Of every golden input."""
    files = sorted(p for p in INPUTS.rglob("*") if p.is_file())
    lines = (
        f"{p.relative_to(INPUTS).as_posix()} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in files
    )
    return text_digest(*lines)[:LENGTH]


def _version_digest(stored: Stored) -> str:
    """Digest of a version: its name, and all its rows, since the name does not cover every column."""
    tables = {name: stored.table(name) for name in TABLES[stored.asset] if stored.has_table(name)}
    version = stored.data_version
    if stored.asset == RULED:
        rows = [{**row, "rule": _bare(row["rule"])} for row in tables["examples"].to_pylist()]
        tables["examples"], version = pa.Table.from_pylist(rows, schema=EXAMPLE), ""  # the hash of these rows
        tables["removed"] = _without_rule_versions(tables["removed"])
    return text_digest(version, *(content_hash(t, t.column_names) for t in tables.values()))[:LENGTH]


def _bare(rule: str) -> str:
    """A rule's name without its version."""
    return rule.rpartition("/")[0]


def _without_rule_versions(removed: pa.Table) -> pa.Table:
    """Examples that were set aside, named by rules without their versions."""
    place = removed.schema.get_field_index("detail")
    bare = pc.replace_substring_regex(removed["detail"], r"^(\w+\.\w+)/\d+ ", r"\1 ")
    return removed.set_column(place, removed.schema.field(place), bare)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def raw_rows(path: Path) -> list[dict[str, Any]]:
    """Golden raw records.

    Raises:
        FileNotFoundError: the source has none. ValueError: a line lacks a column of RAW_RECORD.
    """
    rows = _rows(path)
    for number, row in enumerate(rows, 1):
        if lacks := [name for name in RAW_RECORD.names if name not in row]:
            raise ValueError(
                f"{path} line {number} lacks {', '.join(lacks)}; another source's file beside it shows all"
            )
    return [row | {"retrieved_at": datetime.fromisoformat(row["retrieved_at"])} for row in rows]


def _processed(store: Store, source: str, inputs: Path) -> Stored:
    rows = raw_rows(inputs / "raw" / f"{source}.jsonl")
    with store.draft(f"raw_{source}", "golden") as draft:
        draft.write_table("records", pa.Table.from_pylist(rows, schema=RAW_RECORD))
        raw = draft.publish(data_version="golden", **PUBLISHING)
    return process_source(store, source, [raw], publishing=PUBLISHING).stored


def _withdrawals(store: Store, inputs: Path) -> Stored:
    table = pa.Table.from_pylist(_rows(inputs / "withdrawals.jsonl"), schema=WITHDRAWAL)
    with store.draft("raw_pubmed", "withdrawals") as draft:
        draft.write_table("withdrawals", table)
        raw = draft.publish(data_version="golden", **PUBLISHING)
    return publish_withdrawals(store, [raw], inputs / "take_downs.csv", PUBLISHING)


def _benchmarks(store: Store, inputs: Path) -> Stored:
    return publish_benchmarks(store, sorted((inputs / "benchmarks").iterdir()), PUBLISHING)


def _passages(inputs: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Passages and their signatures."""
    signatures = _rows(inputs / "signatures.jsonl")
    for passage, signature in zip(_rows(inputs / "passages.jsonl"), signatures, strict=True):
        packed = {name: bytes.fromhex(signature[name]) for name in ("bands", "signature")}
        yield passage, signature | packed


def _curated(store: Store, withdrawals: Stored, benchmarks: Stored, inputs: Path) -> Stored:
    by_source: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = defaultdict(list)
    for passage, signature in _passages(inputs):
        by_source[passage["source"]].append((passage, signature))
    slices = [_slice(store, source, rows) for source, rows in sorted(by_source.items())]
    with store.draft("curation_policy") as draft:
        draft.path("values.json").write_bytes((inputs / "policy.json").read_bytes())
        policy = draft.publish(data_version="golden", **PUBLISHING)
    return publish_curated(
        store, slices, withdrawals=withdrawals, benchmarks=benchmarks, policy=policy, publishing=PUBLISHING
    )


def _slice(store: Store, source: str, rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> Stored:
    with store.draft(SLICE_ASSET, f"{source}/golden") as draft:
        draft.write_table("passages", pa.Table.from_pylist([p for p, _ in rows], schema=PASSAGE))
        draft.write_table("signatures", pa.Table.from_pylist([s for _, s in rows], schema=SIGNATURE))
        draft.write_table("removed", pa.Table.from_pylist([], schema=REMOVED))
        return draft.publish(data_version="golden", **PUBLISHING, metadata={"records": len(rows)})


def _dataset(store: Store, exports: Path, inputs: Path) -> Stored:
    passages = [passage for passage, _ in _passages(inputs)]
    with store.draft("curated_corpus") as draft:
        draft.write_table("passages", pa.Table.from_pylist(passages, schema=PASSAGE))
        curated = draft.publish(data_version="golden passages", **PUBLISHING)
    with store.draft("instruction_mixture") as draft:
        draft.path("values.json").write_bytes((inputs / "mixture.json").read_bytes())
        mixture = draft.publish(data_version="golden", **PUBLISHING)
    return publish_dataset(store, curated, mixture=mixture, exports_dir=exports, publishing=PUBLISHING)


def _report(inputs: Path) -> str:
    """What two models' answers are judged to be, and what the report and its gate say of them."""
    items = [
        row | {"origins": [], "passage_ids": []}
        | measured("base", row, row["base_answer"])
        | measured("tuned", row, row["tuned_answer"])
        for row in _rows(inputs / "answers.jsonl")
    ]  # fmt: skip
    report = build_report(items, [], {"limits": {"per_kind": len(items)}}, seed=17)
    return text_digest(orjson.dumps([items, report], option=orjson.OPT_SORT_KEYS).decode())[:LENGTH]


def _by_rule(inputs: Path) -> Iterator[tuple[str, str]]:
    """What each rule makes, before anything is proved or chosen; a rule that makes nothing here has no golden output."""
    passages = pa.Table.from_pylist([passage for passage, _ in _passages(inputs)], schema=PASSAGE)
    mixture = Mixture.load(inputs / "mixture.json")
    place = country(mixture.emergency_country)
    setting = Setting(place, mixture.emergency_country, mixture.least_words, mixture.most_words)
    rows = [row for kind in KINDS.values() if kind.authored for _, row in kind.authored(place)]
    for document in documents(passages.to_batches()):
        for rule in REGISTRY.values():
            if rule.reads(document):
                rows += [made.row() for made in rule.make(document, setting)]
    by_rule: dict[str, list[bytes]] = defaultdict(list)
    for row in rows:
        plain = row | {"rule": _bare(row["rule"])}
        by_rule[plain["rule"]].append(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS))
    for name, own in sorted(by_rule.items()):
        yield name, text_digest(*sorted(own))[:LENGTH]


# Golden outputs of collection: what each source's collector makes of a slice that the sandbox answers from golden records.
# When and by which request something came is another each time.
COLUMNS = {
    "records": (*CONTENT, "source", "slice", "updated_at", "payload_format", "payload", "sample"),
    "rejected": ("source", "slice", "reason", "payload"),
    "withdrawals": ("record_id", "kind", "version", "reason", "evidence"),
}


def collected(folder: Path, inputs: Path) -> Iterator[tuple[str, str]]:
    """Digest of every collected slice, by ``raw_source[key]``.

    Args:
        folder: an empty folder to work in. inputs: holds ``upstream``, records as the sandbox keeps them, and ``config``.
    """
    settings = Settings(data=str(folder), profile="sample", config=inputs / "config")
    store = Store(settings.store_root)
    shutil.copytree(inputs / "upstream", settings.sandbox_records)
    for path in settings.sandbox_records.rglob("*"):
        os.utime(path, (LAST_CHANGE, LAST_CHANGE))
    with serving(create_app(settings.sandbox_records, None)) as base:
        reached = settings.with_endpoints(sandbox_endpoints(base))
        for source in filter(_answers, SOURCES.values()):
            wanted = slices(source.name, reached)[0]
            stored = collect_slice(wanted, settings=reached, store=store, code_version="golden").stored
            yield f"{source.asset}[{wanted.key}]", _digest_of(stored)


def _answers(source: Source) -> bool:
    return not any(endpoint.from_kit for endpoint in source.endpoints)


def _digest_of(stored: Stored) -> str:
    found = []
    for name, columns in COLUMNS.items():
        if stored.has_table(name):
            table = stored.table(name)
            found.append(content_hash(table, [column for column in columns if column in table.column_names]))
    return text_digest(*found)
