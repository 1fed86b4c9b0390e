"""The exported files as the configurations of other training tools name them: LLaMA-Factory, Axolotl and TRL.

All three read the column ``messages`` of the same JSONL; paths are those of files beside the configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml

from medai_assets.instructions.dataset.export import TRAIN, VALIDATION

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


FILES: Mapping[str, Callable[[], bytes]] = {
    "dataset_info.json": _llama_factory,
    "axolotl.yaml": _axolotl,
    "trl_sft.yaml": _trl,
}


def writers() -> dict[str, Callable[[Path], object]]:
    """By file name, what writes it to the path it is given."""
    return {name: lambda path, made=made: path.write_bytes(made()) for name, made in FILES.items()}  # type: ignore[misc]
