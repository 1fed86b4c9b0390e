"""*question fits*: what is asked for is what the passage's section says, and the answer holds an answer.

An answer is none that sends the reader elsewhere, says how trials are conducted, lists addresses, or speaks of a figure or
table that is not there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from medai_assets.verification.alignment import Laid, align
from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.structure import content, stem

NAME = "question_fits"
# What a question asks for -> the sections and the publisher's question types that say it. The first pattern that fits counts.
ASKED: tuple[tuple[str, str, str], ...] = (
    ("side effects", r"side effects?|adverse (?:reactions?|effects?|reaction profile)", "adverse_reactions warnings "
    "patient_information"),
    ("the medicine as the cause", r"could the medicine be the cause|come from the medicine|^could .* be behind",
     "adverse_reactions warnings patient_information"),
    ("overdose", r"overdos\w+|too much|swallowed|got hold of|open pack", "overdose"),
    ("interactions", r"interact\w*|combined with|co-medication", "interactions"),
    ("pregnancy", r"pregnan\w+", "pregnancy"),
    ("breastfeeding", r"breast-?feed\w*|breast milk|lactation|nursing", "lactation pregnancy"),
    ("storage", r"\b(?:store|stored|storage|kept|keep)\b", "storage how_supplied"),
    ("stopping", r"stop using|advise stopping|signs mean that i should stop", "stop_use"),
    ("asking first", r"ask a doctor before|check with a doctor|discuss with a doctor|send to a doctor", "ask_doctor"),
    ("exclusion", r"should not use|must not use|not be used|not to use|contraindicat\w+|be avoided|can't have",
     "contraindications do_not_use"),
    ("dose", r"\b(?:dose|doses|dosage|dosed|how much)\b|how often|how should .* be used|use .* correctly", "dosage"),
    ("mechanism", r"mechanism of action|how does .* (?:work|act)\?|do in the body", "mechanism"),
    ("kinetics", r"pharmacokinetic\w*|absorbed|body handle|stay in the body", "pharmacokinetics"),
    ("use", r"indicat\w+|used for|why would someone use|does .* treat\?|meant to help|what is it for", "indications"),
    ("research", r"\b(?:research|clinical trials)\b", "research"),
    ("prevention", r"\bprevent\w*", "prevention"),
    ("diagnosis", r"diagnos\w+|find out whether", "diagnosis"),
    ("treatment", r"\btreat(?:ed|ments?)\b|doctors do for", "treatment self_care"),
    ("inheritance", r"inherit\w*", "inheritance"),
    ("genes", r"genetic changes", "genetics"),
    ("frequency", r"how many people|how common|\brare\?", "frequency"),
    ("outlook", r"\boutlook\b|prognosis|what can i expect", "outlook"),
    ("risk", r"who is at risk|at risk for", "risk_factors"),
    ("complications", r"complications", "complications"),
    ("symptoms", r"what are the symptoms|which signs of .* watch|how would i notice|symptoms do people"
    r"|look like, and when", "symptoms"),
    ("causes", r"what causes|causes of|why do people get", "causes genetics"),
    ("urgency", r"how urgent|what level of care|how soon|can (?:it|this) wait|see someone|call an ambulance"
    r"|is this an emergency|emergency department|go for help|serious enough", "care_emergency care_urgent care_non_urgent "
    "care_pharmacist self_care stop_use ask_doctor overdose symptoms"),
)  # fmt: skip
_ASKED = tuple(
    (name, re.compile(pattern, re.IGNORECASE), frozenset(places.split())) for name, pattern, places in ASKED
)
_ANSWERS_ANY = frozenset({"boxed_warning", "other", "answer", "question", ""})
_POINTS = re.compile(
    r"\b(?:described|discussed|listed|provided|found|detailed) (?:in (?:more|greater) detail |in detail )?(?:elsewhere"
    r"|in (?:the )?(?:other|following|full|individual)|below in|in full)\b"
    r"|\b(?:see|refer to|consult|read|consult with) (?:the |also |our )?(?:full |complete |individual |other "
    r"|accompanying |following |package )*(?:prescribing|labeling|label|section|sections|package|insert|warnings"
    r"|precautions|contraindications|clinical|dosage|adverse|boxed|patient information|medication guide|table|figure"
    r"|appendix|description)\b"
    r"|\b(?:presented|given|described|provided|found|discussed|included) (?:in|under) (?:the )?(?:dosage and administration"
    r"|warnings|precautions|clinical pharmacology|contraindications|adverse reactions|overdosage|description|how supplied)\b"
    r"|\bfor (?:more|further|additional|complete|full|detailed) (?:information|details)\b|\b(?:read|find out|see|learn) more\b"
    r"|\bthese resources\b|\bclick here\b|\b(?:visit|go to) (?:the |our )?(?:[\w-]+ ){0,3}(?:page|website|site|section"
    r"|article|topic)\b|https?://|www\."
    r"|\b(?:read|found|listed|described|explained|available)(?: about)? here\b"
    r"|\bcontact (?:us|the manufacturer|[A-Z][\w.& ]+ at)\b|\bto report (?:suspected )?(?:adverse|side)|\bwatch (?:this"
    r"|the) video|\blisten to\b"
    r"|\bthe following (?:(?:clinically )?(?:significant|serious|important) )?(?:adverse reactions?|side effects?"
    r"|reactions?|risks?)[^.]{0,60}(?:are|is) (?:also )?(?:described|discussed|presented)"
    r"|\b(?:national|genetics|institute)[^.]{0,60}\bprovides? (?:more )?information\b"
    r"|(?<!no )(?<!specific )(?<!no further )\binformation (?:is|can be) (?:available|found)\b",
    re.IGNORECASE,
)  # fmt: skip
_MORE_THERE = re.compile(
    r"\bfor (?:more|further|additional) (?:information|details)[^.]{0,60}\b(?:go to|visit|see|read|click|contact)\b"
    r"|\b(?:go to|visit) (?:the|our|www|http)\S*[^.]{0,60}\b(?:article|page|website|web site|topic|section)"
    r"|\b(?:read|find out|learn|see) more about\b|\bfind more information\b"
    r"|https?://|\bwww\.|\blinks? (?:on|below)\b|\bon this page\b"
    r"|\binformation\b[^.]{0,120}\b(?:is available (?:from|at|through)|can be (?:accessed|found|obtained))\b",
    re.IGNORECASE,
)  # fmt: skip
_BOILERPLATE = re.compile(
    r"\bhas been approved by the (?:U\.S\. )?Food and Drug Administration|"
    r"because (?:these )?clinical (?:trials|studies) are conducted|because these reactions are reported voluntarily"
    r"|not always possible to reliably estimate"
    r"|cannot be directly compared|may not reflect the rates observed|the data described (?:below|in this)"
    r"|(?:the )?safety (?:data )?(?:of|described|was evaluated)"
    r"|were (?:evaluated|exposed|treated) (?:in|to|with)|a total of [\d,]+ |adverse reactions? (?:information|data) (?:is"
    r"|are) (?:derived|based|presented)"
    r"|tell (?:your|the) (?:doctor|healthcare)[^.]*(?:any side effect|bothers you)"
    r"|call your doctor for medical advice about side effects"
    r"|these are not all|your (?:doctor|doctors|care team) (?:will|can) (?:talk|discuss|advise|explain)|ask your (?:doctor"
    r"|pharmacist) for (?:more )?information"
    r"|(?:more|further|additional|future|larger) (?:research|stud\w+|work|trials?|investigation)s? (?:is|are|will be"
    r"|should be|may be)?\s?(?:needed|required|warranted|necessary)",
    re.IGNORECASE,
)  # fmt: skip
_ONTOLOGY = re.compile(
    r"\(\d+(?:\.\d+)?% of patients\)", re.IGNORECASE
)  # a register's findings, not words for a reader
_FIGURE = re.compile(
    r"\b(?:figures?|fig\.) ?\d|\bshown (?:above|below|here)\b|\b(?:animation|image|illustration|picture|video"
    r"|diagram)s? (?:above|below|shows?)\b|\bclick\b",
    re.IGNORECASE,
)
_TABLE = re.compile(r"\btables? \d|\bin the (?:table|chart) (?:above|below)\b", re.IGNORECASE)
_ORGANISATION = re.compile(
    r"\b(?:foundation|association|society|institute|center|centre|registry|network|clinic|hospital|university|library"
    r"|testing|diagnostics|medlineplus|genereviews|encyclopedia)\b",
    re.I,
)
_PHONE = re.compile(r"\b1?[- (]*8(?:00|66|77|88)[) -]+\d{3}|\b\d{3}-\d{3}-\d{4}\b|@\w+\.\w+")
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
_AGES_FAST = frozenset({"treatment", "outlook", "diagnosis", "prevention", "research"})
# What an answer on a section's topic has to speak of.
_SPEAKS_OF = {
    "lactation": re.compile(r"milk|breast|nurs|lactat", re.IGNORECASE),
    "pregnancy": re.compile(r"pregnan|fet(?:al|us)|foet|embryo|teratogen|reproduct|birth", re.IGNORECASE),
    "pediatric_use": re.compile(r"child|p(?:a)?ediatric|infant|neonat|adolescen|years|months|young", re.IGNORECASE),
    "geriatric_use": re.compile(r"geriatric|elder|older|years|aged? ", re.IGNORECASE),
    "overdose": re.compile(r"overdos|poison|ingest|swallow|exceed|too much|toxic", re.IGNORECASE),
    "storage": re.compile(r"stor|keep|kept|refrigerat|temperature|protect", re.IGNORECASE),
}  # fmt: skip
_OTHER_TOPIC = {
    "mechanism": re.compile(
        r"(?:^|\n)(?:Immunogenicity|Microbiology|Absorption|Cardiac Electrophysiology)\b", re.IGNORECASE
    ),
}
_LEAST_BESIDE = 6  # words of substance beside a pointer to another section
_LEAST_NEW = 4  # words of substance that the question does not hold
# Questions to which "there are several" is no answer.
_HAS_TO_NAME = frozenset({"treatment", "diagnosis", "prevention", "causes"})
_YES_OR_NO = re.compile(r"^(?:yes|no|not always|not necessarily|maybe|it depends)\b[,.;]", re.IGNORECASE)
_ASKS_WHETHER = re.compile(
    r"(?:^|[.?!:,] )(?:is|are|can|do|does|did|should|will|could|would|may|must|has|have)\b [^.?]*\?",
    re.IGNORECASE,
)
_HEADED = {
    "symptoms": re.compile(r"\b(?:symptoms?|signs?)\b", re.IGNORECASE),
    "causes": re.compile(r"\bcauses?d?\b", re.IGNORECASE),
    "treatment": re.compile(r"\b(?:treat\w*|therap\w+)\b", re.IGNORECASE),
}
_LISTS = re.compile(r"\b(?:include|are|begin|develop|may be|such as|have|cause)\b", re.IGNORECASE)
_OTHERS = re.compile(r"^(?:other|also|less|rare|additional)\b|\bmay also\b", re.IGNORECASE)
# How a trial was made: no reaction, no use, no dose.
_TRIAL = re.compile(
    r"\b(?:randomi[sz]ed|placebo|open-label|trials?|stud(?:y|ies)|subjects|ethnicity|caucasian|population was|median age"
    r"|years of age|"
    r"discontinu\w+|enrolled|exposed to|exposure|cohort)\b",
    re.IGNORECASE,
)
_NAMES_REACTIONS = re.compile(
    r"\b(?:include[ds]?|are|were|was|is|reported|occurr(?:ed|ing)|observed|cause[ds]?|experienced)\b[^.;]*?,[^.;]*?(?:,"
    r"|\band\b|\bor\b)|%\)[^.;]*%\)",
    re.IGNORECASE,
)


def question_fits(example: Example, evidence: Evidence) -> Finding | None:
    """The answer answers what is asked, from the place where the source says it."""
    laid = [u for u in align(example, evidence).units if u.runs]
    reason = (
        _wrong_section(example, laid, evidence.document.names, evidence.document.source)
        or _stops_before(example, laid)
        or _no_answer(example, laid)
        or _not_shown(example)
        or _off_topic(laid)
        or _no_amount(example, laid)
        or _no_ranking(example, laid)
        or _of_its_time(laid, evidence.document.source)
        or _no_case(example, evidence.document.source)
    )
    return Finding(NAME, reason) if reason else None


@lru_cache(maxsize=8192)
def asked_for(prompt: str) -> tuple[str, frozenset[str]] | None:
    """What a question asks for, and the sections that say it; None where it is none of the usual."""
    return next(((name, places) for name, pattern, places in _ASKED if pattern.search(prompt)), None)


def _without_names(example: Example, names: tuple[str, ...]) -> str:
    """The question without the subject's name, which may hold a word of another question ("prevention of pregnancy")."""
    text = example.prompt
    for name in sorted({example.subject or "", *names}, key=len, reverse=True):
        if name:
            text = re.sub(re.escape(name), "it", text, flags=re.IGNORECASE)
    return text


