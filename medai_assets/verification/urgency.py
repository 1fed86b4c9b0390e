"""Reading urgency: how soon a sentence sends the reader to whom, and which signs are alarm signs.

What belongs here: words and levels. What does not: what an example has to carry (urgency_kept.py, no_false_alarm.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from medai_assets.verification.structure import stems

EMERGENCY = re.compile(
    r"(?<![\d,.])\b(?:911|999)\b(?![,.]?\d| (?:mg|ml|units|patients|people))|9-1-1"
    r"|\b(?:call|dial|phone|ring) (?:112|000)\b(?![ ,.]?\d)|\bambulance\b|\bA ?& ?E\b"
    r"|\bemergency (?:room|department|services?|help|care|treatment|medical|number)\b"
    r"|\b(?:medical|dental|psychiatric|life-threatening|true|an) emergency\b(?! (?:use|contracepti\w+|supply|kit|plan"
    r"|preparedness))|\bnearest hospital\b|\bgo (?:straight )?to (?:the |a )?hospital\b"
    r"|\bgo to (?:the |an )(?-i:ER)\b",
    re.IGNORECASE,
)  # fmt: skip
POISON = re.compile(
    r"\bpoison(?:ing)? (?:control|help|cent\w+|information|line)|\bin case of (?:accidental )?(?:overdose|ingestion)"
    r"|1-800-222-1222",
    re.IGNORECASE,
)
# Somebody who has had more of a medicine than they should.
TOO_MUCH = re.compile(
    r"\boverdos\w+|\bmore than (?:my|the|your) prescribed dose|\b(?:taken|took|take|had) (?:far )?too (?:much|many)\b|\bswallowed\b"
    r"|\b(?:taken|took|take|had) more than \d+ (?:tablets|capsules|pills)\b",
    re.IGNORECASE,
)
AT_ONCE = re.compile(
    r"\b(?:right away|immediate(?:ly)?|at once|as soon as possible|straight ?away|without delay"
    r"|urgent(?:ly)?(?! referrals?\b)|promptly|same day|the same day|do not wait|don't wait)\b",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\b(?:doctor|physician|health ?care|healthcare|provider|medical (?:help|attention|care|advice|treatment|assistance)"
    r"|GP|111|nurse|hospital|clinic|dentist|midwife|help|professional|treatment|seek|prescriber)\b",
    re.IGNORECASE,
)
ALARM = re.compile(
    r"\bchest pain\b|\bpain in (?:the |your |their )?chest\b|\b(?:trouble|difficulty|problems?) (?:with |in )?breathing\b"
    r"|\bbreathing (?:difficult\w+|problems|trouble)|\b(?:unable|not able|cannot|can['’]t|hard(?:er)?|struggl\w+) (?:to )?breathe\b"
    r"|\bshort(?:ness)? of breath\b|\bcough(?:ing)? (?:up )?blood\b|\bvomit(?:ing)? (?:up )?blood\b"
    r"|\blos(?:s of|ing|es?|t) consciousness\b|\bunconscious\w*|\bunresponsive\b|\bslurred speech\b|\bparalys\w+"
    r"|\bsudden,? (?:numbness|weakness|confusion|severe|loss|vision|trouble|blindness)"
    r"|\bseizures?\b|\bconvulsions?\b|\bsuicid\w+|\banaphyla\w+"
    r"|\bswelling of (?:the |your )?(?:face|tongue|throat|lips|mouth)|\bblu(?:e|e?ish) (?:lips|skin)|\bcoma\b|\bstiff neck\b"
    r"|\bstop(?:s|ped)? breathing\b|\bcardiac arrest\b|\bsevere bleeding\b|\b(?:internal|excessive|heavy"
    r"|uncontrolled) bleeding\b|\bthoughts of (?:suicide|death|killing|harming)"
    r"|\b(?:killing|harming|hurting)(?: or \w+)? (?:yourself|themselves|himself|herself)\b|\bperitonitis\b"
    r"|\bperforat(?:ed|ion)\b",
    re.IGNORECASE,
)  # fmt: skip
_ACT = re.compile(
    r"\b(?:stop|discontinued?|treat(?:ed)?|rinse|flush|report(?:ed)?|notify|tell|restart|call)\b|^go (?:there )?at once\b",
    re.IGNORECASE,
)
_NOT_THE_READER = re.compile(
    r"\b(?:in (?:the )?(?:clinical )?(?:studies|trials)|were treated|was treated|history|research|emergency contracept\w+)\b",
    re.IGNORECASE,
)
# An order, after which "if you have a history of …" is a case of the reader's.
_ORDERS = re.compile(
    r"(?:^|[,;:.–-] ?)(?:then |please )?(?:call|dial|see|tell|get|go|seek|contact|ask|talk|stop)\b",
    re.IGNORECASE,
)
_NO_EMERGENCY = re.compile(r"\bnot (?:a|an) (?:medical )?emergency\b", re.IGNORECASE)
# "Get advice from 111 now if …", "should be seen within 24 hours."
_THIS_DAY = re.compile(
    r"\b(?:call|see(?! you\b)|seen|get|seek|contact|go)\b[^.;,]{0,40}\b(?:now|today|within (?:24|a few) hours)\b"
    r"(?= (?:if|unless|and|or|for)\b|,? from (?:an? |the |your )?(?:GP|doctor|nurse|NHS|111|clinic|provider)\b|[.:;,]?$)"
    r"|\bseek\b[^.;,]{0,30}\btoday\b",
    re.IGNORECASE,
)
# In New Zealand 111 is the ambulance; in England it is the NHS's line for what is no emergency.
_AMBULANCE_OF = {"NZ": re.compile(r"\b(?:call|dial|phone|ring) 111\b", re.IGNORECASE)}
LEVELS = ("", "routine", "urgent", "emergency")
# The level of a care card is its publisher's.
OF_CARE = {
    "care_emergency": "emergency",
    "care_urgent": "urgent",
    "care_non_urgent": "routine",
    "care_pharmacist": "",
}
_ROUTINE = re.compile(
    r"\b(?:see|call|talk to|tell|ask|contact|visit|consult|speak to|check with|appointment with) (?:a|your|the|with your)"
    r" (?:GP|doctor|physician|health|provider|pharmacist|dentist|nurse)",
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def level_of(sentence: str, country: str = "") -> str:
    """emergency, urgent, routine, or "" for a sentence that sends nobody anywhere.

    Args:
        country: ISO code of whose services it speaks of, where a number is another service elsewhere.
    """
    sentence = _NO_EMERGENCY.sub(" ", sentence).replace("’", "'").strip()
    if _NOT_THE_READER.search(sentence) and not _ORDERS.search(sentence):
        return ""
    ambulance = _AMBULANCE_OF.get(country)
    if EMERGENCY.search(sentence) or POISON.search(sentence) or (ambulance and ambulance.search(sentence)):
        return "emergency"
    if AT_ONCE.search(sentence) and (_HELP.search(sentence) or _ACT.search(sentence)):
        return "urgent"
    if _THIS_DAY.search(sentence) and _HELP.search(sentence):
        return "urgent"
    return "routine" if _ROUTINE.search(sentence) else ""


def highest(levels: list[str]) -> str:
    return max(levels, key=LEVELS.index, default="")


# What somebody feels or sees, who may ask whether it is an emergency; less than an alarm sign.
_NOTICED = re.compile(
    r"\bpain(?:s|ful\w*)?\b|\bach(?:es?|ed|ing|y)\b|\b(?:head|ear|tooth|stomach|back|belly)aches?\b|\bhurt|\bsore\b"
    r"|\bitch|\bfever|\btemperature|\brash\b|\bhives\b|\bblister|\bspots?\b|\blump|\bskin\b|\bred\b|\bpale\b|\byellow"
    r"|\bjaundice|\bhot\b|\bclammy\b|\bsweat|\bshaking\b|\bshiver|\bcramp|\bswell|\bswollen|\bbruis|\bbleed|\bnosebleed"
    r"|\bblood\b(?! (?:pressure|tests?|sugar|thinn\w+|donor))|\bblood (?:pressure|sugar) (?:is |stays )?(?:very|too|extremely)\b"
    r"|\bwound|\b(?:deep|bad) cut|\bcuts? (?:will|does|do)\b|\bburn(?:s|ed|t|ing)?\b|\bscald|\bbit(?:e|es|ten)\b|\bst(?:ung"
    r"|ings?)\b"
    r"|\bfractur|\bbroken? (?:my|his|her|their|an?|\w+ bones?|arm|leg|wrist|hip|ankle|finger|toe|rib|nose)\b|\bbones?\b(?! density)"
    r"|\bdislocat|\bcrush|\bfell\b(?! (?:asleep|pregnant))|\bfallen\b|\ba fall\b|\b(?:hit|bumped) (?:my|his|her|their) head"
    r"|\bhead injury|\bblow to the head|\bknocked out|\bshock\b|\bdrown|\bchok|\bbreath|\bwheez|\bcough|\bgrunting|\bdrool"
    r"|\bvomit|\bsick\b(?! (?:note|leave|pay|days?))|\bdiarrh|\bdehydrat|\bthirst|\burine|\bpoo\b|\bpee\b|\bstools?\b|\bnapp(?:y"
    r"|ies)\b"
    r"|\bdrink(?:s|ing)? (?:much )?less|\bfeeding\b|\bweight loss|\blose weight|\bswallow|\bheartburn|\bdischarge\b|\bfluid"
    r"|\bdizz|\bfaint|\bpassed out|\bcollaps|\bflopp|\blimp\b|\b(?:an?|another|first|has|have|had|having) fits?\b(?! note)"
    r"|\bdroop|\bslur|\bnumb(?:ness|ed|ing|s)?\b|\btingl|\bpins and"
    r"|\bstiff|\bweak(?!ened immune| immune)|\btired|\bsleepy|\bdrows|\bwakes?\b|\bwoken\b|\bconfus|\bno memory|\birritable"
    r"|\bunusually (?:quiet|still)|\bstop crying|\bunwell\b|\bill\b|\bworse\b|\bhoarse|\bblur|\bvision\b|\bsight\b|\bseeing double"
    r"|\bhearing\b(?! (?:aid|test))|\bhears? voices|\bfeel(?:s|ing)?\b(?! (?:fine|well|better|good|the)\b)|\bmood\b"
    r"|\bharm(?:ing|ed)?\b|\bend (?:my|his|her|their) life|\bheadache|\bmigraine|\bpalpitat|\bdiscomfort|\btight\b"
    r"|\bheart ?(?:is |was )?(?:beat|rac|pound|flutter)|\bpanic attacks? (?!began)|\binhaler (?:does|is needed)|\breactions?\b"
    r"|\b(?:can(?:not|['’]t)|unable to|not able to) (?:move|stand|walk|open|speak|talk|see|bend|bear|wake|feel my)\b"
    r"|\b(?:chemical|battery|magnet|stuck|poison\w*|carbon monoxide|overdos\w+|daily limit|too many)\b"
    r"|\bwaters? (?:have |has )?broke|\bcontractions\b|\bmov(?:es|ing) less|\b(?:symptoms|signs) of\b"
    r"|\bI think (?:that )?(?:I|my child) (?:has|have|am having|is having|might have|may have)\b",
    re.IGNORECASE,
)  # fmt: skip
# What is planned or asked for: nobody calls an ambulance about it, unless an alarm sign is told beside it.
_PLANNED = re.compile(
    r"\bvaccin\w+|\bjabs?\b|\bappointment|\badvice\b|\bwould like\b|\breferred\b|\breview\b|\bplan(?:ning|ned)?\b|\bbook(?:ed)?\b"
    r"|\bdue to (?:have|come|be)\b|\bprescription|\bdressing\b|\bmore than once\b(?! an?\b)|\b(?:medicines?|tablets"
    r"|products?) from\b"
    r"|\bbefore (?:I )?travel|\bin the past year\b|\band (?:take|use) (?:the|an?)\b|\bI think that an? \w+ (?:might|may) be\b",
    re.IGNORECASE,
)
# What comes again and again, or has lasted for weeks: no ambulance either, unless it is an alarm sign.
_LASTS = re.compile(
    r"(?<!less )\boften\b(?! than)|\bkeeps? (?:coming|returning|having|getting|becoming)\b|\b(?:each|every) time\b|\bwhenever\b"
    r"|\bregularly\b|\balways\b|\bon most days\b|\b(?:more than )?once an? (?:day|week|month)\b"
    r"|\bnot healing\b|\b(?:more|longer) than \d+ (?:weeks|months)\b|\bfor several (?:weeks|months)\b|\bafter \d+ weeks\b",
    re.IGNORECASE,
)
# What a vaccine was followed by is there now.
_AFTER_VACCINE = re.compile(r"\b(?:after|since|following) (?:\w+ ){0,3}(?:vaccin\w+|jabs?)\b", re.IGNORECASE)
# What is told of the past, or was looked at.
_OVER = re.compile(
    r"\b(?:has|have|had|was|were) (?:been )?(?:checked|examined|treated|ruled out)\b|\bin the past\b(?! (?:few|couple|\d))"
    r"|\b(?:had|was|were)\b.*\b(?:(?<!minute )(?<!minutes )(?<!hour )(?<!hours )ago|before|last (?:month|year)|as a child)\b"
    r"|\bused to\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(
    r"[.;:,]|\bbut\b|\band (?=(?:I|my|he|she|it|they|am|is|are|have|has|was|were|would|do|does|now|feels?)\b)",
    re.IGNORECASE,
)


def may_alarm(told: str) -> bool:
    """Whether somebody tells of a sign that is there now, so that asking for an ambulance is natural."""
    told = _AFTER_VACCINE.sub(" ", told)
    now = [clause for clause in _CLAUSES.split(told) if not _OVER.search(clause)]
    if _LASTS.search(told):
        return any(ALARM.search(clause) for clause in now)
    if _PLANNED.search(told):
        return any(ALARM.search(clause) and not _PLANNED.search(clause) for clause in now)
    return any(ALARM.search(clause) or _NOTICED.search(clause) for clause in now)


GUESSES = "has to do with"  # what follows is the questioner's guess
# How a question names what its case is about; "I am worried about my throat" tells of it.
_ABOUT = re.compile(
    r"(?:\b(?:(?:I am|I'm) (?:worried|asking|reading) about|I have been reading about|(?:it|this|my question) is about"
    rf"|(?:I think )?it {GUESSES}"
    r"|the subject is)|^about) (?!(?:my|our|his|her)\b)(?P<topic>[^.:?]{1,120})[.:?]",
    re.IGNORECASE,
)

_BECAUSE = re.compile(
    r"\bI (?:(?:am (?:worried|asking|reading)|have been reading) about|looked up|searched for) (?P<topic>[^.:?]{1,120}?) because ",
    re.IGNORECASE,
)
# "Triage this message from a patient who asks about flu:", "A patient who asks about flu writes:".
_OF_PATIENT = re.compile(
    r"\ba patient who asks about (?P<topic>[^.:?]{1,120}?)(?: writes:|(?=:))", re.IGNORECASE
)


def told_in(prompt: str, names: Iterable[str]) -> str:
    """What a question tells of a case, without the clauses that only name the subject, which is called by ``names``."""
    known = frozenset[str]().union(*map(stems, names))
    for pattern in (_BECAUSE, _ABOUT, _OF_PATIENT):
        prompt = pattern.sub(lambda m: " " if stems(m["topic"]) <= known else m[0], prompt)
    return prompt


_TURN_TO = re.compile(
    r"\b(?:see|call|dial|contact|seek|take|get|go|report|consult|notify|tell)\b"
    r"|\b(?:immediate|emergency|urgent) (?:\w+ )?(?:attention|care|help|treatment)\b|\bemergency\b",
    re.IGNORECASE,
)


def sends_for_help(sentence: str) -> bool:
    """Whether a sentence tells somebody to turn to somebody at once, or that something needs care at once."""
    return level_of(sentence) in ("urgent", "emergency") and bool(_TURN_TO.search(sentence))
