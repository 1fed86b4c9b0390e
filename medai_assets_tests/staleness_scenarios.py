"""What may happen to a settled world, and the runs that must follow: the table of docs/staleness.md as data.

The planner (``test_staleness``) and the automation condition (``test_automation``) are both driven through all of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml

from medai_assets.graph.graph import PartitionId
from medai_assets.reviews.history import add_reviews
from medai_assets.sources.take_downs import add_take_down, remove_take_down
from medai_assets_tests.world import EXPORT, NOTE, SAME_AS, World, example_of

FDA_2023, FDA_2024 = PartitionId("raw_fda", "2023"), PartitionId("raw_fda", "2024")
FDA = "processed_corpus[fda]"
W = "withdrawals"  # looks whenever labels or citations change
BELOW_CURATED = [
    "instruction_dataset",
    "training_examples",
    "lora_adapter[mistral-7b]",
    "model_card[mistral-7b]",
    "evaluation_report[mistral-7b]",
    "merged_model[mistral-7b]",
]
NOTES_ONLY = ["curated_corpus", "instruction_dataset", "training_examples", "model_card[mistral-7b]"]
CURATED_AND_BELOW = ["curated_corpus", *BELOW_CURATED]


class Scenario(NamedTuple):
    """What happens to a settled world, and the runs that must follow, in order."""

    happens: str
    act: Callable[[World], list[str]]
    runs: list[str]
    by_hand: tuple[str, ...] = ()  # those of the runs that a person or a schedule starts

    @property
    def by_automation(self) -> list[str]:
        """The runs that the automation condition requests by itself."""
        left = list(self.runs)
        for name in self.by_hand:
            left.remove(name)
        return left


def _collect(world: World, target: PartitionId = FDA_2024) -> list[str]:
    return world.settle(target)


def same_bytes(world: World) -> list[str]:
    return _collect(world)


def other_order(world: World) -> list[str]:
    world.upstream[FDA_2024] = dict(reversed(world.upstream[FDA_2024].items()))
    return _collect(world)


def row_added(world: World) -> list[str]:
    world.upstream[FDA_2024]["fda:2024-new"] = "A new text"
    return _collect(world)


def row_gone(world: World) -> list[str]:
    del world.upstream[FDA_2024]["fda:2024-0"]
    return _collect(world)


def slice_emptied(world: World) -> list[str]:
    world.upstream[FDA_2024].clear()
    return _collect(world)


def record_moved(world: World) -> list[str]:
    """A label is dated anew, so that it comes with another year's slice."""
    world.upstream[FDA_2023]["fda:2024-0"] = world.upstream[FDA_2024].pop("fda:2024-0")
    return world.settle(FDA_2023, FDA_2024)


def record_renamed(world: World) -> list[str]:
    """The same text under another id."""
    world.upstream[FDA_2024]["fda:2024-9"] = world.upstream[FDA_2024].pop("fda:2024-0")
    return _collect(world)


def normalised_away(world: World) -> list[str]:
    world.upstream[FDA_2024]["fda:2024-0"] = "  TEXT 0 "
    return _collect(world)


def there_and_back(world: World) -> list[str]:
    world.upstream[FDA_2024]["fda:2024-0"] = "Other"
    world.materialize(FDA_2024)
    world.upstream[FDA_2024]["fda:2024-0"] = "Text 0"
    return _collect(world)


def parent_moves_after_child_read(world: World) -> list[str]:
    """The slice changes again just after processed_corpus[fda] has read it."""
    world.upstream[FDA_2024]["fda:2024-0"] = "First change"

    def change_again(target: PartitionId) -> None:
        if str(target) == FDA:
            world.after_reading = lambda _: None
            world.upstream[FDA_2024]["fda:2024-0"] = "Second change"
            world.materialize(FDA_2024)

    world.after_reading = change_again
    return _collect(world)


def changed_while_nobody_looked(world: World) -> list[str]:
    """Two slices were re-collected by hand, one after the other, while the sensor was off."""
    for key in ("2023", "2024"):
        world.upstream[PartitionId("raw_fda", key)][f"fda:{key}:0"] = "Changed"
        world.materialize(PartitionId("raw_fda", key))
    return world.settle()


def database_lost(world: World) -> list[str]:
    """Dagster's folder is deleted; the receipts are beside the data."""
    shutil.rmtree(world.settings.dagster_home, ignore_errors=True)
    return world.settle()


def failure(world: World) -> list[str]:
    world.failing.add(PartitionId("processed_corpus", "fda"))
    world.upstream[FDA_2024]["fda:2024-0"] = "Changed"
    return _collect(world)


