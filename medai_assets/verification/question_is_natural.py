"""*question is natural*: one question or request that a person would make, in sound grammar, without the document in hand."""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.page_section import titles_asked
from medai_assets.verification.populations import FOR_WHOM
from medai_assets.verification.structure import content, stem, stems, tokens
from medai_assets.verification.urgency import GUESSES
from medai_assets.verification.who_asks import told_by_nobody

NAME = "question_is_natural"
_FRAGMENTS = re.compile(r"[{}]|\(are\)|\bis \(|_{2,}|\bNone\b(?! of\b)|\bnan\b|\bN/A\b|\[\w*\]")
_DOUBLED = re.compile(r"\b(?P<word>[a-z]+) (?P=word)\b", re.IGNORECASE)
_MAY_DOUBLE = frozenset({"had", "that", "is", "so", "very"})
_ARTICLES = re.compile(r"\b(?:a|an|the|my|your) (?:a|an|the|my|your)\b", re.IGNORECASE)
_WRONG_AN = re.compile(r"\ba (?=[aeio](?!ne\b|nce\b|u\b|uro)\w)|\ba (?=(?:un(?!i)\w|ul\w|hour|honest))"
r"|\ban (?=(?!(?-i:[AEFHILMNORSX][A-Z\d-])|x-|hour|honest|heir|herb|histor)[b-df-hj-np-tv-z]|uni[tfqvol]|use|Europ)"
r"|\ba (?=(?:8\d?|11|18)(?![\d.]))", re.IGNORECASE)  # fmt: skip
_ENDS = re.compile(r"[?.!][\"'”’]?$")
_ASKS = re.compile(
    r"\?|\b(?:tell me|explain|describe|summari[sz]e|state|list|triage|help|what|which|how|name|quote|(?:show|give|read) me)\b",
    re.IGNORECASE,
)
_NEEDS_DOCUMENT = re.compile(
    r"\b(?:this|the present|our|these|the current|above) (?:study|article|paper|review|report|case|trial|patients?|data"
    r"|results|cohort|analysis|survey)\b"
    r"|\bthese (?:diseases|conditions|disorders|illnesses|infections|medicines|drugs|symptoms|problems|tumou?rs)\b"
    r"|\bdid a study conclude\b|\bset out to\b|\banswer from a published study\b|\bfound on this question\b"
    r"|\b(?:the following|as follows|listed below|shown below)\b|\bin this \w+\b"
    r"|\bwhere do we stand\b|\bquo vadis\b|\bfriend or foe\b|\bmyth or reality\b|\bfact or fiction\b|\ba case report\b"
    r"|\ba (?:systematic )?review\b|^is it time\b"
    r"|\bwhat(?:'s| is) new\b|\bhave we\b|\bshould we\b|\bcan we\b|\bdo we\b|\bare we\b|\bwhat (?:do|can) we\b",
    re.IGNORECASE,
)  # fmt: skip
_TITLE_PREFIX = re.compile(
    r"^(?![^?.!]*\b(?:has|have|is|are|I|my|someone|notice|there)\b[^?.!]*: )(?!About\b|Please help\b|A patient\b|Triage\b"
    r"|I\b|It\b|My\b)[^?.!\"]{3,80}: (?=[a-z]|I\b|I')"
)
_AGREEMENT = re.compile(
    r"\b(?:I|you|we|they) (?:is|has|does)\b|\b(?:you|we|they) was\b|\bmy (?!children|parents|people|feet|teeth"
    r"|\w+s\b)\w+ (?:are|have|were)\b|\b(?:he|she|(?<!\bif )it(?= were)|it(?! were)|my child|your child|someone|somebody) (?:are"
    r"|have|were|do)\b"
    r"|\bmay has\b|\bcan causes\b"
    r"|\bdoes [\w -]{2,40} (?:interacts|works|treats|acts|passes)\b|\bthere (?:is|has been) (?:\w+ )?(?:pains|symptoms"
    r"|headaches|signs)\b|\ba (?:\w+ )?(?:symptoms|signs|problems|pains)\b"
    r"|\w(?:tonias|rias|taxias|pathies|omas|trophies|plasias|phasias|plegias) is[.?]?$"
    r"|^what (?:is|are) (?P<root>\w{5})\w* for (?P=root)\w*\?$",
    re.IGNORECASE,
)
_COUNTED = (
    r"(?:stroke|heart attack|seizure|pulmonary embolism|tumou?r|fracture|concussion|cold sore|blood clot|hernia|ulcer"
    r"|stomach ulcer|brain tumou?r|mini-stroke|panic attack|asthma attack|nosebleed|sore throat|burn|bite|sting|cyst"
    r"|abscess|transient ischaemic attack|deep vein thrombosis)"
)  # fmt: skip
_NEEDS_ARTICLE = re.compile(
    rf"\b(?:have|has|had|having|suspect) {_COUNTED}(?=[?.,;:]| and\b| or\b|$)", re.IGNORECASE
)
# The first of these words in a sentence, and all behind it: what a later one lists is in that.
_LISTED = re.compile(
    r"(?<![^.?])(?>[^.?]*?(?=\b(?P<lead>noticed|behind|been|symptoms are|have had) ))"
    r"(?P<list>(?P=lead) [^.?]+?[,;] [^.?]+)"
)
_ODD_MEMBER = re.compile(
    r"(?:[,;] (?:and )?| and )(?!(?:when|who) (?:should|do) I\b)(?:around|on|in|at|within|during|of|to|by|from|into|that|which|who"
    r"|because|when|if|is|are"
    r"|can|may|be) [^,;?.]*"
)
_MOST_NAME_WORDS = 8


