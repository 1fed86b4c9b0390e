"""A snapshot of the graph: keys, parents, groups, partitions, automation, checks. A change here is a change of the product."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import warnings
from pathlib import Path

import dagster as dg
import pytest

import medai_assets
from medai_assets.definitions import build_defs, page_graph
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.settings import Settings
from medai_assets.storage import Store, StoreError

SNAPSHOT = Path(__file__).parent / "graph_snapshot.json"
# chardet: tables of every language, which requests would import.
HEAVY = ("torch", "transformers", "peft", "trl", "datasets", "bitsandbytes", "matplotlib", "chardet")


def described(profile: str) -> dict[str, object]:
    """What a newcomer sees of every asset, as plain data."""
    defs = build_defs(Settings(profile=profile))  # type: ignore[arg-type]
    graph = defs.resolve_asset_graph()
    found = {}
    for spec in sorted(defs.resolve_all_asset_specs(), key=lambda s: s.key):
        node = graph.get(spec.key)
        keys = node.partitions_def.get_partition_keys() if node.partitions_def else []
        found[spec.key.to_user_string()] = {
            "group": spec.group_name,
            "parents": sorted(d.asset_key.to_user_string() for d in spec.deps),
            "partitions": list(keys),
            "owners": list(spec.owners),
            "kinds": sorted(spec.kinds),
            "pool": sorted(node.pools or ()),
            "automation": spec.automation_condition.get_label() if spec.automation_condition else None,
            "freshness": bool(spec.freshness_policy),
            "checks": sorted(
                f"{key.name}{' (blocks)' if graph.get(key).blocking else ''}"
                for key in graph.asset_check_keys
                if key.asset_key == spec.key
            ),
        }
    return found


@pytest.mark.parametrize("profile", ["sample", "live"])
def test_the_graph_is_what_the_snapshot_says(profile: str) -> None:
    assert described(profile) == json.loads(SNAPSHOT.read_text())[profile], (
        "python -m medai_assets_tests.test_graph renews it"
    )


@pytest.mark.parametrize("profile", ["sample", "live"])
def test_no_edge_is_wide_enough_for_dagster_to_skip(profile: str) -> None:
    graph = Graph(Settings(profile=profile))  # type: ignore[arg-type]
    for target in graph.all_partitions():
        by_asset = [p.asset for p in graph.parents(target)]
        assert all(by_asset.count(asset) < 100 for asset in set(by_asset)), target


def test_dagster_maps_partitions_as_the_graph_does() -> None:
    """Dagster's own partition mappings lead to the same parents as ours, for every partition."""
    graph = Graph(Settings())
    asset_graph = build_defs(Settings()).resolve_asset_graph()
    with dg.DagsterInstance.ephemeral() as instance:
        for target in graph.all_partitions():
            for parent in {p.asset for p in graph.parents(target)}:
                mapped = _dagster_parents(asset_graph, instance, target, parent)
                assert mapped == {p.partition for p in graph.parents(target) if p.asset == parent}, (
                    target,
                    parent,
                )


def _dagster_parents(
    asset_graph: dg.AssetGraph, instance: dg.DagsterInstance, target: PartitionId, parent: str
) -> set[str | None]:
    key, parent_key = dg.AssetKey(target.asset), dg.AssetKey(parent)
    parent_def = asset_graph.get(parent_key).partitions_def
    if parent_def is None:
        return {None}
    mapping = asset_graph.get_partition_mapping(key, parent_key)
    definition = asset_graph.get(key).partitions_def
    subset = (
        definition.subset_with_partition_keys([target.partition]) if definition and target.partition else None
    )
    mapped = mapping.get_upstream_mapped_partitions_result_for_partitions(
        downstream_partitions_subset=subset,
        downstream_partitions_def=definition,
        upstream_partitions_def=parent_def,
    )
    return set(mapped.partitions_subset.get_partition_keys())


def test_loading_the_definitions_imports_nothing_heavy() -> None:
    program = "import sys, medai_assets.definitions; print(','.join(m for m in sys.modules if '.' not in m))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    assert not set(HEAVY) & set(done.stdout.strip().split(","))


