"""An example as the turns of a conversation, in the form that chat templates take.

What belongs here: who says what, in order. What does not: a template, token ids (training).
"""

from __future__ import annotations

from medai_assets.foundation.rows import ExampleRow, Turn


def turns(row: ExampleRow) -> list[Turn]:
    """System text, what was said before, question and answer of an EXAMPLE row."""
    return [
        {"role": "system", "content": row["system"]},
        *row["history"],
        {"role": "user", "content": row["prompt"]},
        {"role": "assistant", "content": row["completion"]},
    ]


def said_before(row: ExampleRow) -> list[Turn]:
    """Question and answer of an example that comes before another's."""
    return turns({**row, "system": "", "history": []})[1:]