def question_is_natural(example: Example, evidence: Evidence | None = None) -> Finding | None:
    """The prompt is what a person would ask."""
    reason = next((r for find in _FINDERS if (r := find(example.prompt))), "")
    reason = (
        reason
        or told_by_nobody(example, evidence)
        or _several_names(example, evidence)
        or _clumsy_name(example, evidence)
        or _missing_article(example, evidence)
        or _title_for_name(example, evidence)
    )
    return Finding(NAME, reason) if reason else None


def _form(prompt: str) -> str:
    text = prompt.strip()
    if text != prompt or "  " in text or re.search(r" [?.,;:!]|\?[.?]|(?<!\.[A-Za-z])\.\?|,\?|\(\)", text):
        return "marks or blanks out of place"
    if text[:1].islower():
        return "it begins with a small letter"
    if not _ENDS.search(text):
        return "it does not end as a question"
    if not _ASKS.search(text) or len(tokens(text)) < 2:
        return "it asks nothing"
    if any(text.count(a) != text.count(b) for a, b in ("()", "[]", "“”")) or text.count('"') % 2:
        return "a bracket or a quotation is open"
    return "it asks more than one question of a template" if text.count("?") > 3 else ""


def _fragments(prompt: str) -> str:
    found = _FRAGMENTS.search(prompt)
    return f"a piece of a template: {found[0]!r}" if found else ""


def _words(prompt: str) -> str:
    articles = _ARTICLES.search(prompt)
    if articles:
        return f"two articles: {articles[0]!r}"
    doubled = next((m for m in _DOUBLED.finditer(prompt) if m["word"].lower() not in _MAY_DOUBLE), None)
    if doubled:
        return f"a word twice: {doubled[0]!r}"
    wrong = _WRONG_AN.search(prompt)
    return f"the wrong article: {prompt[wrong.start() : wrong.end() + 8]!r}" if wrong else ""


def _grammar(prompt: str) -> str:
    found = _AGREEMENT.search(prompt) or _NEEDS_ARTICLE.search(prompt)
    return f"grammar: {found[0]!r}" if found else ""


def _list(prompt: str) -> str:
    """A member of an enumeration that is no thing beside the others: "tingling, itching and around the rib cage"."""
    found = _LISTED.search(prompt)
    odd = _ODD_MEMBER.search(found["list"]) if found else None
    return f"a list of unlike things: {odd[0]!r}" if odd else ""


def _stands_alone(prompt: str) -> str:
    found = _NEEDS_DOCUMENT.search(prompt)
    return f"it needs the document in hand: {found[0]!r}" if found else ""


def _prefix(prompt: str) -> str:
    found = _TITLE_PREFIX.match(prompt)
    return f"a page's title before the question: {found[0]!r}" if found else ""


def _turned_round(prompt: str) -> str:
    """A name as an index has it: "anti-plasmin deficiency, congenital", "Amyloidosis familial visceral", "Gout; Podagra"."""
    found = _TURNED.search(prompt)
    if found and found.end() == len(prompt) - 1 and "," not in found[0] and re.match(r"(?:Is|Are) ", prompt):
        return ""  # "Is hemophilia X-linked?"
    return f"a name as an index has it: {found[0]!r}" if found else ""


