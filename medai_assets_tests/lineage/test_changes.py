"""What changed since last time, in words and tables, for every sort of asset; and why it was made again."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets.lineage.changes import Changes, reasons, since
from medai_assets.lineage.lookup import Lineage
from medai_assets.storage import Stored
from medai_assets_tests.lineage.library import BASE_MODEL, Library


def compare(library: Library, before: Stored | None, asset: str, partition: str | None = None) -> Changes:
    with Lineage.of(library.settings) as lineage:
        return since(before, library.store.require(asset, partition), lineage)


@pytest.fixture
def moved(library: Library) -> tuple[Library, dict[tuple[str, str | None], Stored]]:
    """A library in which one record changed and one went, with every version that was current before."""
    library.materialize()
    before = {
        (asset, partition): library.store.require(asset, partition)
        for asset in library.store.assets()
        for partition in library.store.partitions(asset)
    }
    library.texts["fda:bbb"] = "Ibuprofen may upset the stomach. Take it with food."
    library.texts.pop("fda:ccc")
    library.materialize()
    return library, before


def test_the_first_version_says_so(settled: Library) -> None:
    assert compare(settled, None, "curated_corpus").words == "This is the first version."


def test_the_same_content_is_nothing_new(settled: Library) -> None:
    told = compare(settled, settled.store.require("curated_corpus"), "curated_corpus")
    assert told.words.startswith("Nothing: the content is what it was on 20")
    assert not told.tables


@pytest.mark.parametrize(
    ("asset", "partition", "words", "title", "row"),
    [
        ("raw_fda", "2024", "0 records added, 1 changed, 1 gone.", "changes",
         {"change": "changed", "records": 1, "for example": "fda:bbb"}),
        ("processed_corpus", "fda", "0 passages added, 1 changed, 1 gone.", "changes by slice",
         {"slice": "2024", "added": 0, "changed": 1, "gone": 1}),
        ("curated_corpus", None, "0 passages added, 1 changed, 1 gone.", "changes by source",
         {"source": "fda", "added": 0, "changed": 1, "gone": 1}),
        ("instruction_dataset", None, "0 examples added, 2 changed, 2 gone.", "changes by source",
         {"added": 0, "changed": 2, "gone": 2, "source": "fda"}),
    ],
)  # fmt: skip
def test_rows_are_counted_by_what_a_reader_asks_for(
    moved: tuple[Library, dict[tuple[str, str | None], Stored]],
    asset: str, partition: str | None, words: str, title: str, row: dict[str, Any],
) -> None:  # fmt: skip
    library, before = moved
    told = compare(library, before[asset, partition], asset, partition)
    assert told.words == words
    assert row in told.tables[title]


def test_changes_of_examples_name_their_cause(
    moved: tuple[Library, dict[tuple[str, str | None], Stored]],
) -> None:
    library, before = moved
    told = compare(library, before["instruction_dataset", None], "instruction_dataset")
    causes = {row["cause"] for row in told.tables["changes by cause"]}
    assert causes == {"raw_fda[2024]: records changed", "raw_fda[2024]: records gone"}
    assert {"what": "raw_fda[2024]: 0 records added, 1 changed, 1 gone"} in told.tables["changes upstream"]


def test_withdrawals_name_the_records(library: Library) -> None:
    library.materialize()
    before = library.store.require("withdrawals")
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    told = compare(library, before, "withdrawals")
    assert told.words == "1 withdrawal added, 0 changed, 0 gone."
    assert told.tables["changes"] == [{"change": "added", "withdrawals": 1, "for example": "fda:aaa"}]


def test_settings_and_scores_are_told_before_and_after(library: Library) -> None:
    def published(asset: str, metadata: dict[str, Any]) -> Stored:
        with library.store.draft(asset, BASE_MODEL) as draft:
            draft.path("values.json").write_text(repr(metadata))
            return draft.publish(code_version="1", metadata=metadata)

    recipe = published("training_recipe", {"values": {"rank": 16, "kind_weights": {}}})
    published("training_recipe", {"values": {"rank": 16, "kind_weights": {"safety_refusal": 2.5}}})
    told = compare(library, recipe, "training_recipe", BASE_MODEL)
    assert told.words == "kind weights none → safety refusal 2.5."
    recipe = published("training_recipe", {"values": {"rank": 16, "alpha": 32}})
    published("training_recipe", {"values": {"rank": 8, "alpha": 32}})
    assert compare(library, recipe, "training_recipe", BASE_MODEL) == Changes(
        "rank 16 → 8.", {"changes": [{"what": "rank", "before": "16", "after": "8"}]}
    )
    scores = [{"what": "triage_recommendation", "base": 0.3, "tuned": 0.4}]
    report = published("evaluation_report", {"summary": scores, "gate": {"passed": True}})
    published("evaluation_report", {"summary": [scores[0] | {"tuned": 0.5}], "gate": {"passed": True}})
    told = compare(library, report, "evaluation_report", BASE_MODEL)
    assert told.words == "triage recommendation: tuned 0.4 → 0.5."


def test_the_reason_names_inputs_code_and_what_lies_outside(
    moved: tuple[Library, dict[tuple[str, str | None], Stored]],
) -> None:
    library, before = moved
    old = before["processed_corpus", "fda"].receipt
    new = library.store.current_receipt("processed_corpus", "fda")
    assert new is not None
    assert reasons(None, new) == "it was never made before"
    assert reasons(old, new) == "raw_fda[2024] has new content"
    assert reasons(new, new) == "it was asked for; nothing it is made from had changed"


def test_a_version_that_is_gone_is_said_to_be_gone(
    moved: tuple[Library, dict[tuple[str, str | None], Stored]],
) -> None:
    library, before = moved
    old = before["curated_corpus", None]
    library.store.remove_version("curated_corpus", None, old.data_version)
    told = compare(library, old, "curated_corpus")
    assert told.words.startswith("It differs, but the version before can no longer be read")
