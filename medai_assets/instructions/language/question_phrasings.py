"""Questions of a collection as a person would ask them.

MedQuAD made its questions from a template and a page's title: "What is (are) Kidney Stones in Children ?", "How to diagnose
Parasites - Scabies?". What belongs here: several grammatical phrasings of each type of question, and
titles said as names. A title that names
nothing one can ask about (of a booklet: "Prevent diabetes problems: Keep your eyes healthy") makes no question.
"""

from __future__ import annotations

import re

from medai_assets.instructions.choice import choose

# {x} is the name; {be}, {do}, {s} ("affects") and {they} agree with it. Each is right for any illness: one that asks twice, says
# the name as an adjective or takes for granted what a page may deny reads odd for some.
FORMS: dict[str, tuple[str, ...]] = {
    "information": (
        "What {be} {x}?", "Can you explain what {x} {be}?", "Could you tell me what {x} {be}?", "Please explain what {x} {be}.",
        "Tell me about {x}.", "What exactly {be} {x}?", "I'd like to know what {x} {be}.", "Would you explain what {x} {be}?",
        "I came across the term {x}. What {be} {they}?", "How would you define {x}?", "Help me understand what {x} {be}.",
        "In simple terms, what {be} {x}?", "I had to look up {x}. What {be} {they}?",
        "For a school report, could you explain what {x} {be}?", "Somebody mentioned {x}. What {be} {they}?",
    ),
    "symptoms": (
        "What are the symptoms of {x}?", "Which symptoms {do} {x} cause?", "What signs and symptoms come with {x}?",
        "What symptoms can {x} cause?", "What are the signs and symptoms of {x}?", "Can you list the symptoms of {x}?",
        "How would somebody notice {x}? I mean the symptoms.", "Tell me which symptoms {x} can cause.", "Symptoms of {x}?",
        "Could you describe the symptoms of {x}?", "I'm reading about {x}. What are the symptoms?",
        "By which symptoms {be} {x} known?",
    ),
    "treatment": (
        "What are the treatments for {x}?", "How {be} {x} treated?", "How can {x} be treated?",
        "Which treatments are there for {x}?", "How do doctors treat {x}?", "What treatment is there for {x}?",
        "Treatments for {x}?", "Can you tell me how {x} {be} treated?", "Could you explain the treatments for {x}?",
        "What can be done to treat {x}?", "I'm reading about {x}. How {be} {they} treated?",
        "Are there treatments for {x}? Which ones?",
    ),
    "outlook": (
        "What is the outlook for {x}?", "What is the prognosis of {x}?", "What is the outlook for people with {x}?",
        "What is the prognosis for somebody with {x}?", "Can you tell me the outlook for {x}?", "Prognosis of {x}?",
        "How is the outlook with {x}?", "What can you say about the prognosis of {x}?",
        "I'd like to know the usual outlook for {x}. What is it?", "Could you describe the outlook for people who have {x}?",
        "What do doctors say about the outlook for {x}?",
    ),
    "causes": (
        "What causes {x}?", "What are the causes of {x}?", "What is known about the causes of {x}?", "Causes of {x}?",
        "Can you explain what causes {x}?", "Is it known what causes {x}?", "Could you tell me the causes of {x}?",
        "I wonder what causes {x}. Do you know?", "How come people get {x}? I mean the causes.",
    ),
    "diagnosis": (
        "How {be} {x} diagnosed?", "How do doctors diagnose {x}?", "How can {x} be diagnosed?",
        "What leads to a diagnosis of {x}?", "How do doctors find out whether somebody has {x}?",
        "Can you explain how {x} {be} diagnosed?", "Diagnosis of {x}?", "How do they arrive at a diagnosis of {x}?",
        "What is done to diagnose {x}?", "Could you tell me how {x} can be diagnosed?",
    ),
    "prevention": (
        "How can {x} be prevented?", "Is it possible to prevent {x}?", "Can {x} be prevented?",
        "What can people do to prevent {x}?", "Is there a way to prevent {x}?", "What helps to prevent {x}?",
        "Prevention of {x}?", "Can you tell me whether {x} can be prevented?", "Could anything prevent {x}?",
    ),
    "susceptibility": (
        "Who is at risk for {x}?", "Which people are at risk for {x}?", "Are some people more at risk for {x} than others?",
        "Can you tell me who is at risk for {x}?", "What puts people at risk for {x}?", "Do you know who is at risk for {x}?",
        "Is anybody more at risk for {x}?",
    ),
    # A page asks whether; how would take for granted that it is.
    "inheritance": (
        "{Be} {x} inherited?", "Can {x} be inherited?", "{Do} {x} run in families?", "Can parents pass on {x}?",
        "{Be} {x} hereditary?", "Can somebody inherit {x}?", "{Be} {x} passed on in families?", "Do people inherit {x}?",
        "What is known about the inheritance of {x}?", "Could you tell me whether {x} {be} inherited?",
        "Do you know if {x} {be} hereditary?", "I'm drawing a family tree for biology class. {Be} {x} inherited?",
        "Please tell me whether {x} run{s} in families.", "In families, can {x} be passed on?",
        "Would {x} show up in a family tree, or {be} {they} not inherited?",
        "I read about {x}. {Be} {they} passed on from parents?", "Is inheritance a factor in {x}?",
        "My textbook skips this part. Can {x} be inherited?",
        "Our biology teacher asked whether {x} {be} inherited. What do I say?", "Am I right that {x} can be inherited, or not?",
        "What part does inheritance play in {x}, if any?",
        "Someone said {x} skip{s} generations. {Be} {they} inherited at all?",
    ),
    "frequency": (
        "How many people {do} {x} affect?", "How common {be} {x}?", "How rare {be} {x}?", "How widespread {be} {x}?",
        "Roughly how many people are affected by {x}?", "What is the prevalence of {x}?", "Do you know how common {x} {be}?",
        "Can you tell me how common {x} {be}?", "In numbers, how common {be} {x}?", "Are there figures on how common {x} {be}?",
        "How frequently {do} {x} occur?", "How many cases of {x} have been counted?",
        "Is it known how many people {x} affect{s}?", "I'm after a figure for {x}. How many people {do} {they} affect?",
        "What do statistics say about how common {x} {be}?", "Prevalence of {x}?", "Just how rare {be} {x}?",
        "Could you give me an idea of how common {x} {be}?", "On average, how many people are affected by {x}?",
        "I'd never heard of {x}. How rare {be} {they}?", "As far as anybody knows, how many people {do} {x} affect?",
        "What's the estimated frequency of {x}?", "My biology class is covering {x}. How many people {do} {they} affect?",
        "About how many people get {x}?", "Tell me how common {x} {be}.", "Has anybody counted how many people {x} affect{s}?",
        "Worldwide, how many people {do} {x} affect?", "Statistically speaking, how rare {be} {x}?",
        "I can't find numbers for {x}. How common {be} {they}?", "In the general population, how common {be} {x}?",
        "Do many people get {x}? I mean how common {they} {be}.", "How rare would you say {x} {be}?",
        "Is it clear how many people {x} affect{s}?", "A book I read mentions {x}. How common {be} {they}?",
        "I want to put {x} in perspective. How common {be} {they}?",
        "My essay needs a number on {x}. How many people {do} {they} affect?", "Any figures on how many people {x} affect{s}?",
        "Can you put a number on how many people {x} affect{s}?", "Compared with other conditions, how rare {be} {x}?",
        "Nobody in my class has heard of {x}. How rare {be} {they}?", "Looking at the whole population, how common {be} {x}?",
        "Is there an estimate of how common {x} {be}?",
    ),
    "genetic changes": (
        "Which genetic changes are related to {x}?", "Which genes {do} {x} involve?", "Which genes {be} {x} linked to?",
        "What genetic changes are related to {x}?", "Which genes have been tied to {x}?",
        "What is known about the genetics of {x}?", "Which genes lie behind {x}?", "Can you name the genes related to {x}?",
        "Do you know which genes {x} involve{s}?", "Genes related to {x}?", "What have geneticists found out about {x}?",
        "Tell me which genetic changes are related to {x}.", "What goes on in the genes of people with {x}?",
        "Could you explain the genetic changes that come with {x}?", "At the level of genes, what is known about {x}?",
        "Has any gene been connected with {x}? Which one?", "What do genes have to do with {x}?",
        "My genetics seminar covers {x}. Which genes are involved?",
        "On the genetic side, what is known about {x}? I mean the genes.",
    ),
    "complications": (
        "What are the complications of {x}?", "Which complications can {x} have?", "Can you list the complications of {x}?",
        "What complications may come with {x}?", "Complications of {x}?", "Could you tell me about the complications of {x}?",
    ),
    "stages": (
        "What are the stages of {x}?", "Which stages {do} {x} have?", "Can you explain the stages of {x}?", "Stages of {x}?",
        "Into which stages {be} {x} divided?", "Could you list the stages of {x}?",
    ),
}  # fmt: skip


_BOOKLET_ABOUT = re.compile(r"\bwhat i need to know about\s+", re.IGNORECASE)
_ASIDE = re.compile(r"(?:(?<!\s)\s+)?\((?:For Health Care Professionals|Comprehensive Report)\)")
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
_SUBTITLE = re.compile(r":\s(?s:.*)$")
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
    one = {"be": "is", "Be": "Is", "do": "does", "Do": "Does", "s": "s", "they": "it"}
    many = {"be": "are", "Be": "Are", "do": "do", "Do": "Do", "s": "", "they": "they"}
    text = choose(forms, *key).format(x=name, **(many if several else one))
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
