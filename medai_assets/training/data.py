"""Examples as token ids: read, encode, keep within the recipe's limits, and say what was left out.

What belongs here: the way from EXAMPLE rows in Parquet to the trainer's `input_ids` and `labels`. Nothing is ever
cut: an example longer than the limit is left out and reported.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from medai_assets.foundation.rows import TrainingRow
from medai_assets.training.chat import encode, encode_text
from medai_assets.training.errors import TrainingError
from medai_assets.training.recipe import Recipe, Strata

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

AUTHORED = "LicenseRef-medai-authored"
TEXT = "text"  # kind of the rows that are read as they stand: passages, before any example is learned
COLUMNS = ["example_id", "kind", "system", "history", "prompt", "completion", "labels"]
ENCODED = pa.schema(
    [
        pa.field("example_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("input_ids", pa.list_(pa.int32())),
        pa.field("labels", pa.list_(pa.int32())),
        pa.field("tokens", pa.int32()),
        pa.field("stratum", pa.string()),  # value of the label that its kind is drawn by; "" = none
    ]
)


@dataclass(frozen=True)
class Encoded:
    """Examples of one split, encoded (`ENCODED`), with what was left out."""

    table: pa.Table
    too_long: list[dict[str, Any]] = field(default_factory=list)  # example_id, kind, tokens
    beyond: list[dict[str, Any]] = field(default_factory=list)  # over budget or count; as above

    @property
    def tokens(self) -> int:
        return pc.sum(self.table["tokens"]).as_py() or 0

    def by_kind(self) -> dict[str, pa.Table]:
        """One table a kind, kinds sorted."""
        kinds = sorted(self.table["kind"].unique().to_pylist())
        return {kind: self.table.filter(pc.equal(self.table["kind"], kind)) for kind in kinds}

    def summary(self) -> dict[str, Any]:
        """Counts for logs, cards and metadata; tokens include prompts."""
        per_kind = {
            kind: {"examples": table.num_rows, "tokens": pc.sum(table["tokens"]).as_py()}
            for kind, table in self.by_kind().items()
        }
        return {
            "examples": self.table.num_rows,
            "tokens": self.tokens,
            "kinds": per_kind,
            "too_long": dict(sorted(Counter(row["kind"] for row in self.too_long).items())),
            "beyond_budget": len(self.beyond),
        }


def read_examples(path: Path) -> pa.Table:
    """The columns of EXAMPLE that training needs.

    Raises:
        TrainingError: the file is missing or empty.
    """
    if not path.is_file():
        raise TrainingError(f"There is no training data at {path}", "Materialize training_examples first.")
    table = pq.read_table(path, columns=COLUMNS)
    if table.num_rows == 0:
        raise TrainingError(f"{path} holds no examples", "See what instruction_dataset set aside, and why.")
    return table


def encode_table(
    table: pa.Table,
    tokenizer: PreTrainedTokenizerBase,
    max_length: int,
    strata: Mapping[str, Strata] | None = None,
) -> Encoded:
    """Encode every row with the tokenizer's chat template; rows over `max_length` tokens are listed, not cut.

    Args:
        strata: by kind the label whose values are its strata.

    Raises:
        TrainingError: no example of a kind has such a label.
    """
    stratum_of = iter(_strata(table, strata or {}))
    batches, too_long = [], []
    for batch in table.select(COLUMNS).to_batches(max_chunksize=1000):
        rows: list[dict[str, Any]] = []
        examples: list[TrainingRow] = batch.to_pylist()
        for row, stratum in zip(examples, stratum_of):
            if row["kind"] == TEXT:
                ids, labels = encode_text(tokenizer, row["completion"])
            else:
                ids, labels = encode(
                    tokenizer, row["system"], row["prompt"], row["completion"], row["history"]
                )
            facts = {"example_id": row["example_id"], "kind": row["kind"], "tokens": len(ids)}
            if len(ids) > max_length:
                too_long.append(facts)
            else:
                rows.append(facts | {"input_ids": ids, "labels": labels, "stratum": stratum})
        batches.append(pa.RecordBatch.from_pylist(rows, schema=ENCODED))
    return Encoded(pa.Table.from_batches(batches, schema=ENCODED), too_long)


def _strata(table: pa.Table, strata: Mapping[str, Strata]) -> list[str]:
    """Of each row the value of its kind's label, as JSON writes it; null where only others of the kind have that label.

    Raises:
        TrainingError: no example of a kind that is drawn by a label has it.
    """
    found: list[str] = []
    known: dict[str, set[str]] = {}
    for row in table.select(["kind", "labels"]).to_pylist():
        drawn = strata.get(row["kind"])
        labels = json.loads(row["labels"]) if drawn else {}
        found.append(json.dumps(labels.get(drawn.by)).strip('"') if drawn else "")
        if drawn:
            known.setdefault(row["kind"], set()).update(labels)
    for kind, labels in known.items():
        if strata[kind].by not in labels:
            raise TrainingError(
                f"No example of {kind} has a label {strata[kind].by!r} to draw it by",
                f"Name one of {', '.join(sorted(labels)) or 'its labels'} in the recipe's strata.",
            )
    return found


def within_budget(
    encoded: Encoded,
    max_tokens: int | None,
    seed: int,
    weights: Mapping[str, float] | None = None,
    strata: Mapping[str, Strata] | None = None,
) -> Encoded:
    """Keep at most `max_tokens` tokens, shared among the kinds by weight, in an order set by ids and seed only.

    The strata of a kind are drawn in turn, by their weights, so that a small share still holds both sides of a decision.
    A kind with less than its share leaves the rest to the others.
    """
    if max_tokens is None or encoded.tokens <= max_tokens:
        return encoded
    chosen: list[int] = []
    left = max_tokens
    queues = _queues(encoded.table, seed, strata or {})
    while queues:
        kind = min(queues, key=lambda k: (queues[k].spent, k))  # the kind that has had least so far
        queue = queues[kind]
        position, tokens = queue.items.pop()
        if tokens <= left:
            chosen.append(position)
            left -= tokens
            queue.spent += tokens / (weights or {}).get(kind, 1.0)
        if not queue.items:
            del queues[kind]
    return _only(encoded, chosen)


def at_most(encoded: Encoded, examples: int | None, seed: int) -> Encoded:
    """Keep at most so many examples of each kind, chosen by id and seed only."""
    if examples is None:
        return encoded
    chosen = [
        item[0]
        for queue in _queues(encoded.table, seed, {}).values()
        for item in queue.items[::-1][:examples]
    ]
    return _only(encoded, chosen)


def _only(encoded: Encoded, chosen: list[int]) -> Encoded:
    """The chosen rows in their order; the others are listed."""
    others = sorted(set(range(encoded.table.num_rows)).difference(chosen))
    beyond = encoded.table.select(["example_id", "kind", "tokens"]).take(pa.array(others, pa.int64()))
    table = encoded.table.take(pa.array(sorted(chosen), pa.int64()))
    return Encoded(table, encoded.too_long, beyond.to_pylist())


def load_split(
    path: Path, tokenizer: PreTrainedTokenizerBase, recipe: Recipe, split: str, seed: int
) -> Encoded:
    """Read, encode and limit one split (`train` or `validation`) as the recipe says.

    Raises:
        TrainingError: the file is missing or empty, or every example is too long.
    """
    strata = recipe.strata if split == "train" else None  # validation is not drawn by them
    encoded = encode_table(read_examples(path), tokenizer, recipe.max_length, strata)
    if encoded.table.num_rows == 0:
        raise TrainingError(
            f"Every example of {path.name} is longer than max_length={recipe.max_length} tokens",
            "Raise max_length in the recipe.",
        )
    if split == "train":
        return within_budget(encoded, recipe.max_train_tokens, seed, recipe.kind_weights, recipe.strata)
    return at_most(encoded, recipe.max_eval_examples, seed)


def most_common_system_text(path: Path) -> str:
    """The system text that most examples carry; of equally frequent ones the first in order."""
    counts = Counter(pq.read_table(path, columns=["system"])["system"].to_pylist())
    found: str = min(counts, key=lambda text: (-counts[text], text))
    return found


def as_dataset(table: pa.Table) -> Dataset:
    """The trainer's columns as an in-memory `datasets.Dataset`."""
    from datasets import Dataset
    from datasets.table import InMemoryTable

    return Dataset(InMemoryTable(table.select(["input_ids", "labels"]).combine_chunks()))


