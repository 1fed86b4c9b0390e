"""Questions that the sources themselves ask, and their answers.

MedQuAD and question-answer data sets as they are; questions in headings of pages, and what a page's section answers by
its name; and what studies concluded on the question that their title or stated aim asks. What belongs here: which
texts are questions. What does not: how an aim becomes one (aims.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medai_assets.instructions.care import is_condition, subject_of, topic
from medai_assets.instructions.choice import choose
from medai_assets.instructions.kind import Kind
from medai_assets.instructions.language import phrasing
from medai_assets.instructions.language.abbreviations import spelled_out
from medai_assets.instructions.language.aims import question_of_aim
from medai_assets.instructions.language.asked import readable
from medai_assets.instructions.language.excerpt import excerpt, plain_sentences
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer, Made, Rule, Setting, register
from medai_assets.instructions.scoring.overlap import WORD_OVERLAP, word_overlap
from medai_assets.instructions.scoring.scoring import Scoring
from medai_assets.sources.registry import sources_with

KIND = "question_answer"
CITATIONS = sources_with("citation")
LEAST_OF_STUDY = 15  # words; shorter conclusions say no more than that there is one
_QUESTION = re.compile(r"\?[\"'”’)]?\s*$")
_LEAST_TITLE = 5  # words; shorter titles are columns ("Quiz?", "What's new?")
_ABOUT_PAPER = re.compile(
    r"\b(?:clinicaltrials|registration|registered|trial registry|level of evidence|evidence level|funding|trial number|"
    r"NCT\d+|no level assigned|Epub|PROSPERO|ISRCTN\d*|doi)\b|\bdoi:|©|\b(?:19|20)\d\d;\d+",
    re.IGNORECASE,
)
# A list that says first what the text below says again.
_KEY_POINTS = re.compile(r"\s*Key Points\n(?:- .*\n)+\n", re.IGNORECASE)
_NO_FINDING = re.compile(
    r"(?:more|further|additional|future|larger) (?:research|stud|work|trial|investigation)", re.IGNORECASE
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
            said = readable(question, document.subject)
            if said and said not in asked:
                asked.add(said)
                yield from _answered(PAIRS, document, said, passage, setting)


def from_headings(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """Headings of pages that are questions; one that does not name the subject is asked about it."""
    for passage in document.passages:
        heading = passage.heading.strip()
        if heading.endswith("?") and not passage.is_part and not passage.section.startswith("care_"):
            yield from _answered(HEADINGS, document, named(heading, document), passage, setting)


def from_sections(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """Sections of a page on a condition whose heading is no question: their name asks it."""
    about = subject_of(document)
    if not about or not is_condition(document):
        return
    for section, forms in phrasing.SECTION.items():
        for passage in [p for p in document.of(section) if not p.is_part and not p.heading.endswith("?")][:1]:
            if not passage.attributes.get("context"):
                question = phrasing.phrase(forms, (passage.passage_id, SECTIONS.choice_key), topic=about)
                yield from _answered(SECTIONS, document, question, passage, setting)


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
    numbers = [int(found[0]) for r in own if (found := re.search(r"\d+$", r.partition("#")[2]))]
    return min(numbers, default=0), passage.position, passage.passage_id


def named(heading: str, document: SourceDocument) -> str:
    """A page's question with its subject, where the question alone does not say what it is about."""
    about = topic(document)
    keywords = [w for w in re.findall(r"[a-z]{4,}", about.lower()) if w not in ("with", "adults", "children")]
    if any(word.rstrip("s") in heading.lower() for word in keywords):
        return heading
    first = heading.split(" ", 1)[0]
    keep = first == "I" or first.startswith("I'") or (first.isupper() and len(first) > 1)
    lowered = heading if keep else heading[:1].lower() + heading[1:]
    if not is_condition(document) and document.genre != "medicine":
        return f"{about[:1].upper()}{about[1:]}: {lowered}"
    forms = (f"About {about}: {lowered}", f"I have a question about {about}. {heading}")
    return choose(forms, document.document_id, heading)


def _concluded(
    rule: Rule, document: SourceDocument, question: str, setting: Setting, extra: tuple[Passage, ...] = ()
) -> Iterator[Made]:
    for passage in document.of("conclusions")[:1]:
        text = _without_paper_matter(excerpt(passage.text, setting.most_words))
        answer = Answer().say(text, passage)
        if text and not _NO_FINDING.match(text) and answer.words >= max(setting.least_words, LEAST_OF_STUDY):
            forms = (
                phrasing.STUDY_FOUND[:1] if question.startswith("What did a study") else phrasing.STUDY_FOUND
            )
            prompt = choose(forms, passage.passage_id, rule.choice_key).format(question=question)
            labels = {"question_type": "study_conclusion"}
            yield Made(rule, prompt, answer, labels, "professional", document.subject, extra=extra)


def _answered(
    rule: Rule, document: SourceDocument, question: str, passage: Passage, setting: Setting
) -> Iterator[Made]:
    points = _KEY_POINTS.match(passage.text)
    text = excerpt(passage.text[points.end() :] if points else passage.text, setting.most_words)
    answer = Answer().say(text, passage)
    if text and answer.words >= setting.least_words:
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
SECTIONS = register(Rule(f"{KIND}.section", frozenset(phrasing.SECTION), from_sections, _PAGES))
TITLES = register(Rule(f"{KIND}.study_title", frozenset({"conclusions"}), from_titles, CITATIONS))
AIMS = register(
    Rule(f"{KIND}.study_aim", frozenset({"conclusions", "objective", "background"}), from_aims, CITATIONS)
)


DEFINITION = Kind(
    name=KIND,
    note="questions that collections, page headings and studies ask, with the source's own answer",
    labels=frozenset({"question_type"}),
    scoring=f"{__name__}:SCORING",
)
SCORING = Scoring(
    score=word_overlap, score_name="word overlap with the reference (F1)", outcomes=(WORD_OVERLAP,)
)
