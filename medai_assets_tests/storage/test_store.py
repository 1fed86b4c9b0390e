"""The store: whole or absent, content-addressed, and legible without Dagster."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.files import own_mark, remove_abandoned
from medai_assets.storage import Finished, Input, Store, Stored, StoreError, content_hash, text_digest
from medai_assets.storage.stored import BATCH_ROWS, SMALL_TABLE
from medai_assets_tests.waiting import ended

SCHEMA = pa.schema([("id", pa.string()), ("value", pa.int64())])


def rows(*pairs: tuple[str, int]) -> list[dict[str, object]]:
    return [{"id": key, "value": value} for key, value in pairs]


def publish(
    store: Store,
    content: list[dict[str, object]],
    partition: str | None = "2024",
    version: str | None = None,
    **more: object,
):
    with store.draft("raw_fda", partition) as draft:
        with draft.table("records", SCHEMA) as table:
            table.write(content)
        return draft.publish(code_version="1", **more)  # type: ignore[arg-type]


@pytest.fixture(params=["local", "object store"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where remote versions are fetched to
    return Store(
        tmp_path / "store" if request.param == "local" else f"memory://{tmp_path.name}-{request.node.name}"
    )


def test_what_was_published_is_read_back(any_store: Store) -> None:
    stored = publish(any_store, rows(("a", 1), ("b", 2)))
    current = any_store.require("raw_fda", "2024")
    assert current.data_version == stored.data_version
    assert current.table("records").to_pylist() == rows(("a", 1), ("b", 2))
    assert current.rows("records") == 2
    assert (current.local_path() / "records.parquet").exists()


def test_the_same_content_is_stored_once_and_receipted_twice(any_store: Store) -> None:
    first, second = publish(any_store, rows(("a", 1))), publish(any_store, rows(("a", 1)))
    assert any_store.versions("raw_fda", "2024") == [first.data_version]
    assert [r.unchanged for r in any_store.receipts("raw_fda", "2024")] == [False, True]
    assert second.receipt is not None
    assert second.receipt.unchanged


def test_the_disk_has_confirmed_every_file_before_it_gets_its_name(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves the version before it, or all of this one."""
    confirmed: set[Path] = set()
    named: list[str] = []

    def confirm(descriptor: int) -> None:
        confirmed.add(Path(os.readlink(f"/proc/self/fd/{descriptor}")))

    def watched(move: Callable[..., None]) -> Callable[..., None]:
        def moved(old: os.PathLike[str], new: os.PathLike[str]) -> None:
            below = (
                [path for path in Path(old).rglob("*") if path.is_file()]
                if Path(old).is_dir()
                else [Path(old)]
            )
            assert set(below) <= confirmed, new
            move(old, new)
            named.append(Path(new).name)

        return moved

    monkeypatch.setattr(os, "fsync", confirm)
    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    stored = publish(store, rows(("a", 1)))
    assert stored.data_version in named
    assert "current.json" in named


def test_a_new_version_leaves_the_old_one_readable(any_store: Store) -> None:
    old = publish(any_store, rows(("a", 1)))
    publish(any_store, rows(("a", 2)))
    assert any_store.open("raw_fda", "2024", old.data_version).table("records").to_pylist() == rows(("a", 1))
    assert any_store.require("raw_fda", "2024").table("records").to_pylist() == rows(("a", 2))


def test_the_receipt_tells_inputs_code_and_run(any_store: Store) -> None:
    publish(
        any_store,
        rows(("a", 1)),
        inputs=[Input("parent", None, "v7")],
        run_id="run-1",
        fingerprint="f",
        metadata={"n": 1},
    )
    receipt = any_store.current_receipt("raw_fda", "2024")
    assert receipt is not None
    assert (receipt.inputs, receipt.run_id, receipt.fingerprint, receipt.metadata) == (
        [Input("parent", None, "v7")],
        "run-1",
        "f",
        {"n": 1},
    )


def test_a_draft_that_fails_leaves_the_last_good_version(any_store: Store) -> None:
    good = publish(any_store, rows(("a", 1)))

    def write_half() -> None:
        with any_store.draft("raw_fda", "2024") as draft, draft.table("records", SCHEMA) as table:
            table.write(rows(("x", 9)))
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        write_half()
    assert any_store.require("raw_fda", "2024").data_version == good.data_version


