"""Plain copies of the data set for people and other tools: JSONL by split, written whole or not at all.

The bytes depend on the rows only: fixed key order, no time, no path. Beside them lie configurations of LLaMA-Factory, Axolotl
and TRL that name them: all three read the column ``messages``; paths are those of files beside the configuration.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml

from medai_assets.foundation.files import flush_to_disk, remove_abandoned, unfinished
from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.turns import turns
from medai_assets.storage.hashing import file_sha256

TRAIN = "medical_instruction_dataset_train.jsonl"
VALIDATION = "medical_instruction_dataset_val.jsonl"
FILE_OF = {"train": TRAIN, "validation": VALIDATION}


def jsonl_record(row: ExampleRow) -> dict[str, Any]:
    """One line of the export: prompt/completion and chat forms of the same example, and where it comes from."""
    return {
        "example_id": row["example_id"],
        "kind": row["kind"],
        "rule": row["rule"],
        "system": row["system"],
        "history": [dict(turn) for turn in row["history"]],
        "prompt": row["prompt"],
        "completion": row["completion"],
        "messages": turns(row),
        "split": row["split"],
        "authored": row["authored"],
        "audience": row["audience"],
        "subject": row["subject"] or "",
        "source": row["source"],
        "labels": row["labels"],
        "passage_ids": list(row["passage_ids"]),
        "origins": [dict(sorted(origin.items())) for origin in row["origins"]],
    }


def write_jsonl(rows: Iterable[ExampleRow], path: Path) -> int:
    """Write rows in their order; returns how many."""
    count = 0
    with path.open("wb") as stream:
        for row in rows:
            stream.write(orjson.dumps(jsonl_record(row), option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def export_files(folder: Path, writers: Mapping[str, Callable[[Path], object]]) -> dict[str, str]:
    """Write all files beside their places first, then put each in its place; returns their SHA-256 by name.

    Args:
        writers: by file name, what writes the file to the path it is given. When one fails, none is replaced.
    """
    remove_abandoned(folder)
    draft = unfinished(folder / "exports")
    draft.mkdir(parents=True)
    try:
        for name, write in writers.items():
            write(draft / name)
            flush_to_disk(draft / name)
        digests = {name: file_sha256(draft / name) for name in writers}
        for name in writers:
            (draft / name).replace(folder / name)
        return digests
    finally:
        shutil.rmtree(draft, ignore_errors=True)


NAME = "medical_instruction"


def _llama_factory() -> bytes:
    """``dataset_info.json`` for ``dataset_dir``; ``dataset: medical_instruction_train`` in the training configuration."""
    tags = {"role_tag": "role", "content_tag": "content"}
    tags |= {f"{role}_tag": role for role in ("user", "assistant", "system")}
    entry = {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": tags}
    sets = {f"{NAME}_train": {"file_name": TRAIN, **entry}, f"{NAME}_val": {"file_name": VALIDATION, **entry}}
    return orjson.dumps(sets, option=orjson.OPT_INDENT_2) + b"\n"


def _axolotl() -> bytes:
    """The part of an Axolotl configuration that names the data."""
    how = {
        "ds_type": "json",
        "type": "chat_template",
        "field_messages": "messages",
        "message_property_mappings": {"role": "role", "content": "content"},
        "roles_to_train": ["assistant"],
    }
    return _yaml({
        "datasets": [{"path": TRAIN, **how}],
        "test_datasets": [{"path": VALIDATION, "split": "train", **how}],
    })  # fmt: skip


def _trl() -> bytes:
    """For ``trl sft --config trl_sft.yaml``; ``assistant_only_loss`` fits where the base model's template marks answers."""
    return _yaml(
        {"datasets": [{"path": "json", "data_files": TRAIN, "split": "train", "columns": ["messages"]}]}
    )


def _yaml(values: Mapping[str, Any]) -> bytes:
    plain = orjson.loads(orjson.dumps(values))  # nothing is the same object twice, so no aliases
    return yaml.safe_dump(plain, sort_keys=False).encode()


FRAMEWORKS: Mapping[str, Callable[[], bytes]] = {
    "dataset_info.json": _llama_factory,
    "axolotl.yaml": _axolotl,
    "trl_sft.yaml": _trl,
}


def framework_writers() -> dict[str, Callable[[Path], object]]:
    """By file name, what writes it to the path it is given."""
    return {name: lambda path, made=made: path.write_bytes(made()) for name, made in FRAMEWORKS.items()}  # type: ignore[misc]
