"""The form *cited*: the answer ends with where its words come from, as a reader would look it up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from medai_assets.foundation.rows import ExampleRow, Origin
from medai_assets.instructions.choice import choose
from medai_assets.instructions.forms.form import Form, Formed, declared
from medai_assets.instructions.passages import SourceDocument
from medai_assets.sources.registry import SOURCES
from medai_assets.verification.form_kept import CITED, Rendering

_LEADS = ("Source: {}.", "This is from {}.", "The words above are those of {}.", "Quoted from {}.")


def cited(row: ExampleRow, document: SourceDocument, beside: Sequence[ExampleRow]) -> Formed | None:
    """The answer with its source in a line of its own; none where the origins are several or lack what the line says."""
    if len(row["origins"]) != 1:
        return None
    named = citation(document, row["origins"][0])
    if not named:
        return None
    line = choose(_LEADS, row["example_id"], "lead").format(named)
    rendering = Rendering(CITED, row["prompt"], f"{row['completion']}\n\n{line}", citation=line)
    return Formed(rendering, labels={"framing": [*declared(row).get("framing", []), line], "citation": line})


def citation(document: SourceDocument, origin: Origin) -> str:
    """What the document is called in a sentence, by its source's form; "" where a part of it is not known."""
    first = document.first
    parts = {
        "title": first.title,
        "attribution": origin["attribution"].rstrip("."),
        "version": origin["version"],
        "date": _in_words(str(first.attributes.get("effective") or origin["version"])),
        "host": (urlsplit(origin["url"]).hostname or "").removeprefix("www."),
    }
    if "label" in SOURCES[document.source].traits and not first.attributes.get("names"):
        return ""  # nothing certain to call it by
    form = SAMPLE if origin["sample"] else SOURCES[document.source].cited_as
    wanted = [name for name in parts if f"{{{name}}}" in form]
    return form.format(**parts) if wanted and all(parts[name] for name in wanted) else ""


SAMPLE = "“{title}” ({attribution})"


def _in_words(text: str) -> str:
    """A date as it is read, "11 March 2025"; "" where the text is none."""
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y}"


FORM = Form(CITED, "the answer ends with a line that names its source as a reader would look it up", cited)
