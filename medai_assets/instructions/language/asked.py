"""Questions of a collection as a person would ask them.

MedQuAD made its questions from a template and a page's title: "What is (are) Kidney Stones in Children ?", "How to diagnose
Parasites - Scabies?". What belongs here: several grammatical phrasings of each type of question, and
titles said as names. A title that names
nothing one can ask about (of a booklet: "Prevent diabetes problems: Keep your eyes healthy") makes no question.
"""

from __future__ import annotations

import re

from medai_assets.instructions.choice import choose

# {x} is the name; {be} and {do} agree with it. Few, and each right for any illness: one that asks twice, says the
# name as an adjective or takes for granted what a page may deny reads odd for some.
FORMS: dict[str, tuple[str, ...]] = {
    "information": (
        "What {be} {x}?", "Can you explain what {x} {be}?", "Could you tell me what {x} {be}?", "Please explain what {x} {be}.",
        "Tell me about {x}.",
    ),
    "symptoms": (
        "What are the symptoms of {x}?", "Which symptoms {do} {x} cause?", "What signs and symptoms come with {x}?",
        "What symptoms can {x} cause?", "What are the signs and symptoms of {x}?",
    ),
    "treatment": (
        "What are the treatments for {x}?", "How {be} {x} treated?", "How can {x} be treated?",
        "Which treatments are there for {x}?", "How do doctors treat {x}?",
    ),
    "outlook": (
        "What is the outlook for {x}?", "What is the prognosis of {x}?", "What is the outlook for people with {x}?",
        "What is the prognosis for somebody with {x}?",
    ),
    "causes": (
        "What causes {x}?", "What are the causes of {x}?", "What is known about the causes of {x}?",
    ),
    "diagnosis": (
        "How {be} {x} diagnosed?", "How do doctors diagnose {x}?", "How can {x} be diagnosed?",
        "How do doctors find out whether somebody has {x}?",
    ),
    "prevention": (
        "How can {x} be prevented?", "Is it possible to prevent {x}?", "Can {x} be prevented?",
        "What can people do to prevent {x}?",
    ),
    "susceptibility": (
        "Who is at risk for {x}?", "Which people are at risk for {x}?", "Are some people more at risk for {x} than others?",
    ),
    # A page asks whether; how would take for granted that it is.
    "inheritance": (
        "{Be} {x} inherited?", "Can {x} be inherited?", "{Do} {x} run in families?", "Can parents pass on {x}?",
    ),
    "frequency": ("How many people {do} {x} affect?", "How common {be} {x}?"),
    "genetic changes": (
        "Which genetic changes are related to {x}?", "Which genes {do} {x} involve?", "Which genes {be} {x} linked to?",
        "In {x}, which genes have changed?", "How {be} {x} related to genes?",
    ),
    "complications": ("What are the complications of {x}?", "Which complications can {x} have?"),
    "stages": ("What are the stages of {x}?", "Which stages {do} {x} have?"),
}  # fmt: skip


