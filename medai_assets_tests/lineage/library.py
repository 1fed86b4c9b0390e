"""A small store made by hand with the real schemas: two sources, four slices, every stage down to the merged model.

Nothing here is medical advice; the texts are short, plain and only there to be traced.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from medai_assets.foundation.schemas import EXAMPLE, LEFT_OUT, PASSAGE, RAW_RECORD, REMOVED, WITHDRAWAL
from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.publish import metadata
from medai_assets.instructions.training_examples import publish_training_examples
from medai_assets.settings import Settings
from medai_assets.storage import Draft, Store, Stored, content_hash, text_digest
from medai_assets.training.learned_tables import learned_tables
from medai_assets.training.recipe import load_recipe

RETRIEVED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
BASE_MODEL = "smollm2-135m"
LICENCE = {"fda": "CC0-1.0", "nhs": "OGL-UK-3.0"}
SITE = {"fda": "https://labels.example.org/", "nhs": "https://pages.example.org/"}

# (source, slice, record, title, text)
RECORDS: tuple[tuple[str, str, str, str, str], ...] = (
    ("fda", "2023", "fda:aaa", "Metformin tablets", "Take metformin with meals. Do not crush the tablets."),
    ("fda", "2024", "fda:bbb", "Ibuprofen tablets", "Ibuprofen may cause stomach upset. Take it with food."),
    ("fda", "2024", "fda:ccc", "Ibuprofen capsules", "Keep the capsules in a dry place. Read the leaflet first."),
    ("nhs", "conditions", "nhs:/conditions/heartburn", "Heartburn", "Heartburn is a burning feeling in the chest."),
    ("nhs", "symptoms", "nhs:/symptoms/cough", "Cough", "A cough usually clears up on its own within weeks."),
)  # fmt: skip

REPORT = {
    "summary": [
        {"what": "question_answer", "score": "F1", "items": 4, "base": 0.25, "tuned": 0.5, "difference": 0.25, "low": -0.1,
         "high": 0.6, "words": "no change shown"}
    ],
    "gate": {"passed": True, "reasons": [], "warnings": [], "margin": 0.05},
    "plain_words": "Nothing was shown to be better or worse.",
    "caution": "Few items.",
}  # fmt: skip


@dataclass
class Library:
    """Upstream texts and user's withdrawals as plain dictionaries, and the stages that publish them."""

    settings: Settings
    store: Store
    texts: dict[str, str] = field(default_factory=lambda: {r[2]: r[4] for r in RECORDS})
    titles: dict[str, str] = field(default_factory=lambda: {r[2]: r[3] for r in RECORDS})
    versions: dict[str, str] = field(default_factory=lambda: {r[2]: "1" for r in RECORDS})
    withdrawn: dict[str, str | None] = field(default_factory=dict)  # record id -> version, or None for all
    withdrawn_as: str = "take_down"
    mixture: dict[str, Any] = field(default_factory=lambda: {"questions": 2})
    code: dict[str, str] = field(default_factory=dict)  # asset -> code version, "1" where unsaid
    runs: int = 0
    removed: list[dict[str, Any]] = field(default_factory=list)  # rows set aside while the data set was made
    in_hand: str = ""  # text that stands in the prompts before the question
    samples: bool = False  # whether the records were written for this project
    learns: Callable[[dict[str, Any]], bool] = lambda row: True  # which training examples the budget lets in

    @classmethod
    def at(cls, folder: Path) -> Library:
        settings = Settings(data=str(folder / "data"), profile="sample", sources=("fda", "nhs"))
        return cls(settings, Store(settings.store_root))

    @property
    def folder(self) -> Path:
        return self.settings.profile_dir / "lineage"

    def materialize(self, train: bool = True) -> Stored:
        """All stages in order; returns the data set version."""
        raw = [self._raw(source, key) for source, key in dict.fromkeys((r[0], r[1]) for r in RECORDS)]
        withdrawals = self._withdrawals(raw)
        processed = [self._processed(source, raw) for source in ("fda", "nhs")]
        corpus = self._curated([*processed, withdrawals])
        dataset = self._dataset([corpus, self._mixture()])
        publish_training_examples(self.store, dataset, self._publishing("training_examples", [dataset]))
        if train:
            adapter = self.train_again()
            examples = self.store.require("training_examples")
            report = self._directory(
                "evaluation_report", [adapter, examples], "report.json", _report_of(adapter)
            )
            self._directory("merged_model", [adapter, report], "model.bin", adapter.data_version)
        return dataset

    def _publishing(self, asset: str, inputs: Iterable[Stored]) -> dict[str, Any]:
        self.runs += 1
        return {
            "code_version": self.code.get(asset, "1"),
            "inputs": [s.input for s in inputs],
            "run_id": f"run-{self.runs}",
        }

    def _publish(
        self,
        asset: str,
        partition: str | None,
        tables: dict[str, tuple[pa.Schema, list[dict[str, Any]]]],
        inputs: Sequence[Stored] = (),
        parts: Sequence[Stored] = (),
        metadata: dict[str, Any] | None = None,
    ) -> Stored:
        with self.store.draft(asset, partition) as draft:
            digests = []
            for name, (schema, rows) in tables.items():
                table = pa.Table.from_pylist(rows, schema=schema)
                draft.write_table(name, table)
                kept = [c for c in schema.names if c not in ("retrieved_at", "request")]
                digests.append(content_hash(table, kept))
            for part in parts:
                draft.reference(part)
                digests.append(part.data_version)
            digests.append(repr(metadata))
            return draft.publish(
                data_version=text_digest(*digests),
                metadata=metadata or {},
                **self._publishing(asset, inputs),
            )

    def _raw(self, source: str, key: str) -> Stored:
        rows = [
            self._raw_row(source, key, rid, self.titles[rid])
            for s, k, rid, _, _ in RECORDS
            if (s, k) == (source, key) and rid in self.texts
        ]
        return self._publish(f"raw_{source}", key, {"records": (RAW_RECORD, rows)})

    def _raw_row(self, source: str, key: str, record_id: str, title: str) -> dict[str, Any]:
        payload = self.texts[record_id]
        return {
            "record_id": record_id, "source": source, "slice": key, "version": self.versions[record_id],
            "title": title, "payload_format": "json", "payload": payload,
            "payload_sha256": hashlib.sha256(payload.encode()).hexdigest(), "url": self._url(source, record_id),
            "request": f"GET /{source}?slice={key}", "retrieved_at": RETRIEVED, "licence": LICENCE[source],
            "attribution": f"Publisher of {source}", "flags": [], "sample": self.samples,
        }  # fmt: skip

    def _url(self, source: str, record_id: str) -> str:
        return SITE[source] + record_id.split(":", 1)[1].strip("/")

    def _origin(self, source: str, key: str, record_id: str) -> dict[str, Any]:
        return {
            "record_id": record_id, "source": source, "slice": key, "version": self.versions[record_id],
            "url": self._url(source, record_id), "licence": LICENCE[source],
            "attribution": f"Publisher of {source}", "sample": self.samples,
        }  # fmt: skip

    def _withdrawals(self, raw: Sequence[Stored]) -> Stored:
        rows = [
            {"record_id": rid, "kind": self.withdrawn_as, "reason": "asked by its author", "version": version,
             "reported_by": "A. Person", "reported_at": "2024-03-05"}
            for rid, version in self.withdrawn.items()
        ]  # fmt: skip
        return self._publish("withdrawals", None, {"withdrawals": (WITHDRAWAL, rows)}, raw[:2])

    def _processed(self, source: str, raw: Sequence[Stored]) -> Stored:
        own = [r for r in raw if r.asset == f"raw_{source}"]
        parts = []
        for one in own:
            rows = [self._passage(source, str(one.partition), r) for r in one.table("records").to_pylist()]
            key = f"{source}/{one.partition}"
            tables = {"passages": (PASSAGE, rows), "removed": (REMOVED, self.removed)}
            parts.append(self._publish("processed_slice", key, tables, [one]))
        return self._publish("processed_corpus", source, {}, own, parts)

    def _passage(self, source: str, key: str, record: dict[str, Any]) -> dict[str, Any]:
        text = record["payload"]
        if self.code.get("processed_corpus") == "2":
            text = text.upper()
        return {
            "passage_id": "p" + hashlib.sha256(text.encode()).hexdigest()[:24], "text": text,
            "title": record["title"], "section": "overview", "heading": "", "document_id": record["record_id"],
            "position": 0, "source": source, "subject": record["title"].split()[0].lower(), "aliases": [],
            "audience": "consumer", "evidence": "consumer", "language": "en", "words": len(text.split()),
            "attributes": "{}", "quality": "{}", "masked": "{}", "flags": [],
            "origins": [self._origin(source, key, record["record_id"])],
        }  # fmt: skip

    def _is_withdrawn(self, origin: dict[str, Any]) -> bool:
        known = self.withdrawn.get(origin["record_id"], "none")
        return known is None or known == origin["version"]

    def _curated(self, inputs: Sequence[Stored]) -> Stored:
        rows = [
            row
            for stored in inputs
            if stored.has_table("passages")
            for row in stored.table("passages").to_pylist()
        ]
        rows = _merged(rows)
        kept = [row for row in rows if not any(map(self._is_withdrawn, row["origins"]))]
        removed = [
            {"stage": "curated_corpus", "step": "withdrawn", "reason": "the record is withdrawn",
             "passage_id": row["passage_id"], "source": row["source"], "origins": row["origins"]}
            for row in rows if row not in kept
        ]  # fmt: skip
        tables = {"passages": (PASSAGE, kept), "removed": (REMOVED, removed)}
        return self._publish("curated_corpus", None, tables, inputs)

    def _mixture(self) -> Stored:
        return self._publish("instruction_mixture", None, {}, metadata={"values": self.mixture})

    def _dataset(self, inputs: Sequence[Stored]) -> Stored:
        passages = inputs[0].table("passages").to_pylist()
        rows = [self._example(p, n) for p in passages for n in range(self.mixture["questions"])]
        rows.append(self._authored())
        return self._publish(
            "instruction_dataset",
            None,
            {"examples": (EXAMPLE, rows), "removed": (REMOVED, self.removed)},
            inputs,
            metadata=metadata(Built(rows, pa.Table.from_pylist(self.removed, schema=REMOVED)), Mixture(), []),
        )

    def _example(self, passage: dict[str, Any], number: int) -> dict[str, Any]:
        kind = ("question_answer", "drug_information")[number % 2]
        question = f"What should I know about {passage['title']}? ({number})"
        prompt, labels = question, {}
        if self.in_hand:
            prompt = f"{self.in_hand}\n\nQuestion: {question}"
            labels = {"form": "with_text", "question": question}
        first = passage["text"].split(". ")[0].rstrip(".") + "."
        completion = f"{first}\n\nAsk a pharmacist if unsure."
        return {
            **_frame(kind, prompt, completion), "labels": json.dumps(labels),
            "rule": f"{kind}.overview/1", "passage_ids": [passage["passage_id"]],
            "origins": passage["origins"], "authored": False, "subject": passage["subject"],
            "source": passage["source"], "split": "validation" if passage["title"] == "Cough" else "train",
        }  # fmt: skip

    def _authored(self) -> dict[str, Any]:
        frame = _frame("emergency_escalation", "Somebody has collapsed.", "Call the emergency number now.")
        origin = {
            "record_id": "authored:collapse-001", "source": "authored", "slice": "collapse", "version": "0f",
            "url": "authored/collapse.jsonl", "licence": "LicenseRef-medai-authored",
            "attribution": "Written for medai-assets", "sample": False,
        }  # fmt: skip
        return {
            **frame, "rule": "emergency_escalation.authored/1", "passage_ids": [], "origins": [origin],
            "authored": True, "subject": None, "source": "authored", "split": "train",
        }  # fmt: skip

    def train_again(self) -> Stored:
        """An adapter over the current data set."""
        inputs = [self.store.require("training_examples")]
        with self.store.draft("lora_adapter", BASE_MODEL) as draft:
            draft.path("adapter.bin").write_text(" ".join(s.data_version for s in inputs))
            recipe = load_recipe(BASE_MODEL)
            told = {"recipe": recipe.model_dump(mode="json"), "recipe_digest": recipe.digest(), "seed": 1}
            draft.path("training_manifest.json").write_text(json.dumps(told))
            self.write_learned(draft)
            return draft.publish(**self._publishing("lora_adapter", inputs))

    def write_learned(self, draft: Draft) -> None:
        """The tables beside an adapter that learned the training split, but for what a budget left out."""
        dataset = self.store.require("instruction_dataset")
        rows = [row | {"tokens": 9, "times": 1} for row in dataset.table("examples").to_pylist()]
        train = [row for row in rows if row["split"] == "train"]
        learned = [row for row in train if self.learns(row)]
        left_out = [row | {"reason": "token_budget"} for row in train if row not in learned]
        left_out += [row | {"reason": "validation"} for row in rows if row["split"] == "validation"]
        for name, table in learned_tables(learned).items():
            draft.write_table(name, table)
        draft.write_table("left_out", pa.Table.from_pylist(left_out, schema=LEFT_OUT))

    def _directory(self, asset: str, inputs: Sequence[Stored], file: str, text: str) -> Stored:
        with self.store.draft(asset, BASE_MODEL) as draft:
            draft.path(file).write_text(text)
            return draft.publish(**self._publishing(asset, inputs))


def _report_of(adapter: Stored) -> str:
    return json.dumps(REPORT | {"lineage": adapter.data_version})


def _merged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Equal texts as one passage with all origins."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        known = found.setdefault(row["passage_id"], {**row, "origins": []})
        known["origins"] = known["origins"] + row["origins"]
    return list(found.values())


def _frame(kind: str, prompt: str, completion: str) -> dict[str, Any]:
    digest = hashlib.sha256(f"{kind}\x1f{prompt}\x1f{completion}".encode()).hexdigest()
    return {
        "example_id": f"e{digest[:24]}", "kind": kind, "system": "You inform.", "history": [], "prompt": prompt,
        "completion": completion, "audience": "consumer", "labels": "{}",
    }  # fmt: skip
