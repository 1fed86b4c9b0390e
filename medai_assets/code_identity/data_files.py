"""Packaged files that code reads: which a statement names, and what in them counts.

A file is named by a text that equals its name, or that of a folder it lies in, beside the module or above it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import yaml

CODE = (".py", ".pyc")


def files_by_name(folder: Path, package: Path, without: frozenset[Path]) -> dict[str, list[Path]]:
    """Files that a module in ``folder`` may name, by the text that names them.

    Args:
        package: the highest folder that is looked into. without: folders whose files are left out.
    """
    found: dict[str, list[Path]] = {}
    for above in (folder, *(p for p in folder.parents if p.is_relative_to(package))):
        for path in above.iterdir():
            if path not in without and path.suffix not in CODE and path.name not in found:
                found[path.name] = sorted(_files(path, without))
    return {name: files for name, files in found.items() if files}


def _files(path: Path, without: frozenset[Path]) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.name != "__pycache__" and path not in without and not (path / "__init__.py").exists():
        for inner in path.iterdir():
            if inner.suffix not in CODE:
                yield from _files(inner, without)


def content_digest(path: Path) -> str:
    """Of a file's name and values; comments, blank lines and layout of YAML and JSON are none."""
    return hashlib.sha256(f"{path.name}\n{_values(path)}".encode()).hexdigest()


def _values(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yaml", ".yml"):
        return json.dumps(yaml.safe_load(text), default=str)
    if path.suffix == ".json":
        return json.dumps(json.loads(text))
    if path.suffix == ".jsonl":
        return "\n".join(json.dumps(json.loads(line)) for line in text.splitlines() if line.strip())
    return text
