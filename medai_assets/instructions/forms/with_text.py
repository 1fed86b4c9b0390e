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
from medai_assets.verification.form_kept import WITH_TEXT, Rendering, is_silent, shown_as, with_text_prompt

# Of all passages shown and the answer: some 500 tokens with the rest, which most_tokens allows.
MOST_WORDS = 300
MOST_OTHERS = 2
# All ask for the same: from the text alone, which may be one passage or several, and to say so where the answer is not in it.
ASKS = (
    "Answer from the text below alone. If it does not say, tell me so.",
    "Use only the text below to answer, and say so if the answer is not in it.",
    "Here is what I have in front of me. Please answer from it and from nothing else; if the answer is not there, say so.",
    "Read the text below, then answer the question from it alone. If the text does not say, tell me that.",
    "Below is part of a document. Answer from it only; if it does not say, tell me so.",
    "I have copied some text. Please answer from it alone, or tell me that it does not say.",
    "Please rely on the following text only. If it does not answer the question, say so.",
    "My question is about the text below. Please add nothing to it, and if it does not say, tell me so.",
    "Use nothing but the text below for your answer. If the answer is not in it, say so.",
    "From the text below alone, please answer my question, or tell me that it does not say.",
    "You may use the text below and nothing else. If the answer is missing from it, say so.",
    "Some text follows, and then a question. Answer from the text alone, or say that the answer is not in it.",
    "Look only at the text that follows. If the answer is not in it, tell me that it is not.",
    "Please keep to the text below. If it does not answer the question, say that it does not.",
    "Do not go beyond the text below. If it leaves the question open, say that it does.",
    "The question below is to be answered from this text alone. If that cannot be done, say so.",
    "Find the answer in the text below and nowhere else. If it is not there, say so and do not guess.",
    "Please do not guess: answer from the text below only, or say that it does not answer the question.",
    "Only the following text counts here. If the answer is not in it, say so.",
    "What follows is from one document. Answer from it alone, and say so if the answer is not in it.",
    "Please answer from this text and leave out what you know otherwise. If it does not say, tell me so.",
    "Base your answer on the text below and on nothing else; if it does not say, tell me.",
    "Stay with the text below when you answer. If it does not cover the question, say so.",
    "Take your answer from the text below only. If the text does not cover it, say so.",
)
# None promises that somebody else knows.
_NOT_THERE = (
    "That is not in the text. It may be elsewhere in the document; a health professional may be able to help too.",
    "The text does not say that. Please look in the whole document, or ask a health professional.",
    "What you gave me does not include that. The rest of the document, or a health professional, may be able to help.",
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
    texts = tuple(shown_as(p.heading, p.text) for p in shown)
    asks = choose(ASKS, row["example_id"], "asks")
    prompt = with_text_prompt(asks, texts, row["prompt"])
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
        if len(found) < MOST_OTHERS and _words(passage) <= room:
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