def test_tables_of_referenced_versions_are_read_together(any_store: Store) -> None:
    parts = [publish(any_store, rows((name, 1)), partition=name) for name in ("x", "y")]
    with any_store.draft("all") as draft:
        for part in parts:
            draft.reference(part)
        whole = draft.publish(data_version="whole", code_version="1")
    assert whole.rows("records") == 2
    assert sorted(whole.table("records")["id"].to_pylist()) == ["x", "y"]


def test_partition_keys_may_hold_any_character(any_store: Store) -> None:
    for key in ("a/b", "..", "_", "pe%rcent", "ü ñ"):
        publish(any_store, rows(("a", 1)), partition=key)
        assert any_store.require("raw_fda", key).partition == key
    assert any_store.partitions("raw_fda") == sorted(["a/b", "..", "_", "pe%rcent", "ü ñ"])


def test_what_is_missing_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match=r"raw_fda\[2024\] has not been materialized"):
        store.require("raw_fda", "2024")
    with pytest.raises(KeyError, match="has no table 'other'"):
        publish(store, rows(("a", 1))).table("other")


def test_a_folder_without_a_manifest_is_no_version(store: Store) -> None:
    one, two = publish(store, rows(("a", 1))), publish(store, rows(("a", 2)))
    (Path(one.directory) / "manifest.json").unlink()
    assert store.versions("raw_fda", "2024") == [two.data_version]


def test_files_cannot_leave_the_version(store: Store) -> None:
    with store.draft("raw_fda") as draft, pytest.raises(ValueError, match="outside"):
        draft.path("../../escape")


def test_a_writer_killed_in_the_middle_leaves_nothing_visible(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import time, pyarrow as pa
        from medai_assets.storage import Store
        with Store({str(tmp_path)!r}).draft("raw_fda", "2024") as draft:
            with draft.table("records", pa.schema([("id", pa.string())])) as table:
                table.write([{{"id": "x"}}] * 20000)
                print("writing", flush=True)
                time.sleep(3600)
    """)
    writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    store = Store(tmp_path)
    assert store.current("raw_fda", "2024") is None
    drafts = tmp_path / "raw_fda" / "2024" / ".drafts"
    assert len(list(drafts.iterdir())) == 1, "the kill left its draft"
    publish(store, rows(("a", 1)))
    assert list(drafts.iterdir()) == [], "the next writer removes abandoned drafts"


def test_two_writers_of_the_same_content_both_succeed(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import pyarrow as pa
        from medai_assets.storage import Store
        for n in range(20):
            with Store({str(tmp_path)!r}).draft("asset", None) as draft:
                with draft.table("t", pa.schema([("id", pa.int64())])) as table:
                    table.write([{{"id": n}}])
                draft.publish(code_version="1")
    """)
    writers = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [ended(writer, "a writer") for writer in writers] == [0, 0]
    assert len(Store(tmp_path).versions("asset")) == 20
    assert len(Store(tmp_path).receipts("asset")) == 40


def test_a_draft_of_another_host_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process number is none of a process here, which says nothing about it."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    monkeypatch.setattr(os, "getpid", lambda: gone.pid)
    for host, left in (("there", True), ("here", False)):
        monkeypatch.setenv("MEDAI_HOST", host)
        folder = tmp_path / own_mark()
        folder.mkdir()
        monkeypatch.setenv("MEDAI_HOST", "here")
        remove_abandoned(tmp_path)
        assert folder.exists() == left


def test_abandoned_means_that_the_process_is_gone(store: Store) -> None:
    with store.draft("asset") as mine:
        publish(store, rows(("a", 1)), partition=None)
        with store.draft("asset"):
            assert mine.directory.exists(), f"the draft of a living process ({os.getpid()}) stays"


PAIRS = st.lists(st.tuples(st.text(max_size=5), st.integers(-9, 9)), max_size=12)


