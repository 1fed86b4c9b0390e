"""MedQuAD as a source."""

from __future__ import annotations

import re
from datetime import timedelta

from medai_assets.foundation.slices import BOTH, LIVE, Slice
from medai_assets.sources.source import Endpoint, Source
from medai_assets.transport.limits import Rate
from medai_assets.transport.upstreams import SECOND

_COLLECTIONS = {
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
}


def _pair(text: str) -> str:
    file, mark, pair = text.strip("/").partition("#")
    return f"{file.strip().removesuffix('.xml')}{mark}{pair.strip()}"


SOURCE = Source(
    name="medquad",
    title="question-answer pairs",
    publisher="MedQuAD",
    country="US",
    description="MedQuAD question-answer pairs, one slice a collection of the archive, each with its publisher's address.",
    terms="attribution: Ben Abacha & Demner-Fushman (2019), "
    "*A Question-Entailment Approach to Question Answering*, and each document's address",
    attribution="document address",
    licences=("CC-BY-4.0",),
    slices=tuple(
        Slice("medquad", name, {"collection": name}, f"MedQuAD collection {name}", BOTH if sample else LIVE)
        for name, sample in _COLLECTIONS.items()
    ),
    endpoints=(Endpoint("github", "https://github.com", "github", "medai_assets.sandbox.github:Archive"),),
    # One archive; GitHub allows 60 anonymous requests an hour to its API and more to archives.
    rates=(Rate(1, SECOND),),
    downloads_from=("codeload.github.com",),  # where GitHub sends who asks for an archive
    client="github",
    cited_as="the page “{title}” on {host}",
    record_prefix="medquad",
    record_form=re.compile(r"medquad:[^/#\s]+/[^/#\s]+#\S+"),
    record_example="medquad:<folder>/<file>#<pair>",
    canonical=_pair,
    collector="medai_assets.sources.medquad.collect:collect",
    contracts="medai_assets.sources.medquad.contract:CONTRACTS",
    parser="medai_assets.sources.medquad.parse:parse",
    schedule="0 6 1 * *",
    fresh_within=timedelta(days=60),
    traits=frozenset({"question_answer", "describes_conditions", "frozen_copy"}),
    icons=("medquad",),
    document_of=lambda record_id: record_id.split("#", 1)[0],  # the pairs of one file share its text
)
