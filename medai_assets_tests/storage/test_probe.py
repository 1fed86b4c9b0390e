"""What `medai doctor` sees of a store: a real one, one that is gone, and one that creates a file twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medai_assets.storage import Store, StoreError
from medai_assets.storage.probe import probe


def test_a_store_that_works_tells_its_clock_and_keeps_nothing(bucket: str) -> None:
    store = Store(f"{bucket}/store")
    assert abs(probe(store)) < 60
    store.filesystem.invalidate_cache()
    assert store.filesystem.find(store.root) == []


def test_a_bucket_that_is_not_there_is_one_sentence(bucket: str) -> None:
    with pytest.raises(
        StoreError, match=r"^the store s3://medai-nowhere/store has no such bucket [^;]*; make it"
    ):
        probe(Store("s3://medai-nowhere/store"))


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file is in the way")
    with pytest.raises(StoreError, match=r"cannot be written \(NotADirectoryError.*look at its address"):
        probe(Store(tmp_path / "store"))


def test_a_store_without_conditional_writes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(f"memory://{tmp_path.name}")
    plain = store.filesystem.pipe_file

    def overwrite(path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        plain(path, value)

    monkeypatch.setattr(store.filesystem, "pipe_file", overwrite)
    with pytest.raises(StoreError, match="lets a file be created twice"):
        probe(store)
