"""What lies together spares a look its requests, is noted by the writers, and is never believed against the store itself."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from medai_assets.storage import Store
from medai_assets.storage.faults import RemoteFiles
from medai_assets.storage.manifest import Receipt
from medai_assets.storage.publishing import write_receipt
from medai_assets.storage.snapshot import INDEX, consistent_view, note


class Counted(MemoryFileSystem):
    """A store that gives tags and lists a thousand names at a time, as S3 does; it counts what it is asked."""

    protocol = "s3"
    cachable = False
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    def __init__(self) -> None:
        super().__init__()
        self.store.clear()
        self.asked: list[str] = []

    def find(self, path: str, detail: bool = False) -> dict[str, dict[str, Any]]:
        found = super().find(path, detail=True)
        self.asked += ["a thousand names"] * (1 + len(found) // 1000)
        return {name: self._tagged(name, entry) for name, entry in found.items()}

    def call_s3(self, what: str, Bucket: str, Key: str) -> dict[str, str]:
        assert what == "head_object"
        return {"ETag": _tag(super().cat_file(f"{Bucket}/{Key}"))}

    def split_path(self, path: str) -> tuple[str, str, None]:
        bucket, _, key = path.rpartition("/")
        return bucket, key, None

    def _tagged(self, path: str, entry: dict[str, Any]) -> dict[str, Any]:
        return entry | {"ETag": _tag(self.store[path].getvalue())}

    def cat_file(self, path: str, *which: Any, **how: Any) -> bytes:
        self.asked.append(path)
        found: bytes = super().cat_file(path, *which, **how)
        return found

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", IfMatch: str | None = None) -> None:
        self.asked.append(path)
        assert IfMatch in (None, _tag(self.store[path].getvalue()) if IfMatch else None)
        super().pipe_file(path, value, mode)

    def rm(self, path: str | list[str], **how: Any) -> None:
        self.asked.append(str(path))
        super().rm(path, **how)


def _tag(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


@pytest.fixture
def counted(tmp_path: Path) -> Store:
    store = Store(f"memory://{tmp_path.name}")
    store.filesystem = RemoteFiles(Counted(), store.url)
    return store


def made(store: Store, number: int, version: str = "1") -> None:
    key = f"{number:04d}"
    receipt = Receipt(
        asset="raw", partition=key, data_version=version, code_version="1", inputs=[], fingerprint=None, run_id="",
        started_at="", finished_at=f"{number}", unchanged=False, metadata={},
    )  # fmt: skip
    write_receipt(store, receipt)


def seen(store: Store, slices: int) -> list[str | None]:
    """What a look sees as the current version of each slice."""
    with consistent_view(store):
        receipts = [store.current_receipt("raw", f"{number:04d}") for number in range(slices)]
    return [receipt and receipt.data_version for receipt in receipts]


def asked(store: Store) -> list[str]:
    """What the store was asked since the last time."""
    found: list[str] = store.filesystem.asked
    now = [one.rpartition("/")[2] for one in found]
    found.clear()
    return now


def test_the_first_look_at_a_thousand_slices_costs_no_request_for_each(counted: Store) -> None:
    for number in range(950):
        made(counted, number)
    asked(counted)
    assert seen(counted, 950) == ["1"] * 950
    assert len(asked(counted)) <= 17, "with two listings more, of the other files, two a hundred"
    assert seen(counted, 950) == ["1"] * 950
    assert asked(counted) == [*["a thousand names"] * 2, INDEX], "and the notes are gone"


def test_a_look_takes_in_what_was_noted_since_the_last(counted: Store) -> None:
    for number in range(3):
        made(counted, number)
    seen(counted, 3)
    made(counted, 1, "2")
    asked(counted)
    assert seen(counted, 3) == ["1", "2", "1"]
    listing, index, notes, new, removed = asked(counted)
    assert (listing, index, new) == ("a thousand names", INDEX, INDEX)
    assert notes.startswith(f"{INDEX}-")
    assert notes in removed


def test_copies_are_never_believed_against_the_store(counted: Store) -> None:
    for number in range(3):
        made(counted, number)
    first = f"{counted.home('raw', '0000')}/current.json"
    note(counted, first, b"what another put over it came after")
    assert seen(counted, 3) == ["1"] * 3
    counted.filesystem.rm_file(first)
    assert seen(counted, 3) == [None, "1", "1"]


@pytest.mark.parametrize("which", ["index", "notes"])
def test_a_changed_bit_in_a_copy_blames_no_file_that_is_sound(counted: Store, which: str) -> None:
    for number in range(3):
        made(counted, number)
    if which == "index":
        seen(counted, 3)
    place = random.Random(20261129)
    copies = [path for path in counted.filesystem.find(counted.root) if f"/{INDEX}" in path]
    whole = {path: counted.filesystem.cat_file(path) for path in copies}
    for _ in range(50):
        for path, data in whole.items():
            changed, bit = bytearray(data), place.randrange(len(data) * 8)
            changed[bit // 8] ^= 1 << bit % 8
            counted.filesystem.pipe_file(path, bytes(changed))
        assert seen(counted, 3) == ["1"] * 3


def test_the_tags_of_a_server_are_as_the_notes_have_them(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, read = Store(f"{bucket}/store"), list[str]()
    made(store, 0)
    store.filesystem.invalidate_cache()
    (notes,) = (path for path in store.filesystem.find(store.root) if f"/{INDEX}-" in path)
    plain = store.filesystem.cat_small
    monkeypatch.setattr(store.filesystem, "cat_small", lambda path: (read.append(path), plain(path))[1])
    assert seen(store, 1) == ["1"]
    assert read == [notes]
    store.filesystem.invalidate_cache()
    assert notes not in store.filesystem.find(store.root)
