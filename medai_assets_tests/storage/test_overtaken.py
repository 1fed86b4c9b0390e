"""What became current while a version was made stays current: two writers, each forced into the gap of the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medai_assets.storage import Draft, Input, Store, Stored, StoreError, publishing
from medai_assets.storage.current import SeenFile, move
from medai_assets.storage.publishing import read_current, write_receipt
from medai_assets.withdrawals.leftovers import remove_interrupted
from medai_assets.withdrawals.scan import Found

BEFORE, AFTER = Input("take_downs", None, "before"), Input("take_downs", None, "with the withdrawal")


@pytest.fixture(params=["a folder", "memory", "S3"])
def other_host(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """One store as each of several hosts opens it."""
    if request.param == "S3":
        url = f"{request.getfixturevalue('bucket')}/store"
    else:
        url = str(tmp_path / "store") if request.param == "a folder" else f"memory://{tmp_path.name}"
    return lambda: Store(url)


def made(draft: Draft, content: str, seen: Input, run: str = "") -> Stored:
    draft.path("rows.txt").write_text(content)
    return draft.publish(code_version="1", inputs=[seen], run_id=run)


@pytest.mark.parametrize("first", [True, False], ids=["nothing was current", "a version was current"])
def test_a_version_without_a_withdrawal_does_not_become_current_over_one_with_it(
    other_host: Callable[[], Store], first: bool
) -> None:
    slow, quick = other_host(), other_host()
    if not first:
        with slow.draft("corpus") as draft:
            made(draft, "the record, as ever", BEFORE)
    with slow.draft("corpus") as late:
        with quick.draft("corpus") as draft:
            right = made(draft, "without the record", AFTER, "run-2")
        with pytest.raises(StoreError, match=r"^run run-2 made corpus while .* Run `medai run` again"):
            made(late, "the record", BEFORE)
    assert slow.require("corpus").data_version == right.data_version
    assert slow.receipts("corpus")[-1].run_id == "run-2", "and no receipt of the refused one is kept"


def test_the_last_gap_is_closed_too(other_host: Callable[[], Store]) -> None:
    """Another publishes after this one has looked for the last time: the move itself is refused."""
    slow, quick = other_host(), other_host()
    with slow.draft("corpus") as draft:
        made(draft, "as ever", BEFORE)
    seen = read_current(slow, "corpus", None)
    with quick.draft("corpus") as draft:
        made(draft, "without the record", AFTER, "run-2")
    assert seen.receipt is not None
    with pytest.raises(StoreError, match="run-2 made corpus"):
        write_receipt(slow, seen.receipt, seen)
    assert len(slow.receipts("corpus")) == 2
    assert slow.require("corpus").receipt.run_id == "run-2"  # type: ignore[union-attr]


def test_the_files_of_one_host_never_lie_under_the_manifest_of_another(
    other_host: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is stopped in the middle of its puts until its lease has expired; the other makes the same version meanwhile.

    What is noted beside the content, such as when it was received, differs in the bytes.
    """
    slow, quick = other_host(), other_host()

    def version(draft: Draft, noted: str) -> Stored:
        for name in ("records.txt", "withdrawn.txt"):
            draft.path(name).write_text(noted)
        return draft.publish(data_version="the same", code_version="1", inputs=[BEFORE])

    def overtaken(*args: str) -> None:
        monkeypatch.undo()
        slow.filesystem.put_file(*args)
        with quick.draft("corpus") as draft:
            version(draft, "by the quick one")

    with slow.draft("corpus") as late:
        if slow.is_local:
            with quick.draft("corpus") as draft:
                version(draft, "by the quick one")
        else:
            monkeypatch.setattr(slow.filesystem, "put_file", overtaken, raising=False)
        version(late, "by the slow one")
    current = other_host().require("corpus")
    assert [current.read(name) for name in sorted(current.manifest.files)] == [b"by the quick one"] * 2
    assert len(current.store.receipts("corpus")) == 2
    kept = [path for path in current.store.filesystem.find(current.home) if "attempt-" in path]
    assert len(kept) == (0 if slow.is_local else 2), "what the slow one had put is removed"


def test_what_is_taken_out_of_a_version_leaves_none_of_its_bytes_and_may_come_back(
    other_host: Callable[[], Store],
) -> None:
    store = other_host()

    def bytes_kept() -> set[bytes]:
        return {store.filesystem.cat_file(path) for path in store.filesystem.find(whole.home)}

    with store.draft("corpus") as draft:
        whole = made(draft, "the record", BEFORE)
    with store.draft("corpus") as draft:
        draft.path("rows.txt").write_text("without it")
        draft.replace(whole, {"record_id": "nhs:1"})
    assert store.require("corpus").read("rows.txt") == b"without it"
    assert len(bytes_kept()) == 2, "the manifest, and the one file"
    assert b"the record" not in bytes_kept()
    with store.draft("corpus") as draft:
        again = made(draft, "the record", BEFORE)
    assert again.data_version == whole.data_version
    assert bytes_kept() >= {b"the record"}
    assert len(bytes_kept()) == 2