def _wrong_section(example: Example, laid: list[Laid], names: tuple[str, ...], source: str) -> str:
    if "states_level" in example.traits:
        return ""  # what is told there is a case, not a section's question
    asked = asked_for(_without_names(example, names))
    if asked is None or not laid:
        return ""
    name, places = asked
    sections = {run.source.passage.section for unit in laid for run in unit.runs}
    of_pairs = source != "fda"  # a pair's or a page's own question is answered where it stands
    owned = of_pairs and any(
        run.source.passage.attributes.get("question") for unit in laid for run in unit.runs
    )
    if owned or sections & (places | _ANSWERS_ANY) - {"boxed_warning"}:
        return ""
    return f"it asks for {name}, and the text is of {', '.join(sorted(sections))}"


def _stops_before(example: Example, laid: list[Laid]) -> str:
    """The answer ends before the place where its section lists or heads what is asked for."""
    asked = asked_for(example.prompt)
    pattern = _HEADED.get(asked[0]) if asked else None
    if asked is None and "about_signs" in example.traits:
        pattern = _HEADED["symptoms"]
    run = laid[-1].runs[-1] if laid and laid[-1].runs else None
    if pattern is None or run is None or run.source.is_heading:
        return ""
    named = any(_names_them(u, pattern) for u in laid)
    for unit in run.source.units[run.last_unit + 1 :]:
        heads = unit.kind in ("title", "lead") or bool(
            re.search(pattern.pattern + r"[^.]{0,60}\binclude\b", unit.text, re.IGNORECASE)
        )
        if heads and pattern.search(unit.text) and not named and not _OTHERS.search(unit.text):
            return f"it ends before {unit.text[:80]!r}"
    return ""


