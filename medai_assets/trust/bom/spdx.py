"""An SPDX 3.0.1 document with the AI and Dataset profiles, made and judged by SPDX's own Python model.

That model is written by SPDX from the shapes of its specification: a property of the wrong type or number is refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from medai_assets.foundation.extras import require
from medai_assets.foundation.plurals import counted
from medai_assets.instructions.dataset.data_card import LIMITS, NAME
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.storage import Stored
from medai_assets.trust.bom.cyclonedx import Invalid
from medai_assets.trust.bom.facts import Facts, Model, SourceUse, licence_of

SPECIFICATION = "3.0.1"
PERSONAL = "Patterns of personal data were masked; examples with a mask were left out."


def document(facts: Facts) -> bytes:
    """The document as JSON-LD; the same facts give the same bytes.

    Raises:
        ExtraMissing: the library is not installed.
        Invalid: its model refuses the whole.
    """
    require("bom", "a bill of materials")
    return _Writer(facts).written()


def validate(data: bytes) -> int:
    """Read a document by SPDX's model; returns how many objects it holds. Raises Invalid where it is refused."""
    from spdx_python_model import v3_0_1 as spdx

    objects = spdx.SHACLObjectSet()
    try:
        spdx.JSONLDDeserializer().read(io.BytesIO(data), objects)
        spdx.JSONLDSerializer().write(objects, io.BytesIO())
    except (TypeError, ValueError, KeyError) as error:
        raise Invalid(f"the SPDX document is not valid: {error}") from error
    if missing := objects.link():
        raise Invalid(
            f"the SPDX document names elements that it does not hold: {sorted(map(str, missing))[:3]}"
        )
    return len(objects.objects)


