"""The tables of the lineage index: SQLite, one file a data set version, written once and then only read.

It holds the examples, and of passages and records those that an example rests on; the others are asked of the corpus
itself (corpus.py). Words that repeat (kinds, sources, audiences, licences, subjects) are numbers into ``term``. ``example.n``
is a row number in its Parquet table, where the full text stays.
"""

from __future__ import annotations

import xxhash

FORMAT = "4"  # raised when these tables change; an index of another format is built again

TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE term (n INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE example (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, kind INTEGER NOT NULL, split INTEGER NOT NULL, source INTEGER NOT NULL,
    rule INTEGER NOT NULL, audience INTEGER NOT NULL, subject INTEGER NOT NULL, prompt TEXT NOT NULL,
    prompt_key INTEGER NOT NULL, completion_key INTEGER NOT NULL
);
CREATE TABLE passage (n INTEGER PRIMARY KEY, id TEXT NOT NULL, part INTEGER NOT NULL);
CREATE TABLE record (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, source INTEGER NOT NULL, slice TEXT NOT NULL, version TEXT NOT NULL,
    url TEXT NOT NULL, licence INTEGER NOT NULL, attribution TEXT NOT NULL, sample INTEGER NOT NULL
);
CREATE TABLE tally (source TEXT, kind TEXT, split TEXT, examples INTEGER NOT NULL);
CREATE TABLE example_passage (passage INTEGER, example INTEGER, PRIMARY KEY (passage, example)) WITHOUT ROWID;
CREATE TABLE example_record (record INTEGER, example INTEGER, PRIMARY KEY (record, example)) WITHOUT ROWID;
"""

TALLY = """
INSERT INTO tally SELECT source.text, kind.text, split.text, counted
FROM (SELECT source, kind, split, count(*) AS counted FROM example GROUP BY source, kind, split)
JOIN term source ON source.n = source JOIN term kind ON kind.n = kind JOIN term split ON split.n = split;
"""

# Made after the rows are in: sorting once is several times faster than keeping an order while inserting.
INDEXES = """
CREATE INDEX example_by_id ON example (id);
CREATE INDEX example_by_prompt ON example (prompt_key);
CREATE INDEX example_by_completion ON example (completion_key);
CREATE INDEX example_by_subject ON example (subject);
CREATE INDEX passage_by_id ON passage (id);
CREATE INDEX record_by_id ON record (id);
CREATE INDEX record_by_url ON record (url);
CREATE INDEX record_by_slice ON record (source, slice);
CREATE INDEX passages_of_example ON example_passage (example, passage);
CREATE INDEX records_of_example ON example_record (example, record);
CREATE INDEX term_by_text ON term (text COLLATE NOCASE);
ANALYZE;
"""

TEXT_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE example_text USING fts5(
    words, content='', detail=none, columnsize=0, tokenize="unicode61 remove_diacritics 2"
);
"""

PROMPT_BEGINNING = 140  # characters of a prompt that lists show


def beginning(prompt: str) -> str:
    """A prompt as lists show it, on one line."""
    line = " ".join(prompt[: 2 * PROMPT_BEGINNING].split())
    return line if len(line) <= PROMPT_BEGINNING else f"{line[: PROMPT_BEGINNING - 1].rstrip()}…"


def plain(text: str) -> str:
    """Text as exact searches compare it: case and white space aside."""
    return " ".join(text.casefold().split())


def text_key(text: str) -> int:
    """64-bit key of a text, signed as SQLite stores integers."""
    return xxhash.xxh3_64_intdigest(plain(text).encode()) - (1 << 63)