def failure_then_fix(world: World) -> list[str]:
    """Nothing that a version names has moved, so a person runs it again."""
    failure(world)
    world.failing.clear()
    return world.settle(PartitionId("processed_corpus", "fda"))


def failure_then_code(world: World) -> list[str]:
    """The mended stage has a new code version; no person is needed."""
    failure(world)
    world.failing.clear()
    return world.with_new_code("processed_corpus").settle()


def failure_then_data(world: World) -> list[str]:
    """The stage fails on what a slice holds; the publisher mends it."""
    failure(world)
    world.failing.clear()
    world.upstream[FDA_2024]["fda:2024-0"] = "Mended"
    return _collect(world)


def failure_beside_other_work(world: World) -> list[str]:
    """NHS must be collected anew and one slice fails, FDA changed: FDA's own processing goes on."""
    world.failing.add(PartitionId("raw_nhs", "conditions"))
    world.upstream[FDA_2024]["fda:2024-0"] = "Changed"
    return world.with_new_code("raw_nhs").settle(FDA_2024)


def blocking_check(world: World) -> list[str]:
    world.blocked_checks.add(PartitionId("instruction_dataset", None))
    world.upstream[FDA_2024]["fda:2024-0"] = "Changed"
    return _collect(world)


def blocking_check_mended(world: World) -> list[str]:
    blocking_check(world)
    world.blocked_checks.clear()
    return world.settle(PartitionId("instruction_dataset", None))


def code_changed(world: World) -> list[str]:
    return world.with_new_code("curated_corpus").settle()


def code_changed_at_the_end(world: World) -> list[str]:
    return world.with_new_code("merged_model").settle()


def recipe_changed(world: World) -> list[str]:
    _config(world, "recipes/mistral-7b.yaml", lambda text: text + "\nrank: 8\n")
    return world.settle()


def recipe_of_another(world: World) -> list[str]:
    _config(world, "recipes/qwen-7b.yaml", lambda text: text + "\nrank: 8\n")
    return world.settle()


def recipe_changed_during_training(world: World) -> list[str]:
    """A value changes; while the adapter is trained with it, it changes once more."""
    _config(world, "recipes/mistral-7b.yaml", lambda text: text + "\nrank: 8\n")

    def change_again(target: PartitionId) -> None:
        if target.asset == "lora_adapter":
            world.after_reading = lambda _: None
            _config(world, "recipes/mistral-7b.yaml", lambda text: text.replace("rank: 8", "rank: 4"))

    world.after_reading = change_again
    return world.settle()


def policy_comment(world: World) -> list[str]:
    _config(world, "curation.yaml", lambda text: text + "\n# only a comment\n")
    return world.settle()


def settings_reordered(world: World) -> list[str]:
    """The same names and values in another order, within tables of values too."""

    def reordered(text: str) -> str:
        values = yaml.safe_load(text)
        backwards = {
            name: dict(reversed(v.items())) if isinstance(v, dict) else v
            for name, v in reversed(values.items())
        }
        return yaml.safe_dump(backwards, sort_keys=False)

    for name in ("curation.yaml", "mixture.yaml", "recipes/mistral-7b.yaml"):
        _config(world, name, reordered)
    return world.settle()


def policy_changed(world: World) -> list[str]:
    _config(world, "curation.yaml", lambda text: text.replace("benchmark_ngram: 13", "benchmark_ngram: 12"))
    return world.settle()


def policy_there_and_back(world: World) -> list[str]:
    """The policy changed, everything was made by it, and now it is what it was before."""
    policy_changed(world)
    _config(world, "curation.yaml", lambda text: text.replace("benchmark_ngram: 12", "benchmark_ngram: 13"))
    return world.settle()


def slice_removed(world: World) -> list[str]:
    """A slice is no longer part of the graph; what was collected stays in the store, unused."""
    return world.rebuilt(without=("raw_nhs", "symptoms")).settle()


def slice_added(world: World) -> list[str]:
    """A slice that was not collected before becomes part of the graph."""
    before = world.rebuilt(without=("raw_cdc", "diabetes"))
    before.settle()
    shutil.rmtree(Path(world.store.home("raw_cdc", "diabetes")))
    return world.settle()


def source_switched_off(world: World) -> list[str]:
    return world.rebuilt(sources=("fda", "nhs")).settle()


def source_off_and_on(world: World) -> list[str]:
    """Everything was made without CDC; then it is used again, as it was collected before."""
    source_switched_off(world)
    return world.settle()


def withdrawal_of_nothing(world: World) -> list[str]:
    return _withdraw(world, "pubmed:999")


