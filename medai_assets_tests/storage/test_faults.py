"""Faults of an object store in the middle of the work: one sentence each, nothing half made, and what kills leave goes."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from medai_assets.cli import app
from medai_assets.settings import get_settings
from medai_assets.storage import Store, StoreError, lease, local_cache
from medai_assets.storage.faults import RemoteFiles
from medai_assets.storage.leftovers import leftovers
from medai_assets.storage.manifest import encode
from medai_assets_tests.faulty_store import CODES, Proxy, in_front_of


@pytest.fixture
def proxy(bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    import s3fs

    with in_front_of(os.environ["AWS_ENDPOINT_URL"]) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.url)
        monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        s3fs.S3FileSystem.clear_instance_cache()
        yield between
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def remote(proxy: Proxy, bucket: str) -> Store:
    return Store(f"{bucket}/store")


def publish(store: Store, text: str) -> str:
    with store.draft("corpus") as draft:
        draft.path("rows.txt").write_text(text)
        return draft.publish(code_version="1").data_version


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (403, "AccessDenied", r"refuses the keys in use \(.*\); look at what they permit"),
        (
            403,
            "RequestTimeTooSkewed",
            r"refuses this machine's time, .* 15 minutes\) \(.*\); set this machine's clock",
        ),
        (503, "SlowDown", r"could not do what it was asked \(.*\); look at the store's own state"),
    ],
)
def test_a_fault_in_the_middle_of_a_put_is_one_sentence_and_what_was_current_stays(
    remote: Store, proxy: Proxy, status: int, code: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = publish(remote, "the first")
    monkeypatch.setitem(CODES, status, code)
    proxy.fault = lambda method, path: status if method == "PUT" and "manifest" in path else None
    with pytest.raises(
        StoreError, match=rf"^the store {remote.url} {says}.* `medai run` goes on from there$"
    ):
        publish(remote, "the second")
    proxy.fault = lambda method, path: None
    assert remote.require("corpus").data_version == before
    assert remote.versions("corpus") == [before], "a version without a manifest is none"


def test_a_fault_of_the_store_is_not_taken_for_a_damaged_file(remote: Store, proxy: Proxy) -> None:
    publish(remote, "rows")
    stored = remote.require("corpus")
    proxy.fault = lambda method, path: 500 if "rows.txt" in path else None
    with pytest.raises(StoreError, match="could not do what it was asked"):
        stored.read("rows.txt")


def test_a_bucket_that_is_gone_is_named(proxy: Proxy) -> None:
    with pytest.raises(StoreError, match=r"s3://medai-nowhere/store has no such bucket .*MEDAI_DATA"):
        publish(Store("s3://medai-nowhere/store"), "rows")


class ClientError(Exception):
    """As S3's client has it."""

    __module__ = "botocore.exceptions"


class Hostile:
    """The file system of a store that says a key back."""

    def __init__(self, words: str) -> None:
        self.words = words

    def cat_file(self, path: str) -> bytes:
        raise OSError(5, self.words) from ClientError(self.words)


@pytest.mark.parametrize("words", ["no {}", "no {}, no {}", "x" * 290 + " {}"])
@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
def test_a_key_that_a_store_says_back_is_not_told(
    variable: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "Token/Planted+4711==zzYY"
    monkeypatch.setenv(variable, key)
    with pytest.raises(StoreError, match=r"^the store s3://b could not do what it was asked") as caught:
        RemoteFiles(Hostile(words.format(key.lower(), key)), "s3://b").cat_file("x")
    told = "".join(traceback.format_exception(caught.value))
    assert "planted" not in told.lower()
    assert "oken/" not in told
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), StoreError)


