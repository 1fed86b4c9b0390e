"""The data sets of the Hugging Face hub that this project knows: columns, licence, terms, and which are refused.

What belongs here: facts about sets, as data. A set is refused by default when its licence is not clear, when it contains
questions that models are measured with, or when its use raises a question only its user can answer. Naming it in
``MEDAI_ALLOW_DATASETS`` is that user's decision; the reason is in the error until then.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from medai_assets.sources.records import SAMPLE_LICENCE
from medai_assets.transport.errors import CollectionFailed

NO_LICENCE = "LicenseRef-None-Stated"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One set.

    Args:
        columns: those a row has to have.
        licence: of the text, in the words of ``schemas.LICENCES``.
        attribution: whom to name.
        terms: what a user should know before training on it.
        key: the column that identifies a row, "" when there is none (then the row's content does).
        files: patterns of the data files by configuration; "" is the configuration when none is named. Empty = as the card says.
        refused: why it is not collected unless it is named explicitly; "" when it may be.
        refused_configurations: the same for single configurations.
        flags: put on each record.
    """

    id: str
    columns: tuple[str, ...]
    licence: str
    attribution: str
    terms: str = ""
    key: str = ""
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: str = ""
    refused_configurations: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


_UNCLEAR = "its card states no clear licence"
_PUBMEDQA = "PubMedQA (Jin et al., EMNLP 2019), MIT"
_MEASURED = "it contains questions that models are measured with"

CATALOGUE: dict[str, Dataset] = {
    d.id: d
    for d in (
        Dataset(
            "medai-sample/medication_flashcards",
            columns=("instruction", "input", "output"),
            licence=SAMPLE_LICENCE,
            attribution="medai sample in the format of a hub data set",
        ),
        Dataset(
            "medai-sample/symptom_dialogues",
            columns=("question", "context", "long_answer"),
            licence=SAMPLE_LICENCE,
            attribution="medai sample in the format of a hub data set",
            flags=("dialogue",),
        ),
        Dataset(
            "qiaojin/PubMedQA",
            columns=("pubid", "question", "context", "long_answer"),
            licence="MIT",
            attribution=_PUBMEDQA,
            terms="Questions and answers are made from PubMed abstracts, whose publishers may hold rights in them.",
            key="pubid",
            files={
                "": ("pqa_artificial/*.parquet",),
                "pqa_artificial": ("pqa_artificial/*.parquet",),
                "pqa_unlabeled": ("pqa_unlabeled/*.parquet",),
                "pqa_labeled": ("pqa_labeled/*.parquet",),
            },
            refused_configurations={"pqa_labeled": f"{_MEASURED}: half of it is PubMedQA's test set"},
        ),
        Dataset(
            "openlifescienceai/medmcqa",
            columns=("id", "question", "opa", "opb", "opc", "opd", "cop", "exp"),
            licence="Apache-2.0",
            attribution="MedMCQA (Pal et al., CHIL 2022), Apache-2.0",
            terms="Explanations come from study books; cop counts from 0 on the hub and from 1 in the raw files.",
            key="id",
            files={"": ("data/train-*.parquet",)},
            refused=f"{_MEASURED}: its validation part is the MedMCQA benchmark (only its training part would be read)",
        ),
        Dataset(
            "GBaker/MedQA-USMLE-4-options",
            columns=("question", "answer", "options", "answer_idx"),
            licence="CC-BY-4.0",
            attribution="MedQA (Jin et al., 2021), CC BY 4.0",
            files={"": ("*train*.jsonl", "data/train-*.parquet")},
            refused=f"{_MEASURED}: its test part is the MedQA benchmark (only its training part would be read)",
        ),
        Dataset(
            "lavita/medical-qa-datasets",
            columns=("instruction", "input", "output"),
            licence=NO_LICENCE,
            attribution="lavita/medical-qa-datasets and the sets it is put together from",
            refused=f"{_UNCLEAR}, and {_MEASURED}: MMLU, USMLE, MedMCQA and PubMedQA",
        ),
        Dataset(
            "lavita/ChatDoctor-HealthCareMagic-100k",
            columns=("instruction", "input", "output"),
            licence=NO_LICENCE,
            attribution="ChatDoctor (Li et al., 2023), from HealthCareMagic",
            terms="Real patients' dialogues: privacy, and the terms of the site they were taken from.",
            refused=f"{_UNCLEAR}; it holds real patients' dialogues, taken from a site whose terms apply",
            flags=("dialogue",),
        ),
        Dataset(
            "medalpaca/medical_meadow_medical_flashcards",
            columns=("input", "output", "instruction"),
            licence=NO_LICENCE,
            attribution="medAlpaca (Han et al., 2023), medical flashcards",
            refused=f'{_UNCLEAR}: it says "cc" and not which of the licences of that name',
        ),
        Dataset(
            "medalpaca/medical_meadow_wikidoc",
            columns=("instruction", "input", "output"),
            licence="CC-BY-SA-4.0",
            attribution="WikiDoc, by way of medAlpaca (Han et al., 2023), CC BY-SA",
            terms="Share-alike: what is made from it may have to carry the same licence.",
        ),
        Dataset(
            "medalpaca/medical_meadow_wikidoc_patient_information",
            columns=("instruction", "input", "output"),
            licence="CC-BY-SA-4.0",
            attribution="WikiDoc patient information, by way of medAlpaca (Han et al., 2023), CC BY-SA",
            terms="Share-alike: what is made from it may have to carry the same licence.",
        ),
        Dataset(
            "keivalya/MedQuad-MedicalQnADataset",
            columns=("qtype", "Question", "Answer"),
            licence="CC-BY-4.0",
            attribution="MedQuAD (Ben Abacha and Demner-Fushman, 2019), CC BY 4.0",
            refused="it is MedQuAD without the pages its answers come from, so they cannot be attributed: use the medquad source",
        ),
    )
}


def dataset_named(identifier: str, configuration: str, allowed: tuple[str, ...]) -> Dataset:
    """The set, if it may be collected. A set that is not in the catalogue has to be named explicitly too.

    Args:
        allowed: sets the user names explicitly (``MEDAI_ALLOW_DATASETS``).

    Raises:
        CollectionFailed: it is refused; the message says why and how to decide otherwise.
    """
    known = CATALOGUE.get(identifier)
    if known is None:
        reason = "it is not in the catalogue, so nobody has looked at its licence and at what it contains"
    else:
        reason = known.refused or known.refused_configurations.get(configuration, "")
    if reason and identifier not in allowed:
        raise CollectionFailed(
            f"the data set {identifier}{f' ({configuration})' if configuration else ''} is refused: {reason}. "
            f"If you have looked into it, name it in MEDAI_ALLOW_DATASETS"
        )
    return known or Dataset(
        identifier, columns=(), licence=NO_LICENCE, attribution=f"Hugging Face data set {identifier}"
    )