def _names_them(laid: Laid, pattern: re.Pattern[str]) -> bool:
    """Whether a unit leads to a list of what is asked for, or lists it itself."""
    text = laid.unit.text
    return bool(pattern.search(text)) and (
        laid.unit.kind == "lead" or (text.count(",") > 1 and bool(_LISTS.search(text)))
    )


def _no_answer(example: Example, laid: list[Laid]) -> str:
    if not laid:
        return ""
    body = [u for u in laid if u.runs[0].source.passage.section != "boxed_warning"] or laid
    said = [u for u in body if u.unit.kind not in ("title",)]
    said = said or body
    trial = (asked_for(example.prompt) or ("",))[0] == "side effects"
    empty = [u for u in said if _is_empty(u.unit.text, trial)]
    if said and said[0] in empty and _POINTS.search(said[0].unit.text):
        return f"it begins by pointing elsewhere: {said[0].unit.text[:100]!r}"
    rest = [u for u in said if u not in empty]
    words = sum(len(content(u.unit.text)) for u in rest)
    pointed = any(_POINTS.search(u.unit.text) for u in empty)
    if (
        not rest
        or words < len(content(" ".join(u.unit.text for u in empty)))
        or (pointed and words < _LEAST_BESIDE)
    ):
        return f"most of it is no answer: {empty[0].unit.text[:100]!r}" if empty else "nothing is said"
    last = said[-1]
    if _POINTS.search(last.unit.text) and last.unit.kind == "lead":
        return f"it ends by pointing elsewhere: {last.unit.text[:100]!r}"
    elsewhere = next((u.unit.text for u in said if _MORE_THERE.search(u.unit.text)), "")
    if elsewhere:
        return f"it sends the reader to another page: {elsewhere[:100]!r}"
    if _YES_OR_NO.match(said[0].unit.text) and not _ASKS_WHETHER.search(example.prompt):
        return f"it answers whether, and the question asks what: {said[0].unit.text[:60]!r}"
    return _lists_addresses(rest) or _says_nothing_new(example, rest)


