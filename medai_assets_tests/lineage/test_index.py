"""The index: whole or absent, right for rows with several origins, and built again when it no longer fits."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from medai_assets.foundation.file_hashes import digest_path
from medai_assets.lineage.impact import impact
from medai_assets.lineage.index import Index, index_path, text_index_path
from medai_assets.lineage.index_schema import text_key
from medai_assets.lineage.lookup import Lineage
from medai_assets_tests.lineage.library import Library


def test_rows_are_counted_as_the_tables_hold_them(lineage: Lineage) -> None:
    index = lineage.index(lineage.dataset())
    assert index.numbers("SELECT count(*) FROM example") == [11]
    assert index.numbers("SELECT count(*) FROM passage") == [5]
    assert index.numbers("SELECT count(*) FROM record") == [6]
    assert sum(row[3] for row in index.tally()) == 11


def test_a_passage_with_two_origins_is_reached_from_both(library: Library) -> None:
    library.texts["nhs:/symptoms/cough"] = library.texts["fda:aaa"]
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        counts = [impact(lineage, r).newest for r in ("fda:aaa", "nhs:/symptoms/cough")]
        index = lineage.index(lineage.dataset())
        shared = [
            p for p in lineage.passages(index, index.numbers("SELECT n FROM passage")) if len(p.records) > 1
        ]
    assert [c.passages for c in counts if c] == [1, 1]
    assert [{r.record_id for r in p.records} for p in shared] == [{"fda:aaa", "nhs:/symptoms/cough"}]


def test_a_build_that_fails_leaves_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = library.materialize()
    monkeypatch.setattr("medai_assets.lineage.index_build.INDEXES", "CREATE INDEX nonsense ON nowhere (n);")
    with pytest.raises(sqlite3.OperationalError):
        Index(dataset, library.folder)
    assert list(library.folder.iterdir()) == []


@pytest.mark.parametrize("spoil", [b"", b"not a database at all, but long enough to be read as one" * 40])
def test_a_spoilt_file_is_built_again(library: Library, spoil: bytes) -> None:
    dataset = library.materialize()
    Index(dataset, library.folder).close()
    index_path(library.folder, dataset.data_version).write_bytes(spoil)
    index = Index(dataset, library.folder)
    assert index.numbers("SELECT count(*) FROM example") == [11]
    index.close()


def test_what_is_no_database_though_its_hash_agrees_is_built_again(library: Library) -> None:
    dataset = library.materialize()
    Index(dataset, library.folder).close()
    path = index_path(library.folder, dataset.data_version)
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 40)
    digest_path(path).write_text(hashlib.sha256(path.read_bytes()).hexdigest())
    index = Index(dataset, library.folder)
    assert index.numbers("SELECT count(*) FROM example") == [11]
    index.close()


def test_what_a_killed_build_left_is_removed_by_the_next(library: Library) -> None:
    dataset = library.materialize()
    library.folder.mkdir(parents=True)
    (library.folder / ".abc.sqlite.4194999-0a1b2c").write_bytes(b"half")
    Index(dataset, library.folder).close()
    made = f"{dataset.data_version}.sqlite"
    assert {p.name for p in library.folder.iterdir()} == {made, f"{made}.sha256"}


def test_an_index_of_another_format_is_built_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = library.materialize()
    monkeypatch.setattr("medai_assets.lineage.index_build.FORMAT", "0")
    Index(dataset, library.folder).close()
    monkeypatch.undo()
    index = Index(dataset, library.folder)
    (found,) = index.rows("SELECT value FROM about WHERE key = 'format'")
    assert found != ("0",)
    index.close()


def test_words_are_indexed_when_first_asked_for(library: Library) -> None:
    dataset = library.materialize()
    index = Index(dataset, library.folder)
    assert not text_index_path(library.folder, dataset.data_version).exists()
    assert index.text.execute(
        "SELECT count(*) FROM example_text WHERE example_text MATCH 'chest'"
    ).fetchone() == (2,)
    index.close()


def test_a_data_root_with_odd_characters_in_its_name_works(tmp_path: Path) -> None:
    library = Library.at(tmp_path / "50% of a #1 folder?")
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        assert impact(lineage, "fda:aaa").newest is not None


def test_keys_of_texts_fit_sqlite_and_ignore_case_and_space() -> None:
    assert text_key("A  b\n") == text_key("a B")
    assert text_key("a b") != text_key("ab")
    assert all(-(1 << 63) <= text_key(str(n)) < 1 << 63 for n in range(1000))
