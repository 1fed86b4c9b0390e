"""What the page of each derived asset shows of a version: pictures first, then tables of what is in and what was set aside.

Read from what was stored, so that a page can be made again from any kept version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg
import orjson

from medai_assets.assets.tables import large_pictures, licence_table, tally, titled
from medai_assets.foundation.vocabularies import KINDS, SPLITS
from medai_assets.lineage import table_counts, thumbnails

if TYPE_CHECKING:
    from medai_assets.storage import Stored

MOST_SECTIONS = 9
EVALUATED = {
    "scores.png": "scores of both",
    "losses.png": "loss by kind",
    "triage.png": "triage levels, stated against given",
}
MOST_DIGITS = 4  # of a loss
_BEGIN = Counter(kind.partition("_")[0] for kind in KINDS)
# Of kinds, to fit side by side: the first word, where no other kind begins with it.
HEADINGS = {kind: first if _BEGIN[first := kind.partition("_")[0]] == 1 else kind for kind in KINDS}
markdown = dg.MetadataValue.md  # seen at once when it is short


def of_withdrawals(stored: Stored) -> dict[str, Any]:
    """Withdrawn records by kind and by who says so."""
    pairs = table_counts.counted(stored, "withdrawals", "kind", "reported_by")
    rows = [{"kind": kind, "said by": who, "records": n} for (kind, who), n in pairs.most_common()]
    return titled("by kind", rows) or {"by kind": "none: nothing is withdrawn"}


def of_reviews(stored: Stored) -> dict[str, Any]:
    """Verdicts by what they say and by who says so."""
    facts = stored.facts
    return {
        "use": "`medai review sample` draws what to read; the data card says what may be concluded",
        **tally("verdicts", "verdict", facts["by_verdict"], "verdicts"),
        **tally("reviewers", "role", facts["by_role"], "verdicts"),
    }


def of_rewrites(stored: Stored) -> dict[str, Any]:
    """Replies taken and set aside, by which model, told what."""
    facts = stored.facts
    return {
        "teacher": f"{facts['model']}, told by {facts['prompt_version']}",
        "questions asked": facts["asked"],
        "rewritings taken": facts["taken"],
        **tally("set aside", "reason", facts["set_aside"], "replies"),
    }


def of_benchmarks(stored: Stored) -> dict[str, Any]:
    """Questions by benchmark."""
    counts = stored.facts["by_benchmark"]
    return {
        "use": "never trained on: the corpus is cleaned of them, and models are judged by them",
        **tally("questions", "benchmark", counts, "questions"),
    }


def of_processing(stored: Stored) -> dict[str, Any]:
    """Passages of a source: by section, by licence, their lengths, and what was set aside or not understood."""
    facts = stored.facts
    sections = table_counts.counted(stored, "passages", "section").most_common()
    shown = [(name.replace("_", " "), (n,), f"{n:,}") for (name,), n in sections[:MOST_SECTIONS]]
    return {
        "passages by section": markdown(thumbnails.bars(shown, "passages by section")),
        "lengths": markdown(thumbnails.histogram(table_counts.numbers(stored, "passages", "words"), "lengths", "words")),
        **licence_table(table_counts.licences(stored, "passages"), "passages"),
        **tally("set aside, by reason", "reason", facts["removed"], "rows"),
        **tally("section names not in the vocabulary", "name", facts["unmapped"], "passages"),
        "slices": facts["slices"],
        "slices reused": facts["reused"],
    }  # fmt: skip


def of_curation(stored: Stored) -> dict[str, Any]:
    """The funnel, the lengths, licences kept and refused, and the terms that the whole is under."""
    facts = stored.facts
    funnel = stored.table("funnel").to_pylist()
    refused = {row["licence"]: row["refused"] for row in facts["licences"] if row["refused"]}
    kept = {row["licence"]: row["kept"] for row in facts["licences"] if row["kept"]}
    return {
        "funnel": markdown(thumbnails.bars(thumbnails.funnel_rows(funnel), "what each step left")),
        "lengths": markdown(thumbnails.histogram(table_counts.numbers(stored, "passages", "words"), "lengths", "words")),
        **titled("by source", _by_source(funnel)),
        **tally("why passages were set aside", "reason", _reasons(stored), "passages"),
        **licence_table(kept, "passages"),
        **tally("licences refused by the policy", "licence", refused, "passages"),
        "terms of the whole": facts["most_restrictive"],
    }  # fmt: skip


def _by_source(funnel: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a source: records collected and readable, passages cut from them and kept."""
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(funnel, key=lambda row: row["order"]):
        of = found.setdefault(row["source"], {"source": row["source"]})
        if row["step"] in ("raw", "parsed"):
            of[{"raw": "records", "parsed": "readable"}[row["step"]]] = row["kept"]
        else:
            of.setdefault("passages", row["kept"])
            of["kept"] = row["kept"]
    return list(found.values())


