"""A preference pair is traced, counted and looked up like an example."""

from __future__ import annotations

import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import EXAMPLE, PREFERENCE
from medai_assets.instructions.preferences.pairs import Rejected, pair_row
from medai_assets.lineage.impact import impact
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.taint import tainted
from medai_assets.lineage.trace import trace
from medai_assets.sources.take_downs import add_take_down
from medai_assets.training.learned_tables import learned_tables
from medai_assets_tests.lineage.library import Library

OLD = {"version": "0"}


@pytest.fixture
def pair(library: Library) -> dict[str, str]:
    """The current answer of a record's example, preferred to what an older version of it said."""
    library.materialize(train=False)
    rows = library.store.require("instruction_dataset").table("examples", EXAMPLE.names).to_pylist()
    row = next(r for r in rows if r["origins"][0]["record_id"] == "fda:aaa")
    older = [origin | OLD for origin in row["origins"]]
    made = pair_row(row, Rejected("Older words.", None, older, []), "current_label")
    with library.store.draft("preference_dataset") as draft:
        draft.write_table("pairs", pa.Table.from_pylist([made], schema=PREFERENCE))
        draft.publish(code_version="1")
    return made


def test_a_pairs_id_leads_to_its_example_and_both_sides_to_their_records(
    library: Library, pair: dict[str, str]
) -> None:
    with Lineage.of(library.settings) as lineage:
        (found,) = trace(lineage, pair["pair_id"])
    assert found.example.example_id == pair["chosen_example_id"]
    (line,) = found.pairs
    assert (line.pair_id, line.is_preferred, line.rejected) == (pair["pair_id"], True, "Older words.")
    assert (line.chosen_records, line.rejected_records) == (["fda:aaa@1"], ["fda:aaa@0"])


def test_an_adapter_that_learned_pairs_is_among_the_models_that_learned_their_record(
    library: Library, pair: dict[str, str]
) -> None:
    before = library.train_again()
    note = {"tokens": 9, "times": 1, "passage_ids": [], "authored": False}
    rows = [
        {"example_id": pair["pair_id"], "kind": pair["reason"], "origins": pair["chosen_origins"], **note}
    ]
    with library.store.draft("preference_adapter", before.partition) as draft:
        for name, table in learned_tables(rows).items():
            draft.write_table(name, table)
        draft.publish(code_version="1", inputs=[before.input])
    with Lineage.of(library.settings) as lineage:
        models = {model.asset: model.learned_examples for model in impact(lineage, "fda:aaa").models}
    assert models["preference_adapter"] == 1
    file = library.settings.take_downs_file
    add_take_down(file, "fda:aaa", "wrong leaflet", "A. Person")
    preferred = library.store.require("preference_adapter", before.partition)
    assert [record.record_id for record in tainted(library.store, preferred, file)] == ["fda:aaa"]


def test_the_impact_of_a_record_counts_the_pairs_that_name_it_on_a_side(
    library: Library, pair: dict[str, str]
) -> None:
    named = {"fda:aaa": 1, "fda:aaa@1": 1, "raw_fda[2023]": 1, "fda": 1, "fda:bbb": 0, "nhs": 0}
    with Lineage.of(library.settings) as lineage:
        assert {target: impact(lineage, target).pairs for target in named} == named
