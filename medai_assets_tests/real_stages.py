"""The pretend world with the real stages: a real sandbox on loopback, real files, a tiny model that is really trained.

Only Dagster and the worker processes are left out: ``settle`` asks the same planner and calls the rooms' own functions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from medai_assets.assets.lineage_upkeep import index, mark
from medai_assets.corpus.curate.benchmarks import publish_benchmarks
from medai_assets.corpus.curate.curation import publish_curated
from medai_assets.corpus.process.by_slice import process_source
from medai_assets.foundation.digests import text_digest
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.instructions.dataset.publish import publish_dataset
from medai_assets.instructions.training_examples import noted_in, publish_training_examples
from medai_assets.planning.fingerprints import DATA_OF, benchmark_paths, fingerprint
from medai_assets.planning.staleness import Staleness
from medai_assets.reviews.table import publish_reviews
from medai_assets.sandbox.server import running_sandbox
from medai_assets.settings import Settings
from medai_assets.sources.collection import collect_slice
from medai_assets.sources.registry import ALL_SLICES, find_slice, sandbox_endpoints
from medai_assets.storage import Store, Stored
from medai_assets.training.current_card import publish_card
from medai_assets.withdrawals.table import publish_withdrawals
from medai_assets_tests.world import World

SLICES = (("fda", "2025"), ("nhs", "symptoms"))
RECIPE = "smollm2-135m"


def only_two_slices(patch: pytest.MonkeyPatch) -> None:
    kept = tuple(s for s in ALL_SLICES if (s.source, s.key) in SLICES)
    patch.setattr("medai_assets.sources.registry.ALL_SLICES", kept)


class RealWorld(World):
    """A sample data root whose stages are the real ones, down to the adapter."""

    def __init__(self, settings: Settings, base: Path) -> None:
        self.settings = settings
        self.graph = Graph(settings)
        self.graph.nodes.pop("merged_model")
        self.graph.nodes.pop("evaluation_report")
        self.store = Store(settings.store_root)
        self.failing, self.blocked_checks = set(), set()
        self.settled = lambda world: None
        self.base = base

    def materialize(self, target: PartitionId) -> None:
        parents = {p: self.store.require(*p) for p in Staleness(self.graph, self.store).used_parents(target)}
        publishing = {
            "code_version": self.graph.nodes[target.asset].code_version,
            "inputs": [s.input for s in parents.values()],
            "run_id": "",
            "fingerprint": fingerprint(self.graph, target),
        }
        if target.asset.startswith("raw_"):
            self._collect(target, publishing)
        elif target.asset in DATA_OF:
            self._settings_values(target, publishing)
        else:
            getattr(self, f"_{target.asset}")(target, parents, publishing)

    def _collect(self, target: PartitionId, publishing: dict[str, Any]) -> None:
        wanted = find_slice(target.asset.removeprefix("raw_"), str(target.partition), Settings())
        with running_sandbox(self.settings) as base:
            reached = self.settings.with_endpoints(sandbox_endpoints(base))
            told = {name: publishing[name] for name in ("code_version", "fingerprint")}
            collect_slice(wanted, settings=reached, store=self.store, **told)

    def _settings_values(self, target: PartitionId, publishing: dict[str, Any]) -> None:
        values = DATA_OF[target.asset](self.settings, target.partition or "")
        written = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
        with self.store.draft(*target) as draft:
            draft.path("values.json").write_bytes(written)
            draft.publish(data_version=text_digest(written), metadata={"values": values}, **publishing)

    def _withdrawals(self, target: PartitionId, parents: dict[PartitionId, Stored], publishing: Any) -> None:
        file = self.settings.take_downs_file
        publish_withdrawals(self.store, list(parents.values()), file, publishing)
        mark(self.settings, self.store)

    def _reviews(self, target: PartitionId, parents: Any, publishing: Any) -> None:
        publish_reviews(self.store, publishing)

    def _benchmark_questions(self, target: PartitionId, parents: Any, publishing: Any) -> None:
        publish_benchmarks(self.store, benchmark_paths(self.settings), publishing)

    def _processed_corpus(self, target: PartitionId, parents: Any, publishing: Any) -> None:
        process_source(self.store, str(target.partition), list(parents.values()), publishing=publishing)

    def _curated_corpus(self, target: PartitionId, parents: Any, publishing: Any) -> None:
        by_name = {p.asset: stored for p, stored in parents.items()}
        publish_curated(
            self.store,
            [stored for p, stored in parents.items() if p.asset == "processed_corpus"],
            withdrawals=by_name["withdrawals"],
            benchmarks=by_name["benchmark_questions"],
            policy=by_name["curation_policy"],
            publishing=publishing,
        )

    def _instruction_dataset(self, target: PartitionId, parents: Any, publishing: Any) -> None:
        by_name = {p.asset: stored for p, stored in parents.items()}
        stored = publish_dataset(
            self.store,
            by_name["curated_corpus"],
            mixture=by_name["instruction_mixture"],
            reviews=by_name["reviews"],
            exports_dir=self.settings.exports_dir,
            publishing=publishing,
        )
        index(self.settings, stored)

    def _training_examples(self, target: PartitionId, parents: Any, publishing: Any) -> None:
        publish_training_examples(self.store, *parents.values(), publishing)

    def _model_card(self, target: PartitionId, parents: dict[PartitionId, Stored], publishing: Any) -> None:
        by_name = {p.asset: stored for p, stored in parents.items()}
        publish_card(self.store, by_name["lora_adapter"], by_name["instruction_dataset"], publishing)

    def _lora_adapter(self, target: PartitionId, parents: Any, publishing: Any) -> None:
        from medai_assets.training.job import Job
        from medai_assets.training.learned_tables import TABLES
        from medai_assets.training.recipe import recipe_from
        from medai_assets.training.reporting import Reporter
        from medai_assets.training.train import run

        by_name = {p.asset: stored for p, stored in parents.items()}
        recipe = orjson.loads((by_name["training_recipe"].local_path() / "values.json").read_bytes())
        with self.store.draft(*target) as draft:
            examples = by_name["training_examples"]
            result = run(
                Job(
                    recipe_from(recipe),
                    self.base,
                    examples.local_path(),
                    self.settings.work_dir / "training" / examples.data_version,
                    draft.directory,
                    {"inputs": [], "noted_in": noted_in(examples).data_version},
                    notes_file=noted_in(examples).local_path() / "examples.parquet",
                ),
                Reporter(),
            )
            for table in TABLES:
                draft.adopt_table(table)
            draft.publish(data_version=result["data_version"], **publishing)
        mark(self.settings, self.store)
