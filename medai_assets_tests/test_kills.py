"""A stage that is killed at any of its writes leaves its partition as it was or done, and the next run ends alike.

With ``--everything`` (``make search``) each write is tried; without it those that readers see, and one in 24 of the others.
The stages are the real assets over a small data root; each is renewed after an upstream records changed and another was
taken down, so that an earlier version, its exports and its indexes are there to be damaged.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import pytest
import yaml

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import mixture
from medai_assets.planning.staleness import Staleness, Status
from medai_assets.reviews.history import add_reviews
from medai_assets.sandbox.server import prepare_records
from medai_assets.settings import Settings, get_settings
from medai_assets.sources.take_downs import add_take_down
from medai_assets.storage import Store, file_sha256
from medai_assets.verification.spelled import _english
from medai_assets_tests.kills import Point, in_child, killed_at, points
from medai_assets_tests.real_stages import only_two_slices

STAGES = (
    PartitionId("raw_fda", "2025"),
    PartitionId("withdrawals", None),
    PartitionId("processed_corpus", "fda"),
    PartitionId("curated_corpus", None),
    PartitionId("instruction_dataset", None),
    PartitionId("curation_policy", None),  # its blocking check fails
)
# Tried with ``--everything`` alone: what stages of their own write, and those that are there only where a setting asks.
FURTHER = (
    PartitionId("reviews", None),
    PartitionId("training_examples", None),
    PartitionId("preference_dataset", None),
    PartitionId("question_rewrites", None),
    PartitionId("pretraining_texts", None),
)
# What another of these or another test stands for.
ALIKE = {
    "raw_": "collected and published by the same code as raw_fda",
    "benchmark_questions": "one table, as withdrawals",
    "instruction_mixture": "values of a file, as curation_policy",
    "preference_recipe": "values of a file, as curation_policy",
}
UNTRAINED = (  # trained and judged in processes of their own: training/test_resume.py, test_preferences.py, evaluation
    "training_recipe", "pretrained_adapter", "lora_adapter", "model_card", "evaluation_report", "merged_model",
    "preference_adapter",
    "preference_report", "pretraining_report", "judged_report",
)  # fmt: skip

# Hidden, and no litter: a folder, and an empty file that is only ever locked.
KEPT = (".drafts", ".current.lock")


class State(NamedTuple):
    """What readers and the planner find."""

    status: Status
    version: str | None
    failed_checks: tuple[str, ...]
    current: dict[str, Any]  # of every partition: version, inputs, promised exports
    exports: dict[str, str]
    litter: list[str]


@lru_cache
def asset_job(asset: str) -> dg.JobDefinition:
    """Dagster's own, resolved once for all children."""
    from medai_assets.definitions import build_defs

    return (
        build_defs().resolve_implicit_global_asset_job_def().get_subset(asset_selection={dg.AssetKey(asset)})
    )


@lru_cache
def empty_instance() -> dg.DagsterInstance:
    """One in memory, of which each child has a copy of its own."""
    return dg.DagsterInstance.ephemeral()