def _is_empty(text: str, of_trials: bool) -> bool:
    """Whether a sentence says nothing that was asked: a pointer, boilerplate, how a trial was made."""
    if _POINTS.search(text) or _BOILERPLATE.search(text):
        return True
    return of_trials and bool(_TRIAL.search(text)) and not _NAMES_REACTIONS.search(text)


def _lists_addresses(rest: list[Laid]) -> str:
    items = [u for u in rest if u.unit.kind == "item"]
    named = [u for u in items if _ORGANISATION.search(u.unit.text) or _PHONE.search(u.unit.text)]
    if items and len(named) >= max(2, len(items) / 2):
        return "it lists addresses"
    phones = [
        u
        for u in rest
        if _PHONE.search(u.unit.text)
        and not re.search(
            r"poison|overdos|emergency|medical help",
            f"{u.unit.text} {u.lead} {u.runs[0].source.passage.section}",
            re.I,
        )
    ]
    return "it gives an address to turn to, not an answer" if len(phones) * 3 > len(rest) else ""


def _says_nothing_new(example: Example, rest: list[Laid]) -> str:
    asked = {stem(w) for w in content(f"{example.prompt} {example.subject or ''}")}
    new = {stem(w) for u in rest for w in content(u.unit.text)} - asked - _GENERAL
    asked_for_what = asked_for(example.prompt)
    names_something = "about_signs" in example.traits or (
        asked_for_what is not None and asked_for_what[0] in _HAS_TO_NAME
    )
    bare = [u for u in rest if u.unit.kind not in ("lead", "title", "open")]
    if bare and all(u.unit.kind == "item" and _CATEGORY.match(u.unit.text) for u in bare):
        return "it names categories of findings, and no finding"
    if names_something and len(new) < _LEAST_NEW:
        return "it says nothing that the question does not say"
    circular = next(
        (u.unit.text for u in bare if u.unit.kind == "item" and _is_within(u.unit.text, asked)), ""
    )
    asks_symptoms = _ASKS_SYMPTOMS.search(example.prompt)
    return f"the thing itself is among its symptoms: {circular!r}" if circular and asks_symptoms else ""


