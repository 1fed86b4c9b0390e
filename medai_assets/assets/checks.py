"""Asset checks of every stage: their names, what they hold a result to, and which of them block.

Each stage evaluates its checks on what it has just published, so that they stand beside the partition they judge.
``failed_checks`` in the receipt holds what lies below until the stage is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import dagster as dg

from medai_assets.assets.declaration import partitions_definition
from medai_assets.foundation.vocabularies import LICENCES
from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.graph.graph import Graph
from medai_assets.lineage.withdrawal_times import IN_TIME, late, withdrawal_timings
from medai_assets.planning import input_checks as given

if TYPE_CHECKING:
    from medai_assets.storage import Stored

# by stage, then by name: what the check holds the result to, and whether it blocks
CHECKS: dict[str, dict[str, tuple[str, bool]]] = {
    stage: {name: (text, how == "blocks") for name, told in checks.items() for how, text in told.items()}
    for stage, checks in read_yaml(Path(__file__).with_name("checks.yaml")).items()
}
SETTINGS_CHECKS: dict[str, dict[str, Callable[[Mapping[str, Any]], list[str]]]] = {
    "curation_policy": {"licences_known": given.policy_licences, "bounds_find": given.policy_bounds},
    "instruction_mixture": {
        "values_valid": given.mixture_values,
        "names_known": given.mixture_names,
        "bounds_agree": given.mixture_bounds,
    },
    "training_recipe": {
        "revision_pinned": given.recipe_revision,
        "values_accepted": given.recipe_values,
        "kinds_known": given.recipe_kinds,
    },
    "preference_recipe": {"values_accepted": given.preference_values},
}
DAY = timedelta(days=1)
MOST_NAMED = 10  # of what is wrong; all are counted
PICKLED = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


def check_specs(graph: Graph, asset: str, checks: Mapping[str, tuple[str, bool]]) -> list[dg.AssetCheckSpec]:
    """Specs of an asset's checks, per partition where it has any."""
    return [
        dg.AssetCheckSpec(
            name,
            asset=asset,
            description=description,
            blocking=blocking,
            partitions_def=partitions_definition(graph, graph.nodes[asset]),
        )
        for name, (description, blocking) in checks.items()
    ]


def verdict(asset: str, name: str, passed: bool, **facts: Any) -> dg.AssetCheckResult:
    """The result of one check; a failed check that does not block, or is of the stage's own, is a warning."""
    _, blocking = CHECKS["raw" if asset.startswith("raw_") else asset].get(name, ("", False))
    severity = dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=asset, check_name=name, passed=passed, severity=severity, metadata=facts
    )


def of_collection(
    asset: str, counts: Mapping[str, int], licences: Mapping[str, int]
) -> list[dg.AssetCheckResult]:
    """Checks of a raw slice."""
    unknown = sorted(set(licences) - set(LICENCES))
    return [
        verdict(asset, "records_present", counts["records"] + counts["rejected"] > 0, **counts),
        verdict(asset, "licences_known", not unknown, unknown=", ".join(unknown)),
    ]


def of_problems(asset: str, wrong: Mapping[str, Sequence[str]]) -> list[dg.AssetCheckResult]:
    """Checks that passed where nothing is wrong; what is, in words, the first few."""
    return [
        verdict(asset, name, not found, wrong="; ".join(found[:MOST_NAMED]), count=len(found))
        for name, found in wrong.items()
    ]


