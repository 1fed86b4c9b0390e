"""A study's stated aim turned into the question that it asks, by fixed patterns.

``To assess the efficacy and safety of X for Y.`` asks ``What are the efficacy and safety of X for Y?``. An aim that only
the general pattern fits asks what the study concluded. A sentence that states no aim asks nothing.
"""

from __future__ import annotations

import re

_VERBS = (
    "assess|evaluate|examine|investigate|determine|explore|study|analy[sz]e|measure|quantify|estimate|compare|identify|"
    "test|describe|establish|clarify|characteri[sz]e|validate|report|develop|review|summari[sz]e|understand|elucidate"
)
# What comes before "to VERB": nothing, or a statement that this is the aim.
_STATED = re.compile(
    r"(?:^|\b(?:aims?|objectives?|purpose|goals?)\b[^.;:]{0,60}?\b(?:was|were|is|are)\s+|\b(?:aimed|sought|designed|conducted|"
    r"performed|undertaken|carried out|intended|attempted|attempts|aims|seeks)\s+)"
    rf"to (?P<verb>{_VERBS})\s+(?P<what>[^;:]+?)\s*\.?$",
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
    r"\b(?:we|our|us|this (?:study|paper|article|trial|review|series)|herein|present study|these|those|such)\b",
    re.IGNORECASE,
)
_ANOTHER_AIM = re.compile(
    rf"\band (?:to \w+|(?:then |also )?(?:{_VERBS}|discuss|inform|compile)\b)|, to \w+", re.IGNORECASE
)
MOST_WORDS = 45


def question_of_aim(sentence: str) -> str | None:
    """The question that a sentence on a study's aim asks; None where it states none, or speaks of the paper itself."""
    found = _STATED.search(sentence.strip())
    if not found:
        return None
    verb, what = found["verb"].lower(), found["what"].strip()
    if _OF_THE_PAPER.search(what) or len(what.split()) > MOST_WORDS or what.count("(") != what.count(")"):
        return None
    several_aims = _ANOTHER_AIM.search(what)
    whether = _WHETHER.match(what)
    if whether:
        return f"Is it known whether {whether['rest']}?"
    measured = _OF_MEASURE.match(what)
    if measured and not several_aims:
        several = " and " in measured["noun"] or _PLURAL.search(measured["noun"])
        return f"What {'are' if several else 'is'} the {measured['noun']} {measured['rest']}?"
    factors = _FACTORS.match(what)
    if factors and not several_aims:
        return f"Which {factors['rest']} have been found?"
    return f"What did a study conclude that set out to {verb} {what}?"
