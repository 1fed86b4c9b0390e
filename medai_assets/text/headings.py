"""Headings that people wrote freely – labels of abstracts, headings of public pages – to the shared vocabulary.

What belongs here: patterns and where they lead, in the order in which they are tried; the first that is found in the
heading decides. Patterns are regular expressions without regard to case.
"""

from __future__ import annotations

import re

# NLM's own category decides first (https://www.nlm.nih.gov/bsd/policy/structured_abstracts.html), then the printed
# label where the category is UNASSIGNED or missing.
PUBMED_CATEGORIES = {
    "BACKGROUND": "background",
    "OBJECTIVE": "objective",
    "METHODS": "methods",
    "RESULTS": "results",
    "CONCLUSIONS": "conclusions",
}
PUBMED_LABELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("other", (
        r"supplement", r"availab", r"registration|registered|registry number|identifier|irrid", r"funding|sponsor",
        r"level of (?:evidence|proof)", r"key ?words", r"ethics|dissemination", r"^(?:contact|reference|title|video)",
    )),
    ("conclusions", (
        r"discussion", r"key (?:message|point)", r"expert opinion", r"learning point",
        r"(?:clinical|translational) (?:impact|potential|relevance)",
        r"conclusion", r"interpretation", r"implication", r"take.?home", r"summary", r"significance",
        r"recommendation", r"clinical relevance", r"bottom line", r"lessons?",
    )),
    ("results", (
        r"^cases?$", r"vignette",
        r"result", r"finding", r"outcome of", r"observation", r"case presentation", r"patient concern",
        r"case (?:report|summary|history|series|description)", r"evidence synthesis", r"diagnos[ie]s",
        r"interventions?$", r"outcomes?$",
    )),
    ("methods", (
        r"areas covered", r"exposures?",
        r"method", r"design", r"setting", r"participant", r"patient", r"subject", r"material", r"procedure",
        r"measure", r"intervention", r"statistic", r"data", r"search", r"selection", r"population", r"sample",
        r"analysis", r"eligib", r"approach", r"technique", r"study", r"trial", r"sources?", r"experiment",
    )),
    ("objective", (
        r"objective", r"aim", r"purpose", r"goal", r"hypothes", r"question", r"scope",
    )),
    ("background", (
        r"motivation",
        r"background", r"introduction", r"context", r"rationale", r"importance", r"what is", r"known",
        r"overview", r"abstract", r"description", r"unlabelled",
    )),
)  # fmt: skip

