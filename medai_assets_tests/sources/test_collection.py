"""Collecting a slice: published whole, or refused with the version before in place."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from medai_assets.foundation.schemas import RAW_RECORD, REJECTED, WITHDRAWAL
from medai_assets.foundation.slices import Slice
from medai_assets.settings import Settings
from medai_assets.sources.collection import Collection, CollectionReport, Collector, collect_slice
from medai_assets.sources.records import Copy, Item, RawRecord, Rejected, Withdrawal, record_batch
from medai_assets.sources.registry import sandbox_endpoints
from medai_assets.sources.take_down_history import withdraw
from medai_assets.sources.take_downs import add_take_down
from medai_assets.storage import Store
from medai_assets.transport.errors import CollectionFailed, UpstreamUnavailable
from medai_assets_tests.transport.faulty_server import FaultyServer, reply
from medai_assets_tests.waiting import PATIENCE

SLICE = Slice("fda", "2024", {"effective_time": "2024"}, "labels of 2024")
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def scripted(collect: Callable[[Collection], Iterator[Item]]) -> Collector:
    """A collector that yields what the test says."""
    return lambda slice, context: collect(context)


def record(number: int, **changes: object) -> RawRecord:
    facts = {
        "record_id": f"fda:{number}",
        "payload": f'{{"n":{number}}}',
        "payload_format": "json",
        "url": f"https://example.org/{number}",
        "request": "sandbox:/x",
        "retrieved_at": MOMENT,
        "licence": "CC0-1.0",
        "attribution": "FDA",
        "updated_at": f"2024-01-{number % 28 + 1:02d}",
    }
    return RawRecord(**(facts | changes))  # type: ignore[arg-type]


@pytest.fixture
def collect(settings: Settings, store: Store) -> Callable[..., CollectionReport]:
    def run(*items: Item, **options: object) -> CollectionReport:
        changes = {name: options.pop(name) for name in list(options) if name in Settings.model_fields}
        return collect_slice(
            SLICE,
            settings=settings.model_copy(update=changes),
            store=store,
            collector=scripted(lambda context: iter(items)),
            **({"code_version": "1"} | options),  # type: ignore[arg-type]
        )

    return run


Collect = Callable[..., CollectionReport]


def test_records_become_rows_with_their_provenance(collect: Collect) -> None:
    report = collect(
        record(1, version="3", flags=("b", "a", "b")), record(2), Rejected(reason="r", expected=True)
    )
    table = report.stored.table("records")
    assert table.schema.equals(RAW_RECORD)
    row = table.to_pylist()[0]
    assert (row["source"], row["slice"], row["version"], row["flags"]) == ("fda", "2024", "3", ["a", "b"])
    assert row["payload_sha256"] == hashlib.sha256(b'{"n":1}').hexdigest()
    assert report.counts == {"records": 2, "rejected": 1, "withdrawals": 0}
    assert (report.oldest, report.newest) == ("2024-01-02", "2024-01-03")
    assert report.stored.table("rejected").schema.equals(REJECTED)
    assert report.stored.table("withdrawals").schema.equals(WITHDRAWAL)


def test_a_version_that_is_gone_is_collected_anew(collect: Collect) -> None:
    first = collect(record(1), record(2))
    shutil.rmtree(first.stored.directory)
    again = collect(record(1), record(2))
    assert again.stored.data_version == first.stored.data_version
    assert again.stored.table("records").num_rows == 2


def test_order_batching_and_time_are_no_content(collect: Collect) -> None:
    first = collect(record(1), record(2), record(3))
    second = collect(record(3, retrieved_at=datetime.now(UTC), request="other"), record(1), record(2))
    batched = collect(record_batch([record(2), record(1)], "fda", "2024"), record(3))
    assert first.stored.data_version == second.stored.data_version == batched.stored.data_version
    assert (first.unchanged, second.unchanged) == (False, True)


@pytest.mark.parametrize(
    "change", [{"payload": "{}"}, {"version": "2"}, {"licence": "MIT"}, {"flags": ("eua",)}, {"url": "u"}]
)
def test_each_part_of_the_content_counts(change: dict, collect: Collect) -> None:
    assert collect(record(1)).stored.data_version != collect(record(1, **change)).stored.data_version


def test_withdrawals_are_content_too(collect: Collect) -> None:
    gone = Withdrawal(record_id="fda:1", kind="superseded", reason="newer", reported_by="fda", version="1")
    before, after = collect(record(1)), collect(record(1), gone)
    assert before.stored.data_version != after.stored.data_version
    assert after.stored.table("withdrawals").to_pylist()[0]["version"] == "1"


@pytest.mark.parametrize(
    "change", [{"reason": "another"}, {"detail": "line 2"}, {"payload": "}"}, {"record_id": "fda:3"}]
)
def test_what_is_set_aside_is_content_too(change: dict[str, str], collect: Collect) -> None:
    first = Rejected(reason="no set_id", detail="line 1", payload="{", record_id="fda:2", expected=True)
    before, same = collect(record(1), first), collect(record(1), replace(first, request="another"))
    assert (before.unchanged, same.unchanged) == (False, True)
    after = collect(record(1), replace(first, **change))
    assert not after.unchanged
    assert change.items() <= after.stored.table("rejected").to_pylist()[0].items()
    assert collect(record(1)).stored.table("rejected").num_rows == 0


def test_a_record_that_comes_twice_counts_once(collect: Collect) -> None:
    report = collect(record(1), record(2), record(1))
    assert report.counts["records"] == 2
    assert report.rejected_reasons == {"repeated record": 1}
    assert report.stored.data_version == collect(record(1), record(2)).stored.data_version


def test_too_much_that_cannot_be_read_fails_the_slice_and_keeps_the_version_before(
    collect: Collect, store: Store
) -> None:
    good = collect(*map(record, range(10)))
    with pytest.raises(CollectionFailed, match=r"2 of 12 records could not be read.*5%.*no set_id \(2\)"):
        collect(*map(record, range(10)), *[Rejected(reason="no set_id")] * 2)
    current = store.current(SLICE.asset, SLICE.key)
    assert current
    assert current.data_version == good.stored.data_version
    assert collect(*map(record, range(100)), Rejected(reason="one", payload="{")).counts["rejected"] == 1


def test_what_is_left_out_on_purpose_fails_nothing(collect: Collect) -> None:
    report = collect(*[Rejected(reason="empty answer", expected=True)] * 9)
    assert report.counts == {"records": 0, "rejected": 9, "withdrawals": 0}


def test_a_slice_that_shrinks_is_refused_unless_it_may(collect: Collect) -> None:
    collect(*map(record, range(10)))
    assert collect(*map(record, range(8))).counts["records"] == 8
    with pytest.raises(CollectionFailed, match=r"only 3 records where there were 8.*--accept-shrinkage"):
        collect(*map(record, range(3)))
    assert collect(*map(record, range(3)), force_shrink=True).counts["records"] == 3
    assert collect(record(0), max_shrink_share=0.9).counts["records"] == 1


def test_a_copy_has_all_three_tables(settings: Settings, store: Store, collect: Collect) -> None:
    gone = Withdrawal(record_id="fda:9", kind="superseded", reason="r", reported_by="fda")
    first = collect(record(1), *[Rejected(reason="empty answer", expected=True)] * 3, gone)
    again = collect(Copy(first.stored))
    assert again.unchanged
    assert (again.counts, again.rejected_reasons) == (first.counts, first.rejected_reasons)


def test_records_are_offered_for_copying_only_if_they_were_collected_alike(
    settings: Settings, store: Store
) -> None:
    offered = []

    def remember(context: Collection) -> Iterator[Item]:
        offered.append((context.previous is not None, dict(context.validators), context.last is not None))
        context.new_validators["etag"] = "v1"
        yield record(1)

    def run(code_version: str = "1", **changes: object) -> None:
        chosen = settings.model_copy(update=changes)
        collect_slice(
            SLICE, settings=chosen, store=store, code_version=code_version, collector=scripted(remember)
        )

    for options in (
        {},
        {},
        {"code_version": "2"},
        {"code_version": "2"},
        {"code_version": "2", "slice_limit": 5},
    ):
        run(**options)
    known = (True, {"etag": "v1"}, True)
    unknown = (False, {}, True)
    assert offered == [(False, {}, False), known, unknown, known, unknown]


def paged(context: Collection) -> Iterator[Item]:
    """Five pages of two records."""
    for page in range(5):
        got = context.journal.reply(f"page-{page}", lambda p=page: context.http.get(f"page/{p}"))
        yield from (record(2 * page + n, payload=got.body) for n in range(2))


def test_a_run_that_fails_goes_on_from_its_last_page(
    settings: Settings, store: Store, server: FaultyServer
) -> None:
    settings = settings.with_endpoints(sandbox_endpoints(server.url))
    server.script = [reply(200, b"{}"), reply(200, b"{}"), reply(403)]
    options = {"settings": settings, "store": store, "code_version": "1", "collector": scripted(paged)}
    with pytest.raises(Exception, match="answered 403"):
        collect_slice(SLICE, **options)
    assert store.current(SLICE.asset, SLICE.key) is None
    report = collect_slice(SLICE, **options)
    assert [asked.path for asked in server.asked] == [f"/fda/page/{n}" for n in (0, 1, 2, 2, 3, 4)]
    assert (report.replayed, report.requests, report.counts["records"]) == (2, 3, 10)
    assert not list(Path(settings.work_dir, SLICE.asset).rglob("*.reply"))


KILLED = dedent("""
    import os, sys
    from medai_assets.settings import Settings
    from medai_assets.sources.registry import sandbox_endpoints
    from medai_assets.sources.collection import collect_slice
    from medai_assets.storage import Store
    from medai_assets_tests.sources.test_collection import SLICE, paged, scripted
    settings = Settings(data=sys.argv[1]).with_endpoints(sandbox_endpoints(sys.argv[2]))
    def killed(context):
        for number, item in enumerate(paged(context)):
            if number == int(sys.argv[3]):
                os.kill(os.getpid(), 9)
            yield item
    collect_slice(SLICE, settings=settings, store=Store(settings.store_root), code_version="1", collector=scripted(killed))
