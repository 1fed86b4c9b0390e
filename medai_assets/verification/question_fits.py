"""*question fits*: what is asked for is what the passage's section says, and the answer holds an answer.

An answer is none that sends the reader elsewhere, says how trials are conducted, lists addresses, or speaks of a figure or
table that is not there.
"""

from __future__ import annotations

import re

from medai_assets.verification.alignment import Laid, align
from medai_assets.verification.care_beside import general_beside_signs
from medai_assets.verification.example import Evidence, Example, Finding, Source
from medai_assets.verification.page_section import another_question, titles_asked
from medai_assets.verification.says_something import no_answer
from medai_assets.verification.section_asked import stops_before, without_names, wrong_section
from medai_assets.verification.structure import content, stem, stems
from medai_assets.verification.urgency import OF_CARE, may_alarm, told_in

NAME = "question_fits"
# a register's findings, not words for a reader
_ONTOLOGY = re.compile(r"\(\d+(?:\.\d+)?% of patients\)", re.IGNORECASE)
_FIGURE = re.compile(
    r"\b(?:figures?|fig\.) ?\d|\bshown (?:above|below|here)\b|\b(?:animation|image|illustration|picture|video"
    r"|diagram)s? (?:above|below|shows?)\b|\bclick (?:on|here|to|below|above|this|an?"
    r"|(?:the|that|these|those) (?:[\"“]?\w+[\"”]? )?(?:link|image|picture|button)s?)\b",
    re.IGNORECASE,
)
_TABLE = re.compile(r"\btables? \d|\bin the (?:table|chart) (?:above|below)\b", re.IGNORECASE)
_ADMINISTRATIVE = re.compile(
    r"\b(?:appointment|vaccinat\w+|vaccines?|jab|registered|booked?|invit\w+|eligible|letter|been contacted|not sure (?:if"
    r"|whether)|"
    r"missed|up to date|catch up|prescription charge|travel(?:ling)?|plan to|want to|would like)\b",
    re.IGNORECASE,
)
_ASKS_WHEN = re.compile(r"(?:when|which|with|can|how|is|would|do)\b", re.IGNORECASE)
# What is true on the day of writing only; collections are years old.
_OF_ITS_TIME = re.compile(
    r"\b(?:recently|newest|latest|most recent|new(?:er)? (?:drugs?|medicines?|medications?|treatments?|therap\w+)|currently|"
    r"at (?:present|this time)|to date|so far|(?:researchers|scientists|investigators) (?:are|have)|under (?:study|investigation)|"
    r"being (?:studied|tested|developed|investigated)|clinical trials?)\b",
    re.IGNORECASE,
)
_COUNTED_SO_FAR = re.compile(
    r"\b[Cc]urrently,? [\w ]{0,20}\d[\d,]* (?:million |thousand )?(?:people|cases|families|identified|known|types)\b"
)
_AGES_FAST = frozenset({"treatment", "outlook", "diagnosis", "prevention", "research"})
# What an answer on a section's topic has to speak of.
_SPEAKS_OF = {
    "lactation": re.compile(r"milk|breast|nurs|lactat", re.IGNORECASE),
    "pregnancy": re.compile(r"pregnan|fet(?:al|us)|foet|embryo|teratogen|reproduct|birth|unborn|\bbaby", re.IGNORECASE),
    "pediatric_use": re.compile(r"child|p(?:a)?ediatric|infant|neonat|adolescen|years|months|young", re.IGNORECASE),
    "geriatric_use": re.compile(r"geriatric|elder|older|years|aged? ", re.IGNORECASE),
    "overdose": re.compile(r"overdos|poison|ingest|swallow|exceed|too much|toxic", re.IGNORECASE),
    "storage": re.compile(r"stor|keep|kept|refrigerat|temperature|protect", re.IGNORECASE),
}  # fmt: skip
_OTHER_TOPIC = {
    "mechanism": re.compile(
        r"(?:^|\n)(?:Immunogenicity|Microbiology|Absorption|Cardiac Electrophysiology)\b"
        r"|\bcontrolled (?:clinical )?(?:trials|studies)\b|\bindicated (?:only )?(?:for|in)\b|\bQTc?\b",
        re.IGNORECASE,
    ),
}


def question_fits(example: Example, evidence: Evidence) -> Finding | None:
    """The answer answers what is asked, from the place where the source says it."""
    laid = [u for u in align(example, evidence).units if u.runs]
    by_title = bool(evidence.document.has("page") and titles_asked(example))
    reason = (
        wrong_section(example, laid, evidence.document)
        or stops_before(example, laid)
        or no_answer(example, laid)
        or _not_shown(example)
        or _off_topic(laid)
        or _no_amount(example, laid)
        or _no_danger(example, laid)
        or _of_its_time(laid, evidence.document)
        or _bare_findings(example, laid)
        or _no_case(example, evidence.document)
        or _no_diagnosis(example, evidence.document)
        or general_beside_signs(example, evidence)
        or _no_alarm(example, laid, evidence.document)
        or ("" if by_title else _not_what_is_asked(example, laid, evidence.document))
        or another_question(example, laid, evidence.document)
    )
    return Finding(NAME, reason) if reason else None


