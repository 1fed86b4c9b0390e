"""What every registered source has to bring, from its sandbox to the taking down of one of its records.

A source that lacks a part fails here under its own name: the facts it states, then one walk of a small sample slice
through collection, parsing, the rules, a take-down and its erasure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import dagster as dg
import pytest

import medai_assets
from medai_assets.code_identity import golden
from medai_assets.corpus.process.by_slice import process_source
from medai_assets.foundation.licences import LICENCES
from medai_assets.foundation.slices import Slice
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.graph.nodes import RAW
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.planning.fingerprints import fingerprint
from medai_assets.sandbox.files import PACKAGED, Handler
from medai_assets.sandbox.server import prepare_records
from medai_assets.settings import Settings
from medai_assets.sources.record_ids import canonical_record_id
from medai_assets.sources.records import SAMPLE_LICENCE
from medai_assets.sources.registry import SOURCES, find_slice, slices
from medai_assets.sources.source import Source
from medai_assets.sources.take_downs import add_take_down
from medai_assets.storage import Stored
from medai_assets.transport.limits import Rate
from medai_assets.withdrawals.erase import erase_from_raw
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.conftest import REPOSITORY
from medai_assets_tests.instructions.in_memory import build_examples
from medai_assets_tests.small_kit import citation, write_kit
from medai_assets_tests.withdrawals.files_holding import current_files_holding

# The sample slice that is walked, where the first one is not the quickest that makes an example.
WALKED = {"nhs": "symptoms"}
# Sources of whose sample no rule makes an example, and why.
NO_EXAMPLE: dict[str, str] = {}
# Names of sources that are also said of something else: files of a version, the mark of a library.
ALSO_WORDS = {"files", "huggingface"}
PUBLISHING: dict[str, Any] = {"code_version": "1", "inputs": [], "run_id": ""}
MOST_SLICES = 100  # Dagster's page checks no wider edge for staleness
# Citations of trials of this and that; the wording of a question is chosen by its hash, and not every one suits every study.
TRIED = ("written plan", "phone reminder", "nurse's visit", "short course", "peak flow diary", "picture card")
ABSTRACT = {
    "AIMS": "To find out whether a {tried} helps adults to recognise asthma attacks earlier.",
    "RESULTS": "In 120 adults the mean time to treatment fell from 31 to 24 hours within twelve weeks.",
    "CONCLUSIONS": "A {tried} helped adults to recognise asthma attacks earlier, and they were treated sooner than before it "
    "was introduced.",
}

every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
every_source_of_texts = pytest.mark.parametrize(
    "source", [pytest.param(source, id=name) for name, source in SOURCES.items() if source.has_texts]
)


@dataclass
class Walk:
    """One slice of a source on a bench: collected, and processed as often as it is asked."""

    bench: Bench
    source: Source
    slice: Slice

    @property
    def raw(self) -> Stored:
        stored = self.bench.store.current(self.source.asset, self.slice.key)
        assert stored is not None
        return stored

    @property
    def record_ids(self) -> set[str]:
        return set(self.raw.table("records")["record_id"].to_pylist())

    def process(self) -> Stored:
        return process_source(self.bench.store, self.source.name, [self.raw], publishing=PUBLISHING).stored


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Citations for the sources that the kit's two files answer."""
    written = [_trial(7_000_001 + place, tried) for place, tried in enumerate(TRIED)]
    return write_kit(tmp_path_factory.mktemp("kit"), written, written)


def _trial(pmid: int, tried: str) -> str:
    parts = "".join(
        f'<AbstractText Label="{label}" NlmCategory="{label}">{text.format(tried=tried)}</AbstractText>'
        for label, text in ABSTRACT.items()
    )
    bare = citation(
        pmid, f"Does a {tried} help adults to recognise asthma attacks earlier?", mesh=("Asthma",)
    )
    return bare.replace("<Language>", f"<Abstract>{parts}</Abstract><Language>")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kit: Path) -> Iterator[Bench]:
    (tmp_path / "records").symlink_to(PACKAGED, target_is_directory=True)
    with workbench(tmp_path, monkeypatch, kit) as bench:
        yield bench


