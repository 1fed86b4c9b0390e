"""Benchmark questions: the public medical test sets and any file a user adds, as one BENCHMARK table.

Never training data. Read for two purposes: the corpus is cleaned of them, and evaluation asks them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from medai_assets.corpus.curate.options import marked_option, read_options, right_option, whole_number
from medai_assets.foundation.rows import QuestionRow
from medai_assets.foundation.schemas import BENCHMARK
from medai_assets.storage import Store, Stored, content_hash

Row = dict[str, Any]
FORMS = (".json", ".jsonl", ".csv", ".tsv", ".parquet")  # any other file beside them is passed over
_LETTERS = "ABCDEFGHIJ"
_CONTENT = ("benchmark", "item_id", "question", "options", "answer", "record_id")
# Names of columns, in small letters and with _ between words.
_QUESTION = ("question", "prompt", "input", "query", "text", "question_stem", "qtext", "ctx", "sent1")
_ANSWER = (
    "answer_idx",
    "answer_index",
    "answer",
    "target",
    "label",
    "final_decision",
    "answerkey",
    "correct_option",
    "correct_answer",
    "ra",
)
_IDENTITY = ("id", "item_id", "qid", "uid", "question_id", "ind")
_REPEATS_OPTIONS = re.compile(r"\bAnswer Choices:\s*\(A\)")  # as MedXpertQA ends its questions


class BenchmarkUnreadable(ValueError):
    """A benchmark file whose shape is not known; the message names the file and what was looked for."""


def read_benchmarks(paths: Sequence[Path]) -> pa.Table:
    """All items of the files, sorted by benchmark and item.

    Raises:
        BenchmarkUnreadable: a file is no JSON, JSON lines, CSV or Parquet with a question column, or options or an
            answer of an item are in no known shape.
    """
    return _table([row for path in paths for row in read_benchmark(path)])


def _table(rows: list[QuestionRow]) -> pa.Table:
    rows.sort(key=lambda row: (row["benchmark"], row["item_id"]))
    return pa.Table.from_pylist(rows, schema=BENCHMARK)


def read_benchmark(path: Path) -> Iterator[QuestionRow]:
    """Rows of one file; the shape is told by the columns, the name of an unknown set is the file's."""
    if path.suffix.lower() not in FORMS:
        return
    records = list(_records(path))
    if not records:
        return
    if odd := next((record for record in records if not isinstance(record, dict)), None):
        raise BenchmarkUnreadable(f"{path}: an item is a {type(odd).__name__}, not a mapping of columns")
    first = records[0]
    shape: Callable[[Path, int, Row], QuestionRow]
    if "QUESTION" in first:
        shape = _pubmedqa
    elif "pubid" in first:
        shape = _pubmedqa_of_hub
    elif {"prompt", "instruction_id_list", "kwargs"} <= first.keys():
        shape = _ifeval
    elif {"prompt", "type", "focus"} <= first.keys() and first.keys() & {"label", "note"}:
        shape = _xstest
    elif {"prompt_id", "prompt", "rubrics"} <= first.keys():
        shape = _healthbench
    elif {"qid", "task", "set_id"} <= first.keys():
        shape = _fdarxbench
    elif "opa" in first:
        shape = partial(_medmcqa, first=_first_number(path, records))
    elif "_columns" in first:
        shape = _mmlu
    elif {"subject", "choices", "answer"} <= first.keys():
        shape = _mmlu_of_hub
    elif _has_question(_plain(first)):
        shape = _exam
    else:
        raise BenchmarkUnreadable(
            f"{path}: no column of {', '.join(_QUESTION)} among {', '.join(list(first)[:8])}"
        )
    for number, record in enumerate(records):
        try:
            row = shape(path, number, record)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, BenchmarkUnreadable):
                raise
            raise BenchmarkUnreadable(
                f"{path}, item {number}: not of the same form as the first item ({error!r})"
            ) from error
        if row["question"]:
            yield row


