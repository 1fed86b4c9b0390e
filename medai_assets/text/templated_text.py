"""Template texts: the same sentences about one subject after another, with only the name exchanged.

A collection that says "These resources address the diagnosis or management of X" of hundreds of X teaches the phrase,
not medicine. Such texts are recognised by the hash of the text without its subject's names, before near-duplicates,
which would merge what is said about one disease into what is said about another.
"""

from __future__ import annotations

import hashlib
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

MOST_SUBJECTS = 10  # from so many subjects on, a text that differs by the name only is a template
KEPT = 3  # of each template
_SHORTEST_NAME = 4  # letters; shorter names stand in other words
_BLANK = "\u0001"
_SPACES = re.compile(r"[\s.,;:()-]+")


def template_hashes(texts: pa.Array, subjects: pa.Array, aliases: pa.Array) -> npt.NDArray[np.uint64]:
    """Hash of each text with its subject's names blanked; 0 where no name stands in it."""
    found = np.zeros(len(texts), np.uint64)
    if subjects.null_count == len(subjects):
        return found
    rows = zip(texts.to_pylist(), subjects.to_pylist(), aliases.to_pylist())
    for row, (text, subject, names) in enumerate(rows):
        if subject:
            found[row] = _hash(text.lower(), [subject, *(names or [])])
    return found


def _hash(text: str, names: list[str]) -> int:
    blanked = text
    for name in sorted({n.lower() for n in names if len(n) >= _SHORTEST_NAME}, key=lambda n: (-len(n), n)):
        blanked = blanked.replace(name, _BLANK)
    if blanked == text:
        return 0
    digest = hashlib.blake2b(_SPACES.sub(" ", blanked).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") | 1