@pytest.fixture
def walk(bench: Bench, source: Source) -> Walk:
    key = WALKED.get(source.name) or slices(source.name, bench.settings)[0].key
    walk = Walk(bench, source, find_slice(source.name, key, bench.settings))
    bench.collect(walk.slice)
    return walk


@every_source
def test_its_modules_can_be_loaded(source: Source) -> None:
    parser = ("parser",) if source.has_texts else ()
    for part in ("collector", *parser, *(("outside",) if source.outside else ())):
        assert callable(source.load(part)), f"{source.name} has no {part}"
    for endpoint in source.endpoints:
        assert issubclass(resolve_name(endpoint.handler), Handler), (
            f"the sandbox does not answer for {endpoint.name}"
        )


@every_source
def test_its_slices_belong_to_it_and_are_told_apart(source: Source) -> None:
    sample, live = (slices(source.name, Settings(profile=profile)) for profile in ("sample", "live"))
    assert sample, "no slice in the sample profile: nothing here would be tried"
    assert live or source.slices_of, "no slice in the live profile, and nobody may name one"
    for one in (*source.slices, *sample, *live):
        assert one.source == source.name
        assert one.profiles
        assert set(one.profiles) <= {"sample", "live"}
    for named in (source.slices, sample, live):
        assert len({one.key for one in named}) == len(named) < MOST_SLICES


@every_source
def test_its_licences_are_described(source: Source) -> None:
    unknown = set(source.licences) - set(LICENCES)
    assert source.licences, "which licences may its records bear?"
    assert not unknown, f"foundation/licences.py does not describe {unknown}"


@every_source
def test_its_schedule_is_a_cron_that_dagster_takes(source: Source) -> None:
    schedule = dg.ScheduleDefinition(name=source.name, target="*", cron_schedule=source.schedule)
    assert schedule.cron_schedule == source.schedule


@every_source
@pytest.mark.parametrize("has_key", [True, False], ids=["key", "no key"])
def test_its_rates_bound_every_address(source: Source, has_key: bool) -> None:
    for endpoint in source.endpoints:
        rates = source.rates_at(endpoint.address, has_key)
        assert rates, f"nothing limits requests to {endpoint.address}"
        assert all(isinstance(rate, Rate) for rate in rates)


@every_source
def test_what_documents_tell_of_it_is_there(source: Source) -> None:
    told = ("title", "publisher", "description", "terms", "attribution")
    assert not [name for name in told if not getattr(source, name).strip()]
    assert not [reply.file for reply in source.kinds_of_reply() if not reply.file.exists()]
    assert source.record_example.startswith(f"{source.record_prefix}:")


@every_source
def test_the_graph_the_layers_and_the_golden_outputs_know_it(source: Source) -> None:
    assert source.asset in {node.name for node in RAW}
    records = golden.INPUTS / "raw" / f"{source.name}.jsonl"
    assert records.exists() or not source.has_texts, f"no golden output can be made of it without {records}"
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    protected = next(one["protected_modules"] for one in contracts if one["type"] == "protected")
    assert source.collector.rpartition(":")[0].rpartition(".")[0] in protected


@pytest.mark.parametrize("source", [one for one in SOURCES.values() if one.name not in ALSO_WORDS])
def test_no_other_room_names_it(source: Source) -> None:
    package = Path(medai_assets.__file__).parent
    own = (package / "sources", package / "sandbox")
    files = [
        path
        for path in package.rglob("*.py")
        if not path.is_relative_to(own[0]) and own[1] not in path.parents
    ]
    naming = [str(path.relative_to(package)) for path in files if f'"{source.name}"' in path.read_text()]
    assert len(files) > 300
    assert not naming, f"ask for a trait of {source.name} instead"