def _not_what_is_asked(example: Example, laid: list[Laid], document: Source) -> str:
    """What a question wants by its own words, which a heading that it quotes is none of."""
    return (
        _no_ranking(example, laid)
        or _no_definition(example, laid, document.names)
        or _other_type(example, document.names)
    )


def _not_shown(example: Example) -> str:
    if _ONTOLOGY.search(example.completion):
        return "a register's list of findings"
    if _FIGURE.search(example.completion):
        return "it speaks of a figure that is not there"
    if _TABLE.search(example.completion) and " | " not in example.completion:
        return "it speaks of a table that is not there"
    return ""


def _off_topic(laid: list[Laid]) -> str:
    """A section that does not speak of what it is filed under, or goes on to something else."""
    for section in {run.source.passage.section for unit in laid for run in unit.runs}:
        said = "\n".join(
            u.unit.text for u in laid if any(r.source.passage.section == section for r in u.runs)
        )
        wanted, other = _SPEAKS_OF.get(section), _OTHER_TOPIC.get(section)
        if wanted and not wanted.search(said):
            return f"the text of {section} does not speak of it: {said[:80]!r}"
        strange = other.search(said) if other else None
        if strange:
            return f"the text of {section} goes on to {strange[0].strip()!r}"
    return ""


def _no_amount(example: Example, laid: list[Laid]) -> str:
    """A usual dose is an amount, not a number of tablets."""
    asked = "about_medicine" in example.traits and _ASKS_AMOUNT.search(example.prompt)
    said = " ".join(u.unit.text for u in laid)
    return "it asks for a dose, and no amount is said" if asked and not _AMOUNT.search(said) else ""


def _no_ranking(example: Example, laid: list[Laid]) -> str:
    """What is common is asked, and the answer ranks nothing."""
    if "states_level" in example.traits:
        return ""  # somebody tells of the common cold
    asked = re.search(r"\bcommon(?:ly)?\b", without_names(example, ()), re.IGNORECASE)
    ranks = any(_RANKS.search(u.unit.text) for u in laid)
    return (
        ""
        if not asked or ranks or "how common" in asked.string.lower()
        else "it asks what is common, and nothing is ranked"
    )


def _no_danger(example: Example, laid: list[Laid]) -> str:
    """Serious risks are asked, and the answer says how to handle the product."""
    asked = _ASKS_DANGER.search(without_names(example, ()))
    answered = any(_DANGER.search(u.unit.text) for u in laid)
    return "" if not asked or answered else "it asks for serious risks, and none is said"


_ASKS_DANGER = re.compile(r"\bserious risks?\b|\bdangers?\b|\bdangerous\b", re.IGNORECASE)
_DANGER = re.compile(
    r"\b(?:death|died|fatal|serious|severe|life-threatening|damage|allerg\w+|reactions?|bleed\w*|seizures?|toxic\w*|risk"
    r"|failure|cancers?|infections?|syndrome|suicid\w+|depend\w+|overdose|stroke|attack|abuse|harm\w*|doctor|medical)\b",
    re.IGNORECASE,
)
_RANKS = re.compile(
    r"\b(?:common\w*|frequen\w*|often|incidence|usual\w*|mostly|in order of)\b|\d ?%", re.IGNORECASE
)
_ASKS_AMOUNT = re.compile(r"\b(?:usual|recommended) dos|\bwhich dose\b|\bhow much\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\d ?(?:mg|mcg|[µμ]g|g|mL|units?|IU|mEq|%|mmol)\b|\d ?%", re.IGNORECASE)


def _of_its_time(laid: list[Laid], document: Source) -> str:
    """What a collection of another year calls new or not yet known; a label and a page are as old as their dates."""
    if not document.has("frozen_copy"):
        return ""
    for unit in laid:
        dated = _OF_ITS_TIME.search(unit.unit.text)
        counted = _COUNTED_SO_FAR.search(unit.unit.text)
        if counted or (dated and any(run.source.passage.section in _AGES_FAST for run in unit.runs)):
            return f"it speaks of its own time: {(counted or dated)[0]!r}"  # type: ignore[index]
    return ""


