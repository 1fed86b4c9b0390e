"""Words of a page made words of a person who asks: names within a sentence, "you" to "I", a list cut at its commas.

What belongs here: fixed, tested patterns of English. A text that no pattern fits is given back as None and no example
is made from it; nothing is guessed.
"""

from __future__ import annotations

import re

_SUBJECT_BEFORE = frozenset(
    "if and or but that when while because as than since once until although though whenever unless what which where "
    "how why so after before and/or whether".split()
)
_VERBS = frozenset(
    "have had feel felt can cannot can't could do did don't didn't get got keep kept think take took use used need want "
    "see hear cough vomit notice breathe bruise wheeze live regularly often also still usually may might must should "
    "will would won't stop stopped start started went go come came lose lost become became pass bring hurt care wear drink "
    "eat say know suddenly recently develop find found weigh sense swallowed ate drank fell hit cut burned throw look "
    "sleep smoke want plan never always already sometimes smell touch put cooled collapse".split()
)
_BEFORE_OBJECT = frozenset(
    "to of for with on at by from in about near behind around wakes gives hurts makes made told given help tell".split()
)
_OF_ONE = {"have": "has", "are": "is", "were": "was", "do": "does", "get": "gets", "feel": "feels"}
_CHILD_VERB = re.compile(r"\b(my child|someone with me) (have|are|were|do|get|feel)\b")
# What lasts is told as "I have been hoarse for 3 weeks".
_EVER_SINCE = re.compile(
    r"^(I|my (?:child|baby)|someone with me)(?: am|['’]m| is| are) (?=(?!not\b|due\b|going\b)\w+"
    r" for (?:(?:more|longer) than |over |at least )?(?:\d+|an?|two|three|several|a few) (?:hour|day|week|month|year)s?\b)"
)
# "If you have missed any vaccinations" is told as "I have missed some vaccinations"; what is denied stays "any".
_ANY = re.compile(r"\b(have|has|had|missed|notice|get|gets|develops?|feel|see) any (?!of\b|more\b|longer\b)")
_DENIED = re.compile(r"\b(?:not|cannot|never|no longer|hardly|barely|rarely|without|nobody|nor)\b|n['’]t\b")
_MINERALS = frozenset(
    "sodium potassium calcium magnesium ferrous iron lithium zinc aluminum ammonium bismuth barium".split()
)
_SELF = {"yourself": "myself", "yours": "mine", "your": "my"}
_YOU_OR = re.compile(r"\byou or (?=(?:your|a|an|any|someone|somebody) )", re.IGNORECASE)
_YOU_OR_ONE = re.compile(
    r"\byou or ((?:your|any?|a) (?:\w+ ){0,2}?(?!children\b|people\b)\w*[^\Ws]) (have|are|were|do|get|feel)\b",
    re.IGNORECASE,
)
# What follows may be said of the many or of the person: "lumps that do not go away and are hard".
_OF_WHOM = re.compile(r"s (?:that|which|who)\b(?:(?!s (?:that|which|who)\b)[^,;])* (?:and|or) are\b")
_YOU_OR_ELSE = re.compile(r"\byou or (?:someone|somebody)(?: else| near you)?\b", re.IGNORECASE)
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:these|this|those|the emergency signs|any sign|such(?! as)|same|listed (?:above|below)"
    r"|the (?:above|following(?! (?:day|morning|night|week|month))))\b|^(?:it|they|them|their|he|she)\b",
    re.IGNORECASE,
)
# A statement has one of these; "a sore scalp" has none.
_FINITE = re.compile(
    r"\b(?:is|are|am|was|were|has|have|had|can|cannot|can't|may|might|do|does|doesn't|don't|did|get|gets|feel|feels|keep|"
    r"keeps|comes?|goes|lasts?|becomes?|began|starts?|started|wakes?|spoils?|hurts?|swell|swells|turns?|looks?|spread|spreads|"
    r"moved|continues?|returns|appears?|occurs?|follows|droops|loses|stops?|clicks|suddenly|takes?|took|need|needed|think|"
    r"vomit|pass|wheeze|bruise|lose|struggle|find|finds|hear|hears|drinks?|improve|changes?|itches|makes?|worsens?|persists?|"
    r"controlling|gives?|drink|use|wear|see|I'm|I've|leaks?|settles?|develops?|cause|causes|happens?|happened|smells?)\b"
)
_SMALL = frozenset(
    "a an and after before during for from in of on or the to when with without cancer days disease disorder first "
    "illness infection infections injury pain sick signs syndrome types warning women men children adults".split()
)
_TOKEN = re.compile(r"[A-Za-z][\w'’-]*|[^A-Za-z]+")
_SALTS = re.compile(
    r"(?<=\w)(?: (?:hydrochloride|hcl|hydrobromide|sodium|potassium|calcium|monohydrate|dihydrate|trihydrate|besylate|mesylate|"
    r"maleate|hyclate|bisulfate|phosphate|citrate|anhydrous)\b)++((?=,| and\b|$))?",
    re.IGNORECASE,
)
_ORGANS = frozenset(
    "heart liver kidney lung thyroid stomach bowel prostate adrenal pancreas eye skin gallbladder".split()
)
# "bloody or black stools": the first has its noun from the second.
_QUALITIES = frozenset(
    "high low bloody black tarry red swollen severe mild persistent recurrent chronic acute frequent painful slow fast rapid "
    "irregular new large small".split()
)
_SHARED_NOUN = re.compile(
    r"^\S+ ((?:disease|problem|disorder|condition|infection|failure|impairment|trouble)s?)\b", re.I
)
# "hepatitis A": before a letter that is a name, though a title's article may look like it.
_LETTERED = frozenset(
    "hepatitis vitamin type group influenza haemophilia hemophilia strep streptococcus".split()
)
_DASH = re.compile(r"(?<!\s)\s+[–—-]\s+")
_OPEN_END = re.compile(
    r"\b(?:had|have|has|is|are|am|not|be|to|with|of|for|from|in|on|at|by|about|a|an|the|my)$"
)
_LIST_GAP = re.compile(
    r",\s+(?:or\s+|and\s+)?|;\s+(?:or\s+|and\s+)?|(?<!\s)\s+(?:or|and)\s+(?=\S+(?:\s+\S+){0,4}$)"
)


