"""A CycloneDX bill of materials for machine learning: the models, the data set, its sources, and what lies under which terms.

The library knows no model cards and no data components, so those two parts are added to its document as the specification
writes them; its validator, strict, judges the whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from medai_assets.foundation.extras import require
from medai_assets.instructions.dataset.data_card import LIMITS, NAME
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.trust.bom.facts import Facts, Model, SourceUse, licence_of

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component

SPECIFICATION = "1.7"
DATASET, BASE = "data-set", "base-model"
_SPDX_ONLY = "LicenseRef-"  # an id of the list begins otherwise


class Invalid(Exception):
    """A document is not as its specification wants it: a fault of this software; the message says where."""


def document(facts: Facts) -> bytes:
    """The bill of materials as JSON; the same facts give the same bytes.

    Raises:
        ExtraMissing: the libraries are not installed.
        Invalid: the validator refuses it.
    """
    require("bom", "a bill of materials")
    from cyclonedx.output.json import JsonV1Dot7

    made = orjson.loads(JsonV1Dot7(_bom(facts)).output_as_string())
    cards = {_of_adapter(model): model for model in facts.models}
    for component in made["components"]:
        if model := cards.get(component["bom-ref"]):
            component["modelCard"] = _model_card(model, facts)
        if component["bom-ref"] == DATASET:
            component["data"] = [_data(facts)]
    data = orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    validate(data)
    return data


def validate(data: bytes) -> None:
    """Raises Invalid where the library's strict validator refuses the document."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    if error := JsonStrictValidator(SchemaVersion.V1_7).validate_str(data.decode()):
        raise Invalid(f"the CycloneDX document is not valid: {error}")


def _bom(facts: Facts) -> Bom:
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType

    tool = Component(
        name="medai-assets", version=facts.software, type=ComponentType.APPLICATION, bom_ref="medai-assets"
    )
    metadata = BomMetaData(
        timestamp=datetime.fromisoformat(facts.made_at),
        component=tool,
        properties=_properties(_of_withdrawals(facts)),
    )
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:medai-assets:{facts.dataset.data_version}")
    bom = Bom(serial_number=number, metadata=metadata)
    dataset, sources = _dataset(facts), [_source(source) for source in facts.sources]
    found = [dataset, *sources]
    bom.register_dependency(dataset, sources)
    bom.register_dependency(tool, [dataset])
    for model in facts.models:
        adapter, base = _adapter(model), _base(model)
        found += [adapter, base]
        bom.register_dependency(adapter, [base, dataset])
        if model.merged is not None:
            found.append(_merged(model))
            bom.register_dependency(found[-1], [adapter])
    bom.components = found
    return bom


def _dataset(facts: Facts) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    counts = {f"examples.{kind}": count for kind, count in facts.by_kind.items()}
    terms = {f"licence.{name}.examples": count for name, count in facts.licences.items()}
    asked = {f"licence.{name}.asks": "; ".join(licence_of(name).conditions) for name in facts.licences}
    return Component(
        name=NAME,
        version=facts.dataset.data_version,
        type=ComponentType.DATA,
        bom_ref=DATASET,
        description=f"{facts.examples} instruction examples, each traced to its passages and records",
        licenses=list(_licences(facts.licences)),
        hashes=_hashes(facts.dataset.manifest.tables["examples"].sha256),
        copyright="\n".join(facts.attributions),
        properties=_properties({"examples": facts.examples, **counts, **terms, **asked}),
    )


def _source(source: SourceUse) -> Component:
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.contact import OrganizationalEntity

    counts = {"examples": source.examples, "records": len(source.records), "sample_records": source.samples}
    slices = {
        f"slice.{one.name}": f"{one.data_version} ({one.records} records, {one.collected_at})"
        for one in source.slices
    }
    lines = {f"attribution.{number}": line for number, line in enumerate(sorted(source.attributions), 1)}
    terms = {"terms": source.terms} if source.terms else {}
    return Component(
        name=source.title,
        group=source.name,
        type=ComponentType.DATA,
        bom_ref=f"source:{source.name}",
        publisher=source.publisher,
        supplier=OrganizationalEntity(name=source.publisher),
        licenses=list(_licences(source.licences)),
        properties=_properties({**counts, **terms, **slices, **lines}),
    )  # fmt: skip


def _adapter(model: Model) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    digest = {f"file.{name}.sha256": value for name, value in model.adapter.manifest.digests.items()}
    learned = {f"learned.licence.{name}": count for name, count in model.rights["licences"].items()}
    left_out = {f"left_out.{one['split']}.{one['reason']}": one["examples"] for one in model.left_out}
    recipe = {f"recipe.{key}": value for key, value in sorted(model.training["recipe"].items())}
    return Component(
        name=model.recipe.title,
        version=model.adapter.data_version,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=_of_adapter(model),
        description="Not for clinical use.",
        properties=_properties({
            "recipe": model.recipe.name, "recipe_digest": model.training.get("recipe_digest", ""),
            "seed": model.training.get("seed", ""), "code_version": model.adapter.manifest.code_version,
            "learned.examples": model.learned, **left_out, **learned, **recipe, **digest,
        }),
    )  # fmt: skip


