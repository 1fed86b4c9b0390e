"""What the columns of the stored tables mean, in words for a reader of an asset's page, and which of them a sample shows."""

from __future__ import annotations

# One meaning a name: the tables share their columns.
MEANING: dict[str, str] = {
    # raw records
    "record_id": "The record: source and the publisher's own number or address",
    "source": "Upstream it comes from",
    "slice": "Part of the upstream that is collected and refreshed on its own",
    "version": "The publisher's own version or date; empty when there is none",
    "title": "Title of the record or document",
    "language": "ISO 639-1 code",
    "updated_at": "Day of the publisher's last change",
    "payload_format": "json or xml",
    "payload": "The record word for word as it was received",
    "payload_sha256": "Hash of the payload: the same hash is the same content",
    "url": "The publisher's page for a reader",
    "request": "The request that brought it, without keys",
    "retrieved_at": "When it was received, UTC",
    "licence": "SPDX identifier, or LicenseRef- where none exists",
    "attribution": "How the publisher asks to be named",
    "flags": "What was recognised: retracted, repackager, homeopathic, notice, …",
    "sample": "Written for this project, not a publisher's text",
    # withdrawals
    "kind": "What sort: of example, or of withdrawal",
    "reason": "Why, in words",
    "reported_by": "The source, or the person who asked for a take-down",
    "reported_at": "Day that the source or person states",
    "evidence": "Record or address of the notice",
    # reviews
    "verdict": "approve or fault",
    "fault": "Its kind; empty where approved",
    "comment": "What the reviewer adds",
    "reviewer": "Whose verdict it is",
    "role": "clinician, pharmacist, editor, engineer or lay reader",
    "reviewed_at": "When it was entered, UTC",
    # benchmark questions
    "benchmark": "The set the question belongs to",
    "item_id": "Its number there",
    "question": "The question",
    "options": "Answers to choose from",
    "answer": "The right one",
    "context": "Text that belongs to the question",
    # passages
    "passage_id": "Hash of the normalised text",
    "text": "The cleaned text; no number or unit is changed",
    "section": "Section in the vocabulary that all sources share",
    "heading": "The source's own heading",
    "document_id": "The document it was cut from",
    "position": "Its place in the document",
    "subject": "Drug, disease or focus that it is about",
    "aliases": "Brand names and synonyms of the subject",
    "audience": "consumer or professional",
    "words": "Length",
    "attributes": "What else the source says, as JSON",
    "quality": "Measures of the text, as JSON",
    "masked": "Personal data masked, counted by kind",
    "origins": "Every record that says this, each with version, address and licence",
    # examples
    "example_id": "Hash of kind, question and answer",
    "rule": "The rule that made it, with its version",
    "system": "Instruction to the model",
    "history": "Question and answer before the request, mostly none",
    "prompt": "The request",
    "completion": "The answer: the source's own sentences, or authored text",
    "passage_ids": "The passages it was made from",
    "authored": "A person wrote the answer for this project",
    "split": "train or validation; no document is in both",
    # preference pairs
    "pair_id": "Hash of the reason and the texts",
    "chosen": "The answer that is preferred: an example's",
    "rejected": "The answer that it is preferred to; never an example",
    "chosen_example_id": "The example whose answer is preferred",
    "chosen_origins": "The records behind the preferred answer",
    "chosen_passage_ids": "The passages behind the preferred answer",
    "rejected_example_id": "The example whose answer is rejected here; empty where none has it",
    "rejected_origins": "The records behind the rejected answer",
    "rejected_passage_ids": "The passages behind the rejected answer",
    "labels": "What an evaluation checks the answer for, as JSON",
}
# Where a table gives a name another sense.
MEANING_IN: dict[tuple[str, str], str] = {
    ("passages", "evidence"): "label, guideline, review, trial, study or consumer page",
    ("examples", "kind"): "What it teaches: a kind of example",
    ("train", "kind"): "What it teaches: a kind of example",
    ("pairs", "reason"): "Why the one answer is preferred",
    ("pairs", "kind"): "Kind of the preferred example",
    ("pairs", "prompt"): "The request as messages, with the system text",
    ("withdrawals", "kind"): "retraction, deletion, superseded or take_down",
    ("withdrawals", "version"): "Only this version of the record; empty for all",
    ("questions", "record_id"): "The record it was written from, where the benchmark says so",
}
# Three or four columns are as many as the page shows side by side.
SAMPLED: dict[str, tuple[str, ...]] = {
    "records": ("record_id", "title", "updated_at"),
    "withdrawals": ("record_id", "kind", "reason"),
    "reviews": ("verdict", "fault", "role"),
    "questions": ("benchmark", "question", "answer"),
    "passages": ("source", "title", "text"),
    "examples": ("kind", "prompt", "completion"),
    "train": ("kind", "prompt", "completion"),
    "pairs": ("reason", "chosen", "rejected"),
}
_PLAIN = {"string": "text", "large_string": "text", "int32": "number", "int64": "number", "bool": "yes or no"}


def meaning(table: str, column: str) -> str:
    """What a column of a table holds; raises KeyError for one that nobody has described."""
    return MEANING_IN.get((table, column)) or MEANING[column]


def plain_type(arrow_type: object) -> str:
    """An Arrow type in a word or two."""
    name = str(arrow_type)
    if name.startswith("list<"):
        return "list of records" if "struct" in name else "list of text"
    return "time" if name.startswith("timestamp") else _PLAIN.get(name, name)