@every_source
def test_an_edit_of_its_sandbox_records_is_seen(source: Source, kit: Path, tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path))
    key = slices(source.name, settings)[0].key
    target = PartitionId(source.asset, key)
    settings.kit_dir.symlink_to(kit, target_is_directory=True)
    before = fingerprint(Graph(settings), target)
    records = prepare_records(settings.sandbox_records)
    assert fingerprint(Graph(settings), target) == before, (
        "the copy that a user may edit is not what was packaged"
    )
    settings.kit_dir.unlink()
    for file in records.rglob("*.*"):
        if file.is_file() and file.suffix != ".yaml":
            file.unlink()
    assert fingerprint(Graph(settings), target) != before


@every_source
def test_its_records_are_named_licensed_and_dated(walk: Walk, source: Source) -> None:
    records = walk.raw.table("records").to_pylist()
    assert records, "the sandbox serves no record for its first sample slice"
    for record in records:
        assert canonical_record_id(record["record_id"]) == record["record_id"]
        assert source.record_form.fullmatch(record["record_id"])
        assert record["licence"] in {*source.licences, SAMPLE_LICENCE}
        assert record["attribution"]
        assert record["url"] == f"sandbox:{record['record_id']}" if record["sample"] else record["url"]
        assert (record["source"], record["slice"]) == (source.name, walk.slice.key)


@every_source
def test_what_it_withdraws_reaches_the_withdrawals(walk: Walk, source: Source) -> None:
    assert source.withdraws or not walk.raw.rows("withdrawals"), f"state withdraws=True for {source.name}"


@every_source
def test_asking_again_changes_nothing(walk: Walk) -> None:
    assert walk.bench.collect(walk.slice).unchanged


@every_source_of_texts
def test_its_parser_reads_its_records(walk: Walk) -> None:
    processed = walk.process()
    unreadable = [row for row in processed.table("removed").to_pylist() if row["reason"] == "unreadable"]
    assert processed.rows("passages")
    assert unreadable == []


@every_source_of_texts
def test_a_rule_makes_an_example_of_it_that_names_its_record(walk: Walk, source: Source) -> None:
    made = examples(walk.process())
    if source.name in NO_EXAMPLE:
        assert made == [], f"a rule reads {source.name} now: take it off NO_EXAMPLE"
        return
    assert made, f"no rule makes an example of {walk.slice.key}"
    assert {origin["record_id"] for row in made for origin in row["origins"]} <= walk.record_ids


@pytest.mark.parametrize("source", [one for one in SOURCES.values() if not one.has_texts])
def test_a_source_without_texts_withdraws_and_no_passage_is_made_of_it(walk: Walk, source: Source) -> None:
    assert walk.raw.rows("withdrawals")
    graph = Graph(walk.bench.settings)
    assert PartitionId(source.asset, walk.slice.key) in graph.parents(PartitionId("withdrawals", None))
    assert source.name not in graph.partitions("processed_corpus")


@every_source_of_texts
def test_a_record_taken_down_is_erased_and_does_not_come_back(walk: Walk) -> None:
    passage = walk.process().table("passages").to_pylist()[0]
    record = passage["origins"][0]["record_id"]
    assert current_files_holding(walk.bench.store, passage["text"])

    assert add_take_down(walk.bench.settings.take_downs_file, record, "asked for", "a person") == record
    assert [stored.partition for stored in erase_from_raw(walk.bench.store, record)] == [walk.slice.key]
    assert record not in walk.record_ids
    walk.bench.collect(walk.slice, force_shrink=True)
    assert record not in walk.record_ids
    left = walk.process().table("passages").to_pylist()
    assert record not in {origin["record_id"] for row in left for origin in row["origins"]}


def examples(processed: Stored) -> list[dict[str, Any]]:
    """What the rules make of these passages, without what people wrote."""
    made = build_examples(processed.batches("passages"), Mixture(least_validation=0)).rows
    return [row for row in made if not row["authored"]]