def _base(model: Model) -> Component:
    from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.contact import OrganizationalEntity
    from packageurl import PackageURL

    recipe, facts = model.recipe, model.training.get("base_model", {})
    files = {f"file.{name}.sha256": digest for name, digest in facts.get("files", {}).items()}
    asks = {f"licence.asks.{number}": one for number, one in enumerate(recipe.licence_conditions, 1)}
    page = XsUri(f"https://huggingface.co/{recipe.hub_id}/tree/{recipe.revision}")
    owner, _, name = recipe.hub_id.rpartition("/")
    return Component(
        name=recipe.hub_id,
        version=recipe.revision,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=f"{BASE}:{recipe.hub_id}@{recipe.revision}",
        licenses=list(_licences([recipe.licence])),
        supplier=OrganizationalEntity(name=owner) if owner else None,
        purl=PackageURL("huggingface", owner or None, name, recipe.revision),
        external_references=[ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=page)],
        properties=_properties({"source": facts.get("source", ""), **asks, **files}),
    )


def _merged(model: Model) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    assert model.merged is not None
    files = {f"file.{name}.sha256": digest for name, digest in model.merged.manifest.digests.items()}
    return Component(
        name=f"{model.recipe.title}, merged",
        version=model.merged.data_version,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=f"merged:{model.recipe.name}",
        properties=_properties(files),
    )


def _of_adapter(model: Model) -> str:
    return f"adapter:{model.recipe.name}"


def _of_withdrawals(facts: Facts) -> dict[str, Any]:
    return {
        f"withdrawn.{row['record_id']}": f"{row['kind']}: {row['reason']} ({row['reported_by']} {row['reported_at'] or ''})"
        for row in facts.withdrawals
    }


def _licences(names: Any) -> Iterator[Any]:
    from cyclonedx.model import XsUri
    from cyclonedx.model.license import DisjunctiveLicense

    for name in names:
        if name.startswith(_SPDX_ONLY):
            known = licence_of(name)
            yield DisjunctiveLicense(name=name, url=XsUri(known.url) if known.url else None)
        else:
            yield DisjunctiveLicense(id=name)


def _hashes(sha256: str) -> list[Any]:
    from cyclonedx.model import HashAlgorithm, HashType

    return [HashType(alg=HashAlgorithm.SHA_256, content=sha256)]


def _properties(values: Mapping[str, Any]) -> list[Any]:
    from cyclonedx.model import Property

    stated = {name: value for name, value in values.items() if value not in (None, "")}
    return [Property(name=f"medai:{name}", value=_text(value)) for name, value in stated.items()]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _data(facts: Facts) -> dict[str, Any]:
    return {
        "type": "dataset",
        "name": NAME,
        "description": f"{facts.examples} examples, {facts.words} words; kinds: "
        + "; ".join(f"{kind} ({count}): {KINDS[kind].note}" for kind, count in facts.by_kind.items()),
        "classification": "public",
        "sensitiveData": ["None intended: patterns of personal data were masked, and examples with a mask left out."],
        "governance": {
            "owners": [{"organization": {"name": source.publisher}} for source in facts.sources if source.terms],
        },
    }  # fmt: skip


def _model_card(model: Model, facts: Facts) -> dict[str, Any]:
    report = model.evaluation or {}
    considerations = [{"name": text} for text in (*LIMITS, report.get("caution", "")) if text]
    parameters = {
        "approach": {"type": "supervised"},
        "task": "text-generation",
        "architectureFamily": "transformer",
        "modelArchitecture": model.recipe.hub_id,
        "datasets": [{"ref": DATASET}],
        "inputs": [{"format": "text"}],
        "outputs": [{"format": "text"}],
    }
    metrics = [metric for row in report.get("summary", ()) for metric in _metrics(row)]
    card: dict[str, Any] = {
        "modelParameters": parameters,
        "considerations": {
            "useCases": ["Research on language models that answer health questions. Not for clinical use."],
            "technicalLimitations": [one["name"] for one in considerations],
        },
    }
    if metrics:
        card["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    if gate := report.get("gate"):
        card["properties"] = [
            {"name": "medai:gate.passed", "value": str(gate["passed"]).lower()},
            {"name": "medai:plain_words", "value": report["plain_words"]},
        ]
    return card


def _metrics(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for which in ("base", "tuned"):
        yield {"type": f"{row['score']}, {which}", "value": f"{row[which]:.4f}", "slice": row["what"]}
    yield {
        "type": f"{row['score']}, difference", "value": f"{row['difference']:.4f}", "slice": row["what"],
        "confidenceInterval": {"lowerBound": f"{row['low']:.4f}", "upperBound": f"{row['high']:.4f}"},
    }  # fmt: skip