@dataclass
class _Queue:
    items: list[tuple[int, int]]  # (row, tokens), the next one last
    spent: float = 0.0  # tokens taken, over the kind's weight


def _queues(table: pa.Table, seed: int, strata: Mapping[str, Strata]) -> dict[str, _Queue]:
    kinds: dict[str, dict[str, list[tuple[str, int, int]]]] = {}
    for position, row in enumerate(table.select(["example_id", "kind", "tokens", "stratum"]).to_pylist()):
        order = hashlib.sha256(f"{seed}:{row['example_id']}".encode()).hexdigest()
        of_kind = kinds.setdefault(row["kind"], {})
        of_kind.setdefault(row["stratum"] or "", []).append((order, position, row["tokens"]))
    weights = {kind: strata[kind].weights if kind in strata else {} for kind in kinds}
    return {kind: _Queue(_in_turn(found, weights[kind])[::-1]) for kind, found in kinds.items()}


def _in_turn(
    strata: Mapping[str, list[tuple[str, int, int]]], weights: Mapping[str, float]
) -> list[tuple[int, int]]:
    """(row, tokens): of a stratum that weighs 3, three for each one of a stratum that weighs 1."""
    ranked = [
        ((rank + 1) / weights.get(name, 1.0), *item)
        for name, found in strata.items()
        for rank, item in enumerate(sorted(found))
    ]
    return [(position, tokens) for _, _, position, tokens in sorted(ranked)]