def _reasons(stored: Stored) -> dict[str, int]:
    if not stored.has_table("reasons"):
        return {}
    found: Counter[str] = Counter()
    for row in stored.table("reasons").to_pylist():
        if row["stage"] == "curated_corpus":
            found[f"{row['step'].replace('_', ' ')}: {row['reason']}"] += row["count"]
    return found


def of_dataset(stored: Stored) -> dict[str, Any]:
    """The mixture, where each kind comes from, how long answers are, and what was set aside."""
    facts = stored.facts
    flows = table_counts.counted(stored, "examples", "source", "kind")
    lengths = table_counts.words(stored, "examples", "completion")
    mixture = [
        (row["kind"].replace("_", " "), (row["train"], row["validation"]), f"{row['train'] + row['validation']:,}")
        for row in facts["by_kind"]
    ]  # fmt: skip
    by_origin = [
        {HEADINGS.get(name, name): value for name, value in row.items()}
        for row in table_counts.matrix(flows, "source", KINDS)
    ]
    set_aside = {row["reason"]: row["passages"] for row in facts["set_aside"]}
    shown_counts = ("tokens", "median", "p95", "longest", "limit", "over_limit")
    token_rows = [
        {"base model": name} | {count.replace("_", " "): found[count] for count in shown_counts}
        for name, found in facts["tokens"].items()
    ]
    return {
        "mixture": markdown(thumbnails.bars(mixture, "examples by kind", SPLITS)),
        **titled("from source to kind", by_origin),
        "lengths of answers": markdown(thumbnails.histogram(lengths, "lengths of answers", "words")),
        **licence_table({row["licence"]: row["examples"] for row in facts["licences"]}, "examples"),
        **titled("tokens", token_rows),
        "tokens counted": facts["tokens_note"],
        **titled("examples set aside, by property", _by_property(facts["set_aside_examples"])),
        **tally("passages that made no example", "reason", set_aside, "passages"),
        **tally("rules", "rule", {r["rule"]: r["examples"] for r in facts["by_rule"]}, "examples"),
    }  # fmt: skip


