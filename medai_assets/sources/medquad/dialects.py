"""MedQuAD's three XML dialects, read into pairs.

What belongs here: element and attribute names. The main dialect is ``Document/QAPairs/QAPair``; some NINDS files are
``doc/qaPairs/pair`` in lower case with the focus in ``doctitle-focus``; one CDC file has the root ``DiseaseFile``; CDC files have
``UMLS`` beside ``Focus`` with single values instead of lists.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lxml import etree

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
_ROOTS = ("Document", "doc", "DiseaseFile")
# One spelling for each element of the three dialects.
_NAMES = {
    "question": "Question",
    "answer": "Answer",
    "pair": "QAPair",
    "qaPairs": "QAPairs",
    "doctitle-focus": "Focus",
    "umls": "UMLS",
    "cui": "CUI",
    "semanticType": "SemanticType",
    "semanticGroup": "SemanticGroup",
    "synonym": "Synonym",
    "category": "Category",
}
_ANNOTATIONS = ("Category", "CUI", "SemanticType", "SemanticGroup", "Synonym")


@dataclass(frozen=True, slots=True)
class Pair:
    """One question and its answer; ``pid`` is unique in its file. MedQuAD keeps the place of an answer that it may not show."""

    pid: str
    question: str
    has_answer: bool
    has_place_of_answer: bool
    focus: str
    url: str
    payload: str


def pairs_of(data: bytes) -> list[Pair]:
    """The pairs of one file, which may have none.

    Raises:
        lxml.etree.XMLSyntaxError: it is not XML.
        ValueError: the root is none of the three, it names no url, or has no place for pairs.
    """
    root = etree.fromstring(data, _PARSER)
    if root.tag not in _ROOTS:
        raise ValueError(f"the root element is {root.tag!r}, not one of {', '.join(_ROOTS)}")
    identifier = root.get("id") or root.get("docid") or root.get("fid") or ""
    corpus, url = root.get("source") or root.get("corpus") or "", root.get("url") or ""
    if not url:
        raise ValueError("the document names no url")
    found = _by_name(root)
    focus = next((_text(e) for e in found.get("Focus", ())), "")
    head = _head(identifier, corpus, url, focus, found)
    if "QAPair" not in found and any(map(len, found.get("QAPairs", [root]))):
        raise ValueError("the document holds no QAPair, and other elements in their place")
    taken: Counter[str] = Counter()
    return [_pair(element, head, focus, url, taken) for element in found.get("QAPair", ())]


def _by_name(root: etree._Element) -> dict[str, list[etree._Element]]:
    found: dict[str, list[etree._Element]] = {}
    for element in root.iter(etree.Element):
        found.setdefault(_NAMES.get(element.tag, element.tag), []).append(element)
    return found


def _pair(element: etree._Element, head: str, focus: str, url: str, taken: Counter[str]) -> Pair:
    inside = {_NAMES.get(child.tag, child.tag): child for child in element.iterchildren(etree.Element)}
    question, answer = inside.get("Question"), inside.get("Answer")
    asked = _text(question)
    answered = "" if answer is None else _all_text(answer)
    number = element.get("pid") or "0"
    taken[number] += 1
    pid = number if taken[number] == 1 else f"{number}.{taken[number]}"  # a number that a file uses twice
    kinds = "" if question is None else _attributes(qid=question.get("qid"), qtype=question.get("qtype"))
    body = f"<Question{kinds}>{_escaped(asked)}</Question>\n<Answer>{_escaped(answered)}</Answer>"
    payload = (
        f"{head}<QAPairs>\n<QAPair{_attributes(pid=number)}>\n{body}\n</QAPair>\n</QAPairs>\n</Document>"
    )
    return Pair(pid, asked, bool(answered.strip()), answer is not None, " ".join(focus.split()), url, payload)


def _head(identifier: str, corpus: str, url: str, focus: str, found: dict[str, list[etree._Element]]) -> str:
    """What all pairs of a document share: its attributes, focus and annotations."""
    values = {
        name: list(dict.fromkeys(text for e in found.get(name, ()) if (text := _text(e))))
        for name in _ANNOTATIONS
    }
    parts = [
        f"<Document{_attributes(id=identifier, source=corpus, url=url)}>",
        f"<Focus>{_escaped(focus)}</Focus>",
    ]
    parts += ["<FocusAnnotations>", *_elements("Category", values["Category"])]
    parts += ["<UMLS>", "<CUIs>", *_elements("CUI", values["CUI"]), "</CUIs>"]
    parts += ["<SemanticTypes>", *_elements("SemanticType", values["SemanticType"]), "</SemanticTypes>"]
    parts += [*_elements("SemanticGroup", values["SemanticGroup"]), "</UMLS>"]
    parts += ["<Synonyms>", *_elements("Synonym", values["Synonym"]), "</Synonyms>", "</FocusAnnotations>"]
    return "\n".join(parts) + "\n"


def _elements(name: str, values: list[str]) -> list[str]:
    return [f"<{name}>{_escaped(value)}</{name}>" for value in values]


def _text(element: etree._Element | None) -> str:
    return "" if element is None else _all_text(element).strip()


def _all_text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext())) if len(element) else element.text or ""


def _attributes(**values: str | None) -> str:
    return "".join(
        f' {name}="{_escaped(value).replace(chr(34), "&quot;")}"' for name, value in values.items() if value
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
