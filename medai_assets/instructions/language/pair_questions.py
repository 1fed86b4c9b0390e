"""A collection's typed questions ("treatment", "outlook") in the words of people who ask.

MedQuAD asks each disease by one template a type. What belongs here: several grammatical phrasings of each type, for a name
of one thing and of several. What does not: reading the template and the name out of a title (asked.py).
"""

from __future__ import annotations

from medai_assets.instructions.choice import choose

# {x} is the name; {be}, {do}, {have} and {s} agree with it.
FORMS: dict[str, tuple[str, ...]] = {
    "information": (
        "What {be} {x}?", "Can you explain what {x} {be}?", "Explain {x}, please.",
        "I want to understand {x}. What {be} {x}?", "What does the term {x} mean?", "How would you explain {x}?",
        "Can you define {x}?", "Tell me about {x}.", "Please describe {x}.",
    ),
    "symptoms": (
        "What are the symptoms of {x}?", "Which symptoms {do} {x} cause?", "What signs and symptoms come with {x}?",
        "What symptoms do people with {x} have?", "How would I notice {x}? What are the symptoms?",
        "In {x}, which symptoms are typical?", "Does {x} have symptoms, and which?", "Does {x} have any typical symptoms?",
        "Does {x} cause symptoms?", "What are signs of {x}?",
        "List {x} symptoms, please.", "With {x}, what symptoms can appear?",
    ),
    "treatment": (
        "What are the treatments for {x}?", "How {be} {x} treated?", "Can {x} be treated, and how?",
        "Is {x} treatable? What are the treatments?", "Which treatments exist for {x}?", "For {x}, which treatments are there?",
        "How do doctors treat {x}?", "What treatment {do} {x} need?", "If somebody has {x}, how is it treated?",
        "Describe {x} treatment, please.",
    ),
    "outlook": (
        "What is the outlook for {x}?", "What prognosis {do} {x} have?", "With {x}, what is the outlook?",
        "Tell me the outlook for {x}, please.", "If somebody has {x}, what is the outlook?", "In {x}, what is the prognosis?",
        "For people with {x}, what is the outlook?",
    ),
    "causes": (
        "What causes {x}?", "What are the causes of {x}?", "Why do people get {x}?", "Which causes of {x} are known?",
        "Does {x} have a known cause? What causes it?", "How {do} {x} come about? What are the causes?",
        "Do doctors know what causes {x}?",
    ),
    "diagnosis": (
        "How {be} {x} diagnosed?", "How do doctors diagnose {x}?", "How can {x} be diagnosed?",
        "Which tests are used to diagnose {x}?", "If a doctor suspects {x}, how is it diagnosed?",
        "What is done for the diagnosis of {x}?",
    ),
    "prevention": (
        "How can {x} be prevented?", "Is it possible to prevent {x}?", "What helps to prevent {x}?", "Can {x} be prevented?",
        "What can people do to prevent {x}?", "How do I prevent {x}?",
    ),
    "susceptibility": (
        "Who is at risk for {x}?", "Which people are at risk for {x}?", "Who gets {x}, and who is at risk for it?",
        "For {x}, who is at risk?", "Are some people more at risk for {x} than others?",
    ),
    # A page asks whether; how would take for granted that it is.
    "inheritance": (
        "{Be} {x} inherited?", "Can {x} be inherited?", "{Do} {x} run in families?", "Can parents pass on {x}?",
        "Is there a chance to inherit {x}?",
    ),
    "frequency": (
        "How many people does {x} affect?", "How common {be} {x}?",
        "How many people have {x}, and how common is it?",
        "Is {x} rare? How many people have it?",
    ),
    "genetic changes": (
        "What are the genetic changes related to {x}?", "Which genetic changes cause {x}?",
        "What genetic changes are behind {x}?", "In {x}, which genetic changes are found?",
        "Is {x} linked to genetic changes, and which?",
    ),
    "complications": (
        "What are the complications of {x}?", "Which complications can {x} have?", "Can {x} lead to complications?",
    ),
    "stages": ("What are the stages of {x}?", "Which stages {do} {x} have?", "How are the stages of {x} defined?"),
}  # fmt: skip


def typed_question(kind: str, name: str, several: bool, *key: str) -> str | None:
    """One of the phrasings of a type, about a name of one thing or of several; None where there is none of that type.

    A phrasing that says "it" of the name is not chosen for several.
    """
    forms = FORMS.get(kind, ())
    if several:
        forms = tuple(
            f
            for f in forms
            if " it" not in f.replace("{x}", "")
            and "{x} mean" not in f
            and not f.startswith(("Is {x}", "Does {x}"))
        )
    if not forms:
        return None
    one = {"be": "is", "Be": "Is", "do": "does", "Do": "Does"}
    words = {"be": "are", "Be": "Are", "do": "do", "Do": "Do"} if several else one
    text = choose(forms, *key).format(x=name, **words)
    return text[:1].upper() + text[1:]
