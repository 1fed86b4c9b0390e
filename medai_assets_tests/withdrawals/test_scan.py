"""The scan finds a text in whatever form it lies below a folder."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.withdrawals import scan

TEXT = "Store zyntrapil tablets in the amber bottle with the ribbed cap"
PLAIN = f"before. {TEXT}. after".encode()


def as_parquet(data: bytes) -> bytes:
    kind = pa.struct([("deep", pa.list_(pa.dictionary(pa.int32(), pa.string())))])
    table = pa.table({"n": [1], "nested": pa.array([{"deep": ["x", data.decode()]}], kind)})
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def as_zip(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/member.xml", data)
    return out.getvalue()


def as_tar(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("member.xml")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def as_zstd(data: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(data)
    return bytes(out.getvalue())


def twice(inner: Callable[[bytes], bytes], outer: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: outer(inner(data))


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "json with line ends": lambda data: json.dumps({"t": data.decode().replace(" in ", "\n in ")}).encode(),
    "broken lines": lambda data: data.replace(b" bottle ", b"\r\n\t bottle\n"),
    "across two chunks": lambda data: b"\0" * (scan.CHUNK - 20) + data,
    "parquet": as_parquet,
    "zip": as_zip,
    "tar": as_tar,
    "gzip": gzip.compress,
    "zstd": as_zstd,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "tar.gz": twice(as_tar, gzip.compress),
    "parquet in zip": twice(as_parquet, as_zip),
    "gzip in tar": twice(gzip.compress, as_tar),
    "half a zip before it": lambda data: b"PK\x03\x04 no archive " + data,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_text_is_found_in_every_form(tmp_path: Path, form: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(FORMS[form](PLAIN))
    (tmp_path / "other").write_bytes(FORMS[form](b"nothing of the kind stands here"))
    found = list(scan.holding(tmp_path, [TEXT, "a text that nothing holds"]))
    assert [(Path(one.path).name, one.text) for one in found] == [("file", TEXT)]


@pytest.mark.parametrize("packed", [False, True])
def test_a_database_is_read_value_by_value(tmp_path: Path, packed: bool) -> None:
    long = (b"x" * 3_000 + b" ") * 20  # so that it lies on more than one page
    value = long + PLAIN.replace(b" amber ", b"  amber ") + long
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("CREATE TABLE events (body)")
        database.execute(
            "INSERT INTO events VALUES (?)", (zlib.compress(value) if packed else value.decode(),)
        )
    database.close()
    (found,) = scan.holding(tmp_path, [TEXT])
    assert (Path(found.path).name, found.text) == ("a.db", TEXT)


def test_folders_that_are_left_out_and_a_search_for_nothing_find_nothing(tmp_path: Path) -> None:
    (tmp_path / "upstream").mkdir()
    (tmp_path / "upstream" / "a").write_bytes(PLAIN)
    (tmp_path / "upstream2").write_bytes(PLAIN)
    found = scan.holding(tmp_path, [TEXT], leave_out=[tmp_path / "upstream"])
    assert [Path(one.path).name for one in found] == ["upstream2"]
    assert list(scan.holding(tmp_path, [])) == []


def test_more_texts_than_one_pattern_takes_are_each_found(tmp_path: Path) -> None:
    texts = [f"the {number}th sentence of a long record" for number in range(scan.TOGETHER + 10)]
    for text in (texts[0], texts[-1]):
        (tmp_path / text[4:8]).write_bytes(f"x {text} y".encode())
    assert {one.text for one in scan.holding(tmp_path, texts)} == {texts[0], texts[-1]}
    wanted = scan.Wanted(texts)
    held = wanted.all_in(f"{texts[3]} and {texts[5]}, {texts[-1]}".encode())
    assert held == {texts[3], texts[5], texts[-1]}
    assert set(texts) - set(wanted.without(held)) == held


def test_many_texts_that_stand_in_the_same_bytes_are_found_at_once() -> None:
    """A pattern made anew for each of them took ten seconds for five hundred, and the cube for more."""
    texts = [f"stretch {n} of what others say too" for n in range(600)]
    texts += [f"{text} and more" for text in texts[:9]]  # others stand within these
    begun = time.process_time()
    assert scan.Wanted(texts).all_in("\0".join(texts).encode()) == {*texts}
    assert time.process_time() - begun < 3


def test_a_second_look_reads_what_has_changed_and_what_held_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("clean", "changed", "holds"):
        (tmp_path / name).write_bytes(PLAIN if name == "holds" else b"nothing of the kind")
    search = scan.Search([TEXT])
    assert [Path(one.path).name for one in search.below(tmp_path)] == ["holds"]
    (tmp_path / "changed").write_bytes(PLAIN)
    read: list[str] = []
    monkeypatch.setattr(search, "_first_in", lambda filesystem, path: read.append(Path(path).name))
    list(search.below(tmp_path))
    assert read == ["changed", "holds"]


def test_a_database_is_looked_at_again_as_long_as_its_log_lies_beside_it(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db", isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE events (body)")
        search = scan.Search([TEXT])
        assert list(search.below(tmp_path)) == []
        database.execute("INSERT INTO events VALUES (?)", (zlib.compress(PLAIN),))
        assert [Path(one.path).name for one in search.below(tmp_path)] == ["a.db"]
    database.close()
