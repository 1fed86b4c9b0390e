"""The forms there are, which example takes which, and the proof that nothing was lost on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.choice import number
from medai_assets.instructions.forms import alarms_first, as_people_write, cited, conversation, with_text
from medai_assets.instructions.forms.form import NAME_LABEL, QUESTION_LABEL, Form, Formed, declared
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.proof import evidence_of, example_of
from medai_assets.instructions.rules import example_id
from medai_assets.instructions.turns import said_before
from medai_assets.verification.form_kept import form_kept

FORMS: Mapping[str, Form] = {
    f.name: f
    for f in (as_people_write.FORM, cited.FORM, with_text.FORM, conversation.FORM, alarms_first.FORM)
}
_PARTS = 1 << 32


def chosen_form(
    row: ExampleRow, shares: Mapping[str, float], seed: int, text_in_hand: Collection[str] = ()
) -> Form | None:
    """The form that an example takes; None for as it is. A hash of the seed and the example, with the shares as bounds.

    Args:
        text_in_hand: kinds whose examples all take the form *with text*.
    """
    if row["kind"] in text_in_hand:
        return with_text.FORM
    place = number(seed, "form", row["example_id"]) % _PARTS / _PARTS
    for name in FORMS:
        place -= shares.get(name, 0.0)
        if place < 0:
            return FORMS[name]
    return None


def in_form(
    row: ExampleRow,
    document: SourceDocument,
    form: Form,
    country: str,
    refused: Counter[tuple[str, str]],
    beside: Sequence[ExampleRow] = (),
) -> ExampleRow | None:
    """A proven EXAMPLE row in the form; None where the form does not fit it or is not proved (counted in ``refused``).

    Args:
        beside: the other proven EXAMPLE rows of the document.
    """
    made = form.make(row, document, beside)
    if made is None:
        refused[form.name, "does not fit"] += 1
        return None
    earlier = (
        (example_of(made.earlier, country), evidence_of(made.earlier, document)) if made.earlier else None
    )
    fault = form_kept(example_of(row, country), made.rendering, evidence_of(row, document), earlier)
    if fault:
        refused[form.name, fault.reason] += 1
        return None
    return _row(row, form, made)


def _row(row: ExampleRow, form: Form, made: Formed) -> ExampleRow:
    rendering = made.rendering
    history = said_before(made.earlier) if made.earlier else []
    rests_on = {} if made.unused else dict.fromkeys(row["passage_ids"])
    shown = {p.passage_id: p for p in made.shown}
    origins = [] if made.unused else row["origins"]
    held = {
        (o["record_id"], o["version"]): o for o in [*origins, *(o for p in made.shown for o in p.origins)]
    }
    literal = KINDS[row["kind"]].literal
    emptied: dict[str, Any] = {literal: []} if made.unused and literal else {}
    labels = {**declared(row), **emptied, **made.labels, NAME_LABEL: form.name, QUESTION_LABEL: row["prompt"]}
    return {
        **row,
        "example_id": example_id(row["kind"], rendering.prompt, rendering.completion, history),
        "history": history,
        "prompt": rendering.prompt,
        "completion": rendering.completion,
        "passage_ids": list(dict.fromkeys([*rests_on, *shown])),
        "origins": [held[key] for key in sorted(held)],
        "labels": orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode(),
    }
