"""The form *alarms first*: the alarm signs of the page are asked for before the level of what somebody told of is given.

Somebody tells of a complaint, the model shows the page's emergency cards, word for word and whole, and asks whether any
of it applies; it does not, and the answer is that of the plain example, level and cards. Nothing is put off: whoever has an
alarm sign is told whom to call in the first answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.choice import choose
from medai_assets.instructions.forms.form import Form, Formed, declared
from medai_assets.instructions.passages import SourceDocument
from medai_assets.verification.form_kept import (
    ALARMS_ASKED,
    ALARMS_FIRST,
    NONE_OF_THEM,
    Rendering,
    first_answer,
)


def alarms_first(row: ExampleRow, document: SourceDocument, beside: Sequence[ExampleRow]) -> Formed | None:
    """The example after the page's emergency cards; None where its page has none, or it is itself of one."""
    labels = declared(row)
    cards = tuple(p for p in document.passages if p.section == "care_emergency")
    if (
        not cards
        or labels.get("level") not in ("self_care", "primary_care", "urgent")
        or len(labels.get("framing", ())) < 2
    ):
        return None
    asks = choose(ALARMS_ASKED, row["example_id"], "asks")
    whose = str(labels["framing"][-1])
    shown = tuple(f"{p.heading}\n{p.text}".strip() for p in cards)
    earlier: ExampleRow = {
        **row,
        "completion": first_answer(whose, shown, asks),
        "passage_ids": [p.passage_id for p in cards],
        "labels": orjson.dumps({"framing": [whose, asks]}).decode(),
    }
    rendering = Rendering(
        ALARMS_FIRST,
        choose(NONE_OF_THEM, row["example_id"], "none"),
        row["completion"],
        asks=asks,
        shown=shown,
    )
    return Formed(rendering, cards, labels={"framing": labels["framing"]}, earlier=earlier)


FORM = Form(
    ALARMS_FIRST,
    "the page's alarm signs are asked for, word for word, before the level of what was told",
    alarms_first,
)