def publish_benchmarks(store: Store, paths: Sequence[Path], publishing: dict[str, Any]) -> Stored:
    """Read the files into the asset ``benchmark_questions``."""
    read = [(path.name, list(read_benchmark(path))) for path in paths if path.suffix.lower() in FORMS]
    table = _table([row for _, rows in read for row in rows])
    by_file = Counter({name: 0 for name, _ in read})
    for name, rows in read:
        by_file[name] += len(rows)
    counts = Counter(table.column("benchmark").to_pylist())
    with store.draft("benchmark_questions") as draft:
        draft.write_table("questions", table)
        return draft.publish(
            data_version=content_hash(table, _CONTENT),
            **publishing,
            metadata={
                "by_benchmark": dict(sorted(counts.items())),
                "by_file": dict(sorted(by_file.items())),
            },
        )


def _records(path: Path) -> Iterator[Row]:
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            yield from pq.read_table(path).to_pylist()
        elif kind == ".jsonl":
            yield from (orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip())
        elif kind == ".json":
            loaded = orjson.loads(path.read_bytes())
            items = loaded.items() if isinstance(loaded, dict) else enumerate(loaded)
            yield from ({"_key": str(key), **item} for key, item in items)
        else:
            yield from _csv(path)
    except (orjson.JSONDecodeError, pa.ArrowInvalid, TypeError, UnicodeDecodeError) as error:
        raise BenchmarkUnreadable(f"{path} cannot be read: {error}") from error


