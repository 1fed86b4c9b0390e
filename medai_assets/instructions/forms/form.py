"""A form: another way in which a proven example is told, so that a model learns more than one.

What belongs here: what a form is given and what it answers. What does not: any form (one module each), and which examples
take one (the registry). A form never changes what the answer says of a source; ``verification/form_kept.py`` holds each
one to that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.verification.form_kept import WITH_TEXT, Rendering

NAME_LABEL = "form"
QUESTION_LABEL = "question"
AFTER_LABEL = "after"  # id of the example that is asked and answered before
IS_THERE = "is_there"  # whether the answer stands in the text that the prompt shows
PLAIN = "plain"  # as the rule made it


@dataclass(frozen=True)
class Formed:
    """A proven example in another form, and what its maker declares of it.

    Attributes:
        rendering: prompt, answer and declarations, as ``form_kept`` wants them.
        shown: passages that stand in the prompt, or are told before it; the example rests on them too.
        unused: whether nothing of the plain answer is in it, so that it rests on the shown passages alone.
        earlier: the proven example that is asked and answered before it.
    """

    rendering: Rendering
    shown: tuple[Passage, ...] = ()
    unused: bool = False
    labels: dict[str, Any] = field(default_factory=dict)
    earlier: ExampleRow | None = None


@dataclass(frozen=True)
class Form:
    """One form.

    Args:
        name: as in ``form_shares`` of the mixture and in the label ``form``.
        note: what it is, for the data card.
        make: from an EXAMPLE row, its document and the document's other proven examples to the example in this form; None
            where it does not fit.
    """

    name: str
    note: str
    make: Callable[[ExampleRow, SourceDocument, Sequence[ExampleRow]], Formed | None]


def declared(row: ExampleRow) -> dict[str, Any]:
    """The labels of an EXAMPLE row."""
    labels: dict[str, Any] = orjson.loads(row["labels"])
    return labels


def question_alone(prompt: str, labels: str) -> str:
    """What an example asks: its prompt, but for the text that it has in hand.

    Args:
        labels: as an EXAMPLE row has them, JSON.
    """
    said = orjson.loads(labels)
    return str(said[QUESTION_LABEL]) if said.get(NAME_LABEL) == WITH_TEXT else prompt
