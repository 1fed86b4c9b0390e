"""Which sentences of an example's completion stand in a passage, and where."""

from __future__ import annotations

import re

from medai_assets.corpus.split_text import sentences

LEAST_WORDS = 3  # a shorter piece, such as a heading, would be found by chance
_LIST_MARK = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_WORD = re.compile(r"\S+")


def pieces(completion: str) -> list[str]:
    """Sentences and list items of a completion, without their list marks."""
    lines = (_LIST_MARK.sub("", line).strip() for line in completion.splitlines())
    return [s.strip() for line in lines if line for s in sentences(line)]


def sentences_used(completion: str, passage: str) -> list[str]:
    """Sentences of ``completion`` found word for word in ``passage``, white space and case aside."""
    text = _flat(passage)
    return [
        piece
        for piece in dict.fromkeys(pieces(completion))
        if len(piece.split()) >= LEAST_WORDS and _core(piece) in text
    ]


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


def _flat(text: str) -> str:
    return " ".join(text.lower().split())


def _core(sentence: str) -> str:
    """A sentence without the full stop that a rule may have added to a list item."""
    return _flat(sentence).rstrip(".;,")