_TURNED = re.compile(
    r"\w, (?:congenital|familial|hereditary|juvenile|infantile|(?:autosomal )?(?:recessive|dominant)|acquired|primary"
    r"|secondary|severe"
    r"|type \w+|X-linked)(?=[?.,]| (?:diagnosed|treated|inherited|cause|have|is|are)\b|$)"
    r"|(?<!autosomal )(?<!linked )(?<!is )(?<!or )\b(?:recessive|dominant|X-linked|visceral)(?=[?.,]| (?:diagnosed|treated"
    r"|inherited|cause|have|is|are)\b|$)"
    r"|\w(?: [-–] |; )(?=(?-i:[A-Z]))[^.?]*(?=[?.])"
    r"|^what (?:is|are) [\w' -]{3,40}, (?!(?:and|or|exactly|please|in|how|what|why|who|when)\b)[\w -]{3,25}(?=\?$)",
    re.IGNORECASE,
)


def says_again(told: str, name: str) -> bool:
    """Whether a guess at the name would say again what was told: "a temperature", and "it has to do with fever (temperature)"."""
    words = {stem(w) for w in content(name) if len(w) > 3}
    return bool((words - _OF_ANYBODY or words) & stems(told))


# Whom it may be about, and what somebody may have of many illnesses: a "pain" does not yet say "back pain".
_OF_ANYBODY = frozenset(
    stem(w)
    for w in "child children adult adults people baby babies high severe pain pains ache aches rash sore swelling symptom symptoms "
    "sign signs problem problems attack".split()
)
_GUESS = re.compile(
    rf"^(?P<told>.+?)[.,] (?:and )?(?:I think )?(?:that )?it {GUESSES} (?P<name>[^.?]+)",
    re.IGNORECASE | re.MULTILINE,
)


def _circular(prompt: str) -> str:
    found = _GUESS.search(prompt)
    return f"the guess says what was told: {found['name']!r}" if found and says_again(*found.groups()) else ""


_FINDERS = (
    _turned_round, _form, _fragments, _words, _grammar, _list, _stands_alone, _prefix, _circular,
)  # fmt: skip


def _title_for_name(example: Example, evidence: Evidence | None) -> str:
    """A page's title where a person would say the medicine's name: "Is paracetamol for adults safe?"."""
    if evidence is None or (evidence.document.has("page") and titles_asked(example)):
        return ""  # the page itself is named
    names = (example.subject or "", *evidence.document.names)
    found = next((n for n in names if FOR_WHOM.search(n) and n.lower() in example.prompt.lower()), "")
    return f"a page's title as a name: {found!r}" if found else ""


def _several_names(example: Example, evidence: Evidence | None) -> str:
    """One illness whose name reads as three: "congenital cataracts, facial dysmorphism, and neuropathy"."""
    if evidence is None or evidence.document.has("label"):
        return ""
    names = [example.subject or "", *evidence.document.names]
    several = next((n for n in names if _SEVERAL.search(n) and n.lower() in example.prompt.lower()), "")
    return f"a name that reads as several: {several!r}" if several else ""


_SEVERAL = re.compile(r", [^,]* and |, and ")


def _clumsy_name(example: Example, evidence: Evidence | None) -> str:
    """A product's list of ingredients where a person would say a name."""
    if evidence is None or not evidence.document.has("label"):
        return ""
    names = {
        t for name in (example.subject or "", *evidence.document.names) for t in tokens(name) if len(t) > 3
    }
    said = [t for t in tokens(example.prompt) if t in names]
    repeated = next((t for t in said if said.count(t) > 1), "")
    if repeated:
        return f"a name that says {repeated!r} twice"
    return f"nobody names it so: {' '.join(said)!r}" if len(said) > _MOST_NAME_WORDS else ""


def _missing_article(example: Example, evidence: Evidence | None) -> str:
    """A name that the document itself gives an article stands without one after "have"."""
    name = (example.subject or "").lower()
    if evidence is None or not name or not re.match(r"[a-z -]+$", name):
        return ""
    bare = re.search(rf"\b(?:have|has|had|suspect) {re.escape(name)}\b", example.prompt, re.IGNORECASE)
    if not bare:
        return ""
    text = evidence.document.text.lower()
    every = text.count(name)
    with_article = len(re.findall(rf"\b(?:a|an|the) {re.escape(name)}\b", text))
    return f"grammar: {bare[0]!r}" if with_article > 2 and with_article >= 0.4 * every else ""
