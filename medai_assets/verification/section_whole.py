"""*section whole*: a question that names a section of a label or page is answered by that section, all of it and nothing else.

Asked so, a section is not limited by what others add; what it would be wrong to keep silent about all the same is told in
nothing_kept_back and safety_kept. What belongs here: which section a question names, and what of the document stands under that
title. What does not: whether the text is sound (whole).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

from medai_assets.verification.example import Evidence, Example, Finding, Source, SourcePassage
from medai_assets.verification.page_section import QUOTED, not_under_heading, titles_asked
from medai_assets.verification.structure import OPEN, ROW, TITLE, content, stem, tokens, units

NAME = "section_whole"
BOX = "boxed warning"
# Titles of a label's sections, and the section of the shared vocabulary that stands under each.
_TITLES = {
    BOX: "boxed_warning", "indications and usage": "indications", "purpose": "indications", "health claim": "indications",
    "dosage and administration": "dosage", "instructions for use": "dosage", "dosage forms and strengths": "dosage_forms",
    "contraindications": "contraindications", "do not use": "do_not_use", "ask a doctor before use": "ask_doctor",
    "ask a doctor or pharmacist before use": "ask_doctor", "when using this product": "warnings",
    "stop use and ask a doctor": "stop_use", "pregnancy or breast-feeding": "pregnancy",
    "keep out of reach of children": "overdose", "warnings and precautions": "warnings", "warnings": "warnings",
    "precautions": "warnings", "general precautions": "warnings", "adverse reactions": "adverse_reactions",
    "drug interactions": "interactions", "laboratory test interactions": "interactions", "pregnancy": "pregnancy",
    "teratogenic effects": "pregnancy", "nonteratogenic effects": "pregnancy", "labor and delivery": "pregnancy",
    "nursing mothers": "lactation", "lactation": "lactation", "pediatric use": "pediatric_use",
    "geriatric use": "geriatric_use", "overdosage": "overdose", "mechanism of action": "mechanism",
    "pharmacodynamics": "mechanism", "microbiology": "mechanism", "clinical pharmacology": "mechanism",
    "pharmacokinetics": "pharmacokinetics", "storage and handling": "storage",
    "patient counseling information": "patient_information", "disposal": "storage", "safe handling": "storage",
    "use in specific populations": "warnings", "drug abuse and dependence": "warnings", "abuse": "warnings",
    "dependence": "warnings", "controlled substance": "warnings", "pharmacogenomics": "pharmacokinetics",
    "safety warnings": "warnings", "other safety information": "warnings", "risks": "warnings",
    "females and males of reproductive potential": "pregnancy",
}  # fmt: skip
# What openFDA gives as fields of their own is cut out of these, so that no passage holds them whole.
_PARENTS = frozenset(
    {
        "clinical pharmacology",
        "use in specific populations",
        "precautions",
        "warnings",
        "drug abuse and dependence",
    }
)
_PARTS_OF = {"pregnancy": frozenset({"teratogenic effects", "nonteratogenic effects"})}
# Lists of a package whose own words begin with their title; under another one they are another list.
_SAYS_ITS_TITLE = re.compile(
    r"do not use|ask a doctor|stop use|when using|keep out of reach|uses:?$", re.IGNORECASE
)
_OF_PACKAGE = {"uses": "indications and usage", "directions": "dosage and administration",
               "other information": "storage and handling"}  # fmt: skip
# Sections that one field holds, so that a subsection under a heading of its own belongs to the section's title.
_UNDER = {
    "indications": "indications and usage", "dosage": "dosage and administration",
    "dosage_forms": "dosage forms and strengths", "contraindications": "contraindications",
    "adverse_reactions": "adverse reactions", "interactions": "drug interactions", "overdose": "overdosage",
    "patient_information": "patient counseling information",
}  # fmt: skip
_SENT_AWAY = re.compile(
    r"\bunder that procedure\b|\b(?:[Ss]ee(?: also)?|[Rr]efer to) (?:the )?[A-Z]|\bSEE\b|\([Ss]ee\b"
)
# A heading within a section that runs into its first sentence, or that ends the text.
_GLUED = re.compile(
    r"(?:^|[.):] |\n)(?:Risk Summary|Data|Stability and Storage|Storage and Stability|Storage|Stability|Handling|Pregnancy|"
    r"Nursing Mothers|Labor and Delivery|Lactation|Nonteratogenic Effects|"
    r"Human Data|Animal Data|Clinical Considerations|Absorption|Distribution|Elimination"
    r"|Metabolism|Excretion|Specific Populations|Limitations? of Use|Contraception|Infertility|Pregnancy Testing|Females|Males"
    r"|Pregnancy Exposure Registry|Disease-[Aa]ssociated [\w/ -]*Risk|Dose Adjust\w* [\w ]*|Labor or Delivery"
    r"|Fetal/Neonatal Adverse Reactions|Drug Interaction Studies|Mechanism of Action|Teratogenic Effects|General|Geriatrics?"
    r"|Pediatrics?|Adults?|Treatment|Symptoms|Manifestations|Management)(?: (?=[A-Z])|\.?$)"
)
# What is left of a heading before advice: "Infusion Reactions Inform patients that ...".
_HEADED = re.compile(
    r"[A-Za-z)] (?:Inform|Advise|Instruct|Counsel|Encourage) "
    r"(?:patients?|females?|males?|women|lactating|the|caregivers?|pregnant)\b"
)
# A list made one line, a mark that leads to a note, a highlight behind the section that it repeats or without its sentence.
_FLATTENED = re.compile(
    r"\b(?:with|in|who|are|have|following|patients|conditions)\s*: +[A-Z][a-z]|^\s*\*|^(?:And|Or) "
    r"|\bindicated\b[^\n]{0,600}\. [A-Z][\w-]+ is an? [^.]{3,150}? indicated\b|(?:^|\. )For \w+ (?:administration|use)\.(?:$|\s)"
)
_BEGINS_AGAIN = re.compile(r"(?:[A-Z][A-Z &,-]{5,}|General)[.:]")
# What is left of a sentence that sent the reader to another section: "For storage recommendations for the solution."
_LEFT_OF_POINTER = re.compile(
    r"(?:^|[.)\n] ?)For (?:[\w-]+ ){0,6}(?:recommendations?|information|instructions?|details?)\b"
    r"(?![^.\n]{0,80}\b(?:call|visit|contact|ask|go|write)\b)[^.,\n]{0,80}\.(?:$|\s)"
)
# A raised or lowered figure or word that stands apart: cells/mm 3, IC 50, P2Y 12, CL cr.
_LOWERED = re.compile(
    r"\bG [012]\b|\b(?:IC|EC|ED|LD|P2Y|FEV|SpO|PaO|PaCO|AUC|CO|HbA) \d|\b(?:mm|cm) [23]\b|(?:/|\d)m 2\b|\b(?:x|×) ?10 \d"
    r"|\b(?:Na|K|Cl|Ca|Mg) \d?[+–-](?=[\s,.])|\b(?:CL|Cl) cr\b|\b[CT] (?:max|min)\b"
)
# The next section's number or title within the text, a sentence behind the last item of a list, items on one line, the figure
# of a note behind the last word.
_RUN_ON = re.compile(
    r"[.)] (?:Active|Inactive) [Ii]ngredients?:"
    r"|(?:^|[.:)\]] |\n)(?:[1-9]|1[0-7])\. ?\d{1,2}\.? [A-Z][a-z]|(?:^|\n)- [^\n]*[.)] [A-Z]{4,}\b"
    r"|\b1\.\s[^\n]{3,300}?\b2\.\s[A-Z]"
    r"|(?<=[a-z])(?<!\b[Tt]ype)(?<!\b[Gg]rade)(?<!\b[Cc]lass)(?<!\b[Ss]tage)(?<!\b[Pp]hase)(?<!\b[Ss]tudy)(?<!\b[Tt]able)"
    r"(?<!\b[Ww]eek)(?<!\b[Dd]ay)(?<!\b[Gg]roup) \d\.?\s*\Z"
)
# A word that begins a text by itself, with the sentence's own first word behind it: "Seizures Cholinomimetics are believed".
_WORD_BEFORE = re.compile(r"([A-Z][a-z]+) ([A-Z][a-z]+) (?![^.\n]*:)")
_LEADS_IN = frozenset(
    "in for at the a an this these of to on with if when after before during by store".split()
)
_LINE_BEFORE = re.compile(r"(?!Risk Summary\n)[A-Z][\w /-]{2,40}\n(?=- |[A-Z])")
_SAID_SHORT = frozenset({"indications", "contraindications", "dosage_forms"})
_LEAST_AGAIN, _AGAIN = 4, 0.7  # words of substance of a sentence, and their share that another one has
_MOST_UNMARKED = 12  # words
_JOINTS = re.compile(r"[,;:.()–]")
# A title that ends within a phrase, whose rest the text begins with, that took the text's first word along, or is two in one.
_CUT_TITLE = re.compile(
    r"\b(?:of|the|with|for|and|or|in|to|by|from|a|an|on|at|than|during|as|following|prescribing|used)$|,$"
    r"|\b(\w{1,30} \w{1,30})\b.{0,80} \1$",
    re.IGNORECASE,
)
_CALLED = "|".join(
    re.escape(" ".join(w if w in ("and", "or", "of", "in") else w.capitalize() for w in title.split()))
    for title in sorted(_TITLES, key=len, reverse=True)
)
_SECTION = re.compile(
    rf"\b[Tt]he ({_CALLED})(?=[,?.]| (?:on|in|of) )|\b(?:[Uu]nder|heading) ({_CALLED})(?! (?:(?:and|or|of|in) )?[A-Z])"
    rf"|\b({_CALLED})(?= section\b)"
)
_BOXED = re.compile(r"\bboxed warning\b", re.IGNORECASE)


def sections_named(example: Example, document: Source) -> tuple[str, ...]:
    """The titles that a question about a label or page names, in small letters; empty where it asks about no section as such."""
    if document.has("page") and "asks_for_facts" in example.traits:
        return titles_asked(example)
    if "about_medicine" not in example.traits or example.stated or not document.has("label"):
        return ()
    titles = [m[m.lastindex or 0] for pattern in (QUOTED, _SECTION) for m in pattern.finditer(example.prompt)]
    named = [_OF_PACKAGE.get(title.casefold(), title.casefold()) for title in titles]
    return tuple(dict.fromkeys([*([BOX] if _BOXED.search(example.prompt) else []), *named]))


def on_package(title: str) -> list[str]:
    """What the package of an OTC drug calls a section of that title."""
    return [said for said, of in _OF_PACKAGE.items() if of == title]


def section_whole(example: Example, evidence: Evidence) -> Finding | None:
    """The answer is what the document has under the titles that the question names, word for word and to the end."""
    named = sections_named(example, evidence.document)
    if not named:
        return None
    of_page = evidence.document.has("page")
    reason = not_under_heading(example, evidence, named) if of_page else _reason(example, evidence, named)
    return Finding(NAME, reason) if reason else None


def _reason(example: Example, evidence: Evidence, named: tuple[str, ...]) -> str:
    audiences = {p.audience for p in evidence.passages}
    headings = {_bare(p.heading) for p in evidence.document.passages}
    wanted: list[SourcePassage] = []
    for title in named:
        if _CUT_TITLE.search(title):
            return f"a title that ends in its middle: {title!r}"
        if title in _PARENTS or headings & _PARTS_OF.get(title, frozenset()):
            return f"parts of that section stand under titles of their own: {title!r}"
        found = [p for p in _under(title, evidence.document) if p.audience in audiences]
        headed = [p for p in found if _bare(p.heading) == title]
        if not found:
            return f"the label has no section of that title: {title!r}"
        if len(headed) > 1:
            return f"the label has more than one section of that title: {title!r}"
        known = [tokens(said) for said in on_package(title)]
        other = next((p for p in evidence.document.passages if p not in found
                      and any(tokens(p.text)[: len(own)] == own for own in known)), None)  # fmt: skip
        if other:
            return f"another part of the package begins with that title: {other.text[:60]!r}"
        wanted += found
    unsound = next((r for p in wanted if (r := _unsound(p) or _begun_before(p, evidence.document))), "")
    if unsound:
        return unsound
    cut = next((p for p in wanted if "part" in p.attributes), None)
    if cut:
        return f"the section is longer: {cut.text[:80]!r}"
    used = {p.passage_id for p in evidence.passages}
    missing = next((p for p in wanted if p.passage_id not in used), None)
    if missing:
        return f"it asks for {' and '.join(named)}, where the label also says {missing.text[:100]!r}"
    strange = next((p for p in evidence.passages if p not in wanted), None)
    if strange:
        return f"it asks for {' and '.join(named)}, and the text is of {strange.heading or strange.section}"
    return _not_word_for_word(example, wanted, named)


def _unsound(passage: SourcePassage) -> str:
    """What shows that a section's text is not as its label prints it, or leaves its sense to another section."""
    said = passage.text.removeprefix(passage.heading)
    found = next(
        (
            m
            for sign in (
                _SENT_AWAY,
                _GLUED,
                _HEADED,
                _FLATTENED,
                _LEFT_OF_POINTER,
                _LOWERED,
                _RUN_ON,
            )
            if (m := sign.search(said))
        ),
        None,
    )
    if found:
        return f"the section's text is damaged or points elsewhere: {said[max(0, found.start() - 20) : found.end() + 20]!r}"
    first = said.lstrip().partition("\n")[0]
    if passage.section != "boxed_warning" and (_BEGINS_AGAIN.match(first) or _bare(first) in _TITLES):
        return f"a title stands in the section's text: {first[:60]!r}"
    if passage.audience != "consumer" and passage.section in _SAID_SHORT and said.lstrip().startswith("- "):
        return f"a list without its lead: {said.strip()[:60]!r}"
    if _CUT_TITLE.search(_bare(passage.heading)):
        return f"a heading ends in its middle: {passage.heading!r}"
    if passage.section in _SAID_SHORT and (again := _said_again(passage.text)):
        return f"a highlight stands beside what it says: {again[:80]!r}"
    last = next((u for u in reversed(units(passage.text)) if tokens(u.text)), None)
    if passage.audience != "consumer" and last and last.kind in (OPEN, TITLE):
        return f"the section ends without a full stop, as a highlight does: {last.text[-60:]!r}"
    if passage.audience == "consumer" and (line := _lost_marks(said)):
        return f"a list of a package has lost its marks: {line[:80]!r}"
    title = _SAYS_ITS_TITLE.match(passage.heading)
    own = tokens(title[0]) if title else ()
    other = own and tokens(said)[: len(own)] != own and tokens(passage.text)[: len(own)] != own
    return f"it does not begin with its title: {passage.text[:60]!r}" if other else ""


