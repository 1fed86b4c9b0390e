"""MedQuAD question-answer pairs: three XML dialects to one document a pair.

Answers were flattened when the collection was made: list items are separated by `` - `` within a line, and table
headings stand in the middle of sentences. What can be restored without guessing is restored here.
"""

from __future__ import annotations

import re

from lxml import etree

from medai_assets.corpus.document import Document, Parsed, Section, SetAside
from medai_assets.corpus.html import is_boilerplate
from medai_assets.corpus.sections import MEDQUAD_TYPES

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
    r"|More information (?:about|on|is)\b[^.]{0,120}?(?:provided|available|found|discussed) in the NIDDK health topics?,?[^.]*\."
    r"|See the [^.]{3,80} section (?:that follows |below )?for (?:links|more)[^.]*\."
    r"|These have been retrieved from NCI's listing of clinical trials\.",
    re.DOTALL,
)
_BOILERPLATE_MARKS = (
    "Human Phenotype",
    "MedlinePlus Medical Dictionary",
    "NIDDK health topic",
    "See the ",
    "NCI's listing",
)
# GARD's answers begin with the question said again.
_ECHO = re.compile(r"\s*(?:What|How|Is|Are|Who|Can|Do|Does|Why|When)\b[^.?!]{1,160}\?\s+(?=\S)")
_HPO_HEADER = re.compile(
    r"Signs and Symptoms\s+Approximate number of patients \(when available\)\s*(?P<rows>.*)", re.DOTALL
)
_HPO_ROW = re.compile(r"\s*(?P<name>[^%]+?)\s+(?P<share>-|\d+(?:\.\d+)?%|\d+%?-\d+%|\d+/\d+|\d+ ?%)(?=\s|$)")
_INLINE_ITEM = re.compile(r"(?:(?<=[:.;?!])|^) {1,}- +(?=\S)|\s{3,}- +(?=\S)", re.MULTILINE)
_PARAGRAPH_GAP = re.compile(r"(?<=[.!?]) {3,}(?=[A-Z])")
_QUESTION_GAP = re.compile(r"\s+([?!.])")
_DOUBLE_MARK = re.compile(r"\?{2,}")


def parse(payload: str, title: str | None = None, flags: list[str] | None = None) -> Parsed:
    """One pair; set aside when it has no answer.

    Raises:
        lxml.etree.XMLSyntaxError: the payload is not XML.
    """
    root = etree.fromstring(payload.encode())
    focus = _first(root, _FOCUS) or title or ""
    question = _question(_first(root, _QUESTION))
    answer = _answer(_first(root, _ANSWER))
    if not answer:
        return SetAside("no answer", question)
    kind = next((e.get("qtype") or "" for name in _QUESTION for e in root.iter(name)), "").strip().lower()
    section = MEDQUAD_TYPES.get(kind)
    return Document(
        title=focus,
        subject=focus or None,
        aliases=[t for name in _SYNONYM for e in root.iter(name) if (t := " ".join((e.text or "").split()))],
        audience="consumer",
        evidence="consumer",
        language="en",
        sections=[
            Section(section or "other", question, answer, {"question": question, "question_type": kind})
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


def _answer(text: str) -> str:
    if any(mark in text for mark in _BOILERPLATE_MARKS):
        text = _BOILERPLATE.sub(" ", text)
    text = _ECHO.sub("", text, count=1) if _ECHO.match(text) else text
    table = _HPO_HEADER.search(text)
    if table:
        text = f"{text[: table.start()].strip()}\n\n{_phenotypes(table['rows'])}"
    text = _PARAGRAPH_GAP.sub("\n\n", _INLINE_ITEM.sub("\n- ", text))
    lines = (line.strip() for line in text.split("\n") if not is_boilerplate(line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _phenotypes(rows: str) -> str:
    """The flattened table of signs: ``Ataxia 90% Seizures -`` becomes one line a sign."""
    found = list(_HPO_ROW.finditer(" ".join(rows.split())))
    if not found:
        return rows.strip()
    lines = [
        f"- {row['name']}" + ("" if row["share"] == "-" else f" ({row['share']} of patients)")
        for row in found
    ]
    return "\n".join(["Signs and symptoms:", *lines])