def test_commands_say_it_in_one_sentence(proxy: Proxy, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also that nobody answers at all."""
    monkeypatch.setenv("MEDAI_DATA", bucket)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    get_settings.cache_clear()
    done = CliRunner().invoke(app, ["plan"])
    assert done.exit_code == 1
    (line,) = done.stderr.strip().splitlines()
    assert f"the store {bucket}/sample/store cannot be reached" in line


def test_without_its_client_a_data_root_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_DATA", "s3://bucket/medai")
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    get_settings.cache_clear()
    done = CliRunner().invoke(app, ["plan"])
    assert done.exit_code == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.endswith("'medai-assets[s3]'`")
    with pytest.raises(StoreError, match=r"^the data root nowhere://x cannot be opened: "):
        Store("nowhere://x")


def test_what_a_kill_in_the_middle_of_a_put_left_is_listed_once_it_is_old_and_removed(
    remote: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = publish(remote, "rows")
    half = f"{remote.home('corpus', None)}/versions/half"
    remote.filesystem.pipe_file(f"{half}/rows.txt", b"rows")
    beside = f"{remote.version_directory('corpus', None, kept)}/attempt-of-another"
    remote.filesystem.pipe_file(f"{beside}/rows.txt", b"ro")
    assert leftovers(remote) == [], "what is young may be under way"
    bucket, _, prefix = remote.root.partition("/")
    remote.filesystem.call_s3("create_multipart_upload", Bucket=bucket, Key=f"{prefix}/large")
    remote.filesystem.call_s3("create_multipart_upload", Bucket=bucket, Key="of another/large")
    clock, looks = lease.store_clock, []
    with monkeypatch.context() as counted:
        counted.setattr(
            "medai_assets.storage.leftovers.store_clock", lambda store: looks.append(1) or clock(store)
        )
        found = leftovers(remote, older_than=-5.0)
    assert len(looks) == 1, "of the store's clock, each of which puts a file and removes it"
    assert [one.what.split(" begun")[0] for one in found] == [
        f"{beside}, which no version names (1 file)",
        f"{half}, which no version names (1 file)",
        f"an upload of {prefix}/large",
    ]
    for one in found:
        one.remove()
    assert leftovers(remote, older_than=-5.0) == []
    assert remote.versions("corpus") == [kept]
    (other,) = remote.filesystem.list_multipart_uploads(bucket)
    assert other["Key"] == "of another/large"


def test_looking_for_leftovers_writes_nothing_where_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"memory://{tmp_path.name}")
    publish(store, "rows")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("may only be read")

    for name in ("pipe_file", "rm_file"):
        monkeypatch.setattr(store.filesystem, name, refuse)
    assert leftovers(store) == []


@pytest.mark.parametrize("layout", ["of an attempt", "of before there were attempts"])
def test_what_a_replaced_version_left_in_either_layout_is_listed_and_no_file_of_a_version(
    tmp_path: Path, layout: str
) -> None:
    store = Store(f"memory://{tmp_path.name}")
    home = store.version_directory("corpus", None, publish(store, "rows"))
    manifest = store.read_manifest(home, "corpus")
    if layout == "of an attempt":
        store.filesystem.pipe_file(f"{home}/rows.txt", b"the record, as ever")
        beside = f"{home}/rows.txt"
    else:
        store.filesystem.pipe_file(f"{home}/manifest.json", encode(replace(manifest, attempt="")))
        store.filesystem.pipe_file(f"{home}/rows.txt", b"rows")
        beside = f"{home}/{manifest.attempt}"
    (left,) = leftovers(store, older_than=-5.0)
    assert left.what == f"{beside}, which no version names (1 file)"
    left.remove()
    assert store.require("corpus").read("rows.txt") == b"rows"
    assert leftovers(store, older_than=-5.0) == []


def test_copies_have_a_place_a_bound_and_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MEDAI_CACHE_GIB", str(1000 / local_cache.GIB))
    store = Store(f"memory://{tmp_path.name}")

    def fetched(text: str) -> Path:
        publish(store, text)
        return store.require("corpus").local_path()

    old = fetched("o" * 600)
    assert old.is_relative_to(tmp_path / "cache")
    recent = fetched("r" * 600)
    assert old.exists(), "both may be in use"
    os.utime(old, (0, 0))
    fetched("n" * 600)
    assert not old.exists()
    assert recent.exists()
    assert list((tmp_path / "cache" / "drafts").iterdir()) == []
    os.utime(recent, (0, 0))
    (left,) = leftovers(store)
    left.remove()
    assert not recent.exists()