def _is_within(item: str, asked: set[str]) -> bool:
    """Whether an item says nothing but words of the question."""
    words = {stem(w) for w in content(item)}
    return bool(words) and words <= asked


_ASKS_SYMPTOMS = re.compile(r"\bsymptoms?\b|\bsigns\b", re.IGNORECASE)
_CATEGORY = re.compile(r"(?:abnormality of|abnormal)\b", re.IGNORECASE)
_GENERAL = frozenset(
    stem(w)
    for w in "treatment treatments option options doctor doctors help talk discuss risk risks benefit benefits different condition "
    "disease people person patient patients use used using available make easier depend depends cause causes known unknown "
    "information symptoms symptom see ask tell also other many often usually".split()
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
    asked = re.search(r"\bcommon(?:ly)?\b", _without_names(example, ()), re.IGNORECASE)
    ranks = any(_RANKS.search(u.unit.text) for u in laid)
    return (
        ""
        if not asked or ranks or "how common" in asked.string.lower()
        else "it asks what is common, and nothing is ranked"
    )


_RANKS = re.compile(
    r"\b(?:common\w*|frequen\w*|often|incidence|usual\w*|mostly|in order of)\b|\d ?%", re.IGNORECASE
)
_ASKS_AMOUNT = re.compile(r"\b(?:usual|recommended) dos|\bwhich dose\b|\bhow much\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\d ?(?:mg|mcg|[µμ]g|g|mL|units?|IU|mEq|%|mmol)\b|\d ?%", re.IGNORECASE)


def _of_its_time(laid: list[Laid], source: str) -> str:
    """What a collection of another year calls new or not yet known; a label and a page are as old as their dates."""
    if source != "medquad":
        return ""
    for unit in laid:
        dated = _OF_ITS_TIME.search(unit.unit.text)
        if dated and any(run.source.passage.section in _AGES_FAST for run in unit.runs):
            return f"it speaks of its own time: {dated[0]!r}"
    return ""


def _no_case(example: Example, source: str) -> str:
    """A level of care for what is no complaint: an appointment, a vaccination that was missed."""
    if (
        "states_level" not in example.traits
        or "urgent" in example.traits
        or source == "fda"
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