@given(PAIRS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_order_and_batching_are_no_content(pairs: list[tuple[str, int]], random: object, size: int) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = pa.Table.from_pylist(rows(*pairs), schema=SCHEMA)
    other = pa.Table.from_pylist(rows(*shuffled), schema=SCHEMA).to_batches(max_chunksize=size)
    assert content_hash(one, SCHEMA.names) == content_hash(other, SCHEMA.names)


@given(PAIRS, PAIRS)
def test_other_rows_are_other_content(one: list[tuple[str, int]], other: list[tuple[str, int]]) -> None:
    same = sorted(one) == sorted(other)
    hashes = [content_hash(pa.Table.from_pylist(rows(*p), schema=SCHEMA), SCHEMA.names) for p in (one, other)]
    assert (hashes[0] == hashes[1]) is same


def test_a_row_twice_is_not_a_row_not_at_all() -> None:
    def version(*pairs: tuple[str, int]) -> str:
        return content_hash(pa.Table.from_pylist(rows(*pairs), schema=SCHEMA), SCHEMA.names)

    assert len({version(), version(("a", 1)), version(("a", 1), ("a", 1))}) == 3


def test_digests_keep_their_parts_apart() -> None:
    assert text_digest("ab", "c") != text_digest("a", "bc")


def test_the_bytes_of_a_table_do_not_depend_on_how_it_was_written(tmp_path: Path) -> None:
    content = rows(*((f"id-{n}", n) for n in range(25_000)))
    whole, pieces = Store(tmp_path / "a"), Store(tmp_path / "b")
    one = publish(whole, content)
    with pieces.draft("raw_fda", "2024") as draft:
        with draft.table("records", SCHEMA) as table:
            for start in range(0, len(content), 777):
                table.write(content[start : start + 777])
        other = draft.publish(code_version="1")
    assert one.data_version == other.data_version


def test_receipts_are_in_the_order_of_their_time(store: Store) -> None:
    for n in range(3):
        publish(store, rows(("a", n)))
        time.sleep(0.002)
    assert [r.data_version for r in store.receipts("raw_fda", "2024")] == store.versions("raw_fda", "2024")


def cut(store: Store, path: str) -> None:
    """What a failing disk, or a copy that was interrupted, leaves of a file."""
    store.filesystem.pipe_file(path, store.filesystem.cat_file(path)[:40])


def test_a_damaged_receipt_is_named_with_what_to_do(any_store: Store) -> None:
    publish(any_store, rows(("a", 1)))
    home = any_store.home("raw_fda", "2024")
    cut(any_store, f"{home}/current.json")
    with pytest.raises(StoreError, match=r"current.json is damaged; copy .* makes raw_fda\[2024\] again"):
        any_store.current("raw_fda", "2024")
    (receipt,) = any_store.filesystem.ls(f"{home}/receipts", detail=False)
    any_store.filesystem.pipe_file(f"{home}/current.json", any_store.filesystem.cat_file(receipt))
    assert any_store.require("raw_fda", "2024").rows("records") == 1
    cut(any_store, receipt)
    with pytest.raises(StoreError, match=r"receipts/.*json is damaged; remove it"):
        any_store.receipts("raw_fda", "2024")


def test_a_damaged_version_is_named_and_made_again_once_it_is_removed(any_store: Store) -> None:
    stored = publish(any_store, rows(("a", 1)))
    cut(any_store, f"{stored.home}/manifest.json")
    for read in (any_store.current, any_store.versions):
        with pytest.raises(
            StoreError,
            match=r"manifest.json is missing or has changed since it was written; remove the folder .*",
        ):
            read("raw_fda", "2024")
    for path in any_store.filesystem.find(stored.home):
        any_store.filesystem.rm_file(path)
    if any_store.is_local:
        Path(stored.directory).rmdir()
    publish(any_store, rows(("a", 1)))
    assert any_store.require("raw_fda", "2024").data_version == stored.data_version


@pytest.mark.parametrize("damage", ["cut", "changed inside", "gone"])
def test_a_damaged_table_is_named_also_where_it_belongs_to_a_part(any_store: Store, damage: str) -> None:
    part = publish(any_store, rows(*((f"{n:064d}", n) for n in range(1000))))
    with any_store.draft("processed_corpus", "fda") as draft:
        draft.reference(part)
        whole = draft.publish(code_version="1")
    path = f"{part.directory}/records.parquet"
    if damage == "cut":
        cut(any_store, path)
    elif damage == "gone":
        any_store.filesystem.rm_file(path)
    else:
        data = any_store.filesystem.cat_file(path)
        any_store.filesystem.pipe_file(path, data[:100] + bytes(200) + data[300:])
    for read in (whole.table, whole.sample, lambda name: list(whole.batches(name))):
        with pytest.raises(
            StoreError,
            match=r"records.parquet is missing or has changed .* --select 'processed_corpus\[fda\]'`, which makes it again",
        ):
            read("records")


def test_a_read_that_fails_for_another_reason_keeps_its_own_words(any_store: Store) -> None:
    stored = publish(any_store, rows(("a", 1)))
    with pytest.raises(pa.ArrowInvalid, match="no_such_column"):
        stored.table("records", ["no_such_column"])


def adapter(store: Store) -> Stored:
    with store.draft("lora_adapter", "tiny") as draft:
        draft.path("adapter.safetensors").write_bytes(bytes(100))
        return draft.publish(code_version="1")


def test_what_another_process_is_to_read_is_looked_at_first(any_store: Store) -> None:
    stored = adapter(any_store)
    cut(any_store, f"{stored.directory}/adapter.safetensors")
    for read in (stored.local_path, lambda: stored.read("adapter.safetensors")):
        with pytest.raises(
            StoreError,
            match=r"adapter.safetensors is missing or has changed .* --select 'lora_adapter\[tiny\]'`, which makes",
        ):
            read()


def test_a_local_copy_of_a_remote_version_that_was_damaged_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stored = adapter(Store(f"memory://{tmp_path.name}"))
    copy = stored.local_path() / "adapter.safetensors"
    copy.write_bytes(b"something else")
    assert (stored.local_path() / "adapter.safetensors").read_bytes() == bytes(100)


def test_what_a_stage_finishes_stands_in_the_receipt_that_makes_its_version_current(any_store: Store) -> None:
    seen = []

    def finish(stored: Stored) -> Finished:
        seen.append((stored.table("records").num_rows, any_store.current("raw_fda", "2024")))
        return Finished(metadata={"failed_checks": ["licences_known"]}, outputs={"exports/a.jsonl": "0" * 64})

    publish(any_store, rows(("a", 1)), metadata={"n": 1}, finish=[finish])
    assert seen == [(1, None)], "its rows can be read, and it is not current yet"
    (receipt,) = any_store.receipts("raw_fda", "2024")
    assert receipt == any_store.current_receipt("raw_fda", "2024")
    assert receipt.metadata == {"n": 1, "failed_checks": ["licences_known"]}
    assert receipt.outputs == {"exports/a.jsonl": "0" * 64}


def test_a_stage_that_cannot_finish_leaves_its_partition_as_it_was(any_store: Store) -> None:
    before = publish(any_store, rows(("a", 1)))

    def fail(stored: Stored) -> Finished:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        publish(any_store, rows(("a", 2)), finish=[fail])
    assert any_store.require("raw_fda", "2024").data_version == before.data_version
    assert len(any_store.receipts("raw_fda", "2024")) == 1


def test_a_full_disk_is_told_by_the_place_it_holds(store: Store) -> None:
    """A limit on the size of files is met as a full disk is."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    publish(store, rows(("a", 1)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(
            StoreError, match=r"the disk that holds .*raw_fda/2024 is full .* free some space"
        ):
            publish(store, rows(*((f"{n * 7919:064d}", n) for n in range(50_000))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert store.require("raw_fda", "2024").rows("records") == 1


def test_a_small_file_of_many_rows_is_not_read_at_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.draft("corpus") as draft:
        draft.write_table("many", pa.table({"text": ["the same text of some length"] * 200_000}))
        stored = draft.publish(data_version="1", code_version="1", inputs=[], run_id="")
    assert stored.manifest.tables["many"].bytes < SMALL_TABLE
    assert stored._small_table("many", None) is None
    assert {batch.num_rows for batch in stored.batches("many")} == {BATCH_ROWS}