class _Writer:
    """One document under way: every element gets an id below the data set's version, and the same creation."""

    def __init__(self, facts: Facts) -> None:
        from spdx_python_model import v3_0_1

        self.spdx: Any = v3_0_1
        self.facts = facts
        self.base = f"urn:medai-assets:bom:{facts.dataset.data_version}"
        self.at = _second(facts.made_at)
        self.creation = self.spdx.CreationInfo(specVersion=SPECIFICATION, created=self.at)
        self.objects = self.spdx.SHACLObjectSet()
        self.elements: list[Any] = []
        self.agent = self._element("Organization", "agent:medai-assets", name="medai-assets")
        self.creation.createdBy = [self.agent]
        self.creation.createdUsing = [
            self._element("Tool", "tool:medai-assets", name=f"medai-assets {facts.software}")
        ]

    def written(self) -> bytes:
        dataset = self._dataset()
        sources = [self._source(source) for source in self.facts.sources]
        for kind in ("descendantOf", "contains"):  # the second is what tools that judge completeness follow
            self._relate(dataset, kind, sources)
        models = [made for model in self.facts.models for made in self._model(model, dataset)]
        self._withdrawals(dataset)
        bill = self._element("software_Sbom", "bill", name=f"{NAME} and the models made from it")
        bill.software_sbomType = [self.spdx.software_SbomType.build]
        bill.rootElement = [dataset, *models]
        core, licensing = "core", "simpleLicensing"
        document = self.spdx.SpdxDocument(
            _id=f"{self.base}#document", creationInfo=self.creation, name=f"{NAME} {self.facts.dataset.data_version}",
            dataLicense=self._licence("CC0-1.0"),
        )  # fmt: skip
        profile = self.spdx.ProfileIdentifierType
        document.profileConformance = [
            getattr(profile, one) for one in (core, "software", "ai", "dataset", licensing)
        ]
        document.rootElement, document.element = [bill], self.elements
        self.objects.add(document)
        stream = io.BytesIO()
        self.spdx.JSONLDSerializer().write(self.objects, stream, indent=1)
        data = stream.getvalue() + b"\n"
        validate(data)
        return data

    def _element(self, kind: str, place: str, **values: Any) -> Any:
        made = getattr(self.spdx, kind)(_id=f"{self.base}#{place}", creationInfo=self.creation, **values)
        self.elements.append(made)
        self.objects.add(made)
        return made

    def _relate(self, start: Any, kind: str, to: Iterable[Any]) -> None:
        if ends := list(to):
            number = sum(one.get_type().endswith("Relationship") for one in self.elements)
            of = getattr(self.spdx.RelationshipType, kind)
            self._element("Relationship", f"relationship:{number}", from_=start, to=ends, relationshipType=of)

    def _licence(self, name: str) -> Any:
        place = f"licence:{name}"
        known = next((one for one in self.elements if one._id == f"{self.base}#{place}"), None)
        if known is not None:
            return known
        asks = "; ".join(licence_of(name).conditions) or "nothing"
        made = self._element(
            "simplelicensing_LicenseExpression", place, simplelicensing_licenseExpression=name, comment=f"asks: {asks}"
        )  # fmt: skip
        if name.startswith("LicenseRef-"):
            known = licence_of(name)
            text = self._element(
                "simplelicensing_SimpleLicensingText", f"text:{name}", name=name,
                simplelicensing_licenseText=f"{known.name}. {known.url} Asks: {asks}.".replace(" .", "."),
            )  # fmt: skip
            entry = self.spdx.DictionaryEntry(key=name, value=text._id)
            made.simplelicensing_customIdToUri = [entry]
        return made

    def _package(
        self, kind: str, place: str, purpose: str, by: Any, at: datetime | None, **values: Any
    ) -> Any:
        of = getattr(self.spdx.software_SoftwarePurpose, purpose)
        location = values.pop("location", f"{self.base}#{place}")
        made = self._element(
            kind, place, software_primaryPurpose=of, suppliedBy=by, software_downloadLocation=location, **values
        )  # fmt: skip
        made.originatedBy = [by]
        if at is not None:
            made.releaseTime = made.builtTime = at
        return made

    def _dataset(self) -> Any:
        facts = self.facts
        kinds = "; ".join(f"{kind} ({count}): {KINDS[kind].note}" for kind, count in facts.by_kind.items())
        licences = "; ".join(f"{name}: {count} examples" for name, count in facts.licences.items())
        made = self._package(
            "dataset_DatasetPackage", "data-set", "data", self.agent, self.at, name=NAME,
            software_packageVersion=facts.dataset.data_version,
            dataset_datasetSize=facts.examples,
            dataset_dataCollectionProcess="Records of published medical sources, collected under their terms, and authored texts.",
            dataset_intendedUse=f"Fine-tuning and testing of language models. Not for clinical use. {kinds}",
            dataset_datasetUpdateMechanism="Made again whenever a source changes; withdrawn records leave with the next version.",
            dataset_confidentialityLevel=self.spdx.dataset_ConfidentialityLevelType.clear,
            dataset_hasSensitivePersonalInformation=self.spdx.PresenceType.noAssertion,
            comment=f"Licences of the records: {licences}.",
        )  # fmt: skip
        made.dataset_datasetType = [self.spdx.dataset_DatasetType.text]
        made.dataset_anonymizationMethodUsed = [PERSONAL]
        made.dataset_dataPreprocessing = [
            "Cleaned, cut into passages, duplicates merged, benchmark questions set aside"
        ]
        made.dataset_knownBias = list(LIMITS)
        made.software_attributionText = list(facts.attributions)
        made.verifiedUsing = [self._hash(facts.dataset.manifest.tables["examples"].sha256)]
        self._relate(made, "hasDeclaredLicense", map(self._licence, facts.licences))
        return made

    def _source(self, source: SourceUse) -> Any:
        who = self._element("Organization", f"publisher:{source.name}", name=source.publisher)
        slices = "; ".join(
            f"{one.name} {one.data_version} ({one.records} records, {one.collected_at})"
            for one in source.slices
        )
        made = self._package(
            "dataset_DatasetPackage", f"source:{source.name}", "data", who, _newest(source) or self.at, name=source.title,
            software_packageVersion=str(_newest(source) or "written for this project"), dataset_datasetSize=len(source.records),
            comment=f"{counted(source.examples, 'example')} from {counted(len(source.records), 'record')}, {source.samples} of "
            f"them written for the project as samples. Terms: {source.terms or 'none'}. Slices: {slices or 'none'}.",
        )  # fmt: skip
        made.dataset_datasetType = [self.spdx.dataset_DatasetType.text]
        made.software_attributionText = sorted(source.attributions)
        self._relate(made, "hasDeclaredLicense", map(self._licence, sorted(source.licences)))
        return made

    def _model(self, model: Model, dataset: Any) -> list[Any]:
        """The adapter, and the merged model where there is one."""
        recipe = model.recipe
        owner = self._element("Organization", f"owner:{recipe.name}", name=recipe.hub_id.partition("/")[0])
        base = self._package(
            "software_Package", f"base-model:{recipe.name}", "model", owner, None, name=recipe.hub_id,
            software_packageVersion=recipe.revision,
            location=f"https://huggingface.co/{recipe.hub_id}/tree/{recipe.revision}",
            comment="; ".join(recipe.licence_conditions) or "its licence asks no more than its text",
        )  # fmt: skip
        self._relate(base, "hasDeclaredLicense", [self._licence(recipe.licence)])
        made = self._package(
            "ai_AIPackage", f"adapter:{recipe.name}", "model", self.agent, _at(model.adapter), name=recipe.title,
            software_packageVersion=model.adapter.data_version,
            ai_informationAboutTraining=f"{recipe.method}, recipe {recipe.name} {model.training.get('recipe_digest', '')}, seed "
            f"{model.training.get('seed', '')}; {model.learned} examples learned",
            ai_informationAboutApplication="Research. Not for clinical use.", ai_limitation=" ".join(LIMITS),
            ai_autonomyType=self.spdx.PresenceType.no,
            ai_useSensitivePersonalInformation=self.spdx.PresenceType.noAssertion,
        )  # fmt: skip
        made.ai_typeOfModel, made.ai_domain = ["transformer", recipe.method], ["medicine"]
        made.ai_hyperparameter = self._entries(model.training["recipe"])
        made.ai_metric = self._metrics(model)
        made.verifiedUsing = [
            self._hash(digest, name) for name, digest in sorted(model.adapter.manifest.digests.items())
        ]
        made.software_attributionText = list(model.rights["attributions"])
        self._relate(made, "trainedOn", [dataset])
        self._relate(made, "testedOn", [dataset] if model.evaluation else [])
        for kind in ("descendantOf", "dependsOn"):
            self._relate(made, kind, [base])
        self._relate(
            made,
            "hasDeclaredLicense",
            map(self._licence, sorted({recipe.licence, *model.rights["licences"]})),
        )
        return [made] if model.merged is None else [made, self._merged(model, made)]

    def _merged(self, model: Model, adapter: Any) -> Any:
        assert model.merged is not None
        merged = self._package(
            "ai_AIPackage", f"merged:{model.recipe.name}", "model", self.agent, _at(model.merged),
            name=f"{model.recipe.title}, merged",
            software_packageVersion=model.merged.data_version,
        )  # fmt: skip
        merged.verifiedUsing = [
            self._hash(value, name) for name, value in sorted(model.merged.manifest.digests.items())
        ]
        self._relate(merged, "descendantOf", [adapter])
        return merged

    def _metrics(self, model: Model) -> list[Any]:
        rows = (model.evaluation or {}).get("summary", ())
        values = {
            f"{row['what']}: {row['score']}, base → tuned, difference (95 %)": f"{row['base']:.4f} → {row['tuned']:.4f}, "
            f"{row['difference']:+.4f} ({row['low']:+.4f} to {row['high']:+.4f}), {row['items']} items"
            for row in rows
        }
        if gate := (model.evaluation or {}).get("gate"):
            values["gate"] = "passed" if gate["passed"] else f"closed: {'; '.join(gate['reasons'])}"
        return self._entries(values)

    def _entries(self, values: dict[str, Any]) -> list[Any]:
        return [self.spdx.DictionaryEntry(key=key, value=str(value)) for key, value in sorted(values.items())]

    def _hash(self, digest: str, name: str = "") -> Any:
        made = self.spdx.Hash(algorithm=self.spdx.HashAlgorithm.sha256, hashValue=digest)
        if name:
            made.comment = name
        return made

    def _withdrawals(self, dataset: Any) -> None:
        for number, row in enumerate(self.facts.withdrawals):
            self._element(
                "Annotation", f"withdrawal:{number}", annotationType=self.spdx.AnnotationType.other, subject=dataset,
                statement=f"withdrawn {row['record_id']}: {row['kind']}, {row['reason']} ({row['reported_by']} "
                f"{row['reported_at'] or 'no date'})",
            )  # fmt: skip


def _newest(source: SourceUse) -> datetime | None:
    """When the newest of its slices was collected; None where nothing was."""
    if not source.slices:
        return None
    return _second(max(one.collected_at for one in source.slices))


def _at(stored: Stored) -> datetime:
    return _second(stored.manifest.created_at)


def _second(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC).replace(microsecond=0)
