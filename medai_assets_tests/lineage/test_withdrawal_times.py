"""How long a withdrawal waits: from the day stated and from when it was known, to the first data set without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from medai_assets.lineage.withdrawal_times import IN_TIME, Timing, late, withdrawal_timings
from medai_assets.sources.take_down_history import take_back, withdraw
from medai_assets_tests.lineage.library import Library


def test_a_withdrawal_waits_until_a_data_set_is_made_without_it(library: Library) -> None:
    library.materialize()
    library.withdrawn["fda:aaa"] = None
    raw = [library.store.require("raw_fda", "2023"), library.store.require("raw_fda", "2024")]
    library._withdrawals(raw)
    (waiting,) = withdrawal_timings(library.store)
    assert (waiting.record_id, waiting.stated_at, waiting.out_at) == ("fda:aaa", "2024-03-05", None)
    then = datetime.fromisoformat(waiting.known_at)
    assert late([waiting], then + IN_TIME) == []
    assert late([waiting], then + IN_TIME + timedelta(seconds=1)) == [waiting]
    library.materialize()
    (out,) = withdrawal_timings(library.store)
    made = [r.finished_at for r in library.store.receipts("instruction_dataset")]
    assert (out.known_at, out.out_at) == (waiting.known_at, made[1])
    assert out.waited(then + timedelta(days=99)) < timedelta(days=1)
    since_stated = out.since_stated(datetime.now(UTC))
    assert since_stated is not None
    assert since_stated > out.waited(then)
    assert late([out], then + timedelta(days=99)) == []
    library.materialize()
    assert withdrawal_timings(library.store) == [out]


def test_what_was_taken_back_and_withdrawn_again_is_already_out_where_no_data_set_had_it_between(
    library: Library, tmp_path: Path
) -> None:
    library.materialize()
    withdraw(library.store, tmp_path / "a.csv", "fda:aaa", "asked", "me")
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    (first,) = withdrawal_timings(library.store)
    assert first.out_at is not None
    assert first.out_at > first.known_at
    take_back(library.store, tmp_path / "a.csv", "fda:aaa")
    withdraw(library.store, tmp_path / "a.csv", "fda:aaa", "asked again", "me")
    (again,) = withdrawal_timings(library.store)
    assert again.out_at == again.known_at > first.known_at
    assert again.in_words(datetime.now(UTC)) == "already without it"


def test_what_a_data_set_had_again_waits_anew(library: Library, tmp_path: Path) -> None:
    withdraw(library.store, tmp_path / "a.csv", "fda:aaa", "asked", "me")
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    take_back(library.store, tmp_path / "a.csv", "fda:aaa")
    library.withdrawn.clear()
    library.materialize()
    withdraw(library.store, tmp_path / "a.csv", "fda:aaa", "asked again", "me")
    (again,) = withdrawal_timings(library.store)
    assert again.out_at is None


@pytest.mark.parametrize(("version", "is_out"), [(None, True), ("1", False)])
def test_a_second_kind_of_withdrawal_finds_the_record_out_if_the_first_took_all_of_it(
    library: Library, tmp_path: Path, version: str | None, is_out: bool
) -> None:
    """A superseded version leaves the record's others in."""
    library.withdrawn_as = "superseded"
    library.withdrawn["fda:aaa"] = version
    library.materialize()
    withdraw(library.store, tmp_path / "a.csv", "fda:aaa", "asked", "me")
    (taken_down,) = (one for one in withdrawal_timings(library.store) if one.kind == "take_down")
    assert (taken_down.out_at is not None) is is_out


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (0.001, "waiting for 1 minute"),
        (1.5, "waiting for 90 minutes"),
        (2, "waiting for 2 hours"),
        (47.9, "waiting for 47 hours, 3 days after the day stated"),
        (47.995, "waiting for 2 days, 3 days after the day stated"),
        (24 * 400, "waiting for 400 days, 401 days after the day stated"),
    ],
)
def test_a_wait_is_told_in_its_largest_unit(hours: float, told: str) -> None:
    """The day stated is named where it is another than the day on which the withdrawal was known."""
    stated = "2026-03-05" if hours < 24 else "2026-03-04"
    known = "2026-03-05T06:00:00+00:00"
    one = Timing(record_id="fda:aaa", kind="retraction", stated_at=stated, known_at=known, out_at=None)
    assert one.in_words(datetime.fromisoformat(known) + timedelta(hours=hours)) == told


def test_without_any_withdrawals_nothing_is_watched(library: Library) -> None:
    assert withdrawal_timings(library.store) == []
