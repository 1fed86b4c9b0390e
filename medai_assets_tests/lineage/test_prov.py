"""Provenance of a data set version in W3C PROV-JSON."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from medai_assets.lineage.lookup import Lineage, LineageError
from medai_assets.lineage.prov import add_rows, entity_id, prov_document, traced
from medai_assets.lineage.versions import Versions
from medai_assets_tests.lineage.library import BASE_MODEL, Library


@pytest.fixture(scope="module")
def document(settled: Library) -> dict[str, Any]:
    dataset = settled.store.require("instruction_dataset").input
    return json.loads(json.dumps(prov_document(Versions(settled.store), dataset)))


def test_every_relation_names_things_that_the_document_holds(document: dict[str, Any]) -> None:
    known = document["entity"].keys() | document["activity"].keys() | document["agent"].keys()
    for relation in ("wasGeneratedBy", "wasAssociatedWith", "used", "wasDerivedFrom"):
        assert document[relation]
        for values in document[relation].values():
            assert set(values.values()) <= known


def test_names_use_the_declared_prefix(document: dict[str, Any]) -> None:
    assert "medai" in document["prefix"]
    assert all(name.startswith("medai:") for name in document["entity"])


def test_a_model_is_derived_from_the_data_set_and_says_how_much_it_learned(
    document: dict[str, Any], settled: Library
) -> None:
    adapter = entity_id(settled.store.require("lora_adapter", BASE_MODEL).input)
    assert document["entity"][adapter]["medai:learnedExamples"] == 9
    used = {
        v["prov:usedEntity"]
        for v in document["wasDerivedFrom"].values()
        if v["prov:generatedEntity"] == adapter
    }
    assert used == {entity_id(settled.store.require("training_examples").input)}


def test_the_data_set_is_derived_from_every_slice(document: dict[str, Any], settled: Library) -> None:
    parents: dict[str, set[str]] = {}
    for values in document["wasDerivedFrom"].values():
        parents.setdefault(values["prov:generatedEntity"], set()).add(values["prov:usedEntity"])
    reached, frontier = set(), [entity_id(settled.store.require("instruction_dataset").input)]
    while frontier:
        fresh = parents.get(frontier.pop(), set()) - reached
        reached |= fresh
        frontier += fresh
    for key in ("2023", "2024"):
        assert entity_id(settled.store.require("raw_fda", key).input) in reached


def test_each_version_was_made_once_by_this_software(document: dict[str, Any]) -> None:
    assert len(document["wasGeneratedBy"]) == len(document["entity"]) == len(document["activity"])
    assert {v["prov:agent"] for v in document["wasAssociatedWith"].values()} == set(document["agent"])


def test_rows_that_are_asked_for_lead_to_their_records_with_licences(settled: Library) -> None:
    dataset = settled.store.require("instruction_dataset")
    with Lineage.of(settled.settings) as lineage:
        told = prov_document(lineage.versions, dataset.input)
        add_rows(told, traced(lineage, dataset, ["fda:aaa"]))
        with pytest.raises(LineageError, match="neither an example of data set"):
            list(traced(lineage, dataset, ["fda:zzz"]))
    rows = {
        name
        for name in told["entity"]
        if name.split("/")[0] in ("medai:example", "medai:passage", "medai:record")
    }
    kinds = Counter(name.split("/")[0] for name in rows)
    assert kinds == {"medai:example": 2, "medai:passage": 1, "medai:record": 1}
    record = "medai:record/fda%3Aaaa%401"
    assert told["entity"][record]["medai:licence"] == "CC0-1.0"
    derived = {(v["prov:generatedEntity"], v["prov:usedEntity"]) for v in told["wasDerivedFrom"].values()}
    (passage,) = (name for name in rows if name.startswith("medai:passage/"))
    assert (passage, record) in derived
    examples = {name for name in rows if name.startswith("medai:example/")}
    assert {(example, passage) for example in examples} <= derived
    held = {v["prov:entity"]: v["prov:collection"] for v in told["hadMember"].values()}
    assert set(held) == rows
    assert held[record] == entity_id(settled.store.require("raw_fda", "2023").input)
    adapter = entity_id(settled.store.require("lora_adapter", BASE_MODEL).input)
    influenced = {(v["prov:influencee"], v["prov:influencer"]) for v in told["wasInfluencedBy"].values()}
    assert influenced == {(adapter, example) for example in examples}