def _no_definition(example: Example, laid: list[Laid], names: tuple[str, ...]) -> str:
    """What a thing is, is asked, and the first sentence does not say of it what it is."""
    asked = _ASKS_WHAT_IT_IS.search(example.prompt)
    if not asked or "asks_for_facts" not in example.traits or "about_medicine" in example.traits or not laid:
        return ""
    what, first = next(filter(None, asked.groups())), laid[0].unit.text
    words = {stem(w) for name in (*names, what) for w in content(name)}
    says = _SAYS_WHAT.search(first)
    named = stems(first) & words or bool(
        {_initials(name) for name in names} & set(re.findall(r"[A-Z]{2,}", first))
    )
    return "" if says and named else f"it does not say what {what} is: {first[:80]!r}"


_SAYS_WHAT = re.compile(
    r"\b(?:is|are|was|refers? to|means?|describes?|occurs?|happens?|causes?|affects?|comprises?|includes?|consists?|represents?)\b"
)


def _initials(name: str) -> str:
    return "".join(w[0] for w in name.split() if w[:1].isupper())


_ASKS_WHAT_IT_IS = re.compile(
    r"(?:^(?:in simple terms, )?what (?:exactly )?(?:is|are) (?!the\b|known\b)(?P<what>[^?]+)\?$"
    r"|\b(?:explain|tell me|say|(?:to|me) (?:know|understand)) what (?P<said>[^?.]{1,300}?) (?:is|are)[?.]$"
    r"|^tell me about (?P<about>[^?.]+)\.$"
    r"|\bdefine (?P<defined>[^?.]+)\?$|\b(?:term|up|mentioned) (?P<named>[^?.]+)\. what (?:is|are) (?:it|they)\?$)",
    re.IGNORECASE,
)


def _bare_findings(example: Example, laid: list[Laid]) -> str:
    """A register's findings without a sentence are a geneticist's table, deaths and laboratory values among them."""
    asked = re.search(r"\b(?:symptoms|signs)\b", example.prompt, re.IGNORECASE)
    said = [u.unit for u in laid if u.unit.kind != "item"]
    bare = all(unit.kind == "lead" and len(unit.text.split()) <= _LEAD_WORDS for unit in said)
    facts = "asks_for_facts" in example.traits and "about_medicine" not in example.traits
    return "a list of findings without a sentence" if asked and facts and laid and bare else ""


_LEAD_WORDS = 3  # "Signs and symptoms:"; a lead that is a sentence says whose they are


def _other_type(example: Example, names: tuple[str, ...]) -> str:
    """One type is asked about by its number, and the answer is about the whole group."""
    asked = _TYPE.search(example.prompt)
    if not asked or not any(asked[0].lower() in name.lower() for name in names):
        return ""
    answered = _TYPE.search(example.completion)
    return "" if answered else f"it asks about {asked[0]!r}, and the answer names no type"


_TYPE = re.compile(r"\btypes? (?:\d+\w{0,2}|[IVX]+\w?|[A-F])\b")


def _no_diagnosis(example: Example, document: Source) -> str:
    """Whether it is that illness is asked, which no page says of the one who asks."""
    of_signs = "about_signs" in example.traits and document.has("page")
    asked = _ASKS_WHETHER.search(example.prompt) if of_signs else None
    return f"no source says whether it is that: {asked[0]!r}" if asked else ""


_ASKS_WHETHER = re.compile(
    r"\bcould (?!be\b)[^.?]{1,80} be (?:behind|the (?:reason|cause))\b"
    r"|\b(?:could|might|may) (?:it|this) be\b|\b(?:it|this) (?:could|might|may) be\b|(?:^|[.?!] )is (?:it|this) ",
    re.IGNORECASE,
)


def _no_case(example: Example, document: Source) -> str:
    """A level of care for what is no complaint: an appointment, a vaccination that was missed."""
    if (
        "states_level" not in example.traits
        or "urgent" in example.traits
        or document.has("label")
        or not _ADMINISTRATIVE.search(example.prompt)
        or _ASKS_WHEN.match(example.prompt)
    ):
        return ""
    complaint = re.search(
        r"\b(?:pain|fever|temperature|rash|swell\w+|breath\w*|bleed\w*|vomit\w*|dizz\w+|reaction|unwell|worse|sick|ill"
        r"|blood|symptoms?|"
        r"hurt\w*|sore|itch\w*|cough\w*|faint\w*|allerg\w+|worried about|immune|weak\w*)\b",
        example.prompt,
        re.IGNORECASE,
    )
    return "" if complaint else "what is told is no complaint that has a level of care"


def _no_alarm(example: Example, laid: list[Laid], document: Source) -> str:
    """An ambulance for what is no sign, where the page gives it a lower level: a vaccine, a treatment that failed."""
    first = laid[0].runs[0].source.passage.section if laid else ""
    lower = (
        "urgent" in example.traits and document.has("page") and OF_CARE.get(first) in ("urgent", "routine")
    )
    told = told_in(example.prompt, document.names)
    return "nobody would call an ambulance for that" if lower and not may_alarm(told) else ""