def in_sentence(name: str, text: str) -> str:
    """A title as it stands within a sentence: only names and abbreviations keep their capitals.

    ``Kidney Stones in Adults`` becomes ``kidney stones in adults``, ``Bell's Palsy`` keeps its capital B.

    Args:
        text: of the page; a word that it writes with a capital in the middle of a sentence is a name.
    """
    words = name.split(" ")
    return " ".join(_in_sentence(words, place, text) for place in range(len(words)))


def with_article(name: str, text: str) -> str:
    """The name with the article that the page itself puts before it most times, if any: ``a stroke``, ``asthma``."""
    if name == "common cold":
        return "the common cold"
    every = len(re.findall(rf"\b{re.escape(name)}\b", text, re.IGNORECASE))
    for article in ("a", "an", "the"):
        times = len(re.findall(rf"\b{article} {re.escape(name)}\b", text, re.IGNORECASE))
        if times and times >= 0.3 * every:
            return f"{article} {name}"
    return name


def drug_name(name: str) -> str:
    """A generic or brand name as people say it: no salt after it, no capitals throughout."""
    keeps = len(name.split()) < 2 or name.split()[0].lower() in _MINERALS
    short = name if keeps else _SALTS.sub(lambda m: m[0] if m[1] is None else "", name)
    if short.isupper() and len(short) > 4:
        short = " ".join(_titled(word) for word in short.split(" "))
    return short.strip()


def _titled(word: str) -> str:
    """A word of a name in capitals: abbreviations keep theirs, joining words have none."""
    if word.lower() in ("and", "or", "of", "in", "for", "with"):
        return word.lower()
    if len(word) <= 3 and not word.endswith("."):
        return word
    return re.sub(r"[^\W\d_][\w'’]*", lambda found: found[0].capitalize(), word)


def first_person(text: str) -> str | None:
    """A page's statement to "you" as the reader would make it of themselves; None where it is not clear who is meant.

    ``you wear contact lenses and light hurts your eyes`` becomes ``I wear contact lenses and light hurts my eyes``.
    """
    statement = as_told(text)
    states = statement and (
        _FINITE.search(statement, statement.find(" ") + 1)
        or statement.startswith(("I ", "I'"))
        or " I " in statement
    )
    return statement if states else None


