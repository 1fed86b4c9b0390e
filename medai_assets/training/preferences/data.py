"""Pairs as token ids: read, limit, encode, and say what was left out. Nothing is ever cut."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from medai_assets.foundation.schemas import LEFT_OUT
from medai_assets.training.chat import encode, prompt_ids
from medai_assets.training.errors import TrainingError

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

Row = dict[str, Any]
# A pair whose point is to unlearn a superseded version rests on the record as it is now.
UNLEARNS_OLD = "current_label"
# The trainer's columns; `input_ids` holds all of a pair's tokens, by which it is recognised in a batch.
FED = ("prompt_ids", "chosen_ids", "rejected_ids", "input_ids")


@dataclass(frozen=True)
class Pairs:
    """PREFERENCE rows by split with FED and `tokens`, and what was left out (LEFT_OUT)."""

    train: list[Row]
    validation: list[Row]
    left_out: list[Row]

    @property
    def table(self) -> pa.Table:
        """The training pairs as the trainer is fed them."""
        return pa.Table.from_pylist([{name: row[name] for name in FED} for row in self.train])


def load_pairs(
    path: Path, tokenizer: PreTrainedTokenizerBase, *, max_length: int, most: int | None, seed: int
) -> Pairs:
    """Read and encode the pairs of both splits, at most so many of each reason and split.

    Raises:
        TrainingError: the file is missing, or no pair to learn from fits into ``max_length`` tokens.
    """
    if not path.is_file():
        raise TrainingError(f"There are no pairs at {path}", "Materialize preference_dataset first.")
    rows = [_encoded(tokenizer, row) for row in pq.read_table(path).to_pylist()]
    short = [row for row in rows if row["tokens"] <= max_length]
    chosen = _chosen(short, most, seed)
    kept = {row["pair_id"] for row in chosen}
    by_split = {s: [r for r in chosen if r["split"] == s] for s in ("train", "validation")}
    if not by_split["train"]:
        raise TrainingError(
            f"None of the {len(rows)} preference pairs can be learned: all that are for training have more than "
            f"max_length={max_length} tokens",
            "Raise max_length in the recipe.",
        )
    left = [
        _left_out(row, "over_length" if row["tokens"] > max_length else "token_budget")
        for row in rows
        if row["pair_id"] not in kept
    ]
    return Pairs(by_split["train"], by_split["validation"], left)


def as_dataset(rows: Iterable[Row]) -> Dataset:
    """The trainer's columns."""
    from datasets import Dataset

    return Dataset.from_list([{name: row[name] for name in FED} for row in rows])


def not_learned(pairs: Pairs, times: dict[int, int]) -> list[Row]:
    """LEFT_OUT rows of every pair that entered no optimiser step."""
    unreached = [_left_out(r, "not_reached") for n, r in enumerate(pairs.train) if not times.get(n, 0)]
    return [*pairs.left_out, *unreached, *(_left_out(r, "validation") for r in pairs.validation)]


def learned(pairs: Pairs, times: dict[int, int]) -> list[Row]:
    """Rows for ``learned_tables``: the pairs that were learned, how often, from which records and passages."""
    return [
        {
            "example_id": row["pair_id"],
            "kind": row["reason"],
            "tokens": row["tokens"],
            "times": times[number],
            "passage_ids": _of_sides(row, "passage_ids"),
            "origins": _of_sides(row, "origins"),
            "authored": False,
        }
        for number, row in enumerate(pairs.train)
        if times.get(number, 0)
    ]


def _of_sides(row: Row, what: str) -> list[Any]:
    sides = ("chosen",) if row["reason"] == UNLEARNS_OLD else ("chosen", "rejected")
    found: list[Any] = []
    for one in (one for side in sides for one in row[f"{side}_{what}"]):
        if one not in found:
            found.append(one)
    return found


def _encoded(tokenizer: PreTrainedTokenizerBase, row: Row) -> Row:
    system, prompt = (message["content"] for message in row["prompt"])
    asked = prompt_ids(tokenizer, system, prompt)
    answers = [encode(tokenizer, system, prompt, row[side])[0] for side in ("chosen", "rejected")]
    chosen, rejected = (ids[len(asked) :] for ids in answers)
    return row | {
        "prompt_ids": asked,
        "chosen_ids": chosen,
        "rejected_ids": rejected,
        "input_ids": [*asked, *chosen, *rejected],
        "tokens": len(asked) + max(len(chosen), len(rejected)),
    }


def _chosen(rows: list[Row], most: int | None, seed: int) -> list[Row]:
    by_reason: dict[tuple[str, str], list[tuple[str, Row]]] = defaultdict(list)
    for row in rows:
        order = hashlib.sha256(f"{seed}:{row['pair_id']}".encode()).hexdigest()
        by_reason[row["reason"], row["split"]].append((order, row))
    kept = [row for found in by_reason.values() for _, row in sorted(found, key=lambda f: f[0])[:most]]
    return sorted(kept, key=lambda row: row["pair_id"])


def _left_out(row: Row, reason: str) -> Row:
    found = {"example_id": row["pair_id"], "kind": row["reason"], "split": row["split"]}
    return {**found, "tokens": row["tokens"], "reason": reason}


def left_out_table(rows: Iterable[Row]) -> pa.Table:
    """LEFT_OUT, in the order of the ids."""
    return pa.Table.from_pylist(sorted(rows, key=lambda row: row["example_id"]), schema=LEFT_OUT)
