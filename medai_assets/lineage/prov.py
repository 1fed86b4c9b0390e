"""Provenance of one data set version, and of the models made from it, as W3C PROV-JSON (https://www.w3.org/submissions/prov-json/).

Entities are stored versions, activities the materializations that made them, the agent this software. Rows are the
examples that were asked for, the passages they were made from, and their records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from medai_assets import __version__
from medai_assets.lineage.impact import select_examples
from medai_assets.lineage.impact_targets import Target
from medai_assets.lineage.learned import Learned
from medai_assets.lineage.lookup import Lineage, LineageError
from medai_assets.lineage.model import Record, Step
from medai_assets.lineage.trace import Trace, trace_number
from medai_assets.lineage.versions import ADAPTER, Versions
from medai_assets.storage import Input, Stored
from medai_assets.storage.errors import label

AGENT = "medai:software"


def prov_document(versions: Versions, dataset: Input) -> dict[str, Any]:
    """The data set version, the models made from it, everything that these were made from, and the runs in between."""
    made = [*versions.models_of([dataset]), dataset]
    refs = [*made, *versions.upstream(made)]
    steps = {ref: step for ref in refs if (step := versions.step(ref)) is not None}
    document: dict[str, Any] = {
        "prefix": {"medai": "urn:medai-assets:", "xsd": "http://www.w3.org/2001/XMLSchema#"},
        "agent": {AGENT: {"prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
                          "medai:version": __version__}},
        "entity": {entity_id(ref): _entity(versions, ref) for ref in refs},
        "activity": {_activity_id(ref): _activity(step) for ref, step in steps.items()},
        "wasGeneratedBy": {},
        "wasAssociatedWith": {},
        "used": {},
        "wasDerivedFrom": {},
    }  # fmt: skip
    for number, ref in enumerate(steps):
        activity = _activity_id(ref)
        document["wasGeneratedBy"][f"_:made{number}"] = {
            "prov:entity": entity_id(ref),
            "prov:activity": activity,
        }
        document["wasAssociatedWith"][f"_:by{number}"] = {"prov:activity": activity, "prov:agent": AGENT}
        for parent in versions.made_from(ref):
            at = f"{number}_{len(document['used'])}"
            document["used"][f"_:used{at}"] = {"prov:activity": activity, "prov:entity": entity_id(parent)}
            document["wasDerivedFrom"][f"_:from{at}"] = {
                "prov:generatedEntity": entity_id(ref),
                "prov:usedEntity": entity_id(parent),
                "prov:activity": activity,
            }
    return document


def entity_id(ref: Input) -> str:
    """Qualified name of a stored version."""
    return (
        f"medai:{quote(ref.asset)}/{quote(ref.partition or '_', safe='')}/{quote(ref.data_version, safe='')}"
    )


def _activity_id(ref: Input) -> str:
    return entity_id(ref).replace("medai:", "medai:run/", 1)


def _entity(versions: Versions, ref: Input) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "prov:label": label(ref.asset, ref.partition),
        "medai:dataVersion": ref.data_version,
    }
    if ref.asset == ADAPTER and versions.manifest(ref) is not None:
        entity["medai:learnedExamples"] = Learned(versions).total(ref)
    return entity


def _activity(step: Step) -> dict[str, Any]:
    facts = {"prov:endTime": step.finished_at, "medai:codeVersion": step.code_version}
    return facts | ({"medai:runId": step.run_id} if step.run_id else {})


Document = dict[str, Any]


def traced(lineage: Lineage, dataset: Stored, wanted: Iterable[str]) -> Iterator[Trace]:
    """The traces of examples by their ids, and of all examples that rest on a record by its id.

    Raises:
        LineageError: the data set has none of that name.
    """
    index = lineage.index(dataset)
    for one in wanted:
        if index.holds_record(one):
            query, values = select_examples(index, Target("record", one))
            yield from (trace_number(lineage, index, number) for number in index.numbers(query, values))
        elif (number := index.example_number(one)) is not None:
            yield trace_number(lineage, index, number)
        else:
            raise LineageError(
                f"{one} is neither an example of data set {dataset.data_version[:12]} nor a record that one rests on"
            )


def add_rows(document: Document, traces: Iterable[Trace]) -> None:
    """Add each row as an entity, what it was derived from, and the stored version that holds it."""
    for found in traces:
        example = found.example
        step = {one.asset: one.ref for one in found.steps}
        name = _row(
            document, "example", example.example_id, kind=example.kind, rule=example.rule, split=example.split
        )
        _member(document, step.get("instruction_dataset"), name)
        for learned in found.learned_by:
            _relate(document, "wasInfluencedBy", influencee=entity_id(learned.adapter), influencer=name)
        for passage in found.passages:
            source = _row(document, "passage", passage.passage_id, section=passage.section)
            _member(document, step.get("curated_corpus"), source)
            _derived(document, name, source)
            for record in passage.records:
                _derived(document, source, _record(document, record))
        for record in found.records if not found.passages else ():
            _derived(document, name, _record(document, record))


def _record(document: Document, record: Record) -> str:
    facts = {name: getattr(record, name) for name in ("licence", "attribution", "url", "sample", "withdrawn")}
    name = _row(document, "record", f"{record.record_id}@{record.version}", **facts)
    if record.raw_version:
        _member(document, Input(f"raw_{record.source}", record.slice, record.raw_version), name)
    return name


def _row(document: Document, what: str, key: str, **stated: Any) -> str:
    name = f"medai:{what}/{quote(key, safe='')}"
    facts = {f"medai:{fact}": value for fact, value in stated.items() if value is not None}
    document["entity"][name] = {"prov:type": f"medai {what}", "prov:label": key} | facts
    return name


def _member(document: Document, version: Input | None, row: str) -> None:
    if version is not None and entity_id(version) in document["entity"]:
        _relate(document, "hadMember", collection=entity_id(version), entity=row)


def _derived(document: Document, row: str, source: str) -> None:
    _relate(document, "wasDerivedFrom", generatedEntity=row, usedEntity=source)


def _relate(document: Document, relation: str, **ends: str) -> None:
    attributes = {f"prov:{end}": name for end, name in ends.items()}
    relations = document.setdefault(relation, {})
    if attributes not in relations.values():
        relations[f"_:{relation}-{len(relations)}"] = attributes
