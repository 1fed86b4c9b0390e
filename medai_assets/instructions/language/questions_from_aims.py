"""A study's stated aim turned into the question that it asks, by fixed patterns.

``To assess the efficacy and safety of X for Y.`` asks ``What are the efficacy and safety of X for Y?``. An aim that no
pattern fits, or a sentence that states none, asks nothing.
"""

from __future__ import annotations

import re

from medai_assets.verification.structure import content

_VERBS = (
    "assess|evaluate|examine|investigate|determine|explore|study|analy[sz]e|measure|quantify|estimate|compare|identify|"
    "test|describe|establish|clarify|characteri[sz]e|validate|report|develop|review|summari[sz]e|understand|elucidate"
)
# What comes before "to VERB": nothing, or a statement that this is the aim.
_STATED = re.compile(
    r"(?:^|\b(?:aims?|objectives?|purpose|goals?)\b[^.;:]{0,60}?\b(?:was|were|is|are)\s+|\b(?:aimed|sought|designed|conducted|"
    r"performed|undertaken|carried out|intended|attempted|attempts|aims|seeks)\s+)"
    rf"to (?P<verb>{_VERBS})\s+(?P<what>[^;:]+)",
    re.IGNORECASE,
)
_MEASURED = (
    r"(?:(?:long-term|short-term|clinical|diagnostic|prognostic|predictive|therapeutic|potential|comparative) )?"
    r"(?:effects?|impacts?|influence|efficacy|effectiveness|safety|associations?|relationships?|correlations?|prevalence|"
    r"incidence|accuracy|feasibility|role|usefulness|outcomes?|frequency|burden|risk|rates?|utility|value|reliability|"
    r"validity|performance|characteristics|cost-effectiveness)"
)
_OF_MEASURE = re.compile(
    rf"(?:the )?(?P<noun>{_MEASURED}(?:(?: and |, ){_MEASURED})*) (?P<rest>(?:of|between|on|for|in) .+)",
    re.IGNORECASE,
)
_WHETHER = re.compile(r"(?:whether|if) (?P<rest>.+)", re.IGNORECASE)
_FACTORS = re.compile(
    r"(?:the )?(?P<rest>(?:\w+ )?(?:risk factors|predictors|factors|determinants|barriers) .+)", re.IGNORECASE
)
_PLURAL = re.compile(
    r"(?:effects|impacts|associations|relationships|correlations|outcomes|rates|characteristics)$",
    re.IGNORECASE,
)
_OF_THE_PAPER = re.compile(
    r"\b(?:we|our|us|this|herein|present study|these|those|such|previous results)\b|^(?:the )?(?:\w+ ){0,3}(?:its|their)\b",
    re.IGNORECASE,
)
# What an answer must speak of for a question that names a measure; otherwise the study's aim is asked about, not the measure.
_SPOKEN_OF = tuple(
    (re.compile(rf"\b(?:{asked})\b", re.IGNORECASE), re.compile(answered, re.IGNORECASE))
    for asked, answered in (
        (
            "prevalence|incidence|frequency|rates?|burden",
            r"\d|prevalen|inciden|frequen|common|rare|\brate|\bhigh(?!light)|\blow|percent",
        ),
        ("safety", r"safe|adverse|tolera|complication|side effect|\bevents?\b|toxic"),
        ("cost-effectiveness", r"cost"),
        (
            "efficacy|effectiveness",
            r"effect|effic|improv|reduc|increas|decreas|benefit|success|better|worse|superior|inferior|feasib|lower|raise|prevent|protect|relie|differen|worsen",
        ),
        (
            "accuracy|reliability|validity",
            r"accura|reliab|valid|sensitiv|specific|diagnos|detect|predict|consisten|agree",
        ),
    )
)
_CONTENT = re.compile(r"[A-Za-z][\w-]{4,}|[A-Z][A-Z0-9-]+")
_STEM = 5  # letters by which two words are taken for one
_FEWEST_SHARED = 2
_ANOTHER_AIM = re.compile(
    rf"\band,? (?:to \w+|(?:then |also |if possible, )?(?:{_VERBS}|discuss|inform|compile|consider)\b)|, to \w+",
    re.IGNORECASE,
)
MOST_WORDS = 45


def question_of_aim(sentence: str, answer: str | None = None) -> str | None:
    """The question that a sentence on a study's aim asks; None where it states none, or points to what is not in it.

    Args:
        answer: the study's conclusions; where they do not speak of what the question is about, nothing is asked.
    """
    found = _question(sentence)
    return found if found is None or answer is None or is_answered(found, answer) else None


def is_answered(question: str, answer: str) -> bool:
    """Whether an answer speaks of a question's measure and shares at least two words of substance with it."""
    if any(asked.search(question) and not said.search(answer) for asked, said in _SPOKEN_OF):
        return False
    wanted, there = ({w[:_STEM].lower() for w in _CONTENT.findall(text)} for text in (question, answer))
    if len(wanted) < _FEWEST_SHARED:  # gout, acne, zinc
        wanted, there = ({w[:_STEM] for w in content(text)} for text in (question, answer))
    return len(wanted & there) >= min(_FEWEST_SHARED, len(wanted))


def _question(sentence: str) -> str | None:
    sentence = sentence.strip()
    found = next((m for m in _STATED.finditer(sentence) if m.end() == len(sentence)), None)
    if not found:
        return None
    what = found["what"].removesuffix(".").strip()
    if _OF_THE_PAPER.search(what) or len(what.split()) > MOST_WORDS or what.count("(") != what.count(")"):
        return None
    several_aims = _ANOTHER_AIM.search(what)
    whether = _WHETHER.match(what)
    if whether and not several_aims:
        return f"Is it known whether {whether['rest']}?"
    measured = _OF_MEASURE.match(what)
    if measured and not several_aims:
        several = " and " in measured["noun"] or _PLURAL.search(measured["noun"])
        return f"What {'are' if several else 'is'} the {measured['noun']} {measured['rest']}?"
    factors = _FACTORS.match(what)
    if factors and not several_aims:
        return f"Which {factors['rest']} have been found?"
    return None
