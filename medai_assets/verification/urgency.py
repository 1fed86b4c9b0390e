"""Reading urgency: how soon a sentence sends the reader to whom, and which signs are alarm signs.

What belongs here: words and levels. What does not: what an example has to carry (urgency_kept.py, no_false_alarm.py).
"""

from __future__ import annotations

import re
from functools import lru_cache

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
AT_ONCE = re.compile(
    r"\b(?:right away|immediate(?:ly)?|at once|as soon as possible|straight ?away|without delay|urgent(?:ly)?|promptly"
    r"|same day|the same day|do not wait|don't wait)\b",
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
    r"|\bshortness of breath\b|\bcough(?:ing)? (?:up )?blood\b|\bvomit(?:ing)? (?:up )?blood\b"
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
    r"\b(?:stop|discontinued?|treat(?:ed)?|rinse|flush|report|notify|tell|restart|call)\b", re.IGNORECASE
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
    r"(?= (?:if|unless|and|or|for)\b|[.:;,]?$)|\bseek\b[^.;,]{0,30}\btoday\b",
    re.IGNORECASE,
)
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
def level_of(sentence: str) -> str:
    """emergency, urgent, routine, or "" for a sentence that sends nobody anywhere."""
    sentence = _NO_EMERGENCY.sub(" ", sentence).replace("’", "'").strip()
    if _NOT_THE_READER.search(sentence) and not _ORDERS.search(sentence):
        return ""
    if EMERGENCY.search(sentence) or POISON.search(sentence):
        return "emergency"
    if AT_ONCE.search(sentence) and (_HELP.search(sentence) or _ACT.search(sentence)):
        return "urgent"
    if _THIS_DAY.search(sentence) and _HELP.search(sentence):
        return "urgent"
    return "routine" if _ROUTINE.search(sentence) else ""


def highest(levels: list[str]) -> str:
    return max(levels, key=LEVELS.index, default="")


# What somebody feels or sees now, who may ask whether it is an emergency.
_NOTICED = re.compile(
    r"pain|ache|\bhurt|\bsore\b|\bitch|\bfever|\btemperature|\brash\b|\bswell|\bswollen|\bbleed|\bblood(?! pressure)|\bnosebleed"
    r"|breath|\bwheez|\bcough|\bvomit|\bsick\b|diarrh|\bdizz|\bfaint|\btired|\bweak(?!ened immune| immune)|\bnumb|\bunwell\b"
    r"|\bill\b|\bworse\b|\bhot\b|\bred\b|\bhoarse|\bdischarge|\bfluid|\bthirst|\burine|\bpoo\b|\bpee\b|\bstools?\b|\bweight loss"
    r"|\blose weight|\bfeels?\b|\bmood\b|\bharm(?:ing|ed)?\b|\bconfus|\bdrows|\bblister|\bbruis|\bblur|\bvision\b|\bsight\b"
    r"|\bhearing\b|\bwakes?\b|\bheadache|\bmigraine|\bheartburn|\bdehydrat|\bdrink(?:s|ing)? (?:much )?less|\bfeeding\b"
    r"|\bshak|\bshiver|\bcramp|\bspots?\b|\blump|\bskin\b|\bnot healed\b|\bswallow|\binhaler\b|\breactions?\b|\bpalpitat"
    r"|\bheart ?beat|\bpanic attacks? (?!began)|\b(?:symptoms|signs) of\b|\bI think (?:that )?(?:I|my child)\b",
    re.IGNORECASE,
)
# What is planned, offered or told of the past: nobody calls an ambulance about it.
_NOT_NOW = re.compile(
    r"\bvaccin\w+|\bjabs?\b|\bappointment|\badvice\b|\bwould like\b|\breferred\b|\breview\b|\bplan(?:ning|ned)?\b"
    r"|\bdressing\b|\bmore than once\b(?! an?\b)|\b(?:medicines?|tablets|products?) from\b|\bbefore (?:I )?travel"
    r"|\bhave not been checked\b|\bin the past year\b",
    re.IGNORECASE,
)


def may_alarm(told: str) -> bool:
    """Whether somebody tells of a sign that is there now, so that asking for an ambulance is natural."""
    return bool(_NOTICED.search(told)) and not _NOT_NOW.search(told)


_TURN_TO = re.compile(
    r"\b(?:see|call|dial|contact|seek|take|get|go|report|consult|notify|tell)\b"
    r"|\b(?:immediate|emergency|urgent) (?:\w+ )?(?:attention|care|help|treatment)\b|\bemergency\b",
    re.IGNORECASE,
)


def sends_for_help(sentence: str) -> bool:
    """Whether a sentence tells somebody to turn to somebody at once, or that something needs care at once."""
    return level_of(sentence) in ("urgent", "emergency") and bool(_TURN_TO.search(sentence))
