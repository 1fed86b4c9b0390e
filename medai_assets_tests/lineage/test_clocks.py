"""What is newer, where the clocks of the hosts that share a store differ or jump."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from medai_assets.lineage.gc import plan_removal
from medai_assets.lineage.versions import Versions
from medai_assets.lineage.withdrawal_times import withdrawal_timings
from medai_assets.storage import Input, Store, Stored
from medai_assets_tests.lineage.library import Library

AHEAD, BEHIND = timedelta(minutes=10), timedelta(minutes=-10)
DATASET = "instruction_dataset"


@contextmanager
def clock(apart: timedelta) -> Iterator[None]:
    """What is done within is done on a host whose clock is so far ahead of the store's."""
    with pytest.MonkeyPatch.context() as patch:
        told = staticmethod(lambda: (datetime.now(UTC) + apart).isoformat(timespec="microseconds"))
        patch.setattr(Store, "now", told)
        yield


def made(library: Library, text: str, apart: timedelta) -> Input:
    library.texts["fda:aaa"] = text
    with clock(apart):
        return library.materialize(train=False).input


@pytest.mark.parametrize("clocks", [(AHEAD, BEHIND, BEHIND), (BEHIND, AHEAD, BEHIND), (AHEAD, AHEAD, BEHIND)])
def test_the_version_before_is_the_one_that_was_current_whatever_the_hosts_clocks_say(
    library: Library, clocks: tuple[timedelta, ...]
) -> None:
    versions = [made(library, f"Wording {n}. More.", apart) for n, apart in enumerate(clocks)]
    assert Versions(library.store).kept(DATASET) == versions
    assert [r.data_version for r in library.store.receipts(DATASET)] == [v.data_version for v in versions]
    removed = {one.data_version for one in plan_removal(library.store, library.folder, keep=2).remove}
    assert versions[0].data_version in removed
    assert versions[1].data_version not in removed


def test_a_run_takes_as_long_as_its_own_clock_says(library: Library) -> None:
    made(library, "One. More.", AHEAD)
    made(library, "Two. More.", BEHIND)
    receipt = library.store.require(DATASET).own_receipt
    began, ended = (datetime.fromisoformat(at) for at in (receipt.started_at, receipt.finished_at))
    assert timedelta() <= ended - began < timedelta(minutes=5)


def test_a_clock_that_was_years_ahead_draws_nothing_after_it(library: Library) -> None:
    made(library, "One. More.", timedelta(days=2000))
    made(library, "Two. More.", timedelta())
    finished = datetime.fromisoformat(library.store.require(DATASET).own_receipt.finished_at)
    assert abs(finished - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_withdrawal_is_out_of_a_data_set_that_another_host_made_of_its_corpus_by_an_earlier_clock(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.materialize(train=False)
    library.withdrawn["fda:aaa"] = None
    dataset = Library._dataset

    def elsewhere(self: Library, inputs: list[Stored]) -> Stored:
        with clock(BEHIND / 2):
            return dataset(self, inputs)

    monkeypatch.setattr(Library, "_dataset", elsewhere)
    with clock(AHEAD):
        library.materialize(train=False)
    (timing,) = withdrawal_timings(library.store)
    assert timing.out_at is not None


def test_what_another_host_is_making_is_young_by_the_clock_of_the_store(library: Library) -> None:
    library.materialize(train=False)

    def killed(stored: Stored) -> None:
        raise KeyboardInterrupt

    with clock(timedelta(hours=-2)), library.store.draft(DATASET) as draft:
        draft.path("rows").write_text("new")
        with pytest.raises(KeyboardInterrupt):
            draft.publish(code_version="1", finish=[killed])
    assert len(library.store.versions(DATASET)) == 2
    assert plan_removal(library.store, library.folder, keep=1).remove == []
