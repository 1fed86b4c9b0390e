"""A machine with several users: what is stored is its owner's, and nothing that others can write is trusted."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from medai_assets.storage import Store


def test_what_is_stored_is_its_owners(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = Store(tmp_path / "data" / "store")
        with store.draft("raw_fda", "2024") as draft:
            draft.path("note.txt").write_text("a record")
            draft.publish(code_version="1")
    finally:
        os.umask(before)
    places = [tmp_path / "data", *(path for path in (tmp_path / "data").rglob("*") if path.is_file())]
    assert not places[0].stat().st_mode & 0o077 or not any(p.stat().st_mode & 0o077 for p in places)


def test_a_copy_that_others_could_have_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The local copy of a version from an object store, planted where it is looked for."""
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    store = Store("memory://medai-private")
    with store.draft("lora_adapter", "x") as draft:
        draft.path("adapter.txt").write_text("true")
        stored = draft.publish(code_version="1")
    planted = shared / f"medai-{os.getuid()}" / "versions" / "lora_adapter" / stored.data_version
    planted.mkdir(parents=True)
    (planted / "adapter.txt").write_text("planted")
    assert (stored.local_path() / "adapter.txt").read_text() == "true"