_BOOKLET_ABOUT = re.compile(r"\bwhat i need to know about\s+", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\((?:For Health Care Professionals|Comprehensive Report)\)")
_INDEXED_UNDER = re.compile(r"^(?:Parasites - (?:Lice - )?|Overview of )")
_BOOKLET = re.compile(
    r"\b(?:You|Your|My|Guide|Program|Records|(?<![Tt]ype )(?<![Ff]actor )I)\b"
    r"|^(?:Prevent|Keep|Take|Choos|Prepar|Liv|Manag|Cop|Eat|Be|Get|What|How|When|Why|Who)(?:e|ing)?\b"
)
# Two things under one title, or an index's entry: nobody asks by it.
_SEVERAL = re.compile(r";|/\w+ and | and [Yy]our?\b")
# What is done, taken or looked for, which has no symptoms, cause or treatment of its own.
_NO_ILLNESS = re.compile(
    r"\b(?:Stimulation|Vaccin\w+|Immuni[sz]ations?|Surger(?:y|ies)|Transplant\w*|Grafts?|Therap(?:y|ies)|Tests?|Testing|Screening"
    r"|Biops(?:y|ies)|Imaging|Replacement|Exercises?|Nutrition|Diets?|Safety|Health|Care|Medicines?|Medications?|Drugs|Supplements?"
    r"|Scans?|X-Rays?|MRI|Ultrasound|Endoscopy|Colonoscopy|Treatments?|Procedures?|Rehabilitation|Dialysis|Hemodialysis|Anesthesia"
    r"|Prevention|Diagnosis|Research|Facts|Suicide|Poisons|Pregnancy|Costs?|Implants?|Catheter\w*|Studies)"
    r"(?=$|,| \(| (?:for|of|in|and|with|after|during|to)\b)",
    re.IGNORECASE,
)  # fmt: skip
_OF_ILLNESSES = frozenset(kind for kind in FORMS if kind != "information")
_SUBTITLE = re.compile(r":\s.*$")
# (template, type); X is the name.
_TEMPLATES = tuple(
    (re.compile(rf"{template} ?\?"), kind)
    for template, kind in (
        (r"What is \(are\) (?P<X>.+?)", "information"),
        (r"What are the symptoms of (?P<X>.+?)", "symptoms"),
        (r"What are the treatments for (?P<X>.+?)", "treatment"),
        (r"What is the outlook for (?P<X>.+?)", "outlook"),
        (r"What causes (?P<X>.+?)", "causes"),
        (r"How to diagnose (?P<X>.+?)", "diagnosis"),
        (r"How to prevent (?P<X>.+?)", "prevention"),
        (r"Who is at risk for (?P<X>.+?)", "susceptibility"),
        (r"Is (?P<X>.+?) inherited", "inheritance"),
        (r"How many people are affected by (?P<X>.+?)", "frequency"),
        (r"What are the genetic changes related to (?P<X>.+?)", "genetic changes"),
        (r"What are the complications of (?P<X>.+?)", "complications"),
        (r"What are the stages of (?P<X>.+?)", "stages"),
    )
)
# Asked of every page by these templates, and answered with who supports research, or with whatever was left over.
_ANSWERED_WITH_LITTLE = re.compile(
    r"What research \(or clinical trials\) is being done for|What to do for|Where to find support for"
    r"|Do you have information about",
    re.IGNORECASE,
)
_OF_NOTHING = re.compile(
    r"(?:How to (?:prevent|diagnose)|What (?:is|are|is \(are\)|causes)|[^?]*\b(?:symptoms|treatments|outlook|prognosis|stages|"
    r"complications|risk|research|do|changes|affected)\b(?: is being done| related)? (?:for|of|to|by))\s*\?",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"(?:[^iosu]s|(?-i:[A-Z]s)|ies|lice)$", re.IGNORECASE)
_SINGULAR = re.compile(
    r"(?:\bgas|pancreas|(?-i:\b[A-Z/]+S)|betes|herpes|rabies|scabies|caries|measles|mumps|rickets|shingles|hives|series"
    r"|(?:syndrome|disease)s? .*)$",
    re.IGNORECASE,
)


def typed_question(kind: str, name: str, several: bool, *key: str) -> str | None:
    """One of the phrasings of a type, about a name of one thing or of several; None where there is none of that type."""
    forms = FORMS.get(kind, ())
    if not forms:
        return None
    one = {"be": "is", "Be": "Is", "do": "does", "Do": "Does"}
    words = {"be": "are", "Be": "Are", "do": "do", "Do": "Do"} if several else one
    text = choose(forms, *key).format(x=name, **words)
    return text[:1].upper() + text[1:]


def readable(question: str, subject: str | None = None, *key: str) -> str | None:
    """The question as a person would write it; None where it names nothing, or its page's title does not.

    Args:
        subject: the title that the question was made from; without it only the templates are said anew.
        key: what the phrasing of a template is chosen by.
    """
    if _OF_NOTHING.fullmatch(question) or _ANSWERED_WITH_LITTLE.match(question):
        return None
    question = _BOOKLET_ABOUT.sub("", question)
    title = _BOOKLET_ABOUT.sub("", subject or "")
    if title and title in question:
        name = name_of(title)
        if name is None:
            return None
        question = question.replace(title, name)
    for template, kind in _TEMPLATES:
        found = template.fullmatch(question)
        if found and kind in _OF_ILLNESSES and _NO_ILLNESS.search(found["X"]):
            return None
        if found:
            return typed_question(kind, found["X"], is_plural(found["X"]), *key)
    return question


def name_of(title: str) -> str | None:
    """The name in a page's title, without the index it stands under and its subtitle; None for a booklet's title or for
    one of two things."""
    name = _INDEXED_UNDER.sub("", _ASIDE.sub("", title))
    return None if _BOOKLET.search(name) or _SEVERAL.search(name) else _SUBTITLE.sub("", name)


def is_plural(name: str) -> bool:
    """Whether a name is one of several things, by the word that the rest depends on: ``Kidney Stones in Children``."""
    head = re.split(r" (?:in|of|with|for|from|due|caused|associated) | \(|, ", name, maxsplit=1)[0]
    return bool(_PLURAL.search(head)) and not _SINGULAR.search(head)
