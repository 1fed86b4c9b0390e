"""MedQuAD question-answer pairs: three XML dialects to one document a pair.

Answers were flattened when the collection was made: list items are separated by `` - `` within a line, table headings
stand in the middle of sentences, and every apostrophe of a curled form, every dash and every letter beyond ASCII is
gone. What can be restored without guessing is restored here (``doesnt``, ``Sjgren``); what two readings fit
(``patients health``) stays as it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.sources.document import Document, Parsed, Section, SetAside
from medai_assets.text.html import is_boilerplate

_TYPES: dict[str, str] = read_yaml(Path(__file__).with_name("sections.yaml"))
_FOCUS = ("Focus", "doctitle-focus")
_QUESTION = ("Question", "question")
_ANSWER = ("Answer", "answer")
_SYNONYM = ("Synonym", "synonym")

# Sentences that stand in hundreds of answers and speak of web pages, not of the disease.
_BOILERPLATE = re.compile(
    r"The Human Phenotype Ontology \(HPO\) has collected information on how often .*?(?:may be rare or common\.|$)"
    r"|The Human Phenotype Ontology provides the following list of signs and symptoms for [^.]{1,200}\.\s+If the "
    r"information is available, the table below includes how often the symptom is seen in people with this condition\."
    r"|You can use the MedlinePlus Medical Dictionary to look up the definitions for these medical terms\."
    r"|See the [^.]{3,80} section (?:that follows |below )?for (?:links|more)[^.]{0,600}\."
    r"|These have been retrieved from NCI's listing of clinical trials\.",
    re.DOTALL,
)
_BOILERPLATE_MARKS = (
    "Human Phenotype",
    "MedlinePlus Medical Dictionary",
    "See the ",
    "NCI's listing",
)
# Where another page is, alone or with a list of such pages; looked for once the list's items stand on their own lines.
_ELSEWHERE = re.compile(
    r"(?:\*?See the Pronunciation Guide|The section \"[^\"\n]+\" (?:provides|has|contains|lists|describes|explains)"
    r"|\(?(?:See|For more information,? see|For information [^.:\n]{3,160},? (?:please )?see) the (?:following )?"
    r"(?:PDQ summar(?:y|ies)|General Information section))[^.:\n]{0,600}(?:\.\)?|\)|:(?:\s*\n- [^\n]*)+)"
    r"|For (?:additional|more|further) information\b[^.\n]{0,160}\bvisit\b[^\n]*?(?:\.(?=\s)|\.?$)"
    r"|More information (?:about|on|is)\b[^\n]{0,160}?NIDDK health topics?(?:,[^.\n]*\.|[^.:\n]*(?:\.|:(?:\s*\n- [^\n]*)+))",
    re.MULTILINE,
)
_BARE_ADDRESS = re.compile(r"(?<=[.!?])\s*https?://\S+$", re.MULTILINE)
# "each year.1 Women": the number of a footnote that is not there.
_FOOTNOTE = re.compile(r"(?<=[a-z0-9][a-z)][.,])\d{1,2}(?:,\s?\d{1,2})*(?=\s+[A-Z]|\s*$)", re.MULTILINE)
# "Surgery Surgery to remove ...": a heading and the sentence that begins with it.
_GLUED_HEADING = re.compile(r"^([A-Z][A-Za-z ]{3,40}?) +(?=\1\b)", re.MULTILINE)
_LOST_APOSTROPHE = re.compile(
    r"\b(?:(do|does|did|is|are|was|were|has|have|had|ca|wo|could|would|should)(nt)|(child|woman|baby|body|that)(s))\b"
)
_LOST_LETTERS = {
    "Behet": "Behçet", "Guillain-Barr": "Guillain-Barré", "Mntrier": "Ménétrier", "Mnire": "Ménière", "Schnlein": "Schönlein",
    "Sjgren": "Sjögren", "Szary": "Sézary", "Waldenstrm": "Waldenström",
}  # fmt: skip
_LOST_LETTER = re.compile(rf"\b({'|'.join(_LOST_LETTERS)})(s?)\b(?!é)")
# What the Human Phenotype Ontology lists beside signs: how a disease is inherited, begins and goes on.
_NO_SIGN = re.compile(
    r".*\binheritance|Sporadic|Somatic mutation|Heterogeneous|Variable expressivity|Incomplete penetrance|"
    r"Phenotypic variability|Genetic (?:anticipation|heterogeneity).*|Contiguous gene syndrome|.*\bonset|"
    r"(?:Rapidly |Slowly )?progressive(?: disorder)?|Nonprogressive(?: disorder)?",
    re.IGNORECASE,
)
# GARD's answers begin with the question said again.
_ECHO = re.compile(r"\s*(?:What|How|Is|Are|Who|Can|Do|Does|Why|When)\b[^.?!]{1,160}\?\s+(?=\S)")
_HPO_HEADER = re.compile(
    r"Signs and Symptoms\s+Approximate number of patients \(when available\)\s*(?P<rows>.*)", re.DOTALL
)
_HPO_SHARE = re.compile(r" (?P<share>-|\d+(?:\.\d+)?%|\d+%?-\d+%|\d+/\d+|\d+ ?%)(?=\s|$)")
_LONGEST_SIGN = 200  # characters
_NEXT_ITEM = re.compile(r"(?<!\d) - (?=\S)|(?<=\d) - (?=[^\d\s])")
_INLINE_ITEM = re.compile(r"(?:(?<=[:.;?!])|^) {1,}- +(?=\S)|(?<!\s)\s{3,}- +(?=\S)", re.MULTILINE)
_PARAGRAPH_GAP = re.compile(r"(?<=[.!?]) {3,}(?=[A-Z])")
_QUESTION_GAP = re.compile(r" ([?!.])")
_DOUBLE_MARK = re.compile(r"\?{2,}")


def parse(payload: str, title: str | None = None, flags: list[str] | None = None) -> Parsed:
    """One pair; set aside when it has no answer.

    Raises:
        lxml.etree.XMLSyntaxError: the payload is not XML.
    """
    root = etree.fromstring(payload.encode())
    focus = _restored(_first(root, _FOCUS) or title or "")
    question = _question(_restored(_first(root, _QUESTION)))
    said = _first(root, _ANSWER)
    answer = _answer(said)
    if not answer:
        return SetAside("no answer", question)
    kind = next((e.get("qtype") or "" for name in _QUESTION for e in root.iter(name)), "").strip().lower()
    section = _TYPES.get(kind)
    return Document(
        title=focus,
        subject=focus or None,
        aliases=[t for name in _SYNONYM for e in root.iter(name) if (t := " ".join((e.text or "").split()))],
        audience="consumer",
        evidence="consumer",
        language="en",
        sections=[
            Section(
                section or "other",
                question,
                answer,
                {"question": question, "question_type": kind, **_inner(said)},
            )
        ],
        unmapped=[] if section else [kind],
    )


def _first(root: etree._Element, names: tuple[str, ...]) -> str:
    for name in names:
        for element in root.iter(name):
            return "".join(map(str, element.itertext())).strip("\n")
    return ""


def _question(text: str) -> str:
    """The question as a sentence: no gap before the mark, one mark, a capital to begin with."""
    line = _QUESTION_GAP.sub(r"\1", " ".join(text.split()))
    line = _DOUBLE_MARK.sub("?", line.replace("??", "?"))
    return line[:1].upper() + line[1:]


def _inner(answer: str) -> dict[str, str]:
    """The question that the answer itself begins with, which may ask for less than the pair's ("What causes the itching?")."""
    found = _ECHO.match(answer)
    return {"inner_question": " ".join(found[0].split())} if found else {}


