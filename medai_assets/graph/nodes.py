"""The table of assets: names, groups, parents, code versions and the words a newcomer reads on the page.

The versions of their code stand in ``stage_versions.lock``: a stage's is raised whenever its output changes for the same
input; only then do its partitions turn stale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from medai_assets.foundation.code_versions import code_version
from medai_assets.sources.registry import SOURCES
from medai_assets.sources.source import Source


@dataclass(frozen=True, slots=True)
class Edge:
    """A dependency and how its partitions map: ``all`` of the parent's, the ``same`` key, or those ``of_source``."""

    parent: str
    mapping: Literal["all", "same", "of_source"] = "all"


@dataclass(frozen=True, slots=True)
class Node:
    """One asset of the graph."""

    name: str
    group: str
    description: str
    kinds: tuple[str, ...]
    parents: tuple[Edge, ...] = ()
    partitioned_by: Literal["none", "slices", "sources", "base_models"] = "none"
    source: str | None = None  # upstream of a raw asset
    pool: str | None = None
    licences: tuple[str, ...] = ()
    code_version: str = ""  # filled in from the lock
    on_request: bool = False  # made only when asked for by name, or where the settings say so
    needs: str = ""  # a setting without which the graph does not have it
    # Depends on something outside the graph: an upstream query, a file of settings.
    fingerprinted: bool = False

    @property
    def owner(self) -> str:
        """Who answers for it."""
        return "team:data" if self.group in ("collection", "corpus", "instructions") else "team:training"


def _raw(source: Source) -> Node:
    return Node(
        name=source.asset,
        group="collection",
        description=source.description,
        kinds=("parquet", *source.icons),
        partitioned_by="slices",
        source=source.name,
        pool=source.name,
        licences=source.licences,
        fingerprinted=True,
    )


RAW = tuple(_raw(source) for source in SOURCES.values())

