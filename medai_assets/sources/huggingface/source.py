"""Data sets of the Hugging Face hub as a source."""

from __future__ import annotations

import re
from datetime import timedelta

from medai_assets.foundation.slices import LIVE, SAMPLE, Slice
from medai_assets.sources.id_spellings import row_key
from medai_assets.sources.source import Endpoint, Key, Source
from medai_assets.transport.limits import Rate
from medai_assets.transport.upstreams import MINUTE, SECOND


def _set(key: str, dataset: str, title: str, profiles: tuple[str, ...], **query: str) -> Slice:
    return Slice("huggingface", key, {"dataset": dataset, **query}, title, profiles)


SOURCE = Source(
    name="huggingface",
    title="data sets of the hub",
    publisher="Hugging Face",
    description="Data sets of the Hugging Face hub with a clear licence, at a pinned revision, one slice a set.",
    terms="only sets with a clear licence are collected; a set without one, or one that "
    "holds benchmark questions, is refused unless `MEDAI_ALLOW_DATASETS` names it",
    attribution="set id, revision",
    licences=("MIT", "CC-BY-SA-4.0"),
    slices=(
        _set("medication-flashcards", "medai-sample/medication_flashcards", "sample set", SAMPLE),
        _set("symptom-dialogues", "medai-sample/symptom_dialogues", "sample set", SAMPLE),
        _set(
            "pubmedqa-artificial",
            "qiaojin/PubMedQA",
            "PubMedQA, artificial questions",
            LIVE,
            config="pqa_artificial",
        ),
        _set(
            "wikidoc-patient-information",
            "medalpaca/medical_meadow_wikidoc_patient_information",
            "WikiDoc patient information",
            LIVE,
        ),
    ),
    endpoints=(Endpoint("hub", "https://huggingface.co", "hf", "medai_assets.sandbox.hub:Hub"),),
    # The hub counts requests in windows of five minutes, 500 for anonymous callers; two a second with that cap.
    rates=(Rate(2, SECOND), Rate(450, 5 * MINUTE)),
    downloads_from=("*.huggingface.co", "*.hf.co"),  # large files lie at a content network
    key=Key(
        "HF_TOKEN",
        "without it gated models such as Llama 3 cannot be fetched",
        header="Authorization",
        scheme="Bearer ",
    ),
    client="hub",
    record_prefix="hf",
    # a row's key is what its publisher writes, blanks among it
    record_form=re.compile(r"hf:[^\s/]+/\S(?:.*\S)?"),
    record_example="hf:<data set>/<row>",
    canonical=row_key,
    other_prefixes=("huggingface",),
    collector="medai_assets.sources.huggingface.collect:collect",
    contracts="medai_assets.sources.huggingface.contract:CONTRACTS",
    parser="medai_assets.sources.huggingface.parse:parse",
    schedule="0 6 1 * *",
    fresh_within=timedelta(days=60),
    traits=frozenset({"question_answer", "patients_write", "many_publishers"}),
    icons=("huggingface",),
)
