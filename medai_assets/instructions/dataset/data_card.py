"""The data card: what is in the data set, where it comes from, under which terms, and what it is not good for.

Every number is counted from the rows; the words are fixed. Nothing depends on the machine: token counts, which need a base
model that may not be there, stand in the version's manifest instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from medai_assets.foundation.licences import LICENCES, terms_of
from medai_assets.instructions.forms.form import PLAIN
from medai_assets.instructions.forms.registry import FORMS
from medai_assets.instructions.forms.rewritten import NOTE, REWRITTEN
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.reviews.sampling import CONFIDENCE

NAME = "medical_instruction_dataset"
LIMITS = (
    "Not for clinical use. Nobody has validated a model trained on this data for the care of patients.",
    "Sources for the public are written for one country; an answer may name its services (NHS 111, Poison Help), and says "
    "whose they are where the chosen country does not have them.",
    "Levels of care are those of the page's care cards for one sign at a time; several signs together may be more urgent.",
    "Prompts are made by rules from headings and lists: they vary less than what people really write, also in the form that "
    "imitates it.",
    "English only. Drug labels are American; study conclusions are single studies and no guidance.",
    "Safety pairs cover stated categories; a request outside of them is not represented. No clinician has reviewed them. "
    "They are told in the numbers, services and words of the chosen country (US, GB, or those of none); facts of practice "
    "are American where `elsewhere.yaml` says nothing else.",
    "Texts of sample records were written for this project and are no publisher's.",
)


def write_data_card(
    path: Path, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], version: str
) -> None:
    """Write the card as Markdown with the front matter of a data set page."""
    path.write_text(data_card(rows, facts, version), encoding="utf-8")


def data_card(rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], version: str) -> str:
    """The card's text.

    Args:
        facts: metadata of the published version (publish.metadata).
    """
    licences = [row["licence"] for row in facts["licences"]]
    terms = terms_of(licences)
    samples = sum(any(o["sample"] for o in row["origins"]) for row in rows)
    authored = sum(row["authored"] for row in rows)
    parts = [
        _front_matter(rows),
        f"# Medical instruction data\n\nVersion `{version}`: {len(rows):,} examples of {len(KINDS)} kinds, made from openly "
        f"licensed medical text by named rules, each with its passages, its origins and their licences. {samples:,} rest "
        f"on sample records written for this project, {authored:,} are authored texts.\n\n"
        "**Not for clinical use.**",
        "## Kinds\n\n" + _table(_kinds(facts), ("kind", "train", "validation", "what")),
        "## Sources\n\n" + _table(facts["by_source"], ("source", "examples")),
        "## Licences and terms\n\n"
        + _table(_licences(facts), ("licence", "examples", "terms"))
        + f"\n\nThe most restrictive: {terms['most_restrictive'] or 'none'}.",
        "## How it was made\n\n" + _how(facts),
        "## Forms\n\nOf the training examples; held-out ones are plain, but for kinds that are asked with the text in hand. "
        "`labels` names the form, and `question` in it the plain question.\n\n"
        + _table(_forms(facts), ("form", "examples", "what")),
        "## Rules\n\nA rule's version is raised when it makes other examples from the same passages.\n\n"
        + _table(facts["by_rule"], ("rule", "examples")),
        "## What was cut\n\n" + (_table(_cut(facts), ("kind", "reason", "examples")) or "Nothing."),
        "## Examples set aside\n\nEach example is proved by properties that know nothing of how it was made; what cannot "
        "be proved is "
        "kept in the table `removed` with the reason and is not taught.\n\n"
        + (_table(facts["set_aside_examples"], ("kind", "property", "examples")) or "None."),
        "## Rules that are off\n\nReaders found more than one in ten of their examples faulty; those are set aside as "
        "`left_out`.\n\n" + (_table(_left_out(facts), ("rule", "records", "reason")) or "None."),
        "## Read by people\n\n" + _reviewed(facts.get("reviews", ())),
        "## Passages that made no example\n\n"
        + (_table(facts["set_aside"][:20], ("reason", "passages")) or "None."),
        "## Checks\n\n" + _table(facts["checks"], ("check", "passed", "detail")),
        "## Lengths\n\n" + _lengths(rows),
        "## Known limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
        "## Use\n\n```python\nfrom datasets import load_dataset\n\n"
        'data = load_dataset("json", data_files={"train": "medical_instruction_dataset_train.jsonl",\n'
        '                                        "validation": "medical_instruction_dataset_val.jsonl"})\n```\n\n'
        "Beside the files lie configurations that name them for other tools: `dataset_info.json` (LLaMA-Factory), "
        "`axolotl.yaml` and `trl_sft.yaml`.",
    ]
    return "\n\n".join(parts) + "\n"


# The Hub's size_categories (huggingface_hub.DatasetCardData): from 1,000 rows on ten times as many a class.
_SIZES = (
    "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B", "10B<n<100B",
    "100B<n<1T", "n>1T",
)  # fmt: skip


def size_category(rows: int) -> str:
    """The Hub's class of a data set of so many rows."""
    return _SIZES[min(max(len(str(rows)) - 3, 0), len(_SIZES) - 1)]


