"""Slices: the only list of what is collected.

A slice is what is collected, retried and refreshed on its own. Its key fixes its query for good: a new query is a
new slice. Fewer than 100 slices a source, since Dagster does not check staleness across wider edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.vocabularies import SOURCES

BOTH = ("sample", "live")
LIVE = ("live",)
SAMPLE = ("sample",)


@dataclass(frozen=True, slots=True)
class Slice:
    """One unit of collection: ``query`` is what the source's collector asks its upstream for."""

    source: str
    key: str
    query: Mapping[str, str]
    title: str
    profiles: tuple[str, ...] = BOTH

    @property
    def asset(self) -> str:
        """Name of the asset that holds the slice."""
        return f"raw_{self.source}"

    @property
    def query_digest(self) -> str:
        """Changes exactly when the query does."""
        return text_digest(orjson.dumps(dict(self.query), option=orjson.OPT_SORT_KEYS))


_FDA = [
    Slice(
        "fda",
        str(year),
        {"effective_time": str(year)},
        f"labels in force since {year}",
        BOTH if year >= 2023 else LIVE,
    )
    for year in range(2006, 2027)
]

# Topics with many clinical conclusions; MeSH headings, so that a query means the same every time.
_PUBMED_TOPICS = {
    "asthma": "asthma[MeSH Terms]",
    "diabetes": "diabetes mellitus[MeSH Terms]",
    "hypertension": "hypertension[MeSH Terms]",
    "stroke": "stroke[MeSH Terms]",
    "neoplasms": "neoplasms[MeSH Terms]",
    "anti-bacterial-agents": "anti-bacterial agents[MeSH Terms]",
    "depression": "depressive disorder[MeSH Terms]",
    "pregnancy-complications": "pregnancy complications[MeSH Terms]",
}
_PUBMED = [
    Slice("pubmed", key, {"term": f"{term} AND hasabstract[Filter] AND english[Language]"}, f"PubMed: {term}",
          BOTH if key in ("asthma", "diabetes", "hypertension", "neoplasms") else LIVE)
    for key, term in _PUBMED_TOPICS.items()
]  # fmt: skip

_BULK_GROUP = 50  # files a slice: about 1.5 million citations, and 27 slices for the whole baseline


def _bulk_groups(tree: str, first: int, end: int) -> list[Slice]:
    """Groups of files by number; a group that the tree does not reach yet is an empty slice."""
    name = "update" if tree == "updatefiles" else tree
    groups = ((start, start + _BULK_GROUP - 1) for start in range(first, end, _BULK_GROUP))
    return [
        Slice(
            "pubmed_bulk",
            f"{name}-{a:04d}",
            {"tree": tree, "first": str(a), "last": str(b)},
            f"{name} files {a}–{b}",
            LIVE,
        )
        for a, b in groups
    ]


_PUBMED_BULK = [
    Slice("pubmed_bulk", "baseline-sample", {"tree": "baseline", "first": "1", "last": "99"}, "the sample baseline file", SAMPLE),
    Slice("pubmed_bulk", "update-sample", {"tree": "updatefiles", "first": "1", "last": "9999"}, "the sample update file", SAMPLE),
    *_bulk_groups("baseline", 1, 1400),
    *_bulk_groups("updatefiles", 1301, 1800),
]  # fmt: skip

_NHS = [
    Slice("nhs", section, {"section": section}, f"NHS website: {section}", BOTH if sample else LIVE)
    for section, sample in {
        "conditions": True,
        "symptoms": True,
        "medicines": True,
        "mental-health": True,
        "tests-and-treatments": True,
        "live-well": False,
        "pregnancy": False,
        "contraception": False,
        "vaccinations": False,
        "womens-health": False,
        "baby": False,
        "social-care-and-support": False,
    }.items()
]

_CDC = [
    Slice("cdc", topic, {"topic": topic}, f"CDC content: {topic}")
    for topic in (
        "diabetes",
        "heart-disease-stroke",
        "flu-vaccines",
        "food-safety",
        "injury-poisoning",
        "infectious-diseases",
        "maternal-health",
        "heat-and-disaster",
    )
]

_MEDQUAD = [
    Slice("medquad", name, {"collection": name}, f"MedQuAD collection {name}", BOTH if sample else LIVE)
    for name, sample in {
        "1_CancerGov_QA": True,
        "2_GARD_QA": False,
        "3_GHR_QA": False,
        "4_MPlus_Health_Topics_QA": True,
        "5_NIDDK_QA": True,
        "6_NINDS_QA": True,
        "7_SeniorHealth_QA": False,
        "8_NHLBI_QA_XML": False,
        "9_CDC_QA": True,
        "10_MPlus_ADAM_QA": True,
        "11_MPlusDrugs_QA": False,
        "12_MPlusHerbsSupplements_QA": False,
    }.items()
]

_HUGGINGFACE = [
    Slice("huggingface", "medication-flashcards", {"dataset": "medai-sample/medication_flashcards"}, "sample set", SAMPLE),
    Slice("huggingface", "symptom-dialogues", {"dataset": "medai-sample/symptom_dialogues"}, "sample set", SAMPLE),
    Slice("huggingface", "pubmedqa-artificial", {"dataset": "qiaojin/PubMedQA", "config": "pqa_artificial"},
          "PubMedQA, artificial questions", LIVE),
    Slice("huggingface", "wikidoc-patient-information", {"dataset": "medalpaca/medical_meadow_wikidoc_patient_information"},
          "WikiDoc patient information", LIVE),
]  # fmt: skip

ALL_SLICES: tuple[Slice, ...] = (*_FDA, *_PUBMED, *_PUBMED_BULK, *_NHS, *_CDC, *_MEDQUAD, *_HUGGINGFACE)

# The bulk tree is 1,300 files: a first live collection goes by topic, and the tree is collected when asked for.
LIVE_ON_REQUEST = ("pubmed_bulk",)


def slices(source: str, profile: str) -> list[Slice]:
    """The slices of a source in a profile, in the order they are shown.

    Raises:
        ValueError: there is no such source; the message lists those there are.
    """
    if source not in SOURCES:
        raise ValueError(f"there is no source {source!r}; the sources are {', '.join(SOURCES)}")
    return [s for s in ALL_SLICES if s.source == source and profile in s.profiles]


def find_slice(source: str, key: str, profile: str) -> Slice:
    """The slice with that key; raises ValueError naming the keys there are."""
    for candidate in slices(source, profile):
        if candidate.key == key:
            return candidate
    keys = ", ".join(s.key for s in slices(source, profile))
    raise ValueError(f"{source} has no slice {key!r} in the {profile} profile; its slices are {keys}")