def _by_property(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a property, with its examples by kind."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        of = found.setdefault(row["property"], {"property": row["property"], "examples": 0})
        of["examples"] += row["examples"]
        of[HEADINGS[row["kind"]]] = row["examples"]
    ordered = sorted(found.values(), key=lambda of: (-of["examples"], of["property"]))
    return [
        {name: of.get(name, 0) for name in ("property", "examples", *HEADINGS.values())} for of in ordered
    ]


def of_training_examples(stored: Stored) -> dict[str, Any]:
    """Examples by kind and split."""
    counts: Counter[tuple[str, ...]] = Counter()
    for split in SPLITS:
        for (kind,), count in table_counts.counted(stored, split, "kind").items():
            counts[kind.replace("_", " "), split] = count
    return titled("examples by kind", table_counts.matrix(counts, "kind", SPLITS))


def of_preferences(stored: Stored) -> dict[str, Any]:
    """Pairs by reason and split, and how many were set aside as withdrawn."""
    facts = stored.facts
    return titled("pairs by reason", facts["by_reason"]) | {"set aside as withdrawn": facts["withdrawn"]}


def of_preference_adapter(stored: Stored) -> dict[str, Any]:
    """Figures on held-out pairs before and after, and of each reason how many pairs were learned and how many not, and why."""
    from medai_assets.instructions.preferences.pairs import REASONS

    facts = stored.facts
    rows = [{"held-out pairs": when, **figures} for when, figures in facts["metrics"].items()]
    learned = Counter(stored.table("learned", ["kind"])["kind"].to_pylist())  # with the examples' kinds
    left = Counter(
        (row["kind"], row["reason"]) for row in stored.table("left_out", ["kind", "reason"]).to_pylist()
    )
    why = sorted({reason for _, reason in left})
    pairs = [
        {"pairs": told, "learned": learned[reason]} | {_words(one): left[reason, one] for one in why}
        for reason, told in REASONS.items()
    ]
    return {**titled("before and after", rows), **titled("pairs by reason", pairs), **facts["facts"]}


def of_card(stored: Stored) -> dict[str, Any]:
    """The card itself, and under which licences stands what was learned."""
    card = (stored.local_path() / "README.md").read_text(encoding="utf-8")
    return {
        "model card": markdown(card),
        **licence_table(stored.manifest.metadata["licences"], "learned examples"),
    }


def of_adapter(stored: Stored) -> dict[str, Any]:
    """Curves, losses by kind against the base, what it learned from, what was left out, and the cost."""
    facts = stored.facts
    base, tuned = facts["metrics"]["base"], facts["metrics"]["tuned"]
    rows = [
        {"kind": kind.replace("_", " "), "base loss": round(base[kind]["loss"], 3), "tuned loss": round(tuned[kind]["loss"], 3),
         "base perplexity": round(base[kind]["perplexity"], 1), "tuned perplexity": round(tuned[kind]["perplexity"], 1)}
        for kind in tuned if kind in base
    ]  # fmt: skip
    directory = stored.local_path()
    timing = [
        {"what": _words(name), "value": _measure(name, value)} for name, value in facts["timing"].items()
    ]
    return {
        "loss": markdown(thumbnails.lines(_curves(stored), "training and validation loss", "steps")),
        **large_pictures({"training and validation loss": (directory / "loss.png").read_bytes()}),
        **titled("validation by kind", rows),
        "validation loss": round(tuned["all"]["loss"], MOST_DIGITS),
        "validation perplexity": round(tuned["all"]["perplexity"], 2),
        **_learned(facts["facts"]),
        "model card": markdown((directory / "README.md").read_text(encoding="utf-8")),
        **titled("how it was trained", timing),
        "training seconds": round(facts["timing"]["training_seconds"], 1),
        "tokens per second": round(facts["timing"]["tokens_per_second"], 1),
    }


def of_curves(lineage_address: str, stored: Stored, files: str) -> dict[str, Any]:
    """Where TensorBoard draws the curves of an adapter's training, and where its files lie."""
    address = f"{lineage_address}/curves/?runFilter={stored.data_version[:12]}#timeseries"
    return {"curves in TensorBoard": dg.MetadataValue.url(address), "TensorBoard's files": files}


def _learned(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Examples learned from, under which licences, and how many were left out."""
    data = facts.get("data", {})
    rows = [
        {
            "split": split,
            "examples": of["examples"],
            "tokens": of["tokens"],
            "beyond the budget": of.get("beyond_budget", 0),
            "too long": sum(of.get("too_long", {}).values()),
            "not reached": of.get("not_reached", 0),
        }
        for split, of in data.items()
    ]
    return titled("learned from", rows) | {
        "licences of what it learned": ", ".join(facts.get("licences", ())) or "none stated"
    }


def _curves(stored: Stored) -> dict[str, list[tuple[float, float]]]:
    """(step, loss) of training and of validation from the adapter's history."""
    lines = stored.read("history.jsonl").splitlines()
    entries = [orjson.loads(line) for line in lines if line.strip()]
    return {
        name: [(entry["step"], entry[key]) for entry in entries if key in entry]
        for name, key in (("training", "loss"), ("validation", "eval_loss"))
    }


def _words(name: str) -> str:
    return name.removesuffix("_bytes").replace("_", " ")


def _measure(name: str, value: Any) -> Any:
    """A number in the unit that a person reads."""
    if name.endswith("_bytes"):
        return f"{value / 2**30:.2f} GiB"
    if isinstance(value, float):
        return round(value, 3) if value < 10 else round(value, 1)
    return value if isinstance(value, str | int | bool) else str(value)


def of_evaluation(stored: Stored, report: Mapping[str, Any]) -> dict[str, Any]:
    """Both models in plain words, bars, and numbers: by kind, by benchmark, and in what can hurt."""
    from medai_assets.evaluation.plain_words import NAMES

    summary = report["summary"]
    kinds = [row for row in summary if not row["what"].startswith("benchmark")]
    others = [row for row in summary if row["what"].startswith("benchmark ")]
    directory = stored.local_path()
    found: dict[str, Any] = {"in plain words": markdown(report["plain_words"])}
    names = report.get("names", NAMES)
    against = f"{names['base']} against {names['tuned']}"
    for title, rows in ((f"{against}, by kind", kinds), (f"{against}, by benchmark", others)):
        if rows:
            found[title] = markdown(_scores(rows, title, names))
    harms = [row for row in report["directions"] if row["items"]]
    drawn = {title: directory / name for name, title in EVALUATED.items() if (directory / name).exists()}
    large = large_pictures({title: path.read_bytes() for title, path in drawn.items()})
    tables = titled(
        "scores", [_compared("what", row["what"].replace("_", " "), row, names) for row in summary]
    )
    return (
        found
        | tables
        | titled("harm", [_compared("share of", row["name"], row, names) for row in harms])
        | large
    )


def of_judged(report: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the judge can be believed, what it says, and its agreement beside each score."""
    from medai_assets.evaluation.judged.words import HEADS, cells

    rows = [dict(zip(HEADS, cells(row))) for row in report["scores"]]
    return {"in plain words": markdown(report["plain_words"])} | titled("scores", rows)


def _compared(title: str, name: str, row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    shares = {names[which]: row[which] for which in ("base", "tuned")}
    return {title: name, "items": row["items"], **shares, "verdict": row["words"]}


def _scores(rows: list[dict[str, Any]], title: str, names: Mapping[str, str]) -> str:
    bars = [
        (
            row["what"].removeprefix("benchmark ").replace("_", " "),
            (row["base"], row["tuned"]),
            f"{row['base']:.0%} → {row['tuned']:.0%}",
        )
        for row in rows
    ]
    return thumbnails.bars(
        bars, title, (names["base"], names["tuned"]), (thumbnails.BASE, thumbnails.TUNED), stacked=False
    )


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB" if count >= 2**20 else f"{count / 2**10:,.1f} KiB"


def of_model(stored: Stored) -> dict[str, Any]:
    """Files of a merged model with their sizes, and its card."""
    files = [
        {"file": name, "size": _size(info.bytes)} for name, info in sorted(stored.manifest.files.items())
    ]
    card = stored.local_path() / "README.md"
    made_from = [f"{i.asset}[{i.partition}] {i.data_version[:12]}" for i in stored.manifest.inputs]
    found: dict[str, Any] = {"made from": ", ".join(made_from), **titled("files", files)}
    if card.exists():
        found["model card"] = markdown(card.read_text(encoding="utf-8"))
    return found | {"not for": "clinical use; nothing here was reviewed by clinicians"}
