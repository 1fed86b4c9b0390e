"""The data set described for machines: Croissant 1.1 with its responsible-AI terms.

https://docs.mlcommons.org/croissant/docs/croissant-spec.html and https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from medai_assets.instructions.dataset.data_card import LIMITS, NAME
from medai_assets.instructions.dataset.export import FILE_OF
from medai_assets.instructions.kinds.registry import KINDS

# As the specification gives it.
CONTEXT: dict[str, Any] = orjson.loads(Path(__file__).with_name("croissant_context.json").read_bytes())
FIELDS = {
    "example_id": "hash of kind, history, prompt and completion",
    "kind": "what it teaches",
    "rule": "name and version of the rule that made it",
    "system": "the system text",
    "prompt": "the request",
    "completion": "the answer",
    "split": "train or validation",
    "subject": "drug, disease or focus",
    "audience": "consumer or professional",
    "source": "of the first origin",
    "passage_ids": "the passages it was made from",
    "authored": "whether a person wrote the answer for this project",
    "labels": "what evaluation reads, as JSON",
}
_TURNS = {"role": "system, user or assistant", "content": "what is said"}
LISTS = {  # fields that hold a list of objects
    "history": ("what was said before the request", _TURNS),
    "messages": ("the example as a chat", _TURNS),
    "origins": (
        "the records that it rests on",
        {
            "record_id": "the record",
            "source": "where it was collected",
            "slice": "what it was collected with",
            "version": "as its publisher counts",
            "url": "the publisher's page; of a sample its name in the sandbox",
            "licence": "SPDX identifier",
            "attribution": "whom to name",
            "sample": "whether it was written for this project",
        },
    ),
}


def write_croissant(path: Path, facts: Mapping[str, Any], version: str, day: str) -> None:
    """Write ``croissant.json`` for the export files that lie beside ``path``; they must be written already."""
    path.write_bytes(
        orjson.dumps(croissant(facts, version, day, path.parent), option=orjson.OPT_INDENT_2) + b"\n"
    )


def croissant(facts: Mapping[str, Any], version: str, day: str, folder: Path) -> dict[str, Any]:
    """The description as JSON-LD.

    It states no `url`: whoever publishes the files adds it.

    Args:
        day: when this version was made first, as an ISO date.
        folder: where the exported files lie, for their sizes and hashes.
    """
    licences = [str(row["licence"]) for row in facts["licences"]]
    total = sum(row["train"] + row["validation"] for row in facts["by_kind"])
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": NAME,
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "description": f"{total} instruction examples of {len(KINDS)} kinds made from openly licensed medical text, each traced "
        "to its passages and records. Not for clinical use.",
        "license": licences,
        "datePublished": day,
        "version": f"1.0.0+{version[:12]}",
        "creator": {"@type": "sc:Organization", "name": "medai-assets"},
        "citeAs": "medai-assets: medical instruction data, version " + version,
        "isLiveDataset": False,
        "inLanguage": "en",
        "keywords": ["medicine", "instruction tuning", "provenance"],
        **_responsible_ai(facts),
        "distribution": [_file(folder / name, split) for split, name in FILE_OF.items()],
        "recordSet": [_records(split) for split in FILE_OF],
    }


def _file(path: Path, split: str) -> dict[str, Any]:
    raw = path.read_bytes()
    return {
        "@type": "cr:FileObject",
        "@id": split,
        "name": path.name,
        "description": f"The {split} split, one JSON object a line.",
        "contentUrl": path.name,
        "contentSize": f"{len(raw)} B",
        "encodingFormat": "application/jsonlines",
        "sha256": hashlib.sha256(raw).hexdigest(),
    }


def _records(split: str) -> dict[str, Any]:
    place = f"{split}_examples"
    fields = [
        _field(place, name, text, _from(split, name)) | ({"repeated": True} if name == "passage_ids" else {})
        for name, text in FIELDS.items()
    ]
    for name, (text, members) in LISTS.items():
        inside = [_field(f"{place}/{name}", m, t, _from(split, name, m)) for m, t in members.items()]
        fields.append(_named(place, name, text) | {"repeated": True, "subField": inside})
    return {
        "@type": "cr:RecordSet",
        "@id": place,
        "name": place,
        "description": f"Examples of the {split} split.",
        "key": {"@id": f"{place}/example_id"},
        "field": fields,
    }


def _field(place: str, name: str, text: str, source: dict[str, Any]) -> dict[str, Any]:
    kind = "sc:Boolean" if name in ("authored", "sample") else "sc:Text"
    return _named(place, name, text) | {"dataType": kind, "source": source}


def _named(place: str, name: str, text: str) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": f"{place}/{name}", "name": name, "description": text}


def _from(split: str, column: str, member: str = "") -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": split}, "extract": {"column": column}}
    return source | ({"transform": {"jsonPath": member}} if member else {})


def _responsible_ai(facts: Mapping[str, Any]) -> dict[str, Any]:
    sources = ", ".join(f"{row['source']} ({row['examples']})" for row in facts["by_source"])
    kinds = "; ".join(f"{name}: {kind.note}" for name, kind in KINDS.items())
    return {
        "rai:dataCollection": f"Records of published medical sources, and authored texts. Examples by source: {sources}.",
        "rai:dataCollectionType": ["Secondary Data Analysis", "Manual Human Curator"],
        "rai:dataPreprocessingProtocol": "Cleaned, cut into passages, personal data masked, duplicates merged, benchmark "
        "questions and withdrawn records set aside; then made into examples by named, versioned rules.",
        "rai:dataAnnotationProtocol": "Labels (levels of care, emergencies, quoted facts) follow from the sections of the "
        "sources by rule; safety pairs were written for this project and are reviewed by no clinician.",
        "rai:dataUseCases": f"Fine-tuning and testing of language models that answer health questions. {kinds}.",
        "rai:dataLimitations": list(LIMITS),
        "rai:dataBiases": "American drug labels, British and American public health pages, English only; common conditions "
        "are over-represented.",
        "rai:personalSensitiveInformation": "None intended: published text; patterns of personal data were masked and "
        "examples with a mask were left out.",
        "rai:dataSocialImpact": "A model trained on this may be taken for a clinician. It must not be used to decide on care.",
        "rai:dataReleaseMaintenancePlan": "Made again whenever a source changes; withdrawn records leave with the next version.",
    }