def withdrawal_of_one(world: World) -> list[str]:
    return _withdraw(world, "fda:2024-1")


def withdrawal_of_two_sources(world: World) -> list[str]:
    return _withdraw(world, "fda:2024-1", "nhs:conditions-1")


def withdrawal_taken_back(world: World) -> list[str]:
    """Everything was made without the record; then its withdrawal is taken back."""
    withdrawal_of_one(world)
    remove_take_down(world.settings.take_downs_file, "fda:2024-1")
    return world.settle()


def example_approved(world: World) -> list[str]:
    """A reviewer reads an example and finds nothing wrong: the data card has more to say, and no row is another."""
    return _reviewed(world, verdict="approve")


def example_at_fault(world: World) -> list[str]:
    return _reviewed(world, verdict="fault", fault="urgency")


def _reviewed(world: World, **verdict: str) -> list[str]:
    said = {"example_id": example_of("fda:2024-1"), "reviewer": "A. Reader", "role": "clinician", **verdict}
    add_reviews(world.store, [said])
    return world.settle()


def page_date_changed(world: World) -> list[str]:
    """The publisher looked a page over; not a word is different."""
    world.upstream[FDA_2024]["fda:2024-0"] = f"Text 0{NOTE}dated 2026-05-01"
    return _collect(world)


def licence_changed(world: World) -> list[str]:
    world.upstream[FDA_2024]["fda:2024-0"] = f"Text 0{NOTE}OGL-UK-3.0"
    return _collect(world)


def duplicate_joins(world: World) -> list[str]:
    """Another publisher says the same: the passage has one more origin."""
    world.upstream[FDA_2024]["fda:2024-9"] = f"{SAME_AS}nhs:symptoms-0"
    return _collect(world)


def duplicate_withdrawn(world: World) -> list[str]:
    """One of the two origins of a passage is withdrawn; the other still says it."""
    duplicate_joins(world)
    return _withdraw(world, "fda:2024-9")


def version_deleted(world: World) -> list[str]:
    """Someone removed a stored version by hand: a receipt is only a claim."""
    stored = world.store.require("curated_corpus")
    shutil.rmtree(stored.local_path())
    return world.settle()


def export_deleted(world: World) -> list[str]:
    (world.settings.exports_dir / EXPORT).unlink()
    return world.settle()


def export_edited(world: World) -> list[str]:
    (world.settings.exports_dir / EXPORT).write_text("edited")
    return world.settle()


