"""Examples as token ids: read, encode, keep within the recipe's limits, and say what was left out.

What belongs here: the way from EXAMPLE rows in Parquet to the trainer's `input_ids` and `labels`. Nothing is ever
cut: an example longer than the limit is left out and reported.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from medai_assets.training.chat import encode
from medai_assets.training.errors import TrainingError
from medai_assets.training.recipe import Recipe

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

AUTHORED = "LicenseRef-medai-authored"
COLUMNS = ["example_id", "kind", "system", "prompt", "completion"]
ENCODED = pa.schema(
    [
        pa.field("example_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("input_ids", pa.list_(pa.int32())),
        pa.field("labels", pa.list_(pa.int32())),
        pa.field("tokens", pa.int32()),
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


def encode_table(table: pa.Table, tokenizer: PreTrainedTokenizerBase, max_length: int) -> Encoded:
    """Encode every row with the tokenizer's chat template; rows over `max_length` tokens are listed, not cut."""
    batches, too_long = [], []
    for batch in table.select(COLUMNS).to_batches(max_chunksize=1000):
        rows: list[dict[str, Any]] = []
        for row in batch.to_pylist():
            ids, labels = encode(tokenizer, row["system"], row["prompt"], row["completion"])
            facts = {"example_id": row["example_id"], "kind": row["kind"], "tokens": len(ids)}
            if len(ids) > max_length:
                too_long.append(facts)
            else:
                rows.append(facts | {"input_ids": ids, "labels": labels})
        batches.append(pa.RecordBatch.from_pylist(rows, schema=ENCODED))
    return Encoded(pa.Table.from_batches(batches, schema=ENCODED), too_long)


def within_budget(
    encoded: Encoded, max_tokens: int | None, seed: int, weights: Mapping[str, float] | None = None
) -> Encoded:
    """Keep at most `max_tokens` tokens, shared among the kinds by weight, in an order set by ids and seed only.

    A kind with less than its share leaves the rest to the others.
    """
    if max_tokens is None or encoded.tokens <= max_tokens:
        return encoded
    chosen: list[int] = []
    left = max_tokens
    queues = _queues(encoded.table, seed)
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
        item[0] for queue in _queues(encoded.table, seed).values() for item in queue.items[::-1][:examples]
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
    encoded = encode_table(read_examples(path), tokenizer, recipe.max_length)
    if encoded.table.num_rows == 0:
        raise TrainingError(
            f"Every example of {path.name} is longer than max_length={recipe.max_length} tokens",
            "Raise max_length in the recipe.",
        )
    if split == "train":
        return within_budget(encoded, recipe.max_train_tokens, seed, recipe.kind_weights)
    return at_most(encoded, recipe.max_eval_examples, seed)


def usual_system(path: Path) -> str:
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


def _queues(table: pa.Table, seed: int) -> dict[str, _Queue]:
    rows: dict[str, list[tuple[str, int, int]]] = {}
    columns = (table["example_id"].to_pylist(), table["kind"].to_pylist(), table["tokens"].to_pylist())
    for position, (example_id, kind, tokens) in enumerate(zip(*columns, strict=True)):
        order = hashlib.sha256(f"{seed}:{example_id}".encode()).hexdigest()
        rows.setdefault(kind, []).append((order, position, tokens))
    return {
        kind: _Queue([(position, tokens) for _, position, tokens in sorted(found, reverse=True)])
        for kind, found in rows.items()
    }
