"""From raw records to passages: every record is accounted for, and nothing depends on batches or processes."""

from __future__ import annotations

import hashlib
import multiprocessing

import orjson
import pyarrow as pa
import pytest

from medai_assets.corpus.process.batches import process_slice
from medai_assets.foundation.schemas import PASSAGE, REMOVED
from medai_assets.foundation.vocabularies import SECTIONS
from medai_assets_tests.corpus.builders import answer, processed, prose, raw_batch, record


def test_a_passage_carries_its_record() -> None:
    found = processed(
        [answer("hf:set/1", prose(1), question="What is it?", version="7", licence="MIT", slice="k")]
    )
    (row,) = found.passages.to_pylist()
    assert row["passage_id"] == "p" + hashlib.sha256(prose(1).encode()).hexdigest()[:24]
    assert row["origins"] == [
        {"record_id": "hf:set/1", "source": "huggingface", "slice": "k", "version": "7", "url": "https://example.org/hf:set/1",
         "licence": "MIT", "attribution": "Somebody", "sample": True}
    ]  # fmt: skip
    assert (row["section"], row["position"], row["language"], row["words"]) == ("answer", 0, "en", 150)
    assert orjson.loads(row["attributes"]) == {"question": "What is it?"}


def test_schemas_are_exact() -> None:
    found = processed([answer("hf:1", prose(1)), record("hf:2", "{}", source="huggingface")])
    assert found.passages.schema == PASSAGE
    assert found.removed.schema == REMOVED
    assert set(found.passages["section"].to_pylist()) <= set(SECTIONS)


def test_every_record_is_found_again() -> None:
    rows = [
        answer("hf:kept", prose(1)),
        answer("hf:short", "Too short."),
        answer(
            "hf:foreign",
            "La diabetes tipo 2 se puede prevenir o retrasar en muchas personas con cambios sencillos y constantes.",
        ),
        record("hf:broken", "{not json", source="huggingface"),
        record("hf:empty", '{"answer": ""}', source="huggingface"),
    ]
    found = processed(rows)
    reasons = {
        row["origins"][0]["record_id"]: (row["step"], row["reason"]) for row in found.removed.to_pylist()
    }
    assert reasons == {
        "hf:short": ("quality", "too short"),
        "hf:foreign": ("language", "language es"),
        "hf:broken": ("parse", "unreadable"),
        "hf:empty": ("parse", "no answer"),
    }
    assert found.passages["document_id"].to_pylist() == ["hf:kept"]


def test_long_answers_become_parts_that_say_so() -> None:
    found = processed([answer("hf:1", "\n\n".join(prose(n, 10) for n in range(6)))])
    parts = [orjson.loads(a) for a in found.passages["attributes"].to_pylist()]
    assert [(p["part"], p["parts"]) for p in parts] == [(n + 1, len(parts)) for n in range(len(parts))]
    assert found.passages["position"].to_pylist() == list(range(len(parts)))


def test_patients_data_is_masked_and_counted() -> None:
    found = processed([answer("hf:1", f"My name is John Smith. Call 555-123-4567. {prose(1)}")])
    (row,) = found.passages.to_pylist()
    assert row["text"].startswith("My name is [NAME]. Call [PHONE].")
    assert orjson.loads(row["masked"]) == {"NAME": 1, "PHONE": 1}


def test_the_question_a_patient_asks_is_masked_wherever_it_stands() -> None:
    asked = "My name is John Smith, MRN: 12345678. Why do I cough?"
    (row,) = processed([answer("hf:1", prose(1), question=asked)]).passages.to_pylist()
    assert "Smith" not in str(row)
    assert "12345678" not in str(row)
    attributes = orjson.loads(row["attributes"])
    assert attributes["masked_in_question"] == {"NAME": 1, "RECORD_NUMBER": 1}


def test_medquad_pairs_share_their_files_document() -> None:
    pair = f"<QAPair><Question qtype='causes'>Why ?</Question><Answer>{prose(1)}</Answer></QAPair>"
    payload = f"<Document><Focus>X</Focus>{pair}</Document>"
    found = processed([record("medquad:C/1#3", payload, source="medquad", payload_format="xml")], "medquad")
    assert found.passages["document_id"].to_pylist() == ["medquad:C/1"]


def test_section_names_that_no_table_knows_are_counted() -> None:
    pair = f"<QAPair><Question qtype='odd'>Q ?</Question><Answer>{prose(1)}</Answer></QAPair>"
    payload = f"<Document><Focus>X</Focus>{pair}</Document>"
    assert processed([record("medquad:C/1#1", payload, source="medquad")], "medquad").unmapped == {"odd": 1}


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(ValueError, match="nosuch"):
        list(process_slice([], "nosuch"))


def many(count: int) -> list[dict[str, object]]:
    return [answer(f"hf:{n}", f"{prose(n)} jo{n}@x.org", question=f"Question {n}?") for n in range(count)]


def tables(batches: list[pa.RecordBatch]) -> list[pa.Table]:
    pieces = list(process_slice(batches, "huggingface"))
    return [
        pa.Table.from_batches([getattr(p, name) for p in pieces]).combine_chunks()
        for name in ("passages", "removed", "signatures")
    ]


def test_nothing_depends_on_how_records_are_batched() -> None:
    rows = many(50)
    whole = tables([raw_batch(rows)])
    assert whole == tables([raw_batch(rows[i : i + 7]) for i in range(0, 50, 7)])


def _digest(_: int) -> str:
    (found, *_rest) = tables([raw_batch(many(20))])
    return hashlib.sha256(repr(found.to_pylist()).encode()).hexdigest()


def test_every_process_gives_the_same_whatever_its_hash_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(_digest, [0]) == [_digest(0)]