def of_withdrawals(stored: Stored) -> list[dg.AssetCheckResult]:
    """Checks of the withdrawals, read from what was stored."""
    rows = stored.table("withdrawals").to_pylist()
    wrong = {"records_named": given.unknown_records(rows), "accounted_for": given.unaccounted(rows)}
    found, now = withdrawal_timings(stored.store, stored), datetime.now(UTC)
    out = sorted(one.waited(now) for one in found if one.out_at)
    days = {"longest": out[-1] / DAY, "median": out[len(out) // 2] / DAY} if out else {}
    in_time = verdict(
        "withdrawals",
        "taken_out_in_time",
        not late(found, now),
        waiting_for_a_data_set=sum(one.out_at is None for one in found),
        late=[one.record_id for one in late(found, now)][:MOST_NAMED],
        **{f"{name} wait in days": round(value, 2) for name, value in days.items()},
    )
    return [*of_problems("withdrawals", wrong), in_time]


def of_taking_out(dataset: Stored, corpus: Stored) -> list[dg.AssetCheckResult]:
    """How long the withdrawals had waited that a data set, which is about to become current, is the first made without."""
    before = {(one.record_id, one.kind) for one in withdrawal_timings(dataset.store) if one.out_at}
    found, now = withdrawal_timings(dataset.store, made_of=corpus.data_version), datetime.now(UTC)
    out = [one for one in found if one.out_at and (one.record_id, one.kind) not in before]
    out.sort(key=lambda one: one.waited(now), reverse=True)
    overdue = [one.record_id for one in out if one.waited(now) > IN_TIME]
    days = [one.waited(now) / DAY for one in out]
    return [
        verdict(
            "instruction_dataset",
            "withdrawn_in_time",
            not overdue,
            late=overdue[:MOST_NAMED],
            taken_out=len(out),
            still_waiting=sum(one.out_at is None for one in found),
            longest_wait_in_days=round(max(days, default=0.0), 2),
            median_wait_in_days=round(median(days), 2) if days else 0.0,
        )
    ]


def of_benchmarks(stored: Stored, stated: Mapping[str, int]) -> list[dg.AssetCheckResult]:
    """Checks of the benchmark questions; ``stated`` are the counts that publishers state."""
    facts = stored.facts
    rows = stored.table("questions", columns=["benchmark", "item_id"]).to_pylist()
    read = given.unread_benchmarks(facts["by_file"], facts["by_benchmark"], stated)
    return of_problems(
        "benchmark_questions", {"files_read": read, "items_unique": given.repeated_items(rows)}
    )


def of_settings(asset: str, values: Mapping[str, Any]) -> list[dg.AssetCheckResult]:
    """Checks of a policy, a mixture or a recipe."""
    return of_problems(asset, {name: find(values) for name, find in SETTINGS_CHECKS[asset].items()})


def of_reviews(stored: Stored) -> list[dg.AssetCheckResult]:
    """Checks of the verdicts, read from what was stored."""
    rows = stored.table("reviews", columns=["example_id", "verdict", "fault"]).to_pylist()
    return of_problems("reviews", {"verdicts_known": given.unknown_verdicts(rows)})


def of_dataset(stored: Stored) -> list[dg.AssetCheckResult]:
    """The checks that the instruction room has made of its own result in this materialization."""
    return [
        verdict("instruction_dataset", c["check"], c["passed"], detail=c["detail"])
        for c in stored.facts["checks"]
    ]


def of_training_examples(stored: Stored) -> list[dg.AssetCheckResult]:
    """Checks of what models learn from."""
    counts = stored.facts["examples"]
    return [verdict("training_examples", "splits_filled", all(counts.values()), **counts)]


def of_preferences(stored: Stored) -> list[dg.AssetCheckResult]:
    """Checks of preference pairs, read from what was stored."""
    columns = ["prompt", "chosen", "rejected", "chosen_origins", "rejected_origins"]
    pairs = stored.table("pairs", columns).to_pylist()
    alike = sum(
        p["chosen"] == p["rejected"] or not (p["chosen_origins"] and p["rejected_origins"]) for p in pairs
    )
    taught = {(p["prompt"][-1]["content"], p["chosen"]) for p in pairs}
    rejected = sum((p["prompt"][-1]["content"], p["rejected"]) in taught for p in pairs)
    return [
        verdict("preference_dataset", "sides_differ", not alike, pairs=len(pairs), wrong=alike),
        verdict("preference_dataset", "rejected_not_taught", not rejected, wrong=rejected),
    ]


def of_card(stored: Stored) -> list[dg.AssetCheckResult]:
    """Checks of a model card; an example that the data set no longer holds is told as it was when it was learned."""
    facts = stored.facts
    before = facts["noted_before"]
    return [verdict("model_card", "notes_current", not before, learned=facts["learned"], noted_before=before)]


def of_processing(passages: int, unmapped: Mapping[str, int]) -> list[dg.AssetCheckResult]:
    """Checks of a source's processed corpus."""
    unknown = sum(unmapped.values())
    share = unknown / max(1, passages)
    return [
        verdict("processed_corpus", "sections_known", share <= 0.1, not_mapped=unknown, passages=passages)
    ]


def of_curation(
    kept: Stored, withdrawn: set[tuple[str, str | None]], allowed: Sequence[str]
) -> list[dg.AssetCheckResult]:
    """Checks of the curated corpus, read from what was stored."""
    resting, refused = 0, 0
    for batch in kept.batches("passages", columns=["origins"]):
        for origins in batch.column("origins").to_pylist():
            resting += all(
                (o["record_id"], None) in withdrawn or (o["record_id"], o["version"]) in withdrawn
                for o in origins
            )
            refused += not any(o["licence"] in allowed for o in origins)
    return [
        verdict("curated_corpus", "no_withdrawn_record", resting == 0, passages=resting),
        verdict(
            "curated_corpus", "licences_allowed", refused == 0, passages=refused, allowed=", ".join(allowed)
        ),
    ]


def of_adapter(stored: Stored, base_loss: float, tuned_loss: float) -> list[dg.AssetCheckResult]:
    """Checks of an adapter."""
    fell = verdict(
        "lora_adapter", "validation_loss_fell", tuned_loss < base_loss, base=base_loss, tuned=tuned_loss
    )
    pickled = _pickled(stored)
    return [fell, verdict("lora_adapter", "safetensors_only", not pickled, pickled=", ".join(pickled))]


def of_preference_adapter(
    stored: Stored, metrics: Mapping[str, Mapping[str, float]]
) -> list[dg.AssetCheckResult]:
    """Checks of an adapter that learned preferences; ``metrics`` are those of held-out pairs before and after."""
    before, after = (metrics[when].get("loss", float("nan")) for when in ("before", "after"))
    pickled = _pickled(stored)
    return [
        verdict("preference_adapter", "preferred_gained", after < before, before=before, after=after),
        verdict("preference_adapter", "safetensors_only", not pickled, pickled=", ".join(pickled)),
    ]


def of_model(stored: Stored) -> list[dg.AssetCheckResult]:
    """Checks of a merged model."""
    names = set(stored.manifest.files)
    missing = [n for n in ("config.json", "tokenizer.json", "chat_template.jinja") if n not in names]
    if not any(n.endswith(".safetensors") for n in names):
        missing.append("*.safetensors")
    wrong = missing + _pickled(stored)
    return [verdict("merged_model", "files_complete", not wrong, missing_or_pickled=", ".join(wrong))]


def _pickled(stored: Stored) -> list[str]:
    return sorted(name for name in stored.manifest.files if name.endswith(PICKLED))


def failed(results: Sequence[dg.AssetCheckResult]) -> list[str]:
    """Names of the blocking checks that did not pass."""
    return [str(r.check_name) for r in results if not r.passed and r.severity is dg.AssetCheckSeverity.ERROR]