def _restored(text: str) -> str:
    """With the apostrophes and letters whose absence leaves no word."""
    text = _LOST_LETTER.sub(lambda m: _LOST_LETTERS[m[1]] + ("'s" if m[2] else ""), text)
    return _LOST_APOSTROPHE.sub(_with_apostrophe, text)


def _with_apostrophe(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}'t" if found[2] else f"{found[3]}'s"


def _answer(text: str) -> str:
    text = _restored(text)
    if any(mark in text for mark in _BOILERPLATE_MARKS):
        text = _BOILERPLATE.sub(" ", text)
    text = text[found.end() :] if (found := _ECHO.match(text)) else text
    table = _HPO_HEADER.search(text)
    if table:
        text = f"{text[: table.start()].strip()}\n\n{_phenotypes(table['rows'])}"
    text = _PARAGRAPH_GAP.sub("\n\n", _INLINE_ITEM.sub("\n- ", text))
    lines = (_items(line.strip()) for line in text.split("\n") if not is_boilerplate(line))
    text = _BARE_ADDRESS.sub("", _ELSEWHERE.sub("", "\n".join(lines)))
    text = _GLUED_HEADING.sub(r"\1\n", _FOOTNOTE.sub("", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _items(line: str) -> str:
    """A line that begins as an item holds the whole list: ``- beans - fruits, such as pears``."""
    return f"- {_NEXT_ITEM.sub(chr(10) + '- ', line[2:])}" if line.startswith("- ") else line


def _phenotypes(rows: str) -> str:
    """The flattened table of signs: ``Ataxia 90% Seizures -`` becomes one line a sign."""
    found, text, end = [], " ".join(rows.split()), 0
    for share in _HPO_SHARE.finditer(text):
        start = max(end, share.start() - _LONGEST_SIGN, text.rfind("%", end, share.start()) + 1)
        if name := text[start : share.start()].removeprefix(" "):
            found.append((name, share["share"]))
            end = share.end()
    if not found:
        return rows.strip()
    lines = [
        f"- {name}" + ("" if share == "-" else f" ({share} of patients)")
        for name, share in found
        if not _NO_SIGN.fullmatch(name)
    ]
    return "\n".join(["Signs and symptoms:", *lines])