def test_what_an_interrupted_erasure_left_is_found_and_removed_by_the_next(
    other_host: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was ended after the manifest was replaced and before the old files were removed."""
    store = other_host()
    with store.draft("corpus") as draft:
        whole = made(draft, "text of the record, as ever", BEFORE)
    with monkeypatch.context() as killed, store.draft("corpus") as draft:
        killed.setattr("medai_assets.storage.publishing._remove_files", lambda store, of: None)
        draft.path("rows.txt").write_text("without it")
        draft.replace(whole, {"record_id": "nhs:1"})
    store.filesystem.invalidate_cache()
    left = [
        path
        for path in store.filesystem.find(whole.home)
        if b"the record, as ever" in store.filesystem.cat_file(path)
    ]
    assert len(left) == (0 if store.is_local else 1)
    found = [Found(path, "", "the record") for path in left]
    assert remove_interrupted(store, found) == [], "what is young may be another host's"
    assert remove_interrupted(store, found, older_than=-5.0) == left
    assert not [path for path in left if store.filesystem.exists(path)]
    assert store.require("corpus").read("rows.txt") == b"without it"
    named = f"{store.require('corpus').directory}/rows.txt"
    stays = remove_interrupted(store, [Found(named, "", "without it")], older_than=-5.0)
    assert stays == [], "what a manifest names stays"


@pytest.mark.parametrize("how", ["two take rows out", "it is gone", "it was gone and is made again"])
def test_no_erasure_is_lost_or_undone_by_another_writer(
    other_host: Callable[[], Store], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The other's work falls between the look at the version and the step that replaces it."""
    slow, quick = other_host(), other_host()
    with slow.draft("corpus") as draft:
        whole = made(draft, "one and two", BEFORE)

    def other() -> None:
        if how == "two take rows out":
            with quick.draft("corpus") as draft:
                draft.path("rows.txt").write_text("two")
                draft.replace(whole, {"record_id": "one"})
            return
        quick.remove_version("corpus", None, whole.data_version)
        if how == "it was gone and is made again":
            with quick.draft("corpus") as draft:
                made(draft, "one and two", BEFORE)

    with slow.draft("corpus") as late:
        late.path("rows.txt").write_text("one")
        if slow.is_local:
            other()
        else:
            put = slow.filesystem.put_file
            monkeypatch.setattr(
                slow.filesystem, "put_file", lambda *args: (other(), put(*args)), raising=False
            )
        with pytest.raises(
            StoreError, match=r"changed by another process while .* run the same command again"
        ):
            late.replace(whole, {"record_id": "two"})
    store = other_host()
    store.filesystem.invalidate_cache()
    kept = {
        store.filesystem.cat_file(path)
        for path in store.filesystem.find(whole.home)
        if path.endswith("rows.txt")
    }
    left = {"two take rows out": {b"two"}, "it is gone": set()}
    assert kept == left.get(how, {b"one and two"}), (
        "nothing of the one that was refused, and what the other did"
    )


def test_who_finds_the_whole_version_there_removes_nothing(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another puts it between the two looks at it."""
    slow, quick = Store(f"{bucket}/store"), Store(f"{bucket}/store")
    look, asked = publishing._manifest_seen, []

    def overtaken(store: Store, target: str) -> Any:
        monkeypatch.setattr(publishing, "_manifest_seen", look)
        with quick.draft("corpus") as draft:
            made(draft, "rows", BEFORE)
        return look(store, target)

    with slow.draft("corpus") as late:
        monkeypatch.setattr(publishing, "_manifest_seen", overtaken)
        monkeypatch.setattr(publishing, "_remove_files", lambda store, of: asked.append(of))
        last = made(late, "rows", BEFORE)
    assert asked == []
    assert last.read("rows.txt") == b"rows"


def test_a_put_whose_answer_was_lost_was_a_put(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks again and is told that the file is there."""
    store = Store(f"{bucket}/store")

    def lost(path: str, data: bytes) -> bool:
        return create(path, data) and "manifest" not in path

    create = store.create_file
    monkeypatch.setattr(store, "create_file", lost)
    with store.draft("corpus") as draft:
        made(draft, "rows", BEFORE)
    assert store.require("corpus").read("rows.txt") == b"rows"


def test_a_file_that_came_between_its_tag_and_its_data_is_not_replaced(bucket: str) -> None:
    """In S3 the tag is asked for first: it was of nothing, and the data are of another's file."""
    store = Store(f"{bucket}/store")
    path = f"{store.root}/current.json"
    store.create_file(path, b"another's")
    assert not move(store, path, b"mine", SeenFile(b"another's", None))
    assert store.read_bytes(path) == b"another's"


def test_two_who_saw_the_same_both_succeed(other_host: Callable[[], Store]) -> None:
    slow, quick = other_host(), other_host()
    with slow.draft("corpus") as late:
        with quick.draft("corpus") as draft:
            made(draft, "rows", AFTER)
        last = made(late, "rows of another answer", AFTER)
    assert slow.require("corpus").data_version == last.data_version
    assert len(slow.receipts("corpus")) == 2


def test_a_version_that_cannot_be_put_back_whole_is_no_version_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses the step that replaces a version without its rows: what is left is not said to be the whole one."""
    store = Store(str(tmp_path / "store"))
    with store.draft("corpus") as draft:
        whole = made(draft, "the record", BEFORE)
    with store.draft("corpus") as draft:
        draft.path("rows.txt").write_text("without it")
        draft.replace(whole, {"record_id": "nhs:1"})
    rename, final = Path.rename, Path(whole.home)

    def refused(path: Path, target: Path) -> Path:
        if Path(target) == final and (path / "rows.txt").read_text() == "the record":
            raise PermissionError(13, "refused")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(PermissionError), store.draft("corpus") as draft:
        made(draft, "the record", BEFORE)
    assert store.require("corpus").read("rows.txt") == b"without it"