""")


@pytest.mark.parametrize("at", [1, 8])
def test_a_kill_loses_no_finished_request_and_shows_no_half_slice(
    at: int, settings: Settings, server: FaultyServer
) -> None:
    store = Store(settings.store_root)
    settings = settings.with_endpoints(sandbox_endpoints(server.url))
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, settings.data, server.url, str(at)]
    ended = subprocess.run(command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, timeout=PATIENCE)
    assert ended.returncode == -9
    assert store.current(SLICE.asset, SLICE.key) is None
    report = collect_slice(SLICE, settings=settings, store=store, code_version="1", collector=scripted(paged))
    assert len(server.asked) == 5
    assert report.replayed + report.requests == 5
    assert sorted(report.stored.table("records")["record_id"].to_pylist()) == [f"fda:{n}" for n in range(10)]


def test_a_journal_that_a_kill_left_behind_a_published_slice_answers_no_later_collection(
    settings: Settings, store: Store, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings.with_endpoints(sandbox_endpoints(server.url))
    options = {"settings": settings, "store": store, "code_version": "1", "collector": scripted(paged)}
    with monkeypatch.context() as killed:
        killed.setattr("medai_assets.transport.journal.Journal.clear", lambda journal: None)
        collect_slice(SLICE, **options)
    server.asked.clear()
    assert collect_slice(SLICE, **options).replayed == 0
    assert len(server.asked) == 5


def test_a_key_is_in_nothing_that_a_run_leaves_on_disk(
    settings: Settings, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "PLANTED-4711-KEY"
    monkeypatch.setenv("OPENFDA_API_KEY", key)
    settings = Settings(data=settings.data).with_endpoints(sandbox_endpoints(server.url))
    store = Store(settings.store_root)
    echo = f'{{"key": "{key}", "next": "{server.url}/x?api_key={key}"}}'.encode()
    server.otherwise = reply(200, echo, Link=f"<{server.url}/x?api_key={key}>")

    def leaky(context: Collection) -> Iterator[Item]:
        got = context.journal.reply("one", lambda: context.http.get("page", params={"api_key": key}))
        context.new_validators["link"] = got.headers["Link"]
        yield record(1, payload=got.body, request=got.url)
        if len(server.asked) == 1:
            server.script = [reply(403, echo)]
            context.http.get("refused")

    options = {"settings": settings, "store": store, "code_version": "1", "collector": scripted(leaky)}
    with pytest.raises(Exception, match="answered 403") as caught:
        collect_slice(SLICE, **options)
    assert key not in str(caught.value)
    left = [path for path in Path(settings.data).rglob("*") if path.is_file()]
    assert any(path.suffix == ".reply" for path in left)
    report = collect_slice(SLICE, **options)
    assert key not in report.stored.table("records").to_pylist()[0]["payload"]
    left += [path for path in Path(settings.data).rglob("*") if path.is_file()]
    assert not [path for path in left if path.exists() and key.encode() in path.read_bytes()]
    assert server.asked[0].headers["X-Api-Key"] == key


def test_an_upstream_that_is_down_leaves_the_slice_as_it_was(
    collect: Collect, settings: Settings, store: Store
) -> None:
    good = collect(record(1))

    def down(context: Collection) -> Iterator[Item]:
        yield record(2)
        raise UpstreamUnavailable("fda", "sandbox:/x", "answered 503")

    with pytest.raises(UpstreamUnavailable):
        collect_slice(SLICE, settings=settings, store=store, code_version="1", collector=scripted(down))
    current = store.current(SLICE.asset, SLICE.key)
    assert current
    assert current.data_version == good.stored.data_version


def test_a_record_taken_down_while_its_slice_is_collected_does_not_come_back(
    settings: Settings, store: Store
) -> None:
    def overtaken(context: Collection) -> Iterator[Item]:
        yield record(1)
        add_take_down(settings.take_downs_file, "fda:1", "recalled", "me")
        yield record(2)

    with pytest.raises(CollectionFailed, match="fda:1 was taken down while"):
        collect_slice(SLICE, settings=settings, store=store, code_version="1", collector=scripted(overtaken))
    assert store.current(SLICE.asset, SLICE.key) is None
    again = scripted(lambda context: iter([record(1), record(2)]))
    report = collect_slice(SLICE, settings=settings, store=store, code_version="1", collector=again)
    assert report.stored.table("records")["record_id"].to_pylist() == ["fda:2"]


def test_what_another_host_withdrew_is_not_collected_here(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    withdraw(store, tmp_path / "of_another_host.csv", "fda:1", "recalled", "me")
    here = scripted(lambda context: iter([record(1), record(2)]))
    report = collect_slice(SLICE, settings=settings, store=store, code_version="1", collector=here)
    assert report.stored.table("records")["record_id"].to_pylist() == ["fda:2"]
    assert report.stored.receipt is not None
    assert report.stored.receipt.metadata["taken_down"] == ["fda:1"]