_TABLE = (
    *RAW,
    Node(
        name="withdrawals",
        group="collection",
        description="Records that must no longer be used: retracted and deleted citations, superseded label versions, what a "
        "person's files no longer hold, and the user's own take-downs (`medai withdraw`). Data, so that a withdrawal makes "
        "stale exactly what it touches.",
        kinds=("parquet",),
        parents=tuple(Edge(source.asset) for source in SOURCES.values() if source.withdraws),
        fingerprinted=True,
    ),
    Node(
        name="benchmark_questions",
        group="collection",
        description="Questions of the public benchmarks. Never training data: they are what the corpus is cleaned of, and what "
        "models are judged by.",
        kinds=("parquet",),
        fingerprinted=True,
    ),
    Node(
        name="curation_policy",
        group="corpus",
        description="Which licences may be used, and the bounds for duplicates and benchmark overlap, as versioned data.",
        kinds=("yaml",),
        fingerprinted=True,
    ),
    Node(
        name="processed_corpus",
        group="corpus",
        description="Passages of one source: text cleaned without changing a number or a unit, sections in one vocabulary, split "
        "at sentence ends, personal data masked. Slices that did not change are not processed again.",
        kinds=("parquet",),
        parents=tuple(Edge(source.asset, "of_source") for source in SOURCES.values() if source.has_texts),
        partitioned_by="sources",
    ),
    Node(
        name="curated_corpus",
        group="corpus",
        description="Where the sources meet: duplicates become one passage that keeps all origins; benchmark leaks, refused "
        "licences and withdrawn records are set aside with the reason. The funnel below counts every step.",
        kinds=("parquet",),
        parents=(
            Edge("processed_corpus"),
            Edge("withdrawals"),
            Edge("benchmark_questions"),
            Edge("curation_policy"),
        ),
    ),
    Node(
        name="instruction_mixture",
        group="instructions",
        description="The mixture by kind, source and audience, the caps per drug and topic, the validation share and the country "
        "whose emergency numbers are named, as versioned data.",
        kinds=("yaml",),
        fingerprinted=True,
    ),
    Node(
        name="reviews",
        group="instructions",
        description="What people said of examples they read (`medai review`, or the lineage page): approved, or at fault and how. "
        "Data, so that a verdict makes the data set stale and nothing else; what is at fault is taken out of it.",
        kinds=("parquet",),
        fingerprinted=True,
    ),
    Node(
        name="question_rewrites",
        group="instructions",
        description="Questions in the words of a teacher, any model behind an OpenAI-compatible endpoint: each reply is kept, and "
        "taken where it is proved to ask the same. Never answers. In the graph only where a teacher's endpoint is set.",
        kinds=("parquet",),
        parents=(Edge("curated_corpus"), Edge("instruction_mixture")),
        needs="teacher_url",
        fingerprinted=True,
    ),
    Node(
        name="instruction_dataset",
        group="instructions",
        description="Instruction examples of several kinds in the sources' own words, each with its rule, passages and origins; "
        "split by document and near-duplicate group. Also exported as JSONL with a data card and a Croissant file.",
        kinds=("parquet", "json"),
        parents=(
            Edge("curated_corpus"),
            Edge("instruction_mixture"),
            Edge("reviews"),
            Edge("question_rewrites"),
        ),
    ),
    Node(
        name="training_examples",
        group="instructions",
        description="Of the data set, what models learn from and are judged by, without what is noted beside it: new origins, "
        "dates or licences alone give the same version here, and nothing is trained again.",
        kinds=("parquet",),
        parents=(Edge("instruction_dataset"),),
    ),
    Node(
        name="preference_dataset",
        group="instructions",
        description="Pairs of answers to one request, of which one is preferred: refusals against compliance and the reverse, "
        "answers against the same without their urgency, current labels against superseded ones. Each side names its "
        "records; the rejected side is never an example.",
        kinds=("parquet",),
        parents=(
            Edge("instruction_dataset"),
            Edge("curated_corpus"),
            Edge("processed_corpus"),
            Edge("withdrawals"),
            Edge("instruction_mixture"),
        ),
        on_request=True,
    ),
    Node(
        name="training_recipe",
        group="training",
        description="Hyper-parameters of one base model as data: a changed value makes exactly that adapter stale.",
        kinds=("yaml",),
        partitioned_by="base_models",
        fingerprinted=True,
    ),
    Node(
        name="pretraining_texts",
        group="training",
        description="The curated passages as texts for continued pre-training; those of documents that held-out examples rest on "
        "are kept for validation. In the graph only where pretraining is set.",
        kinds=("parquet",),
        parents=(Edge("curated_corpus"), Edge("instruction_dataset")),
        needs="pretraining",
    ),
    Node(
        name="pretrained_adapter",
        group="training",
        description="An adapter that has read the curated corpus (continued pre-training on packed text); `lora_adapter` goes on "
        "from it. In the graph only where pretraining is set.",
        kinds=("pytorch", "huggingface"),
        parents=(Edge("pretraining_texts"), Edge("training_recipe", "same")),
        partitioned_by="base_models",
        pool="training",
        needs="pretraining",
    ),
    Node(
        name="lora_adapter",
        group="training",
        description="A LoRA or QLoRA adapter for one base model, trained in its own process; safetensors only, with model card, "
        "curves and the list of examples that it learned.",
        kinds=("pytorch", "huggingface"),
        parents=(
            Edge("training_examples"),
            Edge("training_recipe", "same"),
            Edge("pretrained_adapter", "same"),
        ),
        partitioned_by="base_models",
        pool="training",
    ),
    Node(
        name="preference_recipe",
        group="training",
        description="How adapters learn from preference pairs, as data: a changed value makes exactly those adapters stale.",
        kinds=("yaml",),
        on_request=True,
        fingerprinted=True,
    ),
    Node(
        name="preference_adapter",
        group="training",
        description="The adapter after it has learned from preference pairs as well (DPO); holds what was learned before and "
        "since. Made on request.",
        kinds=("pytorch", "huggingface"),
        parents=(
            Edge("lora_adapter", "same"),
            Edge("preference_dataset"),
            Edge("preference_recipe"),
            Edge("training_recipe", "same"),
        ),
        partitioned_by="base_models",
        pool="training",
        on_request=True,
    ),
    Node(
        name="model_card",
        group="training",
        description="An adapter's card with licences and attributions of what it learned as the data set notes them now. Not for "
        "clinical use.",
        kinds=("markdown",),
        parents=(Edge("lora_adapter", "same"), Edge("instruction_dataset")),
        partitioned_by="base_models",
    ),
    Node(
        name="evaluation_report",
        group="evaluation",
        description="The tuned model against its base on the same held-out items: loss, perplexity and a task score by kind, "
        "with paired tests and plain words. Not evidence of clinical safety.",
        kinds=("parquet", "json"),
        parents=(Edge("lora_adapter", "same"), Edge("training_examples"), Edge("benchmark_questions")),
        partitioned_by="base_models",
        pool="training",
    ),
    Node(
        name="preference_report",
        group="evaluation",
        description="The adapter after preferences against the same before, on the same held-out items with paired tests: what "
        "safety gained, and how many harmless requests are refused now. Here base is the adapter before.",
        kinds=("parquet", "json"),
        parents=(
            Edge("lora_adapter", "same"),
            Edge("preference_adapter", "same"),
            Edge("training_examples"),
            Edge("benchmark_questions"),
        ),
        partitioned_by="base_models",
        pool="training",
        on_request=True,
    ),
    Node(
        name="pretraining_report",
        group="evaluation",
        description="The model that has read the corpus, before any example, against its base on the same held-out items and "
        "benchmark questions: what reading alone gained, and what was forgotten. In the graph only where pretraining is set.",
        kinds=("parquet", "json"),
        parents=(
            Edge("pretrained_adapter", "same"),
            Edge("training_examples"),
            Edge("benchmark_questions"),
        ),
        partitioned_by="base_models",
        pool="training",
        needs="pretraining",
    ),
    Node(
        name="judged_report",
        group="evaluation",
        description="The tuned model against its base on HealthBench's conversations, by a judge whose agreement with physicians "
        "is measured first and stands beside every score. In the graph only where a judge's endpoint is set. Not evidence of "
        "clinical safety.",
        kinds=("parquet", "json"),
        parents=(Edge("lora_adapter", "same"),),
        partitioned_by="base_models",
        pool="training",
        needs="judge_url",
        fingerprinted=True,
    ),
    Node(
        name="merged_model",
        group="serving",
        description="Base and adapter as one bf16 model directory that any server loads; made only when the evaluation's gate is "
        "passed. Not for clinical use.",
        kinds=("pytorch", "huggingface"),
        parents=(Edge("lora_adapter", "same"), Edge("model_card", "same"), Edge("evaluation_report", "same")),
        partitioned_by="base_models",
        pool="training",
    ),
)
NODES: tuple[Node, ...] = tuple(replace(node, code_version=code_version(node.name)) for node in _TABLE)