def run(target: PartitionId) -> None:
    """The real asset, as a worker runs it."""
    from medai_assets.running.worker import first_error

    result = asset_job(target.asset).execute_in_process(
        instance=empty_instance(),
        partition_key=target.partition,
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    assert result.success or "blocking check" in first_error(result), first_error(result)


def state(target: PartitionId) -> State:
    """Every table is read, so that nothing damaged counts as there."""
    settings = get_settings()
    store, graph = Store(settings.store_root), Graph(settings)
    current = {}
    for one in graph.all_partitions():
        if (stored := store.current(*one)) is not None:
            assert stored.receipt is not None
            tables = {name for part in (stored, *stored.parts) for name in part.manifest.tables}
            rows = {name: stored.table(name).num_rows for name in sorted(tables)}
            current[str(one)] = (
                    stored.data_version, stored.receipt.inputs, stored.receipt.outputs, rows,
                )  # fmt: skip
    receipt = store.current_receipt(*target)
    exports = settings.exports_dir
    # What stages keep for speed is tidied by its own next writer, not by the next run.
    homes = [Path(store.home(*one)) for one in graph.all_partitions()]
    hidden = [p for home in (*homes, exports) for p in home.rglob(".*") if p.name not in KEPT]
    unfinished = sorted(map(str, [*hidden, *(p for home in homes for p in home.glob(".drafts/*"))]))
    return State(
        Staleness(graph, store).states()[target].status,
        receipt.data_version if receipt else None,
        tuple(receipt.metadata["failed_checks"]) if receipt else (),
        current,
        {p.name: file_sha256(p) for p in exports.iterdir() if p.is_file()} if exports.exists() else {},
        unfinished,
    )


def disk(folder: Path) -> dict[str, str]:
    """All files by name and hash, whatever process or moment is in a name; drafts count as absent."""
    return {
        re.sub(r"\d{4}-\d\d-\d\dT[\d.]+Z-[0-9a-f]{6}|\d+-[0-9a-f]{8}-[0-9a-f]{6}", "…", str(path)): (
            file_sha256(path)
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and ".drafts" not in path.parts
        and path.name not in ("current.json", "manifest.json")
    } | {str(path): "" for path in folder.rglob("current.json")}


def settle_all_but_training() -> list[str]:
    """Returns the modules that it needed."""
    for target in Graph(get_settings()).all_partitions():
        if target.asset not in UNTRAINED:
            run(target)
    return [name for name, module in sys.modules.items() if getattr(module, "__spec__", None)]


def settle_above(target: PartitionId) -> None:
    """Run what a stage waits for."""
    graph = Graph(get_settings())
    above = [
        t for t in graph.all_partitions() if target in graph.downstream({t}) and t.asset not in UNTRAINED
    ]
    while todo := [
        t for t in above if Staleness(graph, Store(get_settings().store_root)).states()[t].needs_run
    ]:
        run(todo[0])


def move_upstream() -> None:
    """Labels read otherwise, one record is taken down, and a reader has approved an example."""
    settings = get_settings()
    for file in (prepare_records(settings.sandbox_records) / "fda").rglob("*.json"):
        file.write_text(file.read_text().replace("tablets", "capsules"))
    slice = Store(settings.store_root).require("raw_nhs", "symptoms")
    add_take_down(
        settings.take_downs_file, slice.table("records")["record_id"][0].as_py(), "asked", "A. Person"
    )
    read = {"example_id": "e" + "0" * 24, "verdict": "approve", "fault": "", "comment": "", "role": "editor"}
    add_reviews(Store(settings.store_root), [read | {"reviewer": "A. Reader"}])


def break_policy(config: Path) -> None:
    """Its bound finds no leak any more, which a blocking check tells."""
    packaged = Settings().config_file("curation.yaml").read_text()
    (config / "curation.yaml").write_text(packaged.replace("benchmark_ngram: 13", "benchmark_ngram: 130"))


class Stages(NamedTuple):
    """Where the stages run, and what the data root was before each."""

    data: Path
    before: dict[PartitionId, Path]

    def begin(self, target: PartitionId) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.before[target], self.data)

    @property
    def ignored(self) -> tuple[Path, ...]:
        sample = self.data / "sample"
        return sample / "work" / "progress", sample / "sandbox", sample / "dagster"


def every_setting() -> Settings:
    """Under which the graph has every stage."""
    return Settings(sources=None, judge_url="https://any", teacher_url="https://any", pretraining=True)


class Teacher(BaseHTTPRequestHandler):
    """Says the same to whatever it is asked, which is then refused with the reason."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said = {"model": "one", "choices": [{"message": {"role": "assistant", "content": "What is it?"}}]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *told: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def further(everything: bool) -> Iterator[dict[str, str]]:
    """Settings under which the graph has all stages, where all are tried."""
    if not everything:
        yield {}
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), Teacher) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield {
            "TEACHER_URL": f"http://127.0.0.1:{server.server_port}/v1",
            "TEACHER_MODEL": "one",
            "TEACHER_QUESTIONS": "3",
            "PRETRAINING": "true",
        }
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def stages(
    tmp_path_factory: pytest.TempPathFactory, further: dict[str, str], everything: bool
) -> Iterator[Stages]:
    """A settled data root, whose upstream and take-downs have moved since, at each of its stages."""
    asset_job.cache_clear()
    root = tmp_path_factory.mktemp("kills")
    wanted, order = (*STAGES, *(FURTHER if everything else ())), list(Graph(every_setting()).nodes)
    # The policy last, as it moves again what follows from it.
    tried = sorted(wanted, key=lambda t: (t.asset == "curation_policy", order.index(t.asset)))
    found = Stages(root / "data", {target: root / f"before {target.asset}" for target in tried})
    with pytest.MonkeyPatch.context() as patch:
        only_two_slices(patch)
        for name, value in ({"DATA": str(root / "data"), "SOURCES": '["fda", "nhs"]', "CONFIG": str(root / "data" / "config"),
                            "WORKERS": "1", "SLICE_LIMIT": "5"} | further).items():  # fmt: skip
            patch.setenv(f"MEDAI_{name}", value)
        get_settings.cache_clear()
        config = found.data / "config"
        config.mkdir(parents=True)
        few = {**mixture(Settings()), "least_examples": 1, "least_validation": 1}
        few["most_examples"] = dict.fromkeys(few["most_examples"], 4)
        few["most_examples"]["symptom_analysis"] = 0  # five pages have none
        few.pop("emergency_country")
        (config / "mixture.yaml").write_text(yaml.safe_dump(few))
        for asset in {target.asset for target in Graph(get_settings()).all_partitions()} - {*UNTRAINED}:
            asset_job(asset)
        empty_instance()
        for name in in_child(settle_all_but_training):
            import_module(name)  # once here, and not again in each child
        _english()  # so is the list of words, which takes a second to read
        in_child(move_upstream)
        for target, folder in found.before.items():
            if target.asset == "curation_policy":
                break_policy(config)
            in_child(lambda target=target: settle_above(target))
            shutil.copytree(found.data, folder)
            in_child(lambda target=target: run(target))
        yield found
    get_settings.cache_clear()
    empty_instance().dispose()
    empty_instance.cache_clear()


def chosen(seen: list[Point], every: bool) -> Iterator[int]:
    """Points to be killed at: all that follow a change, or what a test run has the time for."""
    for place, number in enumerate(after_changes(seen)):
        if every or place % 24 == len(seen) % 24 or not seen[number - 1].is_hidden:
            yield number


def after_changes(seen: list[Point]) -> Iterator[int]:
    """Numbers of the points that follow a change; of changes in a row that no reader sees, only the first."""
    unseen = False
    for number, point in enumerate(seen, start=1):
        if not point.changes or number == len(seen):
            continue
        before, unseen = unseen, point.is_hidden and point.what != "os.rename"
        if not (before and unseen):
            yield number


def test_every_stage_is_tried_or_stands_beside_one_that_is() -> None:
    tried = {target.asset for target in (*STAGES, *FURTHER)}
    assert [
        name for name in Graph(every_setting()).nodes
        if name not in (*tried, *UNTRAINED) and not name.startswith(tuple(ALIKE))
    ] == []  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("target", [*STAGES, *FURTHER], ids=str)
def test_a_stage_that_is_killed_is_as_before_or_done_and_ends_alike(
    target: PartitionId, stages: Stages, everything: bool
) -> None:
    if target in FURTHER and not everything:
        pytest.skip("the stages that write most are tried; `make search` tries all")

    def act() -> None:
        run(target)

    def found() -> State:
        return in_child(lambda: state(target))

    stages.begin(target)
    before = found()
    seen = points(act, stages.data, stages.ignored)
    done = found()
    assert before.status is not Status.FRESH
    assert (done.status, done.litter) == (Status.FRESH, [])
    assert bool(done.failed_checks) == (target.asset == "curation_policy")
    assert len(seen) > 10
    visible = [p for p in seen if p.what == "open" and not p.is_hidden and not p.path.endswith(".lock")]
    assert visible == [], "what readers know is only ever renamed into place"
    ended_well = set()  # disks from which the next run was seen to end as the unkilled one
    for number in chosen(seen, everything):
        stages.begin(target)
        killed_at(number, act, stages.data, stages.ignored)
        left = repr(disk(stages.data))
        if left in ended_well:
            continue
        after, told = found(), f"killed after {seen[number - 1]}"
        if after.status is Status.FRESH:
            assert after._replace(litter=[]) == done, told
        else:
            assert (after.version, after.failed_checks) == (before.version, before.failed_checks), told
            assert after.exports.items() <= before.exports.items() | done.exports.items(), told
        in_child(act)
        assert found() == done, told
        ended_well.add(left)