def _begun_before(passage: SourcePassage, document: Source) -> str:
    """What shows that a section for those who prescribe begins with a heading, or with what is left of its own."""
    said = passage.text.removeprefix(passage.heading).lstrip()
    if passage.audience == "consumer" or passage.section == "boxed_warning":
        return ""
    alone = _LINE_BEFORE.match(said)
    found = _WORD_BEFORE.match(said)
    first, second = (found[1].casefold(), found[2].casefold()) if found else ("", "")
    named = first in tokens(" ".join((*document.names, document.title)).casefold()) or first in _LEADS_IN
    if alone or (found and not named and (first == second or re.search(rf"\b{second}\b", document.text))):
        return f"a heading is left before the text: {said[:60]!r}"
    return ""


def _said_again(text: str) -> str:
    """A sentence most of whose words another one has: the highlights' wording beside the full one."""
    said = [(u.text, frozenset(stem(w) for w in content(u.text))) for u in units(text)]
    for (one, words), (_, others) in permutations(said, 2):
        if len(words) >= _LEAST_AGAIN and len(words & others) >= _AGAIN * len(words):
            return one
    return ""


def _lost_marks(text: str) -> str:
    """A line of a package's list in which several items may stand: long without a mark."""
    for unit in units(text):
        if (
            unit.kind != ROW
            and max(len(piece.split()) for piece in _JOINTS.split(unit.text)) > _MOST_UNMARKED
        ):
            return unit.text
    return ""


