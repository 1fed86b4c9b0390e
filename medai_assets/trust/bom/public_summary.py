"""The public summary of training content that Article 53(1)(d) of the AI Act asks for, in the order of the Commission's template.

What the rows say is filled in. What only a provider can say (who they are, when the model is placed on the market, what the
base model's own provider published) is marked for them; nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from medai_assets.foundation.plurals import counted
from medai_assets.trust.bom.facts import AUTHORED, Facts, SourceUse, licence_of

TEMPLATE = "C(2025) 8311, 5 December 2025"
PROVIDER = "_To be filled in by the provider._"
LARGE = 0.03  # share of the examples from which on the template calls a public data set large
BILLION_TOKENS = 1_000_000_000
TOKENS_PER_WORD = 2  # more than any tokenizer here needs for a word of English


def public_summary(facts: Facts) -> str:
    """The summary as Markdown."""
    parts = [
        "# Public summary of training content",
        f"Filled from the rows of data set version `{facts.dataset.data_version}`; sections as in the template {TEMPLATE}. "
        "It tells of the fine-tuning alone: for the base models, see the summaries of their own providers.",
        "## 1. General information",
        "### 1.1 Provider identification\n\n" + PROVIDER,
        "### 1.2 Model identification\n\n" + _models(facts),
        "### 1.3 Modalities, overall size and other characteristics\n\n" + _size(facts),
        "## 2. List of data sources",
        "### 2.1 Publicly available datasets\n\n" + _public(facts),
        "### 2.2 Private datasets obtained from third parties\n\n" + _private(facts),
        "### 2.3 Data crawled and scraped from online sources\n\n"
        "None by a crawler: records are asked for by the publishers' own interfaces and bulk files, within their limits and "
        "terms. The hosts of the pages that publishers' records name, samples left out:\n\n"
        + _domains(facts),
        "### 2.4 User data\n\nNone: nothing comes from those who use the model or a service around it.",
        "### 2.5 Synthetic data\n\n" + _synthetic(facts),
        "### 2.6 Other sources of data\n\n" + _authored(facts),
        "## 3. Data processing aspects",
        "### 3.1 Respect of reservation of rights\n\n" + _rights(facts),
        "### 3.2 Removal of illegal content\n\n"
        "The sources are publishers of medical reference text. Examples with harmful advice, text that speaks to a model, and "
        "patterns of personal data are set aside with their reason.",
        "### 3.3 Other information\n\n" + _withdrawals(facts),
    ]
    return "\n\n".join(parts) + "\n"


def _models(facts: Facts) -> str:
    rows = [
        (
            f"{model.recipe.title} `{model.adapter.data_version[:12]}`",
            f"{model.recipe.hub_id} at `{model.recipe.revision[:12]}` ({model.recipe.licence})",
            f"{model.learned:,}",
        )
        for model in facts.models
    ]
    learned = (
        _table(("model and version", "depends on", "examples learned"), rows)
        or "No model was made from it yet."
    )
    return f"{learned}\n\nDate of placement on the Union market: {PROVIDER}"


def _size(facts: Facts) -> str:
    few = facts.words * TOKENS_PER_WORD < BILLION_TOKENS
    days = [one.collected_at[:10] for source in facts.sources for one in source.slices]
    kinds = ", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in facts.by_kind.items())
    rows = [
        ("modality", "text"),
        ("size", f"{facts.examples:,} examples, {facts.words:,} words: {'less' if few else 'more'} than 1 billion tokens"),
        ("types of content", f"scientific and other non-fiction text, as instructions and answers: {kinds}"),
        ("latest date of collection", max(days, default="none collected")),
        ("language", "English"),
        ("national characteristics", "American drug labels; British and American public health pages"),
    ]  # fmt: skip
    return _table(("", ""), rows)


def _public(facts: Facts) -> str:
    collected = [source for source in facts.sources if source.name != AUTHORED and not _is_private(source)]
    large = [s for s in collected if s.examples >= LARGE * facts.examples]
    small = [s for s in collected if s not in large]
    rows = [
        (source.title, source.publisher, f"{source.examples:,}", f"{len(source.records):,}", f"{source.samples:,}",
         _licences(source), _days(source))
        for source in large
    ]  # fmt: skip
    head = ("data set", "publisher", "examples", "records", "samples among them", "licences", "collected")
    listed = _table(head, rows) or "None above 3 % of the examples."
    if small:
        listed += f"\n\nBelow 3 % of the examples each: {', '.join(source.title for source in small)}."
    return listed


def _is_private(source: SourceUse) -> bool:
    return "LicenseRef-Own-Text" in source.licences


def _private(facts: Facts) -> str:
    own = [source for source in facts.sources if _is_private(source)]
    if not own:
        return "None."
    rows = [(source.title, f"{source.examples:,}", f"{len(source.records):,}") for source in own]
    return _table(("the provider's own texts", "examples", "records"), rows)


def _domains(facts: Facts) -> str:
    hosts = sum((source.domains for source in facts.sources if source.name != AUTHORED), Counter[str]())
    return (
        _table(("host", "records"), [(host, f"{count:,}") for host, count in hosts.most_common()]) or "None."
    )


def _synthetic(facts: Facts) -> str:
    return (
        "No model writes text while the data set is made: requests are worded by rules from headings and lists, and answers "
        f"keep the words of their source. Samples, written for this project in the form of a publisher's records: "
        f"{sum(source.samples for source in facts.sources):,}."
    )


def _authored(facts: Facts) -> str:
    found = next((source for source in facts.sources if source.name == AUTHORED), None)
    return f"{counted(found.examples, 'example')} written for this project." if found else "None."


def _rights(facts: Facts) -> str:
    rows = [
        (licence_of(name).name, f"{count:,}", "; ".join(licence_of(name).conditions) or "nothing")
        for name, count in facts.licences.items()
    ]
    return (
        "Only records under a licence or terms that admit it are used; the rest is set aside. Examples by licence, and what "
        "each asks:\n\n" + _table(("licence", "examples", "asks"), rows)
    )


def _withdrawals(facts: Facts) -> str:
    kinds = Counter(row["kind"].replace("_", "-") for row in facts.withdrawals)
    counts = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items())) or "none"
    return f"Records that must no longer be used, and on which no example rests: {counts}."


def _licences(source: SourceUse) -> str:
    return ", ".join(sorted(source.licences))


def _days(source: SourceUse) -> str:
    days = sorted(one.collected_at[:10] for one in source.slices)
    return "" if not days else days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body]) if body else ""
