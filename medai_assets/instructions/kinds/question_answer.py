"""Questions that the sources themselves ask, and their answers.

MedQuAD and question-answer data sets as they are; questions in headings of pages; what a page has under one of its
headings; and what studies concluded on the question that their title or stated aim asks. What belongs here: which
texts are questions. What does not: how an aim becomes one (questions_from_aims.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medai_assets.instructions.advice import (
    attributed_advice,
    is_urgent,
    say_cards,
    say_under_heading,
    titles,
    under_heading,
)
from medai_assets.instructions.care import (
    bare_topic,
    cards,
    in_order_of_urgency,
    is_condition,
    is_local,
    is_one_condition,
    subject_of,
    topic,
)
from medai_assets.instructions.choice import choose
from medai_assets.instructions.kind import Kind
from medai_assets.instructions.language import phrasing
from medai_assets.instructions.language.abbreviations import spelled_out
from medai_assets.instructions.language.excerpt import excerpt, paragraphs, plain_sentences
from medai_assets.instructions.language.question_phrasings import readable
from medai_assets.instructions.language.questions_from_aims import is_answered, question_of_aim
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer, Made, Rule, Setting, register
from medai_assets.instructions.scoring.overlap import WORD_OVERLAP, word_overlap
from medai_assets.instructions.scoring.scoring import Scoring
from medai_assets.sources.registry import SOURCES, sources_with

KIND = "question_answer"
CITATIONS = sources_with("citation")
LEAST_OF_STUDY = 15  # words; shorter conclusions say no more than that there is one
_QUESTION = re.compile(r"\?[\"'”’)]?\s*$")
_SECTIONS = ("causes", "diagnosis", "treatment", "prevention", "complications", "outlook")
_LEAST_TITLE = 5  # words; shorter titles are columns ("Quiz?", "What's new?")
_ABOUT_PAPER = re.compile(
    r"\b(?:clinicaltrials|registration|registered|trial registry|level of evidence|evidence level|funding|trial number|"
    r"NCT\d+|no level assigned|Epub|PROSPERO|ISRCTN\d*|doi)\b|\bdoi:|©|\b(?:19|20)\d\d;\d+",
    re.IGNORECASE,
)
# A list that says first what the text below says again.
_LISTS_RESOURCES = re.compile(r"\s*These resources\b", re.IGNORECASE)
# What a heading says of the page's subject; "is it safe to", "what if it" of the weather point to nothing.
_POINTS_BACK = re.compile(
    r"(?<!\bis )(?<!\bit )\b(?:it|them|this medicine|this condition|these)\b(?! (?:safe|normal|possible|ok|okay|true"
    r"|necessary|important"
    r"|take|hurt|mean))",
    re.IGNORECASE,
)
# "What are the symptoms?" asks about what the page is about, "What is the risk of a stroke?" of what it names.
_PART_OF_SUBJECT = re.compile(
    r"(?:what (?:is|are)|how (?:well )?(?:does|do)) (?:the\b|(?:symptoms?|signs?|causes?|complications?|treatments?|side effects?"
    r"|risks?|risk factors?|outlook|tests?|benefits?)\b)(?!.* (?:of|between) )",
    re.IGNORECASE,
)
_STANDS_ALONE = re.compile(
    r"(?:what (?:causes|is|are)|how (?:well )?(?:does|do)|where can i get|can i (?:use|get|take|have)|who can (?:use|have)) "
    r"(?!(?:it|this|that|these|they|them|i|you|to|help|support)\b)(?:(?:the|an?) )?[a-z][\w-]{2,}(?: [\w-]+)*\?$",
    re.IGNORECASE,
)
_MEDICINE_BEFORE = (
    "I use {about}.",
    "I have been given {about}.",
    "My question is about {about}.",
    "I am taking {about}.",
)
_CONDITION_BEFORE = (
    "I have a question about {about}.",
    "My question is about {about}.",
    "I am reading about {about}.",
)
_KEY_POINTS = re.compile(r"\s*Key Points\n(?:- .*\n)+\n", re.IGNORECASE)
# A conclusion that speaks of its own article answers nobody who has not read it.
_OF_THE_STUDY = re.compile(
    r"(?:this|these|our|the present|the current|we|they|it|such|although|however|thus|therefore|in conclusion,? (?:this"
    r"|these|our|we))\b",
    re.IGNORECASE,
)
_CONCLUDED = (
    "One {what} concluded: ",
    "The conclusion of one {what}: ",
    "The authors of one {what} concluded: ",
)
_CONCLUDED_IN = (
    "One {what}, published in {year}, concluded: ", "The conclusion of one {what} from {year}: ",
    "From one {what} published in {year}: ", "The authors of one {year} {what} concluded: ",
    "What one {what} ({year}) concluded: ",
)  # fmt: skip
_LEAST_STUDY_QUESTION = 6  # words; a shorter one names no population or no design
_PAPER_TITLE = re.compile(
    r":|\?.*\?|\?.+|\b(?:(?<!^is )it|its|they|their|them|this|these|those|we|our|us)\b|(?:^| )(?:an? )?(?:review|update"
    r"|perspective|evidence from)\b",
    re.IGNORECASE,
)
_NO_FINDING = re.compile(
    r"(?:there is an? (?:\w+ )?need for )?(?:more|further|additional|future|larger) (?:research|stud|work|trial|investigation)",
    re.IGNORECASE,
)


def from_pairs(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """Question and answer as a collection has them.

    Of several answers to one question the first is given: where a collection asks each section of a page by a template,
    the later ones answer something else (a page's third "What is it?" is about the organ).
    """
    asked: set[str] = set()
    for passage in sorted(document.passages, key=_place_in_document):
        question = str(passage.attributes.get("question") or "").strip()
        if question and question.count("?") <= 1 and not passage.is_part:
            said = readable(question, document.subject, passage.passage_id, PAIRS.choice_key)
            if said and question not in asked and not _LISTS_RESOURCES.match(passage.text):
                asked.add(question)
                yield from _answered(PAIRS, document, said, passage, setting)


def from_headings(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """Headings of pages that are questions; one that does not name the subject is asked about it."""
    for passage in document.passages:
        heading = passage.heading.strip()
        if heading.endswith("?") and not passage.is_part and not passage.section.startswith("care_"):
            question = named(heading, document)
            if question:
                yield from _answered(HEADINGS, document, question, passage, setting)


def from_sections(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """What a page on a condition has under each heading that is no question, asked for by the heading.

    Asked so, the answer is what stands there, whole; what another section adds was not asked, but for whom to turn to at once,
    which is asked along. A page's first lines make no example: they whet the appetite, or calm, more often than they tell what
    the thing is.
    """
    about = subject_of(document)
    if not about or not is_one_condition(document):
        return
    key = SECTIONS.choice_key
    publisher = SOURCES[document.source].publisher.partition(" ")[0]
    urgent = in_order_of_urgency([card for card in cards(document) if is_urgent(card)])
    for title in titles(document, *_SECTIONS):
        parts = under_heading(document, title)
        first, said = parts[0][0], {p.passage_id for part in parts for p in part}
        question = phrasing.page_phrase(
            publisher, bare_topic(about), title, first.passage_id, key, with_help=bool(urgent)
        )
        answer = say_under_heading(parts, title)
        say_cards(answer, [card for card in urgent if card.passage.passage_id not in said])
        yield Made(
            SECTIONS, question, answer, {"question_type": first.section}, first.audience, document.subject
        )


def from_titles(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """A study whose title asks a question, answered with its conclusions."""
    title = document.first.title.strip()
    if _QUESTION.search(title) and len(title.split()) >= _LEAST_TITLE and not title.startswith("["):
        yield from _concluded(TITLES, document, title, setting)


def from_aims(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """A study's stated aim turned into a question, answered with its conclusions."""
    concluded = document.of("conclusions")
    if _QUESTION.search(document.first.title) or not concluded:
        return
    for passage in document.of("objective", "background"):
        aims = reversed(plain_sentences(passage.text))
        question = next((q for s in aims if (q := question_of_aim(s, concluded[0].text))), None)
        if question:
            defined = f"{document.first.title}. {document.text}"
            yield from _concluded(AIMS, document, spelled_out(question, defined), setting, (passage,))
            return


def _place_in_document(passage: Passage) -> tuple[int, int, str]:
    """Where a passage stands: the number of its pair, which is a record of its own, then its place in that."""
    own = [
        str(o["record_id"]) for o in passage.origins if str(o["record_id"]).startswith(passage.document_id)
    ]
    numbers = [int(found[0]) for r in own if (found := re.search(r"(?<!\d)\d+$", r.partition("#")[2]))]
    return min(numbers, default=0), passage.position, passage.passage_id


def named(heading: str, document: SourceDocument) -> str | None:
    """A page's question with its subject, where the question alone does not say what it is about; None where it cannot.

    "Can I drink alcohol with it?" is asked of the subject by name. A question with an object of its own ("What causes
    depression?", "Can I use the contraceptive patch?") stands alone on any page.
    """
    about = topic(document)
    keywords = [w for w in re.findall(r"[a-z]{4,}", about.lower()) if w not in ("with", "adults", "children")]
    if any(word.rstrip("s") in heading.lower() for word in keywords):
        return None if _POINTS_BACK.search(heading) else heading
    if not subject_of(document):
        return heading if _stands_alone(heading) else None
    pointing = _POINTS_BACK.search(heading)
    if pointing:
        if about.lower().startswith("the ") or (is_condition(document) and not is_one_condition(document)):
            return None  # a title that is a phrase, or one of two things, stands for no "it"
        return f"{heading[: pointing.start()]}{about}{heading[pointing.end() :]}"
    if _stands_alone(heading):
        return heading
    if not is_condition(document) and document.genre != "medicine":
        return None
    forms = _MEDICINE_BEFORE if document.genre == "medicine" else _CONDITION_BEFORE
    return f"{choose(forms, document.document_id, heading).format(about=about)} {heading}"


def _stands_alone(heading: str) -> bool:
    return bool(_STANDS_ALONE.match(heading)) and not _PART_OF_SUBJECT.match(heading)


def _concluded(
    rule: Rule, document: SourceDocument, question: str, setting: Setting, extra: tuple[Passage, ...] = ()
) -> Iterator[Made]:
    for passage in document.of("conclusions")[:1]:
        text = _without_paper_matter(excerpt(passage.text, setting.most_words))
        answer = Answer().frame(_whose_conclusion(passage)).say(text, passage)
        sound = (
            text
            and not _NO_FINDING.match(text)
            and not _OF_THE_STUDY.match(text)
            and is_answered(question, text)
        )
        if sound and _readable_alone(question) and answer.words >= max(setting.least_words, LEAST_OF_STUDY):
            labels = {"question_type": "study_conclusion"}
            yield Made(rule, question, answer, labels, "professional", document.subject, extra=extra)


def _whose_conclusion(passage: Passage) -> str:
    """Whose words follow: one study's, with its year where the citation has one."""
    types = " ".join(map(str, passage.attributes.get("publication_types") or ())).lower()
    what = next((name for name in ("meta-analysis", "review", "trial") if name in types), "study")
    year = passage.attributes.get("year")
    forms = _CONCLUDED_IN if year else _CONCLUDED
    return choose(forms, passage.passage_id, "whose conclusion").format(what=what, year=year)


def _readable_alone(question: str) -> bool:
    """Whether a study's question says by itself what it is about: no pun, no subtitle, nothing pointed to."""
    return not _PAPER_TITLE.search(question) and len(question.split()) >= _LEAST_STUDY_QUESTION


def _answered(
    rule: Rule, document: SourceDocument, question: str, passage: Passage, setting: Setting
) -> Iterator[Made]:
    points = _KEY_POINTS.match(passage.text)
    # Whole or not at all: what stands last is often what the question most needs.
    whole = passage.text[points.end() :] if points else passage.text
    text = paragraphs(whole, setting.most_words)
    if text != paragraphs(whole, len(whole)):
        return
    answer = Answer()
    if SOURCES[document.source].country and not is_local(text, setting.country):
        # "Ask your GP" and "call 999" are of the publisher's country, and are said to be.
        answer.frame(f"{attributed_advice(document, '')}: ")
    answer.say(text, passage)
    if text and len(text.split()) >= setting.least_words:
        kind = str(passage.attributes.get("question_type") or passage.section)
        yield Made(rule, question, answer, {"question_type": kind}, passage.audience, document.subject)


def _without_paper_matter(text: str) -> str:
    """Up to where the text begins to speak of registrations, funding and levels of evidence."""
    if not _ABOUT_PAPER.search(text):
        return text
    kept = []
    for sentence in plain_sentences(text):
        if _ABOUT_PAPER.search(sentence):
            break
        kept.append(sentence)
    return text[: text.index(kept[-1]) + len(kept[-1])] if kept else ""


_ALL = frozenset(
    "overview symptoms causes risk_factors diagnosis treatment prevention outlook complications self_care care_non_urgent "
    "care_urgent care_emergency inheritance frequency genetics research support question answer other indications dosage "
    "contraindications warnings adverse_reactions interactions pregnancy lactation overdose mechanism storage ask_doctor "
    "conclusions description".split()
)
_PAGES = sources_with("page")
PAIRS = register(Rule(f"{KIND}.pair", _ALL, from_pairs, sources_with("question_answer")))
HEADINGS = register(Rule(f"{KIND}.heading", _ALL - {"conclusions"}, from_headings, _PAGES))
SECTIONS = register(Rule(f"{KIND}.section", _ALL - {"conclusions"}, from_sections, _PAGES))
TITLES = register(Rule(f"{KIND}.study_title", frozenset({"conclusions"}), from_titles, CITATIONS))
AIMS = register(
    Rule(f"{KIND}.study_aim", frozenset({"conclusions", "objective", "background"}), from_aims, CITATIONS)
)


DEFINITION = Kind(
    name=KIND,
    note="questions that collections, page headings and studies ask, with the source's own answer",
    labels=frozenset({"question_type"}),
    traits=frozenset({"asks_for_facts"}),
    scoring=f"{__name__}:SCORING",
)
SCORING = Scoring(
    score=word_overlap,
    score_name="word overlap with the reference (F1)",
    outcomes=(WORD_OVERLAP,),
    stratum="",
    directions=(),
)
