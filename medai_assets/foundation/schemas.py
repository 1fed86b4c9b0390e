"""The tables of the project, one Arrow schema each; the closed vocabularies of their columns are in ``vocabularies``.

What belongs here: column names and types. What does not: any code that fills or reads a table.
"""

from __future__ import annotations

import pyarrow as pa

RAW_RECORD = pa.schema(
    [
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("slice", pa.string(), nullable=False),
        # the upstream's own version or date; "" when it has none
        pa.field("version", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("language", pa.string()),  # ISO 639-1 where the upstream says it
        pa.field("updated_at", pa.string()),  # ISO date of the upstream's last change
        pa.field("payload_format", pa.string(), nullable=False),  # json | xml
        pa.field("payload", pa.large_string(), nullable=False),  # verbatim
        pa.field("payload_sha256", pa.string(), nullable=False),
        pa.field(
            "url", pa.string(), nullable=False
        ),  # the publisher's page for a reader; of a sample "sandbox:" and its id
        pa.field("request", pa.string(), nullable=False),  # what brought it, keys removed
        pa.field("retrieved_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("attribution", pa.string(), nullable=False),
        # e.g. homeopathic, repackager, retracted, notice
        pa.field("flags", pa.list_(pa.string()), nullable=False),
        pa.field("sample", pa.bool_(), nullable=False),  # written for this project, not a publisher's text
    ]
)

REJECTED = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("slice", pa.string(), nullable=False),
        pa.field("record_id", pa.string()),
        pa.field("reason", pa.string(), nullable=False),  # short, countable
        pa.field("detail", pa.string()),
        pa.field("payload", pa.large_string()),
        pa.field("request", pa.string()),
    ]
)

WITHDRAWAL = pa.schema(
    [
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # retraction | deletion | superseded | take_down
        pa.field("reason", pa.string(), nullable=False),
        pa.field("version", pa.string()),  # only this version of the record; null = every version
        pa.field("reported_by", pa.string(), nullable=False),  # source name, or the person for a take-down
        pa.field("reported_at", pa.string()),  # ISO date as the source states it
        pa.field("evidence", pa.string()),  # record id or url of the notice
    ]
)

# Further names under which a retraction may speak of a record: of another source, or a publisher's.
ALIAS = pa.schema(
    [
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),  # another record id, or doi:<DOI in small letters>
    ]
)

ORIGIN = pa.struct(
    [
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("slice", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("attribution", pa.string(), nullable=False),
        pa.field("sample", pa.bool_(), nullable=False),
    ]
)

PASSAGE = pa.schema(
    [
        pa.field("passage_id", pa.string(), nullable=False),  # "p" + 24 hex of sha256 of the normalised text
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),  # of the document
        pa.field("section", pa.string(), nullable=False),  # one of SECTIONS
        pa.field("heading", pa.string(), nullable=False),  # the source's own heading, "" when none
        # record_id; for MedQuAD the file's id without #pid
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("position", pa.int32(), nullable=False),  # order within the document
        pa.field("source", pa.string(), nullable=False),
        pa.field("subject", pa.string()),  # drug (generic name), disease or focus
        pa.field("aliases", pa.list_(pa.string()), nullable=False),  # brand names, synonyms
        pa.field("audience", pa.string(), nullable=False),  # one of AUDIENCES
        # label | guideline | review | trial | study | consumer | ...
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("words", pa.int32(), nullable=False),
        # JSON object: question, question_type, product_type, ...
        pa.field("attributes", pa.string(), nullable=False),
        pa.field("quality", pa.string(), nullable=False),  # JSON object of measures
        pa.field("masked", pa.string(), nullable=False),  # JSON object: kind of personal data -> count
        pa.field("flags", pa.list_(pa.string()), nullable=False),
        pa.field("origins", pa.list_(ORIGIN), nullable=False),
    ]
)