# Pages for the public (NHS, CDC). Care levels come first: they are what triage is learnt from.
PAGE_HEADINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("care_emergency", (
        r"\b(?:call|dial|phone) (?:999|911)\b", r"\bgo to a ?& ?e\b",
        r"\b(?:emergency|immediate(?:ly)?) (?:care|help|medical|action|warning|signs)",
        r"\bmedical emergency\b", r"\bemergency (?:room|department)", r"poison (?:control|help)",
        r"\bwhen .*\b(?:911|999)\b", r"warning signs (?:of (?:a )?(?:heart attack|stroke))",
    )),
    ("care_urgent", (
        r"\burgent(?:ly)?\b", r"\bcall 111\b", r"\bcontact 111\b", r"\bsame.day (?:appointment|care|help)\b",
        r"right away", r"call your (?:doctor|provider).*\bnow\b",
    )),
    ("care_pharmacist", (
        r"\bpharmacist can\b", r"\bask a pharmacist\b", r"\b(?:see|speak to|talk to) (?:a|your) pharmacist\b",
    )),
    ("care_non_urgent", (
        r"\bnon-urgent\b", r"\bsee (?:a|your) (?:gp|doctor|dentist|health ?care provider)",
        r"\bwhen to (?:seek|get|see|call|contact|ask)", r"\bseek(?:ing)? medical (?:care|attention|advice)",
        r"\bgetting medical help\b", r"talk (?:to|with) (?:a|your) (?:doctor|health ?care|gp|provider)",
    )),
    ("self_care", (
        r"first aid", r"self.?care", r"look(?:ing)? after yourself", r"things you can (?:try|do)",
        r"treat(?:ing)? .* (?:at home|yourself)", r"at home", r"what (?:to|you can) do",
        r"how to (?:ease|relieve|cope)", r"do it yourself", r"steps? (?:you can|to) (?:take )?(?:feel|manag)",
        r"living (?:well|healthy)", r"\bmanage[ds]?\b", r"managing\b", r"what should i do", r"what can i do",
        r"what if i",
    )),
    ("treatment", (
        r"how (?:well|effective)\b",
    )),
    ("adverse_reactions", (
        r"side.effects", r"adverse",
    )),
    ("lactation", (
        r"breast.?feed",
    )),
    ("pregnancy", (
        r"pregnan",
    )),
    ("interactions", (
        r"interact", r"other medicines", r"taking .* with other",
    )),
    ("overdose", (
        r"overdose", r"taking? too much", r"take too (?:much|many)",
    )),
    ("contraindications", (
        r"who (?:can|may|cannot|can't|should not|shouldn't)\b.*\b(?:take|use|have|get)",
        r"not (?:be )?suitable", r"contraindic",
    )),
    ("dosage", (
        r"how (?:and when|to|often) (?:to )?(?:take|use|apply|have)", r"dosage", r"dose",
    )),
    ("mechanism", (
        r"how (?:does )?(?:it|the medicine|.*) works?\b",
    )),
    ("symptoms", (
        r"symptom", r"signs?\b", r"what it (?:feels|looks) like", r"check if (?:you|it)",
    )),
    ("risk_factors", (
        r"(?:at|higher|high|greater|more|increased)[- ]?risk", r"risk factors?",
        r"who (?:gets|is affected|is at|can get|can be|is more likely)", r"who's affected", r"more likely",
    )),
    ("complications", (
        r"^risks? of", r"complication", r"long.?term (?:effects|problems)", r"health problems",
    )),
    ("prevention", (
        r"prevent", r"protect", r"avoid", r"reduc(?:e|ing) (?:your|the) (?:risk|chance)",
        r"lower(?:ing)? (?:your|the) risk", r"vaccin", r"stop .* spread", r"stay(?:ing)? safe",
        r"keep .* safe", r"prepare",
    )),
    ("causes", (
        r"caus", r"how (?:it|they) spreads?", r"how (?:do )?(?:people|you) get",
        r"how .* (?:is |are )?(?:spread|caught)", r"spread", r"transmi", r"trigger", r"why (?:do|does|it)\b",
    )),
    ("diagnosis", (
        r"diagnos", r"test(?:s|ed|ing)?\b", r"screen", r"what happens (?:at|during|when)",
    )),
    ("treatment", (
        r"treat", r"medicine", r"therapy", r"surgery", r"recover", r"antibiotic",
    )),
    ("outlook", (
        r"outlook", r"prognosis", r"how long (?:does|do|will|it|is)\b(?!.*\b(?:take|use)\b)",
        r"what to expect",
    )),
    ("genetics", (
        r"inherit", r"genetic",
    )),
    ("frequency", (
        r"how common", r"facts about .* in the", r"statistics", r"burden", r"data",
    )),
    ("support", (
        r"support", r"help(?:line| and)", r"charit", r"cope", r"coping", r"living with", r"community",
        r"resources",
    )),
    ("storage", (
        r"storage", r"how to store", r"storing",
    )),
    ("research", (
        r"research", r"clinical trial",
    )),
    ("overview", (
        r"^why .* (?:used|done)", r"^about\b", r"overview", r"what (?:is|are|it is|happens)",
        r"key (?:facts|points)", r"basics", r"at a glance", r"facts?\b", r"summary", r"types? of",
    )),
)  # fmt: skip

Compiled = list[tuple[str, re.Pattern[str]]]


def page_section(heading: str) -> str | None:
    """Section of a page's heading, None when no pattern fits."""
    return _first(_PAGE, heading)


def pubmed_section(label: str | None, category: str | None) -> str | None:
    """Section of a structured abstract's part; ``abstract`` for an unlabelled one, None when neither name is known."""
    if not label and not category:
        return "abstract"
    if category and category.upper() in PUBMED_CATEGORIES:
        return PUBMED_CATEGORIES[category.upper()]
    return _first(_PUBMED, label) if label else None


def _first(patterns: Compiled, text: str) -> str | None:
    return next((section for section, pattern in patterns if pattern.search(text)), None)


def _compiled(table: tuple[tuple[str, tuple[str, ...]], ...]) -> Compiled:
    return [(section, re.compile("|".join(patterns), re.IGNORECASE)) for section, patterns in table]


_PUBMED = _compiled(PUBMED_LABELS)
_PAGE = _compiled(PAGE_HEADINGS)