def test_the_command_line_imports_neither_dagster_nor_anything_heavy() -> None:
    """So `medai --help` and `medai plan` answer at once; tables are read by whoever needs them."""
    program = "import sys, medai_assets.cli; print(','.join(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {*HEAVY, "dagster", "pyarrow", "pandas", "numpy"} & set(done.stdout.strip().split(","))


def test_every_stage_is_checked() -> None:
    for profile in json.loads(SNAPSHOT.read_text()).values():
        assert not [name for name, asset in profile.items() if not asset["checks"]]


def test_unknown_sources_are_named() -> None:
    with pytest.raises(ValueError, match="MEDAI_SOURCES names who; the sources are fda"):
        _ = Graph(Settings(sources=("who",))).sources


def test_a_page_shows_base_models_and_preferences_once_somebody_asked_for_them(tmp_path: Path) -> None:
    """So that nothing on it is grey for ever, and "Materialize all" makes no model that nobody wants."""
    settings = Settings(data=str(tmp_path), profile="sample")
    everything, first = Graph(settings), Graph.asked_for(settings)
    unasked = {name for name in everything.nodes if name.startswith("preference_")}
    assert len(unasked) == 4
    assert everything.nodes.keys() - first.nodes.keys() == unasked
    assert {p.partition for p in everything.all_partitions()} > {p.partition for p in first.all_partitions()}
    assert first.partitions("lora_adapter") == first.partitions("merged_model") == ["smollm2-135m"]
    assert first.partitions("raw_fda") == everything.partitions("raw_fda")

    wanting = settings.model_copy(update={"base_models": ("qwen-7b",), "preferences": True})
    assert Graph.asked_for(wanting).partitions("preference_adapter") == ["qwen-7b"]
    assert Graph.asked_for(wanting).nodes.keys() == everything.nodes.keys()

    store = Store(settings.store_root)
    for asset, partition in (("lora_adapter", "qwen-7b"), ("preference_recipe", None)):
        with store.draft(asset, partition) as draft:
            draft.path("values.json").write_text("{}")
            draft.publish(data_version="1", code_version="1", inputs=[], run_id="")
    later = Graph.asked_for(settings)
    assert later.partitions("training_recipe") == ["qwen-7b", "smollm2-135m"]
    assert later.nodes.keys() - first.nodes.keys() == {"preference_recipe"}
    page = build_defs(graph=later).resolve_asset_graph()
    assert {key.to_user_string() for key in page.materializable_asset_keys} == later.nodes.keys()
    assert page.external_asset_keys == set()


@pytest.mark.parametrize("fault", ["opened", "reached"])
def test_a_store_that_does_not_answer_keeps_no_page_from_loading(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data="nowhere://x" if fault == "opened" else str(tmp_path), profile="sample")

    def unreachable(*_: object) -> None:
        raise StoreError("the store cannot be reached; look at the network")

    monkeypatch.setattr(Store, "partitions", unreachable)
    assert page_graph(settings, ["-c"]).nodes == Graph(settings).nodes
    assert capsys.readouterr().err == "", "a worker has no page to tell of"
    assert page_graph(settings, ["/env/bin/dagster", "api", "grpc"]).nodes == Graph(settings).nodes
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("medai: every base model and preference is shown, since the ")
    assert f"be {fault}" in line


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # Dagster's of what it previews, one a check
    SNAPSHOT.write_text(
        json.dumps({p: described(p) for p in ("sample", "live")}, indent=1, sort_keys=True) + "\n"
    )


def test_a_module_that_is_run_as_a_script_has_begun_whole() -> None:
    """What stands below the guard is not there yet when its work is done."""
    cut = {}
    for file in sorted(Path(medai_assets.__file__).parent.rglob("*.py")):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        guards = [
            n for n, s in enumerate(body) if isinstance(s, ast.If) and "__name__" in ast.unparse(s.test)
        ]
        if guards and guards[-1] != len(body) - 1:
            cut[file.name] = ast.unparse(body[guards[-1] + 1])[:60]
    assert cut == {}