def _csv(path: Path) -> Iterator[Row]:
    """With a header, or MMLU's six columns without one."""
    with path.open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.reader(stream, delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    if not rows:
        return
    if _has_question(map(_plain_name, rows[0])):
        yield from (dict(zip(rows[0], row)) for row in rows[1:])
    elif len(rows[0]) == 6:
        for line, row in enumerate(rows, 1):
            if row and len(row) != 6:
                raise BenchmarkUnreadable(f"{path}, line {line}: {len(row)} columns, not the six of MMLU")
        yield from ({"_columns": row} for row in rows if row)
    else:
        raise BenchmarkUnreadable(f"{path}: neither a header with a question column nor MMLU's six columns")


def _row(
    benchmark: str,
    item: str,
    question: str,
    options: Sequence[Any],
    answer: str | None,
    context: str | None = None,
    record_id: str | None = None,
) -> QuestionRow:
    texts = [" ".join(str(option).split()) for option in options if option is not None]
    return QuestionRow(
        benchmark=benchmark,
        item_id=item,
        question=question.strip(),
        options=texts,
        answer=answer,
        context=context,
        record_id=record_id,
    )


def _first_number(path: Path, records: Sequence[Row]) -> int:
    """What MedMCQA's first option is numbered: 0 in the hub's files, where unanswered items have -1, and 1 in the
    published ones. An answer that only one of them has tells, else the form of the file."""
    numbers = {whole_number(record.get("cop")) for record in records}
    from_nought, from_one = not numbers.isdisjoint((0, -1)), 4 in numbers
    if from_nought and from_one:
        raise BenchmarkUnreadable(
            f"{path}: the answers (cop) count from 0 in some items and from 1 in others"
        )
    if from_nought or from_one:
        return 0 if from_nought else 1
    return 0 if path.suffix.lower() == ".parquet" else 1


def _medmcqa(path: Path, number: int, record: Row, first: int) -> QuestionRow:
    """
    Args:
        first: number of the first option.
    """
    options = [record.get(f"op{letter}") for letter in "abcd"]
    answer = whole_number(record.get("cop"))
    place = -1 if answer is None else answer - first
    item = str(record.get("id") or f"{path.stem}:{number}")
    return _row(
        "medmcqa",
        item,
        str(record.get("question") or ""),
        options,
        answer=_LETTERS[place] if 0 <= place < 4 else None,
    )


def _pubmedqa(path: Path, number: int, record: Row) -> QuestionRow:
    item = record.get("_key") or f"{path.stem}:{number}"
    return _row(
        "pubmedqa", item, str(record.get("QUESTION") or ""), ("yes", "no", "maybe"),
        answer=record.get("final_decision"), context="\n\n".join(record.get("CONTEXTS") or []) or None,
        record_id=f"pubmed:{item}" if item.isdigit() else None,
    )  # fmt: skip


def _pubmedqa_of_hub(path: Path, number: int, record: Row) -> QuestionRow:
    contexts = (record.get("context") or {}).get("contexts")
    known = {"QUESTION": record.get("question"), "CONTEXTS": contexts, "_key": str(record["pubid"])}
    return _pubmedqa(path, number, known | {"final_decision": record.get("final_decision")})


def _mmlu(path: Path, number: int, record: Row) -> QuestionRow:
    question, *options, answer = record["_columns"]
    return _mmlu_of_hub(path, number, {"question": question, "choices": options, "answer": answer})


def _mmlu_of_hub(path: Path, number: int, record: Row) -> QuestionRow:
    """The right option's place counts from 0."""
    subject = re.sub(r"_(?:test|val|dev)$", "", path.stem)
    item = f"{path.stem}:{number}"
    try:
        options = read_options(record)
        if not options.texts:
            raise ValueError("it has no options")
        right = right_option(options, record["answer"])
    except ValueError as error:
        raise BenchmarkUnreadable(f"{path}, item {item}: {error}") from error
    return _row(f"mmlu_{subject}", item, record.get("question") or "", options.texts, answer=right)


def _ifeval(path: Path, number: int, record: Row) -> QuestionRow:
    """IFEval: the answer is its instructions, each with its id and arguments, as JSON."""
    pairs = zip(record["instruction_id_list"], record["kwargs"], strict=True)
    instructions = [{"id": id, **{k: v for k, v in (given or {}).items() if v}} for id, given in pairs]
    answer = orjson.dumps(instructions, option=orjson.OPT_SORT_KEYS).decode()
    return _row("ifeval", str(record.get("key", number)), record["prompt"], (), answer)


def _xstest(path: Path, number: int, record: Row) -> QuestionRow:
    """XSTest, two benchmarks by label: safe requests, and their unsafe contrasts, which the first files tell by type alone."""
    label = record.get("label") or ("unsafe" if record["type"].startswith("contrast_") else "safe")
    if label not in ("safe", "unsafe"):
        raise BenchmarkUnreadable(
            f"{path}, item {record.get('id')}: the label {label!r} is neither safe nor unsafe"
        )
    return _row(f"xstest_{label}", str(record.get("id") or number), record["prompt"], (), label)


def _healthbench(path: Path, number: int, record: Row) -> QuestionRow:
    """HealthBench: what the user says; its answers are judged elsewhere (evaluation/judged)."""
    said = "\n\n".join(turn["content"] for turn in record["prompt"] if turn["role"] == "user")
    return _row("healthbench", record["prompt_id"], said, (), None)


def _fdarxbench(path: Path, number: int, record: Row) -> QuestionRow:
    """FDARxBench: keyed by the label, whose passages so are kept out of the corpus; what a label does not answer has no
    reference, since it is asked without the label."""
    answer = None if record["task"] == "refusal" else record.get("answer")
    return _row(
        "fdarxbench", str(record["qid"]), record["question"], (), answer, record_id=f"fda:{str(record['set_id']).lower()}"
    )  # fmt: skip


def _exam(path: Path, number: int, record: Row) -> QuestionRow:
    """MedQA, and any other set of questions with options in one of the usual shapes or without."""
    record = _plain(record)
    name = "medqa" if "answer_idx" in record and "medqa" in path.stem.lower() else path.stem
    question = next((str(record[key] or "") for key in _QUESTION if key in record), "")
    answer = next((record[key] for key in _ANSWER if record.get(key) not in (None, "", [])), None)
    if isinstance(answer, list) and len(answer) == 1:
        (answer,) = answer
    item = next((str(record[key]) for key in _IDENTITY if key in record), f"{path.stem}:{number}")
    try:
        options = read_options(record)
        found = right_option(options, marked_option(record) if answer is None else answer)
    except ValueError as error:
        raise BenchmarkUnreadable(f"{path}, item {item}: {error}") from error
    if options.texts and (repeated := _REPEATS_OPTIONS.search(question)):
        question = question[: repeated.start()].rstrip()
    return _row(name, item, question, options.texts, answer=found)


def _plain(record: Row) -> Row:
    """With plain names of columns; those below ``data``, where some sets of the hub have all, beside the others."""
    inner = record.get("data")
    columns = record | inner if isinstance(inner, dict) else record
    return {_plain_name(name): value for name, value in columns.items()}


def _plain_name(name: str) -> str:
    return re.sub(r"\W+", "_", name).lower()


def _has_question(names: Iterable[str]) -> bool:
    return not set(_QUESTION).isdisjoint(names)
