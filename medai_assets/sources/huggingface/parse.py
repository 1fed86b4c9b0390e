"""Rows of hub data sets: instruction/input/output, question/answer and PubMedQA columns to a question and its answer."""

from __future__ import annotations

import re
from typing import Any

import orjson

from medai_assets.sources.document import Document, Parsed, Section, SetAside
from medai_assets.text.normalise import normalise
from medai_assets.text.personal_data import mask

# Column names for the question and the answer, first match wins; "input" before "instruction" where both are filled,
# since "instruction" is then the same sentence in every row.
_QUESTION = ("question", "Question", "QUESTION", "input", "instruction", "prompt", "patient", "Patient")
_ANSWER = (
    "long_answer",
    "LONG_ANSWER",
    "answer",
    "Answer",
    "output",
    "response",
    "completion",
    "doctor",
    "Doctor",
)
_KIND = ("qtype", "question_type", "type")
_TASK = re.compile(
    r"\b(?:answer (?:this|the) question|if you are a doctor|please (?:answer|summarize)|truthfully)\b",
    re.IGNORECASE,
)


def parse(payload: str, title: str | None = None, flags: list[str] | None = None) -> Parsed:
    """One row, either as the hub's own columns or below ``row``.

    Raises:
        orjson.JSONDecodeError: the payload is not JSON.
    """
    record: dict[str, Any] = orjson.loads(payload)
    row = record["row"] if isinstance(record.get("row"), dict) else record
    # The answer is masked with all other texts; the question becomes title, heading and attribute, so here.
    question, masked = mask(normalise(_question(row)), True)
    answer = _text(row, _ANSWER)
    if not answer:
        return SetAside("no answer", question)
    attributes: dict[str, Any] = {"question": question} if question else {}
    if masked:
        attributes["masked_in_question"] = masked
    kind = _text(row, _KIND)
    if kind:
        attributes["question_type"] = kind
    article = row.get("pubid")
    if article:
        attributes["pmid"] = str(article)
        attributes["decision"] = row.get("final_decision")
    patient = "dialogue" in (flags or []) or any(name in row for name in ("patient", "Patient"))
    subject = _text(row, ("subject", "topic", "focus", "drug", "condition"))
    return Document(
        title=mask(title, True)[0] if title else question[:120] or "Data set row",
        subject=subject or None,
        audience="professional" if article else "consumer",
        evidence="study" if article else "dataset",
        flags=[*(flags or []), *(["dialogue"] if patient and "dialogue" not in (flags or []) else [])],
        attributes=attributes,
        sections=[Section("conclusions" if article else "answer", question, answer)],
    )


def _question(row: dict[str, Any]) -> str:
    text = _text(row, ("question", "Question", "QUESTION"))
    if text:
        context = "" if row.get("pubid") else _text(row, ("context", "Context"))
        return f"{context} {text}" if context else text
    given, task = _text(row, ("input",)), _text(row, ("instruction",))
    if given and (not task or _TASK.search(task)):
        return given
    if given and task:
        return f"{task}\n\n{given}"
    return task or _text(row, _QUESTION)


def _text(row: dict[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""
