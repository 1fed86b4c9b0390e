"""The form *with text*: passages stand in the prompt, and the answer has to come from them, or to say that it is not there.

Among the passages are others of the same document, each whole and one that a proven example rests on: a list of references
or a damaged paragraph makes none, and nobody should learn to read from it. In some prompts the passage with the answer is
missing; that is done only for topics of few words, so that it is certain that nothing shown speaks of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.choice import choose, hash_mod_6, in_order
from medai_assets.instructions.forms.form import IS_THERE, Form, Formed, declared
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.proof import evidence_of, example_of
from medai_assets.verification.form_kept import WITH_TEXT, Rendering, is_silent

# Of all passages shown and the answer: some 500 tokens with the rest, which most_tokens allows.
MOST_WORDS = 300
_MOST_OTHERS = 2
# All ask for the same: from the text alone, and to say so where it does not tell.
_ASKS = (
    "Answer from the text below alone. If it does not say, tell me that it does not.",
    "Use only these passages to answer, and say so if the answer is not in them.",
    "Here is what I have in front of me. Please answer from it and from nothing else; if it is not there, say so.",
    "Read the text, then answer the question from it. Where the text does not tell, say that.",
    "Below are parts of a document. Answer from them only; if they do not say, tell me so.",
    "I have copied some passages. Please answer from these alone, or say that they do not tell.",
    "These passages are all I have. Answer from them, and if the answer is not there, say that it is not.",
    "Please rely on the following text only. If it does not answer the question, say so.",
    "My question is about the text below. Do not add anything to it; if it does not tell, say so.",
    "Nothing but the passages below should be in your answer. If they do not tell, say that.",
    "From the passages below alone, please answer my question, or tell me that they do not say.",
    "You may use the passages below and nothing else. If the answer is missing, say that it is.",
    "Some passages follow, and then a question. Answer it from them, or say that they do not.",
    "Look only at the text that follows. If it does not hold the answer, tell me.",
    "With the text below in hand, answer the question; where the text is silent, say so.",
    "Take the answer from these passages word for word; if it is in none of them, say so.",
    "Do not go beyond the passages below. If they leave the question open, say that they do.",
    "The question after these passages is to be answered from them alone; say so if that cannot be done.",
    "Find the answer in the text below. If it is not there, say that, and do not guess.",
    "Please do not guess: answer from the passages below, or say that they do not tell.",
    "Let us stay with the text below: what is not in it, say that it is not.",
    "Only the following text counts. Where it does not answer, say so.",
    "As far as the passages below tell, answer my question; if they do not, say so.",
    "What follows is from one document. Answer from it alone, and say so if it does not tell.",
)
# None promises that somebody else knows.
_NOT_THERE = (
    "The text does not say. Please look in the whole document, or ask a health professional.",
    "That is not in the text you gave me, so I cannot answer it from there. A health professional may be able to help.",
    "What you gave me does not say. The answer may stand elsewhere in the document; a health professional may be able to help.",
)


def with_text(row: ExampleRow, document: SourceDocument, beside: Sequence[ExampleRow]) -> Formed | None:
    """The question under its passages and some others; every third, where that is certain, without its own."""
    if "asks_for_facts" not in KINDS[row["kind"]].traits:
        return None
    own = [p for p in document.passages if p.passage_id in row["passage_ids"]]
    sound = {p for r in beside for p in r["passage_ids"]} - set(row["passage_ids"])
    others = [p for p in document.passages if p.passage_id in sound and "part" not in p.attributes]
    others = in_order(others, row["example_id"], "others")
    if own and hash_mod_6(row["example_id"], "answerable") < 2:
        plain, evidence = example_of(row, ""), evidence_of(row, document)
        without = {p.passage_id for p in evidence.document.passages if is_silent(p, plain, evidence)}
        if silent := _within([p for p in others if p.passage_id in without], MOST_WORDS):
            return _told(row, silent, choose(_NOT_THERE, row["example_id"], "not there"))
    room = MOST_WORDS - sum(_words(p) for p in own) - len(row["completion"].split())
    if not own or room < 0:
        return None
    more = _within(others, room)
    if not more:
        return None  # nothing to choose from would be nothing to learn
    shown = in_order([*own, *more], row["example_id"], "order")
    return _told(row, shown, row["completion"], topic_of=own[0])


def _told(row: ExampleRow, shown: Sequence[Passage], answer: str, topic_of: Passage | None = None) -> Formed:
    texts = tuple(f"{p.heading}\n{p.text}".strip() for p in shown)
    asks = choose(_ASKS, row["example_id"], "asks")
    numbered = "\n\n".join(f"[{n}] {text}" for n, text in enumerate(texts, 1))
    prompt = f"{asks}\n\n{numbered}\n\nQuestion: {row['prompt']}"
    is_there = topic_of is not None
    framing = declared(row).get("framing", []) if is_there else [answer]
    rendering = Rendering(WITH_TEXT, prompt, answer, asks=asks, shown=texts, is_there=is_there)
    return Formed(
        rendering, tuple(shown), unused=not is_there, labels={"framing": framing, IS_THERE: is_there}
    )


def _within(passages: Sequence[Passage], room: int) -> list[Passage]:
    """The first that fit, at most two."""
    found: list[Passage] = []
    for passage in passages:
        if len(found) < _MOST_OTHERS and _words(passage) <= room:
            found.append(passage)
            room -= _words(passage)
    return found


def _words(passage: Passage) -> int:
    return len(passage.text.split()) + len(passage.heading.split())


FORM = Form(
    WITH_TEXT,
    "passages stand in the prompt, and the answer comes from them or says that it is not there",
    with_text,
)
