"""A page, a plain example of it, and the example told in another form."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from medai_assets.instructions.forms.registry import FORMS, in_form
from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.rules import SYSTEM, example_id
from medai_assets_tests.instructions.builders import document, row

SIGNS = "The main symptom of wheeze is a whistling sound when you breathe out. It is often worse at night."
CAUSES = "Wheeze is often caused by asthma or an infection of the airways."
STORAGE = "Store at 20 to 25 °C in a dry place. Throw away what is left after 30 days."
OVERVIEW = "Tablets of 200 mg are white and round and are sold in packs of 20."


def page(**other: Any) -> SourceDocument:
    return document(
        row(SIGNS, "symptoms", heading="Symptoms of wheeze", **other),
        row(CAUSES, "causes", heading="Causes of wheeze", position=1, **other),
    )


def example_row(
    document: SourceDocument, place: int = 0, prompt: str = "What are the symptoms of wheeze?", **other: Any
) -> dict[str, Any]:
    passage = document.passages[place]
    return {
        "example_id": example_id("question_answer", prompt, passage.text), "kind": "question_answer", "rule": "r/1",
        "system": SYSTEM, "prompt": prompt, "completion": passage.text, "passage_ids": [passage.passage_id],
        "origins": list(passage.origins), "authored": False, "split": "", "subject": "Wheeze", "audience": "consumer",
        "source": document.source, "labels": orjson.dumps({"framing": [], "question_type": "symptoms"}).decode(),
    } | other  # fmt: skip


def told(
    name: str, document: SourceDocument, plain: dict[str, Any], beside: tuple[int, ...] = (1,)
) -> dict[str, Any] | None:
    """The form, where the passages of the places beside have proven examples too."""
    return in_form(plain, document, FORMS[name], "US", Counter(), [example_row(document, n) for n in beside])


def after(document: SourceDocument, plain: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any] | None:
    return in_form(plain, document, FORMS["conversation"], "US", Counter(), [plain, earlier])


def labels(example: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(example["labels"])
    return found


def ids(number: int) -> str:
    return f"e{number:024d}"
