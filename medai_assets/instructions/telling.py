"""A care card's situations in an answer: as a condition, as a list, and how the page is called.

What belongs here: the joints between a card's literal words. What does not: reading a card (care.py).
"""

from __future__ import annotations

from medai_assets.instructions.care import Situation
from medai_assets.instructions.passages import Passage
from medai_assets.instructions.rules import Answer


def advice_on(about: str) -> str:
    """How the page is called within a sentence; without its topic where it has none to name."""
    return f"the advice on {about}" if about else "the advice"


def say_condition(answer: Answer, situation: Situation, passage: Passage) -> Answer:
    """Add "if ..." in the card's words, or "in case of ..." where the card names a thing."""
    answer.frame("in case of " if situation.noun else "if ")
    return _say(answer, situation, passage)


def say_situations(answer: Answer, situations: list[Situation], passage: Passage) -> Answer:
    """Add the card's words for several situations as a list."""
    for number, situation in enumerate(situations):
        _say(answer.frame("\n- " if number else "- "), situation, passage)
    return answer


def _say(answer: Answer, situation: Situation, passage: Passage) -> Answer:
    if situation.stem:
        answer.say(situation.stem, passage).frame(situation.joint)
    return answer.say(situation.item, passage)
