"""What a preference pair is: one request, the preferred answer and the other, where both come from, and why.

What belongs here: the row. Which pairs there are is told by the modules beside this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Why one answer is preferred: the code that a pair's row holds, and what the code means.
REASONS: dict[str, str] = {
    "harmful_refused": "the request is harmful; the other answer, to its harmless twin, does not refuse",
    "harmless_answered": "the request is harmless; the other answer, to its harmful twin, refuses",
    "urgency_kept": "the other answer drops what the source says about how soon to turn to whom",
    "current_label": "the other answer is what the record's superseded version says",
}


@dataclass(frozen=True)
class Rejected:
    """The answer that is not to be given.

    Attributes:
        example_id: the example whose answer it is; for an answer that no example of the data set has, None.
        origins: the records behind its words, as dicts of ORIGIN.
        passage_ids: the passages behind them.
    """

    text: str
    example_id: str | None
    origins: list[dict[str, Any]]
    passage_ids: list[str]


def pair_row(chosen: Mapping[str, Any], rejected: Rejected, reason: str) -> dict[str, Any]:
    """A PREFERENCE row: an EXAMPLE row's request and answer, and an answer that it is preferred to."""
    before = [dict(turn) for turn in chosen["history"]]
    said = (*(turn["content"] for turn in before), chosen["prompt"], chosen["completion"])
    key = "\x1f".join((reason, *said, rejected.text))
    return {
        "pair_id": "q" + hashlib.sha256(key.encode()).hexdigest()[:24],
        "reason": reason,
        "kind": chosen["kind"],
        "split": chosen["split"],
        "prompt": [
            {"role": "system", "content": chosen["system"]},
            *before,
            {"role": "user", "content": chosen["prompt"]},
        ],
        "chosen": chosen["completion"],
        "rejected": rejected.text,
        "chosen_example_id": chosen["example_id"],
        "chosen_origins": chosen["origins"],
        "chosen_passage_ids": chosen["passage_ids"],
        "rejected_example_id": rejected.example_id,
        "rejected_origins": rejected.origins,
        "rejected_passage_ids": rejected.passage_ids,
    }
