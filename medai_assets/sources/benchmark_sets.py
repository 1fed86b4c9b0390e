"""The public benchmark sets of the Hugging Face hub, each one file of a pinned commit; fetched once and kept.

What belongs here: which files, and fetching them with the project's own client. How their rows are read stands in
``corpus/curate/benchmarks.py``. They are never training data: the corpus is cleaned of them, and models are asked them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from urllib.parse import quote

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.files import make_owned
from medai_assets.settings import Settings

Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True)
class BenchmarkSet:
    """One file: what it is called here (its ending says the form), data set, commit, path in it, and licence."""

    name: str
    dataset: str
    revision: str
    path: str
    licence: str


# The commits are those of each set's main branch in 2026; evaluation harnesses pin the same ones.
_MMLU = "c30699e8356da336a370243923dbaf21066bb9fe"
SUBJECTS = ("anatomy", "clinical_knowledge", "college_biology", "college_medicine", "medical_genetics",
            "professional_medicine")  # fmt: skip
_HEALTHBENCH = "40ee1968852fc57f625934251ac22be47077a8fb"
HEALTHBENCH = BenchmarkSet("healthbench.jsonl", "openai/healthbench", _HEALTHBENCH,
                           "consensus_2025-05-09-20-00-46.jsonl", "MIT")  # fmt: skip
# Physicians' verdicts on answers to the same conversations, by which a judge is judged.
LABELLED = BenchmarkSet("healthbench_labelled.jsonl", "openai/healthbench", _HEALTHBENCH,
                        "2025-05-07-06-14-12_oss_meta_eval.jsonl", "MIT")  # fmt: skip
SETS = (
    BenchmarkSet("medqa-test.jsonl", "GBaker/MedQA-USMLE-4-options", "0fb93dd23a7339b6dcd27e241cb9b5eca62d4d18",
                 "phrases_no_exclude_test.jsonl", "CC-BY-4.0"),
    BenchmarkSet("medmcqa-validation.parquet", "openlifescienceai/medmcqa", "91c6572c454088bf71b679ad90aa8dffcd0d5868",
                 "data/validation-00000-of-00001.parquet", "Apache-2.0"),
    # All 1,000 questions that experts answered; the published test is 500 of them, told by their PubMed ids.
    BenchmarkSet("pubmedqa-labelled.parquet", "qiaojin/PubMedQA", "9001f2853fb87cab8d220904e0de81ac6973b318",
                 "pqa_labeled/train-00000-of-00001.parquet", "MIT"),
    *(BenchmarkSet(f"{subject}_test.parquet", "cais/mmlu", _MMLU, f"{subject}/test-00000-of-00001.parquet", "MIT")
      for subject in SUBJECTS),
    BenchmarkSet("medxpertqa.jsonl", "TsinghuaC3I/MedXpertQA", "7e7c465a68eb2b866926bfa59c8c9d17a8daba65",
                 "Text/test.jsonl", "MIT"),
    # What no medical text teaches: beside the others, it tells what was forgotten.
    BenchmarkSet("mmlu_pro.parquet", "TIGER-Lab/MMLU-Pro", "b189ec765aa7ed75c8acfea42df31fdae71f97be",
                 "data/test-00000-of-00001.parquet", "MIT"),
    BenchmarkSet("ifeval.jsonl", "google/IFEval", "966cd89545d6b6acfd7638bc708b98261ca58e84",
                 "ifeval_input_data.jsonl", "Apache-2.0"),
    # Its authors' own copy; requests that only sound harmful, and their harmful contrasts.
    BenchmarkSet("xstest.csv", "Paul/XSTest", "f600c994b256f12867dfa5b3eb3d545a3e62f8b5", "xstest_prompts.csv",
                 "CC-BY-4.0"),
    # Asked where a judge is at hand; kept out of the corpus in any case.
    HEALTHBENCH,
)  # fmt: skip

# Questions by benchmark as their publishers state them: Jin et al. 2020 (MedQA, four options, test), Pal et al. 2022
# (MedMCQA, validation), Jin et al. 2019 (PubMedQA, labelled), Hendrycks et al. 2021 (MMLU, test), Zuo et al. 2025
# (MedXpertQA, text, test), Wang et al. 2024 (MMLU-Pro, test), Zhou et al. 2023 (IFEval), Röttger et al. 2024 (XSTest), Arora
# et al. 2025 (HealthBench, consensus).
STATED = {
    "medqa": 1273,
    "medmcqa": 4183,
    "pubmedqa": 1000,
    "mmlu_anatomy": 135,
    "mmlu_clinical_knowledge": 265,
    "mmlu_college_biology": 144,
    "mmlu_college_medicine": 173,
    "mmlu_medical_genetics": 100,
    "mmlu_professional_medicine": 272,
    "medxpertqa": 2450,
    "mmlu_pro": 12032,
    "ifeval": 541,
    "xstest_safe": 250,
    "xstest_unsafe": 200,
    "healthbench": 3671,
}


def digest(sets: Sequence[BenchmarkSet] = SETS) -> str:
    """Digest of what is pinned: changes when a set, a commit or a path does."""
    return text_digest(*(text_digest(*astuple(one)) for one in sets))


def hub_benchmarks(
    settings: Settings,
    progress: Progress = lambda done, total, what: None,
    sets: Sequence[BenchmarkSet] = SETS,
) -> list[Path]:
    """The sets' files in the live profile, fetched where they are not there yet; none in the sample profile.

    Raises:
        UpstreamError: the hub refused, could not be had, or sent something else than it lists at that commit.
    """
    if settings.profile != "live":
        return []
    folder = settings.profile_dir / "benchmark_sets"
    paths = [folder / one.revision[:12] / one.name for one in sets]
    for done, (one, path) in enumerate(zip(sets, paths)):
        progress(done, len(sets), "benchmark sets")
        if not path.exists():
            _fetch(one, path, settings, progress)
    return paths


def _fetch(one: BenchmarkSet, path: Path, settings: Settings, progress: Progress) -> None:
    """Fetch one file by way of the journal, so that it is put in place whole and checked, or not at all."""
    from medai_assets.sources import hub_files
    from medai_assets.sources.collection import Collection
    from medai_assets.sources.registry import upstream
    from medai_assets.transport.errors import ReplyInvalid
    from medai_assets.transport.http import Http
    from medai_assets.transport.journal import Journal
    from medai_assets.transport.limits_of_hosts import hosts_of

    kept = settings.work_dir / "benchmark_sets" / quote(one.name, safe="")
    with (
        Journal(kept, {"set": list(astuple(one))}) as journal,
        Http(upstream("huggingface", settings), hosts=hosts_of(settings)) as http,
    ):
        context = Collection(http, journal, None, None, settings, None, progress)
        listed = hub_files.listing(context, one.dataset, one.revision)
        if one.path not in listed:
            raise ReplyInvalid(
                "hub", one.dataset, f"{one.dataset} has no file {one.path} at {one.revision[:12]}"
            )
        fetched, _ = hub_files.fetch(context, one.dataset, one.revision, listed[one.path])
        make_owned(path.parent)
        fetched.replace(path)
        journal.clear()
