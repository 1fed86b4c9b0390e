"""A question with passages in its prompt, in the form *with text* of the data set: which passages, and as many as fit.

What belongs here: the choice among passages that a search has found, and the prompt. What does not: the search, and
whether a question is of a kind that a text may answer (`medai ask`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from medai_assets.instructions.forms.with_text import ASKS, MOST_OTHERS, MOST_WORDS
from medai_assets.serving.shown import words_about
from medai_assets.verification.form_kept import shown_as, unfit_to_show, with_text_prompt
from medai_assets.verification.subject_certain import is_named

TOO_LONG = "does not fit into the model's context"


class Passage(Protocol):
    """What is looked at of a passage."""

    @property
    def passage_id(self) -> str: ...
    @property
    def document_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def heading(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class InHand:
    """What a model is asked.

    Attributes:
        prompt: the question alone where no passage is given.
        given: ids of the passages in the prompt, in their order there.
        left_out: ids of those found, of whatever document, that may not be given or do not fit, and why: what each
            holds or is, with a piece of it after a colon.
    """

    prompt: str
    given: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)


def in_hand(
    question: str,
    found: Sequence[Passage],
    fits: Callable[[str], bool],
    barred: Mapping[str, str] = MappingProxyType({}),
) -> InHand:
    """The question under the closest passage and up to two more of its document, as examples of the form have them.

    One that speaks to a model, is damaged, or could be taken for the prompt's own words is not given. The closest passage is
    the first that fits of those whose subject, such as a drug, the question names, and that have all else that it names of
    what passages are about: of what is called by no name here the closest passage tells of something else.
    More than one are given up to the words that examples have, and none beyond what ``fits`` says of the prompt.

    Args:
        found: the closest first. barred: ids of those that may not be given, and why.
    """
    left_out = {
        p.passage_id: why for p in found if (why := barred.get(p.passage_id) or unfit_to_show(_text(p)))
    }
    usable = [p for p in found if p.passage_id not in left_out]
    about = words_about(question, [p.subject or "" for p in found])
    given: list[Passage] = []
    for passage in usable:
        named = is_named(question, passage.subject or passage.title)
        if named and about <= words_about(question, [f"{passage.subject} {_text(passage)}"]):
            if fits(_prompt(question, [passage])):
                given = [passage]
                break
            left_out[passage.passage_id] = TOO_LONG
    usable = [p for p in usable if p.passage_id not in left_out]
    for passage in _of_its_document(usable, given[0], about, question) if given else ():
        if len(given) > MOST_OTHERS:
            break
        more = [*given, passage]
        if sum(len(_text(p).split()) for p in more) > MOST_WORDS:
            left_out[passage.passage_id] = (
                f"is longer than the {MOST_WORDS} words of all passages in an example leave"
            )
        elif not fits(_prompt(question, more)):
            left_out[passage.passage_id] = TOO_LONG
        else:
            given = more
    prompt = _prompt(question, given) if given else question
    return InHand(prompt, tuple(p.passage_id for p in given), left_out)


def _of_its_document(
    usable: Sequence[Passage], closest: Passage, about: set[str], question: str
) -> list[Passage]:
    """The others in their order; where the closest does not name what the question is about, first those that do."""
    others = [p for p in usable if p.document_id == closest.document_id and p is not closest]
    names = about <= words_about(question, [_text(closest)])
    return sorted(others, key=lambda p: not (names or about <= words_about(question, [_text(p)])))


def _prompt(question: str, given: Sequence[Passage]) -> str:
    return with_text_prompt(ASKS[0], [_text(p) for p in given], question)


def _text(passage: Passage) -> str:
    return shown_as(passage.heading, passage.text)
