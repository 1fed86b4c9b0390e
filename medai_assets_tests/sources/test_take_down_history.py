"""The history of take-downs: every host over one store sees the same, and nothing in it changes or goes unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from medai_assets.sources.take_down_history import (
    FOLDER,
    history,
    import_file,
    note_erased,
    take_back,
    take_downs_in_force,
    withdraw,
)
from medai_assets.sources.take_downs import TakeDownError, add_take_down, read_take_downs
from medai_assets.storage import Store, StoreError


@pytest.fixture
def hosts(tmp_path: Path) -> tuple[Path, Path]:
    """Each host's own file; the store is shared."""
    return tmp_path / "a" / "take_downs.csv", tmp_path / "b" / "take_downs.csv"


def in_force(store: Store, file: Path | None) -> list[str]:
    return [row["record_id"] for row in take_downs_in_force(store, file)]


def test_what_one_host_withdraws_holds_on_the_other_and_is_taken_back_from_there(
    store: Store, hosts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = hosts
    monkeypatch.setenv("MEDAI_ACTOR", "steward@a")
    withdraw(store, a, "pubmed:1", "asked by its author", "A. Author", "ticket 17")
    assert take_downs_in_force(store, b) == take_downs_in_force(store, a) == read_take_downs(a)
    monkeypatch.setenv("MEDAI_ACTOR", "steward@b")
    take_back(store, b, "PMID 1", "the author changed their mind", "ticket 18")
    # though the line still stands in the first host's file
    assert in_force(store, a) == in_force(store, b) == []
    told = [(e.action, e.actor, e.reported_by, e.reason, e.request) for e in history(store)]
    assert told == [
        ("withdrawn", "steward@a", "A. Author", "asked by its author", "ticket 17"),
        ("taken back", "steward@b", "", "the author changed their mind", "ticket 18"),
    ]
    withdraw(store, a, "pubmed:1", "asked once more", "A. Author")
    assert in_force(store, b) == ["pubmed:1"]


def test_each_line_of_a_file_is_imported_once_and_counts_before_that(
    store: Store, hosts: tuple[Path, Path]
) -> None:
    a, b = hosts
    add_take_down(a, "pubmed:1", "recalled", "me")
    assert (in_force(store, a), in_force(store, b)) == (["pubmed:1"], [])
    assert [import_file(store, a), import_file(store, a)] == [1, 0]
    assert in_force(store, b) == ["pubmed:1"]
    a.unlink()
    assert in_force(store, a) == ["pubmed:1"]  # taken back by name alone


def test_twice_and_what_nobody_took_down_is_refused(store: Store, hosts: tuple[Path, Path]) -> None:
    a, b = hosts
    withdraw(store, a, "pubmed:1", "recalled", "me")
    with pytest.raises(TakeDownError, match="pubmed:1 is withdrawn already; `medai withdrawals`"):
        withdraw(store, b, "pubmed:1", "recalled", "me")
    with pytest.raises(TakeDownError, match="pubmed:2 is not taken down"):
        take_back(store, b, "pubmed:2")
    assert not b.exists()


def test_erasing_changes_nothing_that_is_in_force(store: Store, hosts: tuple[Path, Path]) -> None:
    withdraw(store, hosts[0], "pubmed:1", "recalled", "me")
    note_erased(store, ["pubmed:1"], "2 older versions made again")
    assert in_force(store, None) == ["pubmed:1"]
    assert history(store)[-1].reason == "2 older versions made again"


def test_entries_made_at_once_are_all_kept(store: Store, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(lambda n: withdraw(store, tmp_path / f"{n}.csv", f"pubmed:{n}", "x", "me"), range(1, 9))
        )
    assert in_force(store, None) == [f"pubmed:{n}" for n in range(1, 9)]


def test_a_clock_that_was_set_back_puts_no_entry_before_what_it_followed(
    store: Store, hosts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    withdraw(store, hosts[0], "pubmed:1", "recalled", "me")
    monkeypatch.setattr(store, "now", lambda: "2020-01-01T00:00:00.000000+00:00")
    take_back(store, hosts[0], "pubmed:1")
    assert in_force(store, None) == []


def change(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"recalled", b"recolled"))


@pytest.mark.parametrize(("spoil", "told"), [(change, "is damaged"), (Path.unlink, "lacks an entry")])
def test_an_entry_that_was_changed_or_removed_is_told(
    store: Store, hosts: tuple[Path, Path], spoil: Callable[[Path], None], told: str
) -> None:
    withdraw(store, hosts[0], "pubmed:1", "recalled", "me")
    withdraw(store, hosts[0], "pubmed:2", "recalled", "me")
    spoil(min((Path(store.root) / FOLDER).iterdir()))
    with pytest.raises(StoreError, match=told):
        take_downs_in_force(store, None)
