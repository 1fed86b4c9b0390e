"""*form kept*: an example told in another form asks and says what the plain one does, and what is added is no claim.

A form is told by its maker, not trusted: the words of question and answer are compared, a citation is read back into the
document, and text that stands in a prompt is looked up in it.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from medai_assets.sources.registry import SOURCES
from medai_assets.verification.example import Evidence, Example, Finding, SourcePassage
from medai_assets.verification.framing import level_of_frame
from medai_assets.verification.running_on import glued_words
from medai_assets.verification.section_whole import on_package, sections_named
from medai_assets.verification.speaks_to_no_model import speech_to_model
from medai_assets.verification.structure import ITEM_, content, stem, tokens, units
from medai_assets.verification.urgency_kept import carried
from medai_assets.verification.who_asks import case_of

NAME = "form_kept"
AS_PEOPLE_WRITE, CITED, WITH_TEXT, CONVERSATION = "as_people_write", "cited", "with_text", "conversation"
ALARMS_FIRST = "alarms_first"
# How alarm signs are asked for, and what somebody says who has none of them.
ALARMS_ASKED = (
    "Does any of this apply?",
    "Before anything else: does any of this apply right now?",
    "First of all, is any of this the case?",
)
NONE_OF_THEM = ("No, none of these.", "No, nothing of that.", "None of that applies.")
# Sections whose topic has few words, and the stems of all of them: where none stands in a text, it does not speak of it.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "storage": ("stor", "temperature", "keep", "refrigerat", "°", "freez", "moisture", "shelf", "discard"),
    "pregnancy": ("pregnan", "fetal", "foetal", "fetus", "foetus", "teratogen", "embryo", "trimester", "gestation", "birth"),
    "lactation": ("breast", "lactat", "nursing", "milk"),
    "inheritance": ("inherit", "autosom", "recessive", "dominant", "x-linked", "carrier", "mutation", "gene", "parent", "famil"),
    "frequency": ("preval", "inciden", "how common", "in every", "per 100", "1 in", "one in", "estimate", "occurs in", "affect",
                  "people worldwide", "rare", "common", "frequen"),
    "geriatric_use": ("geriatric", "elderly", "older", "65", "aged", "age "),
    "pediatric_use": ("pediatric", "paediatric", "child", "adolescent", "infant", "neonat", "years of age", "newborn"),
    "contraindications": ("contraindicat", "hypersensitiv", "allerg", "do not", "should not", "must not", "avoid", "never",
                          "not be used", "not recommended"),
    "dosage": ("dos", " mg", "mcg", "daily", "a day", "twice", "start", "begin", "initiat", "treatment", "titrat", "tablet"),
    "pharmacokinetics": ("absor", "bioavail", "half-li", "metaboli", "clearance", "excret", "plasma", "concentration",
                         "eliminat", "protein bind", "cyp"),
    "mechanism": ("mechanism", "action", "inhibit", "receptor", "agonist", "antagonist", "block", "bind", "enzyme", "effect",
                  "activ", "stimulat", "suppress", "reduc", "increas", "class"),
}  # fmt: skip
# Of the sentence before a question: small words, and words that say why one asks. None is about a body or an illness.
_STORY = frozenset(
    "sorry if this is a silly question i keep finding different answers online somebody asked me and did not know what to say "
    "could find on the page was reading quick am trying understand properly we talked about at home agree making notes for my "
    "family came up work today friend were wondering".split()
)
# How the prompt marks its texts and its question, at the beginning of a line.
_MARKS = re.compile(r"^[^\S\n]*(?:\[\d+\]|question:)", re.MULTILINE | re.IGNORECASE)
_LEADS = frozenset(
    "source this is from the words above are those of quoted".split()
)  # before what a source is cited as


@dataclass(frozen=True)
class Rendering:
    """An example in another form.

    Attributes:
        story: words before the question. citation: the line at the end of the answer.
        asks: the sentence above the texts. shown: the texts. is_there: whether the answer stands in them.
        thing: what "it" in a prompt stands for, which the question before names.
    """

    form: str
    prompt: str
    completion: str
    story: str = ""
    citation: str = ""
    asks: str = ""
    shown: tuple[str, ...] = ()
    is_there: bool = True
    thing: str = ""


def form_kept(
    plain: Example, rendering: Rendering, evidence: Evidence, earlier: tuple[Example, Evidence] | None = None
) -> Finding | None:
    """Why the form is not the plain example told in another way; None where it is.

    Args:
        plain: an example that passed every property. evidence: what it passed them by.
        earlier: the same of the example that is asked and answered before it, if there is one.
    """
    if rendering.form == ALARMS_FIRST:
        reason = _alarms_first(plain, rendering, evidence, earlier)
    elif earlier or rendering.form == CONVERSATION:
        reason = _conversation(plain, rendering, evidence, earlier) if earlier else "nothing was said before"
    else:
        reason = _FORMS[rendering.form](plain, rendering, evidence)
    return Finding(NAME, reason) if reason else None


def shown_as(heading: str, text: str) -> str:
    """A passage as it stands in a prompt."""
    return f"{heading}\n{text}".strip()


def with_text_prompt(asks: str, shown: Sequence[str], question: str) -> str:
    """The prompt of the form *with text*, in the data set and in use: what is asked for, the numbered texts, the question."""
    numbered = "\n\n".join(f"[{n}] {text}" for n, text in enumerate(shown, 1))
    return f"{asks}\n\n{numbered}\n\nQuestion: {question}"


def unfit_to_show(text: str) -> str:
    """Why a text may not stand in a prompt, as what is said of it ("is damaged: …"); "" where it may."""
    if speech := speech_to_model(text):
        return f"holds {speech}"
    if glued := glued_words(text, ()):
        return f"is damaged: {glued!r}"
    mark = _MARKS.search(text)
    return f"has a line that could be the prompt's own: {mark[0].strip()!r}" if mark else ""


def first_answer(whose: str, cards: tuple[str, ...], asks: str) -> str:
    """The answer that asks for alarm signs: whose advice it is, the cards, the question."""
    return "\n\n".join((whose, *cards, asks))


def _as_people_write(plain: Example, rendering: Rendering, evidence: Evidence) -> str:
    if rendering.completion != plain.completion:
        return "the answer is another"
    strange = set(tokens(rendering.story)) - _STORY
    if strange:
        return f"the story says {sorted(strange)[0]!r}"
    asked = tokens(rendering.prompt)
    story = tokens(rendering.story)
    if asked[: len(story)] != story:
        return "the declared story does not stand before the question"
    left = [t for t in asked[len(story) :] if t != "-"]
    return "" if left == [t for t in tokens(plain.prompt) if t != "-"] else "the question has other words"


def _cited(plain: Example, rendering: Rendering, evidence: Evidence) -> str:
    if (
        rendering.prompt != plain.prompt
        or rendering.completion != f"{plain.completion}\n\n{rendering.citation}"
    ):
        return "question or answer is another"
    document = evidence.document
    origins = (_DATE.sub(" ", text) for text in document.origins)
    known = {stem(t) for text in (document.title, *document.names, *origins) for t in tokens(text)}
    called = (words for words, *_ in Formatter().parse(SOURCES[document.source].cited_as))
    known |= {stem(t) for t in (*_LEADS, *tokens(" ".join(called)), *_dates(document.origins))}
    strange = [t for t in tokens(rendering.citation) if stem(t) not in known and t not in "-–/"]
    if strange:
        return f"the citation says {strange[0]!r}, which its origin does not"
    publisher = SOURCES[document.source].publisher.partition(" ")[0]
    told = re.search(rf"\b{re.escape(publisher)}\b", " ".join((plain.prompt, *plain.framing)))
    if told and publisher not in rendering.citation:
        return f"the answer is said to be of {publisher}, and the citation names another origin"
    return ""


def _dates(origins: tuple[str, ...]) -> list[str]:
    """The words of each date that stands in an origin: day, month, year."""
    words = []
    for year, month, day in (found for text in origins for found in _DATE.findall(text)):
        words += [str(int(day)), month_name[int(month)].lower(), year]
    return words


def _with_text(plain: Example, rendering: Rendering, evidence: Evidence) -> str:
    if _cannot_wait(plain, evidence):
        return "who needs help at once is never told to read, nor that a text does not say"
    if not rendering.shown or rendering.prompt != with_text_prompt(
        rendering.asks, rendering.shown, plain.prompt
    ):
        return "the prompt is not the declared text and the question"
    held = {shown_as(p.heading, p.text): p for p in evidence.document.passages}
    if any(text not in held for text in rendering.shown):
        return "a text that is shown does not stand in the document"
    unfit = next((why for text in rendering.shown if (why := unfit_to_show(text))), "")
    if unfit:
        return f"a text that is shown {unfit}"
    asked = [
        n for n in (plain.subject or "", *evidence.document.names) if n and n.lower() in plain.prompt.lower()
    ]
    if asked and not any(n.lower() in text.lower() for n in asked for text in rendering.shown):
        return f"the texts that are shown do not name {asked[0]!r}"
    shown = {held[text].passage_id for text in rendering.shown}
    named = {p.passage_id for p in evidence.passages}
    if rendering.is_there:
        if rendering.completion != plain.completion:
            return "the answer is another"
        if not named <= shown:
            return "a passage that the answer rests on is not shown"
        return _not_headed(plain, evidence)
    if not all(is_silent(held[text], plain, evidence) for text in rendering.shown):
        return "the text that is shown may hold the answer"
    if set(content(rendering.completion)) & set(content(plain.completion)) - set(_NOT_THERE):
        return "an answer that is not there says something of the answer"
    return ""


def _not_headed(plain: Example, evidence: Evidence) -> str:
    """A section of a label that is asked for by its title stands under that title, or a reader could not tell that it is it."""
    if not evidence.document.has("label"):
        return ""
    said = "\n".join(f"{p.heading}\n{p.text}" for p in evidence.passages).casefold()
    for title in sections_named(plain, evidence.document):
        if not any(name in said for name in (title, *on_package(title))):
            return f"no passage shown is headed {title!r}"
    return ""


def is_silent(passage: SourcePassage, plain: Example, evidence: Evidence) -> bool:
    """Whether it is certain that a passage holds no answer: no word of the topic; and where a section of a label is asked for
    by its title, one alone, a section of another title that does not mention it."""
    named = sections_named(plain, evidence.document)
    topics = {TOPICS.get(p.section) for p in evidence.passages}
    if len(named) > 1 or None in topics or (named and not passage.heading):
        return False
    said = f"{passage.heading}\n{passage.text}".lower()
    return not any(word in said for words in (*topics, named) if words for word in words)


def _conversation(
    plain: Example, rendering: Rendering, evidence: Evidence, earlier: tuple[Example, Evidence]
) -> str:
    if rendering.form != CONVERSATION:
        return f"nothing is said before one that is {rendering.form}"
    if _cannot_wait(plain, evidence) or _cannot_wait(*earlier):
        return "who needs help at once is not led through a conversation"
    before, rests_on = earlier
    if rests_on.document.document_id != evidence.document.document_id:
        return "what was said before is of another document"
    if rendering.completion != plain.completion:
        return "the answer is another"
    names = {n.lower() for n in (plain.subject or "", *evidence.document.names) if n}
    if rendering.thing.lower() not in names or not _names(rendering.thing, before.prompt):
        return f"the question before does not name {rendering.thing!r} as the document does"
    asked, wanted = tokens(rendering.prompt), tokens(plain.prompt)
    if asked == wanted:
        return ""
    while asked and asked[0] in _GOES_ON and asked != wanted and len(asked) > 1:
        asked = asked[1:]
    # As in the plain question, but for one "it" in place of the name.
    places = [n for n, token in enumerate(asked) if token == "it"]
    meant = (
        asked[: places[0]] + tokens(rendering.thing) + asked[places[0] + 1 :] if len(places) == 1 else asked
    )
    return "" if meant == wanted else "the question has other words"


def _alarms_first(
    plain: Example, rendering: Rendering, evidence: Evidence, earlier: tuple[Example, Evidence] | None
) -> str:
    if earlier is None or "states_level" not in plain.traits or not evidence.document.has("page"):
        return "alarm signs are asked for only of who tells of a complaint that a page has a level for"
    if not case_of(plain.prompt, evidence.document.names):
        return "nobody tells of a case that the signs could apply to"
    if len(plain.framing) < 2:
        return "the plain answer does not say whose advice it is"
    if level_of_frame(plain.framing[0]) in (None, "emergency"):
        return "who needs help at once is asked nothing"
    if (rendering.completion, earlier[0].prompt) != (plain.completion, plain.prompt):
        return "question or answer is another"
    if rendering.asks not in ALARMS_ASKED or rendering.prompt not in NONE_OF_THEM:
        return "the alarm signs are asked for in other words"
    cards = tuple(
        shown_as(p.heading, p.text) for p in evidence.document.passages if p.section == "care_emergency"
    )
    if not cards:
        return "the page has no emergency card"
    if any(_cannot_be_asked(card) for card in cards):
        return "an emergency card is no list of signs that one could say yes or no to"
    if any(card not in plain.completion for card in cards):
        return "the last answer does not hold every emergency card of the page"
    if earlier[0].completion != first_answer(plain.framing[-1], cards, rendering.asks):
        return "the first answer is not every emergency card of the page, word for word"
    damaged = next((g for card in cards if (g := glued_words(card, ()))), "")
    if damaged:
        return f"an emergency card is damaged: {damaged!r}"
    speech = next((reason for card in cards if (reason := speech_to_model(card))), "")
    return f"an emergency card holds {speech}" if speech else ""


def _cannot_be_asked(card: str) -> bool:
    """Whether a card has no signs, steps beside them, or a sign that points to what stands elsewhere on the page."""
    items = [unit.text for unit in units(card) if unit.kind == ITEM_]
    return not items or bool(_STEPS.search(card)) or any(_ELSEWHERE.search(item) for item in items)


_STEPS = re.compile(r"^\d+[.)] ", re.MULTILINE)
_ELSEWHERE = re.compile(
    r"\b(?:these|those|the above|other) (?:symptoms|signs|problems)\b|\bany of (?:these|them)\b|\bany (?:signs?|symptoms?) of\b",
    re.IGNORECASE,
)


def _names(name: str, prompt: str) -> bool:
    wanted, said = tokens(name), tokens(prompt)
    return bool(wanted) and any(said[n : n + len(wanted)] == wanted for n in range(len(said)))


def _cannot_wait(example: Example, evidence: Evidence) -> bool:
    return "asks_for_facts" not in example.traits or carried(example, evidence) in _URGENT


_URGENT = ("urgent", "emergency")
_GOES_ON = frozenset("and thanks thank you i see one more question .".split())
_NOT_THERE = frozenset(
    "text say says gave include please look whole rest document ask health professional elsewhere help may able too".split()
)
_DATE = re.compile(r"\b((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)(?:T[\d:.]+)?")
_FORMS = {AS_PEOPLE_WRITE: _as_people_write, CITED: _cited, WITH_TEXT: _with_text}