def _front_matter(rows: Sequence[Mapping[str, Any]]) -> str:
    size = size_category(len(rows))
    return (
        "---\nlanguage:\n- en\nlicense: other\npretty_name: Medical instruction data\n"
        f"size_categories:\n- {size}\ntask_categories:\n- text-generation\ntags:\n- medical\n---"
    )


def _kinds(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**row, "what": KINDS[row["kind"]].note} for row in facts["by_kind"]]


def _forms(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    notes = (
        {PLAIN: "as the rule made it"} | {name: form.note for name, form in FORMS.items()} | {REWRITTEN: NOTE}
    )
    return [{**row, "what": notes[row["form"]]} for row in facts["by_form"]]


def _licences(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for row in facts["licences"]:
        known = LICENCES.get(row["licence"])
        text = "; ".join(known.conditions) if known and known.conditions else "no conditions"
        found.append(
            {
                **row,
                "terms": text
                + ("" if known and known.redistribution else "; the text must not be passed on"),
            }
        )
    return found


def _how(facts: Mapping[str, Any]) -> str:
    mixture = facts["mixture"]
    return (
        "Answers are the source's own words, trimmed to whole sentences. What is not the source's is fixed framing "
        "(the level of care, whom to call, where the words come from); each example lists its framing in `labels`, and a "
        "build refuses an answer whose other words do not stand in its passages. `authored` is true where the "
        "whole answer was written for this project. Numbers to call are those of "
        f"`{mixture['emergency_country']}`. All choices are hashes of the seed {mixture['seed']}. At most "
        f"{mixture['most_per_document']} examples of a kind come from one document and {mixture['most_per_subject']} are "
        "about one subject. Documents that share a record, a passage or nearly the same answer are on one side of the split."
    )


def _cut(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"kind": k, "reason": r, "examples": n}
        for k, reasons in facts["cut"].items()
        for r, n in reasons.items()
    ]


def _left_out(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**row, "records": row["records"] or "all"} for row in facts["mixture"]["left_out"]]


def _reviewed(rows: Sequence[Mapping[str, Any]]) -> str:
    """What may be concluded of each kind, by whom, and that of the others nothing may."""
    if not rows:
        return "Nobody has read a sample of these examples, so nothing is known of them by reading."
    listed = [
        {
            "kind": row["kind"],
            "of": row["lot"],
            "read": row["read"],
            "at fault": ", ".join(f"{name} {count}" for name, count in row["faults"].items()) or "none",
            "by": ", ".join(f"{role} {count}" for role, count in row["by_role"].items()) or "nobody",
            "of those that stay, at most at fault": f"{row['most']:,} of {row['left']:,}"
            if row["read"]
            else "not known",
        }
        for row in rows
    ]
    return (
        "A sample of each kind, drawn by the hash of ids and read in that order; what was at fault is taken out. The bound holds "
        f"with {CONFIDENCE:.0%} confidence (hypergeometric, exact), for faults that the named readers would see. Of kinds that "
        "are not listed nobody has read any.\n\n" + _table(listed, tuple(listed[0]))
    )


def _lengths(rows: Sequence[Mapping[str, Any]]) -> str:
    words = sorted(len(row["completion"].split()) for row in rows)
    lines = (
        [f"Answers have {words[0]} to {words[-1]} words, median {words[len(words) // 2]}."] if words else []
    )
    audiences = Counter(row["audience"] for row in rows)
    lines.append(
        "Audience: " + ", ".join(f"{name} {count:,}" for name, count in sorted(audiences.items())) + "."
    )
    return "\n\n".join(lines)


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    body = ["| " + " | ".join(_cell(row[name]) for name in columns) + " |" for row in rows]
    if not body:
        return ""
    return "\n".join(["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns), *body])


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|").replace("\n", " ")