def as_told(text: str) -> str | None:
    """The same for any words, a statement or not."""
    text = _YOU_OR_ONE.sub(lambda m: f"{m[1]} {_OF_ONE[m[2].lower()]}", text)
    text = _YOU_OR.sub("", _YOU_OR_ELSE.sub("someone with me", text.strip()))
    if _POINTS_ELSEWHERE.search(text):
        return None
    tokens = _TOKEN.findall(text)
    words = [place for place, token in enumerate(tokens) if token[0].isalpha()]
    for number, place in enumerate(words):
        before = tokens[words[number - 1]].lower() if number else ""
        gap = tokens[place - 1] if place else ""
        after = tokens[words[number + 1]].lower() if number + 1 < len(words) else ""
        word = tokens[place].lower().replace("’", "'")
        starts = not number or any(c in gap for c in ",.;:–(")
        if word in _SELF:
            tokens[place] = _SELF[word]
        elif word.startswith("you'"):
            tokens[place] = "I" + {"re": "'m"}.get(word[4:], "'" + word[4:])
        elif word == "you":
            tokens[place] = _you(before, after, starts)
            if after in ("are", "were", "aren't", "weren't") and tokens[place] == "I":
                following = words[number + 1]
                tokens[following] = {"are": "am", "were": "was", "aren't": "am not", "weren't": "wasn't"}[
                    after
                ]
            elif before in ("are", "were") and tokens[place] == "I":
                tokens[words[number - 1]] = {"are": "am", "were": "was"}[before]
    statement = "".join(tokens).replace("have any symptoms", "have symptoms")
    statement = _ANY.sub(
        lambda m: m[0] if _DENIED.search(m.string, _clause(m), m.start()) else f"{m[1]} some ", statement
    )
    statement = _CHILD_VERB.sub(lambda m: f"{m[1]} {_OF_ONE[m[2]]}", statement)
    statement = _EVER_SINCE.sub(lambda m: f"{m[1]} {'have' if m[1] == 'I' else 'has'} been ", statement)
    if re.match(r"I(?: |')", statement) or ", I " in statement or " and I " in statement:
        if _OF_WHOM.search(statement):
            return None
        statement = re.sub(r"\b(and|or) are\b", r"\1 am", statement)
    return statement


def _clause(found: re.Match[str]) -> int:
    """Where the clause that a match stands in begins."""
    return 1 + max(found.string.rfind(mark, 0, found.start()) for mark in ",;")


def of_child(text: str) -> str:
    """``they are drowsy`` and ``their lips look blue`` on a page about children, said of the child."""
    for pattern, words in (
        (r"^they are\b", "your child is"),
        (r"^they have\b", "your child has"),
        (r"^their\b", "your child's"),
    ):
        text = re.sub(pattern, words, text)
    return text


def without_asides(text: str) -> str:
    """Without what stands in brackets or after a dash: the situation, not its explanation."""
    for dash in _DASH.finditer(text):
        if not (re.search(r"\d\S*$", text[: dash.start()]) and text[dash.end() :][:1].isdigit()):
            text = text[: dash.start()]
            break
    while (bare := re.sub(r"(?:(?<!\s)\s+)?\([^()]*\)", "", text)) != text:
        text = bare
    return text.strip().rstrip(",;:")


def first_alternative(text: str) -> str:
    """The part before ", or": what names one of several reasons still names a reason."""
    head, _, rest = text.partition(", or ")
    cut = rest and "," not in head + rest and len(head.split()) >= 4 and _FINITE.search(head)
    return head if cut and not _OPEN_END.search(head) else text


def alternatives(text: str) -> list[str]:
    """An enumeration cut at its commas and its last "or"; "liver or kidney disease" names two diseases."""
    pieces = [piece.strip(" ,;.") for piece in _LIST_GAP.split(text) if piece.strip(" ,;.")]
    shared = _SHARED_NOUN.search(pieces[-1]) if pieces else None
    for place in range(len(pieces) - 2, -1, -1):
        _, _, noun = pieces[place + 1].partition(" ")
        if noun and pieces[place].lower() in _QUALITIES:
            pieces[place] += f" {noun}"
    return [f"{p} {shared[1]}" if shared and p.lower() in _ORGANS else p for p in pieces]


def _in_sentence(words: list[str], place: int, text: str) -> str:
    word = words[place]
    bare = re.sub(r"[^\w'’-]", "", word)
    if not all(part[1:].islower() or len(part) <= 1 for part in re.split(r"[-'’]", bare) if part):
        return word  # DVT, COVID-19
    if len(bare) == 1 and bare.isupper() and (place or "." in word):
        of_title = bare == "A" and place + 1 < len(words) and words[place - 1].lower() not in _LETTERED
        return word.lower() if of_title else word  # hepatitis A, E. coli
    if re.search(rf"(?<![\w-]){re.escape(bare.lower())}(?:s|es)?\b", text) or bare.lower() in _SMALL:
        return word.lower()
    if bare.endswith(("'s", "’s")):
        return word
    as_first, within = re.escape(bare), re.escape(bare[:1].lower() + bare[1:])
    found = re.search(rf"[a-z,] ({as_first}|{within})(?!\w)", text) if bare else None
    return word.replace(bare, found[1]) if found else word.lower()


def _you(before: str, after: str, starts: bool) -> str:
    if before in _BEFORE_OBJECT:
        return "me"
    if (
        starts
        or before in _SUBJECT_BEFORE
        or after in _VERBS
        or after in ("are", "were", "aren't", "weren't")
    ):
        return "I"
    return "me"
