"""Whether somebody could tell a case as a question tells it: one who is there, of a sign, and in the right person.

What belongs here: questions that tell of a case and ask for a level of care. What does not: grammar of any question
(question_is_natural), what the page says of the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from medai_assets.verification.example import Evidence, Example
from medai_assets.verification.populations import groups_of
from medai_assets.verification.urgency import ALARM, TOO_MUCH, may_alarm, told_in

_PERSON = re.compile(
    r"\b(?:I|me|my|mine|myself|we|us|our|someone|somebody|anyone|people|child(?:ren)?|bab(?:y|ies)|toddlers?|he|she|they|him|her|his"
    r"|their|them|adult|partner|friend|husband|wife|mother|father|patient|there (?:is|are|was|has|have))\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:someone|somebody|(?:my|an?|the) (?:child|baby|toddler|partner|friend|husband|wife|mother|father|person))\b",
    re.IGNORECASE,
)
_ONESELF = re.compile(r"\b(?:I|I['’](?:m|ve)|(?<!with )me|myself)\b")
# Of oneself while another one is ill: "Should I see someone?"
_OF_ME = re.compile(
    r"\b(?:should I|do I need to) see (?:someone|somebody|a doctor)\b|\bdo I need to go\b|\bcare do I need\b"
    r"|\bI (?:use|am using|am on|take) \w",
    re.IGNORECASE,
)
# What nobody writes of themselves: the fit is now, the senses are gone.
_NOT_BY_ONESELF = re.compile(
    r"\bI (?:am|['’]m) (?:having an? (?:fit|seizure)|unconscious|unresponsive|floppy)\b|\bI (?:lose consciousness|pass out"
    r"|collapse|stop breathing)(?=[.,]| and\b|$)",
    re.IGNORECASE,
)
_SO_OLD = (
    r"(?:(?:aged |over |under |above |below |(?:older|younger|less|more) than )+\d+(?: (?:days|weeks|months|years))?(?: old)?"
    r"|\d+ (?:days|weeks|months|years)(?: old)?)"
)
# "I have over 65", "my child has pregnant": a status is nothing that one has.
_HAS_A_STATUS = re.compile(
    rf"\b(?:have|has|had|get|gets) (?:{_SO_OLD}(?=[.,;?!]| and\b|$)|pregnant\b|breastfeeding\b|older\b|younger\b|aged\b)",
    re.IGNORECASE,
)
_STATUS = re.compile(
    rf"(?:I|(?:my|an?|the) (?:child|baby)|someone(?: with me)?|somebody) (?:am|is|are|was) (?:also |now )?(?:{_SO_OLD}|pregnant"
    r"|(?:\w+ (?:days|weeks|months) )?pregnant|breastfeeding|diabetic|a (?:smoker|carer|woman|man)|elderly|trying (?:for a baby"
    r"|to (?:become|get) pregnant))"
    r"|(?:I have|(?:my|an?|the) (?:child|baby) has) (?:recently |just )?(?:come back|returned|travell?ed)(?:(?! and )[^.,])*"
    r"|I (?:have|take|use) (?:an? )?(?:weak(?:ened)? immune system|pacemaker|heart condition|lung condition|kidney disease"
    r"|blood[- ]thinn\w+(?: medicines?)?)(?:, for (?:example|instance)[^.?!]*)?",
    re.IGNORECASE,
)
# "from 7 to 12 days after": of how many people it is, not of one.
_RANGE = re.compile(
    r"\b(?:from |between )?\d+ ?(?:to|and|–|-) ?\d+ (?:minutes|hours|days|weeks|months|years)\b",
    re.IGNORECASE,
)
# Those of a family, as people call them; a page calls them otherwise.
_FAMILY = re.compile(
    r"\b(?:mum|mom|mam|mummy|mommy|dad|daddy|son|daughter|brother|sister|grand\w+|gran|nana?|aunt|uncle|kids?|boy|girl|wife|husband"
    r"|roommate|neighbou?r)\b",
    re.IGNORECASE,
)
_HAD = r"\b(?:took|taken|takes|had|has|have|ate|eaten|drank|drunk|gave|given|gulped|downed|injected|ingested|used)\b"
_UNITS = (
    r"(?:tablets?|capsules?|pills?|doses?|patches|puffs|drops|units|spoonfuls?|sachets|shots|mls?|mg|suppositories"
    r"|lozenges|vials|ampoules|inhalers|gummies|pens|meds)"
)
_MANY = r"(?:[4-9]|\d\d+|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty)"
_NOT_A_DAY = r"(?! (?:an?|per|each|every|daily|weekly)\b)"
_BEYOND = "|".join(
    (
        rf"all (?:of )?(?:(?:my|his|her|their)\b|the (?:\w+ )?{_UNITS})",
        r"(?:all )?at once\b|in one go\b|by (?:mistake|accident)\b",
        r"instead of (?:just |only )?(?:an?|one|two|half|\d+|my|his|her)\b",
        rf"twice\b{_NOT_A_DAY}|(?:three|four|five|\d+) times\b{_NOT_A_DAY}",
        r"(?:double|triple) (?:the |my |his |her |their )?\w* ?(?:dose|amount)",
        r"(?:two|three|four|five|several|extra|another|\d+) (?:extra |more )?(?:of (?:my|his|her|their|the|those) )?(?:\w+ ){0,2}"
        rf"{_UNITS} (?:too (?:many|much)|together|more|of it)\b",
        rf"extra (?:\w+ ){{0,2}}{_UNITS}\b",
        r"(?:an? |the |my |his |her )(?:whole|entire|full) (?:\w+ )?(?:bottle|pack|packet|box|strip|blister)\b",
        r"a handful\b|(?:a bunch|a lot|lots|loads|tons|plenty|the rest|most) of\b",
        rf"all (?:of )?the (?:\w+ )?{_UNITS}",
        rf"{_MANY} (?:(?:of|my|his|her|the) )*(?:\w+ )?(?:tablets|pills|capsules|\w+ (?:today|tonight|so far))\b",
        r"more than (?:I|he|she|they|you) (?:should|was|were|am|is|are)\b|over the (?:\w+ )?(?:limit|maximum)\b",
        r"(?:some|one|two|\d+) of (?:his|her|my|the|their|our) (?:\w+ )?(?:\w+['’]s )?(?:\w+ )?(?:tablets|pills|capsules|medicine"
        r"|medication)",
    )
)
_NO_MEDICINE = (
    r"(?:m?g|mcg|ml|days?|weeks?|months?|years?|hours?|minutes?|times|steps|units?|per|a|an|each)\b"
)
# More of a medicine than was meant, as people tell of it. One dose too many is not always an emergency, so no example is
# held to this; but nobody who tells of it is given a text to read first.
_MORE_THAN_MEANT = re.compile(
    rf"{_HAD}[^.?!]{{0,60}}?\b(?:{_BEYOND})|\bdouble[- ]dos\w+|\bOD['’]?(?:d|ed|ing)\b"
    rf"|\b(?:took|taken|ate|eaten|had|gave)(?: \w+)? {_MANY}(?=\s*[.?!]|$| (?:of|today|tonight|so far|at)\b)"
    r"|\b(?:accidentally|mistakenly)(?: \w+)? (?:took|taken|ate|drank|gave|swallow\w*|inject\w+)\b"
    r"|\b(?:got|gotten) (?:into|hold of)\b"
    rf"|\b(?:took|taken|ate|eaten|swallowed)(?: \w+)? {_MANY} (?!{_NO_MEDICINE})\w+"
    rf"|\b{_MANY} (?!{_NO_MEDICINE})\w+ (?:taken|swallowed)\b"
    r"|\b(?:toddler|baby|child|kid|son|daughter|boy|girl|grand(?:son|daughter|child)|year[- ]old|dog|cat)\b[^.?!]{0,30}"
    r"\b(?:ate|drank|chewed|swallowed)\b"
    r"|\b(?:ate|eaten|drank|drunk|drinking|swallow\w*|inhaled|sniffed)\b[^.?!]{0,30}\b(?:bleach|detergent|antifreeze|petrol|gasoline"
    r"|batter(?:y|ies)|magnets?|cleaner|paint|pesticide|disinfectant|poison"
    r"|turpentine|ammonia|acid|weed ?killer|berries|mushrooms?)\b"
    r"|\btoo (?:much|many)\b|\bmore than (?:the|my) (?:\w+ )?(?:dose|amount|limit)\b",
    re.IGNORECASE,
)
_DEADLY = re.compile(
    r"\b(?:to|want(?:s|ed)? to) die\b|\b(?:end|ending) (?:it|(?:my|his|her|their|your) (?:own )?life)\b|\bsuicid\w*|\bself[- ]harm"
    r"|\b(?:do(?:es)?(?: not|n['’]?t)|no longer|never) want(?:s)? to (?:live|be here|be alive|exist|wake up)\b"
    r"|\bbetter off (?:dead|without me)"
    r"|\bno (?:reason|point) (?:to|in) liv\w+|\b(?:kill|hurt|harm)(?:ing)? (?:my|him|her|your|them)sel(?:f|ves)\b"
    r"|\blethal\b|\bfatal\b|\bdeadly\b|\bdie from\b"
    r"|\bkills? (?:me|you|him|her|them|\w+sel(?:f|ves)|some(?:one|body)|people|an? (?:person|child|baby|man|woman|dog|cat))\b",
    re.IGNORECASE,
)
# What is said of somebody whom it has struck, and a question that is about it as such.
_STRUCK = re.compile(
    r"\bhaving (?:an? )?(?:heart attack|stroke|seizure|fit|overdose|anaphyla\w+)"
    r"|\b(?:lips|face|skin) (?:are|is|going|turning|turned)"
    r" (?:blue|grey|gray)|\bnot breathing\b|\bwon['’]?t wake\b",
    re.IGNORECASE,
)
_ASKS_ABOUT = re.compile(
    r"\W*(?:what|which|how|why|who|when|where|is|are|does|do|can|could|should|tell me|explain|describe|list|name)\b"
    r"(?! (?:(?:do|should|can) I do|now)\b)",
    re.IGNORECASE,
)
# "A burn has not healed": whose?
_THING = re.compile(
    r"an? (?!(?:child|baby|toddler|adult|patient|friend|person|man|woman|boy|girl|relative)\b)\w",
    re.IGNORECASE,
)
_HABIT = re.compile(
    r"^(?:I (?:get (?:an?|sudden|severe|new)|struggle|start \w+ing|lose|pass|vomit|faint|collapse|develop|become|bleed)"
    r"|(?:my child|(?:an?|the) (?:child|baby)|some(?:one|body)(?: with me)?)"
    r" (?!(?:has|is|was|does|looks|feels|seems|needs|thinks|sees|hears|takes|uses|wears|keeps|weighs)\b)\w+s)\b"
    r"(?!.*\b(?:often|always|each|every|when|whenever|if|after|before"
    r"|around|with)\b)",
    re.IGNORECASE,
)
# "has earache for more than 3 days", which has lasted until now: "has had".
_NOT_HAD = re.compile(
    r"\b(?:have|has) (?!had\b|been\b|not\b|gone\b|\w+ed\b)(?:(?!that\b|and\b)[\w-]+ ){1,4}for (?:more|longer) than \d+",
    re.IGNORECASE,
)
# A page counts its signs, and a person has one; "there is stool that contains blood" is nobody's either.
_AS_LISTED = re.compile(r"\bthis sign\b|^there is (?!an?\b|blood\b)|^pain (?:is|has|wakes)\b", re.IGNORECASE)
# What is wished for, and no complaint.
_WISHED = re.compile(
    r"^I (?:would like|need an?) (?:to )?(?:advice|dressing|review|repeat|vaccin\w+|see|talk|have)\b",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"\bfor (?:instance|example)\b|\be\.g\.|\bsuch as\b|\bas the \w+ may have\b", re.IGNORECASE
)
_SENTENCES = re.compile(r"(?<=[.?!:])[\"'”]? ")
_I_THINK = re.compile(r"\bI think\b")
# Sentences of a question's own that tell nothing.
_NO_CASE = re.compile(
    r"\W*(?:please help|i am frightened|i (?:use|am using|am on) [^.]+|the subject is [^.]+"
    r"|a patient (?:who asks about [^:]+ )?writes"
    r"|triage this message[^:]*|it is about [^.]+|this is about [^.]+|about [^.:]+)\W*",
    re.IGNORECASE,
)


def told_by_nobody(example: Example, evidence: Evidence | None) -> str:
    """Why nobody would tell the case so, in words; "" where somebody would, or none is told."""
    if "states_level" not in example.traits or evidence is None or not evidence.document.has("page"):
        return ""
    told = case_of(example.prompt, evidence.document.names)
    if not told:
        return ""
    if len(_I_THINK.findall(example.prompt)) > 1:
        return "a guess about a guess"
    return (
        not_told(told)
        or _of_the_wrong_one(told, example.prompt)
        or _of_no_such_person(told, evidence.document.title)
    )


def case_of(prompt: str, names: Iterable[str]) -> str:
    """What a question tells of a case, without what it asks and what it only says of itself; "" where it tells none.

    Args:
        names: of the document's subject.
    """
    told = (s for s in _SENTENCES.split(told_in(prompt, names)) if not s.rstrip('"”').endswith("?"))
    case = " ".join(s for s in told if not _NO_CASE.fullmatch(s)).strip()
    return case if re.search(r"\w", case) else ""


def not_told(told: str) -> str:
    """Why a statement is nobody's telling of a case, in words; "" where it may be."""
    bare = told.strip(" .\"”“'")
    for pattern, why in (
        (_NOT_BY_ONESELF, "nobody tells that of themselves"),
        (_HAS_A_STATUS, "a status told as something one has"),
        (_RANGE, "a range told of one person"),
        (_HABIT, "what is there now told as a habit"),
        (_NOT_HAD, "what has lasted told as if it began now"),
        (_AS_LISTED, "a sign told as a page lists it"),
        (_WISHED, "a wish told as a complaint"),
        (_EXPLAINS, "a page's explanation told by a person"),
    ):
        if found := pattern.search(bare):
            return f"{why}: {found[0]!r}"
    if _STATUS.fullmatch(bare):
        return f"a status and no complaint: {bare!r}"
    return "" if _PERSON.search(bare) and not _THING.match(bare) else f"nobody is spoken of: {bare[:80]!r}"


