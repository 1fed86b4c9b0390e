"""*whole*: sentences begin and end, nothing runs into another, and a list has its marks, its lead and all its items.

The answer's units are compared with the source's own: what the source gives as an item is an item, what stands under a
lead comes with it, a table keeps all rows. Where the source itself is damaged (a list run into a sentence, a heading
glued to it), no answer can be whole. Lists and tables are held to their blocks in ``whole_lists``.
"""

from __future__ import annotations

import re
from itertools import pairwise

from medai_assets.verification import label_text
from medai_assets.verification.alignment import Alignment, Laid, Run, Text, align
from medai_assets.verification.example import Evidence, Example, Finding, Source
from medai_assets.verification.page_section import POINTER
from medai_assets.verification.running_on import glued_in, glued_words, runs_on
from medai_assets.verification.structure import SENTENCE, tokens, units
from medai_assets.verification.whole_lists import ENDS, lists_reason

NAME = "whole"
_OPEN_END = re.compile(
    r"\b(?:includ(?:e|es|ed|ing)|are|is|was|were|the|a|an|such as|following|of|to|and|or|with|for|by|be|may|can|should|must|"
    r"that|which|as|from|than|who|avoid|your|their|its|has|have)\W*$",
    re.IGNORECASE,
)
# "What you are allergic to" is whole, "how to use the" is not.
_ASKS = re.compile(
    r"(?:what|which|who|how|where|why) .*\w (?:are|is|was|were|to|of|with|for|by|from|has|have|avoid)\W*$",
    re.IGNORECASE,
)
_DOUBLED = re.compile(
    r"(?<!\.)\.\s*\.(?!\.)|\w\.:|\b(are|is|was|the|of|to|in|a|an|and|be|for|with|by|from|or|as|it|this) "
    r"(?!(?-i:[A-Z]{2,}\b))(?i:\1)\b(?!-| (?:vitro|vivo|utero|situ)\b)|\d- \d"
    r"|[,;]\s*[.,;]|\(\s*+[,;.]*+\s*+\)|\[\s*\]|\?\s*\.(?:\s|$)| ,|\(\s*,|\bee\.g\b"
)
# A space behind a comma; the apostrophe of a name or of "don't"; a Greek letter or a word before a hyphen.
_LOST_SIGN = re.compile(
    r"[a-z]{2},[a-z]{2}|\b(?:Alzheimer|Parkinson|Huntington|Hodgkin|Crohn|Down|Bell|Addison|Cushing|Hashimoto|Wilson|Raynaud"
    r"|Tourette|Behcet|Barrett|Gaucher|Paget|Meniere|Sjogren|Sydenham|Berger|Thomsen|Schilder)s\b|\b(?:don|doesn|didn|isn|aren|wasn|weren|haven|hasn)t\b"
    r"|(?<=[a-z]) -(?=[a-zA-Z]{3})|[a-z]{2}- (?!(?:and|or|to|nor|but|versus|through|as)\b)[a-z]"
    r"|\b[Tt]he (?:patient|woman|man|child|person|mother|baby|doctor|infant|individual)s (?:age|general|own|health|blood|life"
    r"|symptoms|medical|overall|family|condition|ability|risk|body|immune)\b"
    r"|\b(?:[Aa]n?|[Aa]nother|[Ee]ach|[Ee]very) (?:person|patient|individual|infant|doctor|parent)s\b"
    r"|\b(?:child|woman|man|baby|today|body)s\b"
)
_QUOTES = re.compile(r"(?<![\d′'])\"")  # not of inches
_SMALL_START = re.compile(r"^[a-z]{2,}[a-z ,]*\b")
_SMALL_ALLOWED = re.compile(
    r"^(?:p[HK]|m?RNA|e\.g|i\.e|[a-z]-|[a-z]+[A-Z]|alpha|beta|gamma|(?:von|van|de) [A-Z])"
)
_ANAPHORA = re.compile(
    r"^(?:they|them|these|those|this(?! (?:medicine|leaflet|page|product|drug))|it|he|she|however|but|also|in addition|therefore|"
    r"for example|for this reason|as a result|instead|such|similarly|in contrast|on the other hand|otherwise|then|both|either|"
    r"other (?:symptoms|signs|causes|treatments|types|factors)|another|moreover|furthermore|thus)\b",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(
    r"(?<=[a-z])[.,]?\d{1,2}(?= [A-Z])|(?<![a-z])[a-z]{3,}\d{1,2}(?:[,.;]|\s|$)|\s\*\s|[†‡]"
)
_STARRED = re.compile(r"[a-z]\*(?=[\s,.;:a-z]|$)|\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\]")
_SMALL_AFTER_STOP = re.compile(
    r"(?P<before>(?:(?<![a-z])|(?=[A-Z]))[A-Za-z]?[a-z]{2,}|[A-Za-z]\))\. (?!p[HK]\b|m?RNA\b)[a-z]{2,} [a-z]"
)
_ABBREVIATED = frozenset("approx spp subsp etc var resp incl excl max min".split())
_CREDIT = re.compile(
    r"[^.\s] (?:Centers for Disease Control and Prevention|(?:NIH|NLM|CDC|FDA):? ?[^.]{0,600}|National (?:Institutes?|Library"
    r"|Cancer|Center|Heart)\b[^.]{0,600}|Food and Drug Administration|(?:Department of|Agency for|Administration on) [^.]{0,600})$"
)
_LONGEST_CREDIT = 12  # words behind an answer that name who said it, or where more stands
_SHORT_LINE = 12  # words
_PHRASE_CUT = re.compile(r"(?:…|\.\.\.)[\"'”’)\]]*$")
_LEAST_TOLD = 7  # words and marks of a sentence of which an earlier one says all but the first word
_LEAST_AGAIN = 4  # words of a sentence that the next one begins with or repeats
_RUN = 12  # words; shorter ones recur in sound lists ("tell your doctor right away if you have")
_ITEM_LEADS = re.compile(r"^- [^\n]*:\n- .*", re.MULTILINE)
_OF_THESE = re.compile(r"\b(?:with|of|have|having) these (?:signs|symptoms)\b", re.IGNORECASE)
_LEANS_BACK = re.compile(
    r"(?:these (?:and other )?(?:signs|symptoms|things|problems)|those(?! (?:who|with|at|whose|in|affected|taking)\b)|such"
    r"|however(?! [a-z])|also(?! (?:called|known)\b)|moreover|furthermore|additionally"
    r"|in addition(?! to (?!these|those|this|that)))\b",
    re.IGNORECASE,
)


def whole(example: Example, evidence: Evidence) -> Finding | None:
    """The answer's units are whole by themselves and as the source has them."""
    reason = breaks_off(example.completion)
    if not reason and not example.authored:
        laid = align(example, evidence)
        reason = _said_again(example.completion) or _lost_a_level(example.completion)
        finders = (_units_reason, lists_reason, _order_reason, _remainder_reason)
        reason = reason or next((r for find in finders if (r := find(laid, evidence.document))), "")
        reason = reason or _label_reason(example, laid, evidence.document)
        reason = reason or _goes_on(laid)
    return Finding(NAME, reason) if reason else None


def _said_again(text: str) -> str:
    """A run of words that the answer says twice: a list said again in a line, a summary before the section itself."""
    words = tokens(text)
    seen: set[tuple[str, ...]] = set()
    for run in zip(*(words[n:] for n in range(_RUN))):
        if run in seen and len(set(run)) > _RUN // 2:
            return f"it says twice: {' '.join(run)!r}"
        seen.add(run)
    return ""


def _lost_a_level(text: str) -> str:
    """An item that leads to items of its own, which stand beside it."""
    lead = _ITEM_LEADS.search(text)
    return f"a list within a list lost its level: {lead[0]!r}" if lead else ""


def _goes_on(laid: Alignment) -> str:
    """What a collection's answer says after the last word that is used; a credit or a pointer may be left."""
    last: dict[int, tuple[Text, int]] = {}
    for run in (r for unit in laid.units for r in unit.runs if not r.source.is_heading):
        known = last.get(id(run.source), (run.source, run.last_unit))[1]
        last[id(run.source)] = (run.source, max(known, run.last_unit))
    for text, unit in last.values():
        if "question_type" not in text.passage.attributes:
            continue
        rest = text.text[text.units[unit].end :]
        if len(rest.split()) > _LONGEST_CREDIT or rest.rstrip().endswith(":"):
            return f"the answer goes on: {' '.join(rest.split())[:120]!r}"
    return ""


def _label_reason(example: Example, laid: Alignment, document: Source) -> str:
    """What is wrong with a section of a label alone; a side effect and a call for help quote single sentences of it."""
    if not document.has("label"):
        return ""
    known, lower = words_of(document)
    names = {t for name in document.names for t in tokens(name)}
    lines = (label_text.damaged_line(u.unit.text, known, lower, names) for u in laid.units)
    damaged = next(filter(None, lines), "")
    if damaged:
        return f"two things run together: {damaged!r}"
    cut = label_text.cut_heading(laid, (*document.names, document.title))
    if cut:
        return f"a heading ends in its middle: {cut!r}"
    return label_text.left_out(laid) if "about_medicine" in example.traits else ""


def breaks_off(text: str) -> str:
    """Why a text is not whole by itself; "" where it is."""
    found = units(text.strip())
    if not found:
        return "the answer is empty"
    if _LEANS_BACK.match(found[0].text) or (found[0].kind != "lead" and _OF_THESE.search(found[0].text)):
        return f"it leans on what does not stand before it: {found[0].text[:80]!r}"
    last = found[-1]
    credit = _CREDIT.search(last.text)
    if credit:
        return f"a credit runs into its last words: {credit[0]!r}"
    if last.kind in ("lead", "open", "title") and not ENDS.search(last.text.strip()):
        return f"it ends without an end: {last.text[-80:]!r}"
    asks = last.kind == "item" and _ASKS.match(last.text)
    if _PHRASE_CUT.search(last.text) or (
        last.kind != "row" and not asks and not ENDS.search(last.text) and _OPEN_END.search(last.text)
    ):
        return f"it breaks off: {last.text[-80:]!r}"
    return ""


def _units_reason(laid: Alignment, document: Source) -> str:
    known, lower = words_of(document)
    if "glued" not in document.memo:
        document.memo["glued"] = glued_in(document.text)
    glued: frozenset[str] = document.memo["glued"]
    seen: set[str] = set()
    for place, unit in enumerate(laid.units):
        two = next((word for word in tokens(unit.unit.text) if word in glued), "")
        reason = f"two words have become one: {two!r}" if two else ""
        reason = reason or _lost_apostrophe(unit.unit.text, document)
        reason = reason or _unit_reason(unit, known, lower) or _said_before(unit, seen)
        if reason:
            return reason
        following = laid.units[place + 1] if place + 1 < len(laid.units) else None
        unmarked = _unmarked_list(unit, following) or _mark_lost_before(unit, following)
        if unmarked:
            return unmarked
        of_pair = any("question_type" in run.source.passage.attributes for run in unit.runs)
        if (
            of_pair
            and place
            and unit.unit.kind == "title"
            and following
            and following.unit.kind not in ("item", "row")
        ):
            return f"a heading stands in the answer: {unit.unit.text[:80]!r}"
        if unit.unit.kind in ("title", "open") and not _leads_on(unit, following):
            return f"a heading or a part of a sentence stands alone: {unit.unit.text[:80]!r}"
    return ""


def _lost_apostrophe(text: str, document: Source) -> str:
    """A person's name in the genitive that the document elsewhere writes with its apostrophe ("Rasmussens")."""
    if "genitives" not in document.memo:
        known = "\n".join((document.text, document.title, *document.names))
        document.memo["genitives"] = frozenset(re.findall(r"\b([A-Z][a-z]+)['’]s\b", known))
    genitives: frozenset[str] = document.memo["genitives"]
    lost = next((w for w in re.findall(r"\b[A-Z][a-z]+s\b", text) if w[:-1] in genitives), "")
    return f"a sign is lost: {lost!r}" if lost else ""


def _said_before(unit: Laid, seen: set[str]) -> str:
    """A lead or sentence that comes twice: two products of one label, or a text that was joined to itself."""
    key = " ".join(tokens(unit.unit.text))
    if unit.unit.kind in ("lead", "sentence", "open", "title") and not unit.framed and len(unit.runs) == 1:
        words = key.split()
        again = key in seen or any(" ".join(words[:n]) in seen for n in range(_LEAST_AGAIN, len(words)))
        inner = " ".join(words[1:-1])
        again = again or (len(words) > _LEAST_TOLD and any(f" {inner} " in f" {one} " for one in seen))
        if again and len(words) >= _LEAST_AGAIN:
            return f"it says the same twice: {unit.unit.text[:80]!r}"
        seen.add(key.removesuffix(" ."))
        seen.add(key)
    return ""


def _unmarked_list(unit: Laid, following: Laid | None) -> str:
    """A lead that is followed by lines without an end, or by a new paragraph: the list is lost or has lost its marks."""
    apart = following is not None and unit.unit.kind == "lead" and unit.unit.line != following.unit.line
    if not apart or following is None or unit.framed or following.unit.kind in ("item", "row"):
        return ""
    if any(run.source.is_heading for run in unit.runs):
        return ""
    if following.unit.kind == "sentence" and len(following.unit.text.split()) <= _SHORT_LINE:
        return ""  # items that are sentences, each on a line of its own
    return f"a list has lost its marks: {following.unit.text[:80]!r}"


def _mark_lost_before(unit: Laid, following: Laid | None) -> str:
    """A paragraph right above an item that is none in the source: of a list made of paragraphs the first lost its mark."""
    if (
        following is None
        or following.unit.kind != "item"
        or unit.unit.kind not in ("sentence", "open", "title")
    ):
        return ""
    close = following.unit.line - unit.unit.line == 1 and not following.framed and len(following.runs) == 1
    run = following.runs[0] if close else None
    made = (
        run is not None
        and not run.source.is_heading
        and run.source.units[run.unit].kind not in ("item", "row")
    )
    return f"a list item has lost its mark: {unit.unit.text[:80]!r}" if made else ""


def _unit_reason(laid: Laid, known: frozenset[str], lower: frozenset[str]) -> str:
    unit = laid.unit
    said = unit.text.strip()
    if unit.kind != "row":
        doubled = _DOUBLED.search(said)
        if doubled:
            return f"marks without words between: {said[max(0, doubled.start() - 30) : doubled.end() + 10]!r}"
        if not _is_balanced(said):
            return f"a bracket is open: {said[:120]!r}"
        lost = _LOST_SIGN.search(said)
        if lost or len(_QUOTES.findall(said)) % 2:
            return f"a sign is lost: {(lost[0] if lost else said[:120])!r}"
        on = "" if unit.kind == "title" else runs_on(said, known, lower)
        if on:
            return f"two things run together: {on!r}"
        glued = glued_words(said, lower)
        if glued:
            return f"two words have become one: {glued!r}"
        small = _SMALL_AFTER_STOP.search(said)
        if small and small["before"].lower() not in _ABBREVIATED:
            return f"a sentence begins with a small letter: {said[max(0, small.start() - 20) : small.end() + 20]!r}"
        starred = _STARRED.search(said)
        note = starred or _FOOTNOTE.search(said)
        if note and (starred or not _is_name_with_figure(said, note)):
            return (
                f"a footnote's mark stands in the words: {said[max(0, note.start() - 20) : note.end() + 5]!r}"
            )
    if unit.kind == "sentence" and not laid.framed and _begins_small(said, laid):
        return f"a sentence begins in its middle: {said[:80]!r}"
    run = laid.runs[0] if laid.runs else None
    if run and len(laid.runs) == 1:
        return _against_source(laid, run)
    return ""


def _is_balanced(said: str) -> bool:
    """Whether every bracket is closed; "1)" and "a)" open none."""
    depth = 0
    for mark in re.finditer(r"\(|(?P<number>(?:(?<=\s)|^)(?:\d{1,2}|[a-z]|[ivx]+))?\)", said):
        if mark[0] == "(":
            depth += 1
        elif depth or not mark["number"]:
            depth -= 1
    return depth == 0 and said.count("[") == said.count("]")


def _against_source(laid: Laid, run: Run) -> str:
    source = run.source.units
    first, last = run.unit, run.last_unit
    if last > first and laid.unit.kind != "row":
        kinds = {source[n].kind for n in range(first, last + 1)}
        if kinds != {"sentence"}:
            return f"what the source keeps apart runs together: {laid.unit.text[:120]!r}"
    theirs = source[first]
    if theirs.kind == "item" and laid.unit.kind != "item" and not laid.framed and not run.source.is_heading:
        return f"a list item has lost its mark: {laid.unit.text[:80]!r}"
    if theirs.kind == "row" and laid.unit.kind != "row" and not laid.framed:
        return f"a table's row has lost its cells: {laid.unit.text[:80]!r}"
    return ""


def _begins_small(said: str, laid: Laid) -> bool:
    if not _SMALL_START.match(said) or _SMALL_ALLOWED.match(said):
        return False
    return not (
        laid.runs
        and laid.runs[0].begins_unit
        and laid.runs[0].source.units[laid.runs[0].unit].text[:1].islower()
        and laid.runs[0].unit == 0
    )


def _is_name_with_figure(said: str, note: re.Match[str]) -> bool:
    """Whether what looks like a footnote is part of a name (CYP3A4, COVID-19, vitamin B12, HbA1c, T4)."""
    word = re.search(r"(?<!\S)\S*$", said[: note.start() + 1])
    rest = re.match(r"\S*", said[note.start() + 1 :])
    whole_word = (word[0] if word else "") + (rest[0] if rest else "")
    bare = re.sub(r"(?<!\W)\W+$", "", whole_word)
    return (
        bool(re.search(r"[A-Z]{1,}", bare))
        or bool(re.fullmatch(r"(?:interleukin|omega|beta|alpha|gamma|type)-?\d+", bare, re.I))
        or len(re.sub(r"\d", "", bare)) < 3
    )


def _leads_on(laid: Laid, following: Laid | None) -> bool:
    """Whether a heading is followed by what it heads."""
    if following is None:
        return bool(ENDS.search(laid.unit.text)) or laid.framed
    if laid.framed and laid.unit.kind == "open":
        return True
    if not laid.runs or not following.runs:
        return True
    ours, theirs = laid.runs[-1], following.runs[0]
    if ours.source is not theirs.source:
        return ours.source.is_heading
    return theirs.unit == ours.last_unit + 1


def _order_reason(laid: Alignment, document: Source) -> str:
    """A sentence that points back comes after the one that it points to."""
    before: Run | None = None
    for unit in laid.units:
        run = unit.runs[0] if unit.runs else None
        if run and unit.unit.kind == "sentence" and not unit.framed and _ANAPHORA.match(unit.unit.text):
            previous = run.unit - 1
            has_previous = previous >= 0 and not run.source.is_heading
            stands_before = (
                before is not None and before.source is run.source and before.last_unit == previous
            )
            if has_previous and not stands_before:
                return f"a sentence points to one that is not there: {unit.unit.text[:80]!r}"
        before = unit.runs[-1] if unit.runs else before
    return ""


def _remainder_reason(laid: Alignment, document: Source) -> str:
    """A heading stands over what its text begins with, or over a list of it, not over a sentence that was left."""
    if not document.has("page"):
        return ""
    for heading, under in pairwise(laid.units):
        if not (heading.runs and under.runs and heading.runs[0].source.is_heading):
            continue
        run = under.runs[0]
        if run.source.is_heading or run.source.passage.heading != heading.runs[0].source.passage.heading:
            continue
        before = run.source.units[: run.unit]
        if under.unit.kind == SENTENCE and any(not POINTER.search(unit.text) for unit in before):
            return f"a heading over what was left of its text: {under.unit.text[:80]!r}"
    return ""


def words_of(document: Source) -> tuple[frozenset[str], frozenset[str]]:
    """(words of the document's names, words that it writes with a small letter), each worked out once."""
    if "words" not in document.memo:
        known = frozenset(t for name in (*document.names, document.title) for t in tokens(name))
        lower = frozenset(re.findall(r"(?<=[a-z,] )[a-z]{3,}", document.text))
        titled = frozenset(w.lower() for w in re.findall(r"(?<=the )[A-Z][a-z]+", document.text))
        document.memo["words"] = (known & titled | {w for w in known if w not in lower}, lower)
    found: tuple[frozenset[str], frozenset[str]] = document.memo["words"]
    return found