SCENARIOS = [
    Scenario("a slice is collected again, same bytes", same_bytes, [str(FDA_2024)], (str(FDA_2024),)),
    Scenario("a slice is collected again, same records in another order", other_order, [str(FDA_2024)], (str(FDA_2024),)),
    Scenario("one record is added upstream", row_added, [str(FDA_2024), W, FDA, *CURATED_AND_BELOW], (str(FDA_2024),)),
    Scenario("one record is gone upstream", row_gone, [str(FDA_2024), W, FDA, *CURATED_AND_BELOW], (str(FDA_2024),)),
    Scenario("a record changes its id", record_renamed, [str(FDA_2024), W, FDA, *CURATED_AND_BELOW], (str(FDA_2024),)),
    Scenario("a record moves from one slice to another, and both are collected", record_moved,
             [str(FDA_2023), str(FDA_2024), W, FDA], (str(FDA_2023), str(FDA_2024))),
    Scenario("a slice becomes empty", slice_emptied, [str(FDA_2024), W, FDA, *CURATED_AND_BELOW], (str(FDA_2024),)),
    Scenario("a change that normalisation removes", normalised_away, [str(FDA_2024), W, FDA], (str(FDA_2024),)),
    Scenario("A → B → A before anything below ran", there_and_back, [str(FDA_2024)], (str(FDA_2024),)),
    Scenario("the parent moves right after its child has read it", parent_moves_after_child_read,
             [str(FDA_2024), W, FDA, W, FDA, *CURATED_AND_BELOW], (str(FDA_2024),)),
    Scenario("two slices changed while the sensor was off", changed_while_nobody_looked, [W, FDA, *CURATED_AND_BELOW]),
    Scenario("Dagster's database is deleted", database_lost, []),
    Scenario("a stage fails", failure, [str(FDA_2024), W, FDA], (str(FDA_2024),)),
    Scenario("a stage fails, then is mended", failure_then_fix, [FDA, *CURATED_AND_BELOW], (FDA,)),
    Scenario("a stage fails, then its code changes", failure_then_code,
             [FDA, "processed_corpus[nhs]", "processed_corpus[cdc]", *CURATED_AND_BELOW]),
    Scenario("a stage fails, then its data changes", failure_then_data,
             [str(FDA_2024), W, FDA, *CURATED_AND_BELOW], (str(FDA_2024),)),
    Scenario("one upstream fails while another changed", failure_beside_other_work,
             [str(FDA_2024), "raw_nhs[conditions]", "raw_nhs[symptoms]", W, FDA], (str(FDA_2024),)),
    Scenario("a blocking check of the data set fails", blocking_check,
             [str(FDA_2024), W, FDA, "curated_corpus", "instruction_dataset"], (str(FDA_2024),)),
    Scenario("a blocking check fails, then the data set is mended", blocking_check_mended,
             ["instruction_dataset", *BELOW_CURATED[1:]], ("instruction_dataset",)),
    Scenario("the code version of curated_corpus changes, with the same result", code_changed, ["curated_corpus"]),
    Scenario("the code version of merged_model changes", code_changed_at_the_end, ["merged_model[mistral-7b]"]),
    Scenario("a value of the recipe in use changes", recipe_changed,
             ["training_recipe[mistral-7b]", *BELOW_CURATED[2:]]),
    Scenario("a recipe changes again while its adapter is trained", recipe_changed_during_training,
             ["training_recipe[mistral-7b]", "lora_adapter[mistral-7b]"] * 2
             + BELOW_CURATED[3:]),
    Scenario("a value of another recipe changes", recipe_of_another, []),
    Scenario("a comment is added to the policy", policy_comment, []),
    Scenario("the names of all files of settings stand in another order", settings_reordered, []),
    Scenario("a value of the policy changes", policy_changed, ["curation_policy", *CURATED_AND_BELOW]),
    Scenario("the policy is changed back after everything was made by it", policy_there_and_back,
             ["curation_policy", *CURATED_AND_BELOW]),
    Scenario("a slice is no longer collected", slice_removed, ["processed_corpus[nhs]", *CURATED_AND_BELOW]),
    Scenario("a slice that was never collected joins", slice_added,
             ["raw_cdc[diabetes]", "processed_corpus[cdc]", *CURATED_AND_BELOW]),
    Scenario("a source is switched off", source_switched_off, CURATED_AND_BELOW),
    Scenario("a source is switched off, and on again after everything was made without it", source_off_and_on,
             CURATED_AND_BELOW),
    Scenario("a reviewer approves an example", example_approved, ["reviews", "instruction_dataset"]),
    Scenario("a reviewer finds an example at fault", example_at_fault, ["reviews", *BELOW_CURATED]),
    Scenario("a withdrawal that touches nothing", withdrawal_of_nothing, ["withdrawals", "curated_corpus"]),
    Scenario("a withdrawal that touches one source", withdrawal_of_one, ["withdrawals", *CURATED_AND_BELOW]),
    Scenario("withdrawals that touch two sources", withdrawal_of_two_sources, ["withdrawals", *CURATED_AND_BELOW]),
    Scenario("a withdrawal is taken back after everything was made without the record", withdrawal_taken_back,
             ["withdrawals", *CURATED_AND_BELOW]),
    Scenario("only the day of a page changes", page_date_changed, [str(FDA_2024), W, FDA, *NOTES_ONLY], (str(FDA_2024),)),
    Scenario("only the licence of a record changes", licence_changed,
             [str(FDA_2024), W, FDA, *NOTES_ONLY, "merged_model[mistral-7b]"], (str(FDA_2024),)),
    Scenario("a record joins that says what another says", duplicate_joins,
             [str(FDA_2024), W, FDA, *NOTES_ONLY, "merged_model[mistral-7b]"], (str(FDA_2024),)),
    Scenario("one of two records that say the same is withdrawn", duplicate_withdrawn,
             ["withdrawals", *NOTES_ONLY, "merged_model[mistral-7b]"]),
    Scenario("a stored version was deleted by hand", version_deleted, ["curated_corpus"]),
    Scenario("an export is deleted", export_deleted, ["instruction_dataset"]),
    Scenario("an export is edited", export_edited, ["instruction_dataset"]),
]  # fmt: skip


def _config(world: World, name: str, change: Callable[[str], str]) -> None:
    """Change a file of the user's configuration; it begins as a copy of the packaged one."""
    from medai_assets.training.recipe import RECIPES

    assert world.settings.config is not None
    own = world.settings.config / name
    packaged = RECIPES / own.name if name.startswith("recipes/") else world.settings.config_file(name)
    own.write_text(change((own if own.exists() else packaged).read_text()))


def _withdraw(world: World, *records: str) -> list[str]:
    for record in records:
        add_take_down(world.settings.take_downs_file, record, "asked by its author", "A. Person")
    return world.settle()