def of_another(told: str) -> bool:
    """Whether a case is told of somebody else alone."""
    return bool(_OTHERS.search(told)) and not _ONESELF.search(told)


def may_need_help(question: str) -> bool:
    """Whether a question may be of somebody who needs help now: too much of a medicine, a deadly amount, or a sign that somebody
    has. An alarm sign is somebody's unless the question only asks about it."""
    too_much = TOO_MUCH.search(question) or _MORE_THAN_MEANT.search(question) or _DEADLY.search(question)
    somebody = _PERSON.search(question) or _FAMILY.search(question)
    alarming = (ALARM.search(question) or _STRUCK.search(question)) and not _ASKS_ABOUT.match(question)
    return bool(too_much or alarming or (somebody and (may_alarm(question) or _STRUCK.search(question))))


def _of_no_such_person(told: str, title: str) -> str:
    """A page on those who are pregnant, and somebody else's case without a word of that."""
    missing = groups_of(title) - groups_of(told) if re.search(r"\bsome(?:one|body)\b", told) else frozenset()
    return f"it does not say of whom the page is: {min(missing)!r}" if missing else ""


_TELLS = re.compile(
    r"\bmy (?!(?:doctor|gp|nurse|pharmacist)\b)|\b(?:I['’]m|I am|I['’]ve|I have|I feel|I was|I got|I had|I took|I can['’]t)\b"
    r"|\b(?:he|she|they)(?:['’]s|['’]re| is| are| has| have| was| were| took| can['’]t)\b",
    re.IGNORECASE,
)


def tells_of_somebody(question: str) -> bool:
    """Whether a question also tells of a person, whom a general text may not fit."""
    return bool(_TELLS.search(question))


def _of_the_wrong_one(told: str, prompt: str) -> str:
    found = _OF_ME.search(prompt) if of_another(told) else None
    return f"told of another one, and asked for oneself: {found[0]!r}" if found else ""
