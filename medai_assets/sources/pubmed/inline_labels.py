"""Abstracts whose labels stand in the running text: ``Aim: ... Methods: ... Results: ... Conclusion: ...``.

PubMed marks the parts of an abstract only where the publisher does; many print the labels as words. A text is cut only
when it begins with a label and has at least three different ones, so that a colon in a sentence is no label.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_NAMES = (
    "background", "introduction", "context", "rationale", "importance", "objectives?", "aims?", "purpose", "goals?", "hypothesis",
    "aims? and objectives?", "background and (?:aims?|objectives?|purpose)", "methods?", "materials? and methods?",
    "patients and methods?", "methods? and materials?", "methodology", "design", "study design", "setting", "participants?",
    "patients", "interventions?", "measurements?", "main outcome measures?", "results?", "findings", "main results", "key findings",
    "conclusions?", "discussion", "interpretation", "significance", "clinical significance", "implications",
    "results and conclusions?", "discussion and conclusions?", "trial registration",
)  # fmt: skip
_BEGIN = rf"^(?i:{'|'.join(_NAMES)})\s*:\s"
_LABEL = re.compile(
    rf"(?:^|(?<=[.!?)\]] ))((?:{'|'.join(sorted(_NAMES, key=len, reverse=True))}))\s*:\s+(?=\S)",
    re.IGNORECASE,
)
_FEWEST = 3
Rows = npt.NDArray[np.integer]


def inline_parts(text: str) -> list[tuple[str, str]]:
    """Labels and texts; one part without a label when the text has none of its own."""
    pieces = _LABEL.split(text)
    labels = [label.strip() for label in pieces[1::2]]
    # A label in running text has a capital; "the results: ..." within a sentence has none.
    if (
        pieces[0].strip()
        or len({label.lower() for label in labels}) < _FEWEST
        or any(x[0].islower() for x in labels)
    ):
        return [("", text)]
    return [(label, body.strip()) for label, body in zip(labels, pieces[2::2]) if body.strip()]


def with_inline_parts(
    owner: Rows, labels: pa.Array, categories: pa.Array, texts: pa.Array
) -> tuple[Rows, pa.Array, pa.Array, pa.Array]:
    """The columns of abstract parts, those without a label cut at the labels in their text."""
    unlabelled = pc.and_(pc.equal(labels, ""), pc.equal(categories, ""))
    begins = pc.and_(unlabelled, pc.match_substring_regex(texts, _BEGIN))
    found = {row: inline_parts(texts[row].as_py()) for row in pc.indices_nonzero(begins).to_pylist()}
    found = {row: parts for row, parts in found.items() if len(parts) > 1}
    if not found:
        return owner, labels, categories, texts
    counts = np.ones(len(owner), np.int64)
    counts[list(found)] = [len(parts) for parts in found.values()]
    spread = np.repeat(np.arange(len(owner)), counts)
    mask = pa.array((counts > 1)[spread])
    flat = [part for parts in found.values() for part in parts]
    taken = pa.array(spread)
    return (
        owner[spread],
        pc.replace_with_mask(labels.take(taken), mask, pa.array([label for label, _ in flat], labels.type)),
        categories.take(taken),
        pc.replace_with_mask(texts.take(taken), mask, pa.array([text for _, text in flat], texts.type)),
    )
