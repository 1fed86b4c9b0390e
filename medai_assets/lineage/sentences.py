"""Which sentences an example's completion took from a passage, and where they stand in it."""

from __future__ import annotations

import re

from medai_assets.text.split_text import sentences

LEAST_WORDS = 3  # a shorter piece, such as a heading, would be found by chance
_LIST_MARK = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_WORD = re.compile(r"\S+")


def pieces(text: str) -> list[str]:
    """Sentences and list items of a text, without their list marks."""
    lines = (_LIST_MARK.sub("", line).strip() for line in text.splitlines())
    return [s.strip() for line in lines if line for s in sentences(line)]


def sentences_used(completion: str, passage: str) -> list[str]:
    """Sentences that completion and passage share word for word, white space and case aside.

    Looked for both ways, since a rule may put an opening before a sentence or take one out of a list: first the
    passage's own sentences in the completion, then what the completion has of the rest.
    """
    of_passage, of_completion = _flat(passage), _flat(completion)
    found = [piece for piece in pieces(passage) if _is_telling(piece) and _holds(of_completion, piece)]
    cores = [_core(piece) for piece in found]
    found += [
        piece
        for piece in pieces(completion)
        if _is_telling(piece)
        and _holds(of_passage, piece)
        and not any(_core(piece) in core or core in _core(piece) for core in cores)
    ]
    return list(dict.fromkeys(found))


def marked(passage: str, used: list[str]) -> list[tuple[str, bool]]:
    """The passage cut into stretches, each with whether it stands in the completion; joined, the passage again."""
    inside = bytearray(len(passage))
    words = [(m.start(), m.end(), m[0].lower()) for m in _WORD.finditer(passage)]
    flat = " ".join(word for _, _, word in words)
    starts, position = {}, 0
    for number, (_, _, word) in enumerate(words):
        starts[position] = number
        position += len(word) + 1
    for sentence in used:
        core = _core(sentence)
        at = flat.find(core)
        if at not in starts:
            continue
        first = starts[at]
        last = first + len(core.split()) - 1
        inside[words[first][0] : words[last][1]] = b"\x01" * (words[last][1] - words[first][0])
    stretches: list[tuple[str, bool]] = []
    begin = 0
    for end in range(1, len(passage) + 1):
        if end == len(passage) or inside[end] != inside[begin]:
            stretches.append((passage[begin:end], bool(inside[begin])))
            begin = end
    return stretches


def _is_telling(piece: str) -> bool:
    return len(piece.split()) >= LEAST_WORDS


def _holds(flat: str, piece: str) -> bool:
    """Whether a text, made flat, holds a piece between word boundaries."""
    core = _core(piece)
    at = flat.find(core)
    while at >= 0:
        before, after = flat[at - 1 : at], flat[at + len(core) : at + len(core) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = flat.find(core, at + 1)
    return False


def _flat(text: str) -> str:
    return " ".join(text.lower().split())


def _core(sentence: str) -> str:
    """A sentence without the full stop that a rule may have added to a list item."""
    return _flat(sentence).rstrip(".;,")