REMOVED = pa.schema(
    [
        # processed_corpus | curated_corpus | instruction_dataset
        pa.field("stage", pa.string(), nullable=False),
        # e.g. language, quality, exact_duplicate, decontamination
        pa.field("step", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # short, countable
        pa.field("detail", pa.string()),  # the measure, the benchmark item, the kept passage's id ...
        pa.field("passage_id", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("text", pa.large_string()),
        pa.field("origins", pa.list_(ORIGIN), nullable=False),
    ]
)

BENCHMARK = pa.schema(
    [
        # medqa | medmcqa | pubmedqa | mmlu_<subject> | user file name
        pa.field("benchmark", pa.string(), nullable=False),
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("question", pa.large_string(), nullable=False),
        pa.field("options", pa.list_(pa.string()), nullable=False),
        # A letter, or yes/no/maybe; of a set whose answers are written what scores them (evaluation/written.py).
        pa.field("answer", pa.string()),
        pa.field("context", pa.large_string()),
        pa.field("record_id", pa.string()),  # pubmed:<pmid> for PubMedQA, fda:<set id> for FDARxBench
    ]
)

MESSAGE = pa.struct(
    [pa.field("role", pa.string(), nullable=False), pa.field("content", pa.string(), nullable=False)]
)

EXAMPLE = pa.schema(
    [
        # "e" + 24 hex of sha256 of kind, history, prompt, completion
        pa.field("example_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # one of KINDS
        pa.field("rule", pa.string(), nullable=False),  # name/version, e.g. drug_information.overdose/1
        pa.field("system", pa.string(), nullable=False),
        pa.field("history", pa.list_(MESSAGE), nullable=False),  # said before the prompt; mostly nothing
        pa.field("prompt", pa.large_string(), nullable=False),
        pa.field("completion", pa.large_string(), nullable=False),
        pa.field("passage_ids", pa.list_(pa.string()), nullable=False),
        pa.field("origins", pa.list_(ORIGIN), nullable=False),
        pa.field("authored", pa.bool_(), nullable=False),  # a person wrote the answer for this project
        pa.field("split", pa.string(), nullable=False),  # one of SPLITS
        pa.field("subject", pa.string()),
        pa.field("audience", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),  # of the first origin; "authored" when there is none
        pa.field("labels", pa.string(), nullable=False),  # JSON object, by kind; read by evaluation
    ]
)

# What people say of examples: the last word of each reviewer on each.
REVIEW = pa.schema(
    [
        pa.field("example_id", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),  # approve | fault
        pa.field("fault", pa.string(), nullable=False),  # its kind, "" where approved
        pa.field("comment", pa.string(), nullable=False),
        pa.field("reviewer", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("reviewed_at", pa.string(), nullable=False),  # ISO 8601, UTC
    ]
)

# A question as a teacher rewrote it. "" as reason: it is proved to ask the same.
REWRITE = pa.schema(
    [
        pa.field("example_id", pa.string(), nullable=False),  # of the example whose question it is
        pa.field("question", pa.string(), nullable=False),
        pa.field("rewritten", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("reply", pa.string(), nullable=False),  # as it came
        pa.field("model", pa.string(), nullable=False),
        pa.field("prompt_version", pa.string(), nullable=False),
        pa.field("reply_sha256", pa.string(), nullable=False),
        pa.field("passage_ids", pa.list_(pa.string()), nullable=False),
        pa.field("origins", pa.list_(ORIGIN), nullable=False),
    ]
)

# What training and evaluation read of an example; all else is noted beside it.
TRAINING_EXAMPLE = pa.schema(
    [
        EXAMPLE.field(name)
        for name in ("example_id", "kind", "system", "history", "prompt", "completion", "labels")
    ]
)

# Two answers to one request. The rejected one is no example, and supervised training never sees it.
PREFERENCE = pa.schema(
    [
        pa.field("pair_id", pa.string(), nullable=False),  # "q" + 24 hex of sha256 of reason and texts
        # a key of REASONS in instructions/preferences/pairs.py
        pa.field("reason", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # of the chosen example
        pa.field("split", pa.string(), nullable=False),  # of the chosen example
        pa.field("prompt", pa.list_(MESSAGE), nullable=False),
        pa.field("chosen", pa.large_string(), nullable=False),
        pa.field("rejected", pa.large_string(), nullable=False),
        pa.field("chosen_example_id", pa.string(), nullable=False),
        pa.field("chosen_origins", pa.list_(ORIGIN), nullable=False),
        pa.field("chosen_passage_ids", pa.list_(pa.string()), nullable=False),
        pa.field("rejected_example_id", pa.string()),  # null where no example has this answer
        pa.field("rejected_origins", pa.list_(ORIGIN), nullable=False),
        pa.field("rejected_passage_ids", pa.list_(pa.string()), nullable=False),
    ]
)

# Beside an adapter: what it learned, and what of its data it did not.
LEARNED = pa.schema(
    [
        pa.field("example_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("tokens", pa.int32(), nullable=False),  # with the prompt
        pa.field("times", pa.int32(), nullable=False),  # how often it entered an optimizer step
        pa.field("passage_ids", pa.list_(pa.string()), nullable=False),
        pa.field("records", pa.list_(pa.int32()), nullable=False),  # its origins: rows of LEARNED_RECORD
        pa.field("authored", pa.bool_(), nullable=False),
    ]
)
LEARNED_RECORD = pa.schema(list(ORIGIN))  # each origin once, as noted when its examples were learned

LEFT_OUT = pa.schema(
    [
        pa.field("example_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("tokens", pa.int32(), nullable=False),
        # over_length | token_budget | not_reached | validation
        pa.field("reason", pa.string(), nullable=False),
    ]
)