def _under(title: str, document: Source) -> Iterator[SourcePassage]:
    """What stands under a title of the label: the section, or one subsection."""
    for passage in document.passages:
        heading = _bare(passage.heading)
        belongs = heading not in _TITLES and _UNDER.get(passage.section, "") == title
        untitled = not heading and passage.section == _TITLES.get(title)
        if heading == title or belongs or untitled:
            yield passage


def _bare(heading: str) -> str:
    return heading.strip().rstrip(".:").casefold().removesuffix(" risk summary")


def _not_word_for_word(example: Example, wanted: list[SourcePassage], named: tuple[str, ...]) -> str:
    """The first place where the answer says something else than the passages one after another, each below its heading or not."""
    said, at = tokens(example.completion), 0
    for passage in wanted:
        text = tokens(passage.text)
        heads = [tokens(passage.heading), *(tokens(title) for title in named), ()]
        start = next(
            (
                at + len(h)
                for h in heads
                if said[at:][: len(h)] == h and said[at + len(h) :][: len(text)] == text
            ),
            None,
        )
        if start is None:
            return f"it is not the section word for word from {' '.join(said[at : at + 12])!r}"
        at = start + len(text)
    return f"it says more than the section: {' '.join(said[at : at + 12])!r}" if at < len(said) else ""
