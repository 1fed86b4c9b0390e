"""A record that cannot be processed is set aside by name with the reason; the others of its batch are processed."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import pyarrow as pa
import pytest

from medai_assets.corpus.process import batches
from medai_assets.corpus.process.batches import _split, process_slice
from medai_assets.sources.document import Candidates, Document, Section
from medai_assets.sources.fda.labels import Labels
from medai_assets.sources.pubmed.split import BrokenXml, split
from medai_assets.text.html import html_to_text
from medai_assets.text.split_text import sentences
from medai_assets_tests.open_faults import short_of_recursion

from .builders import raw_batch, record

TEXT = "Fever is a rise of the body's temperature, which can be a sign of an infection such as flu or a cold."


def page(html: str, **fields: Any) -> str:
    return orjson.dumps({"name": "Flu", "mainEntityOfPage": [{"text": html}], **fields}).decode()


def processed(bad: str, source: str = "nhs", payload_format: str = "json") -> tuple[set[str], dict[str, str]]:
    """Records with passages, and those set aside with their reasons, of the bad record between two good ones."""
    good = [page(f"<p>{word} {TEXT}</p>") for word in ("First.", "Last.")]
    if source.startswith("pubmed"):
        good = [citation(1, f"First. {TEXT}"), citation(3, f"Last. {TEXT}")]
    payloads = [good[0], bad, good[1]]
    rows = [
        record(f"x:{n}", payload, source=source, payload_format=payload_format)
        for n, payload in enumerate(payloads, 1)
    ]
    with short_of_recursion():
        pieces = list(process_slice([raw_batch(rows)], source))
    kept = {o["record_id"] for p in pieces for row in p.passages.to_pylist() for o in row["origins"]}
    aside = pa.Table.from_batches([p.removed for p in pieces]).to_pylist()
    return kept, {o["record_id"]: row["reason"] for row in aside for o in row["origins"]}


def citation(pmid: int | str, text: str) -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID><Article><ArticleTitle>T'
        f"</ArticleTitle><Abstract><AbstractText>{text}</AbstractText></Abstract><Language>eng</Language></Article>"
        "</MedlineCitation></PubmedArticle>"
    )


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param("[1]", id="no object"),
        pytest.param('{"name": "Fl', id="cut"),
        pytest.param('{"name": "\\ud800", "mainEntityOfPage": [{"text": "x"}]}', id="half a character"),
        pytest.param('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", id="JSON of any depth"),
        pytest.param(page(TEXT, about=["Flu"]), id="a list where an object belongs"),
        pytest.param(
            page("<div>" * 500 + TEXT + "</div>" * 500),
            id="500 nested elements",
        ),
        pytest.param(
            page(f"<p>{TEXT}" + "<b>" * 5_000),
            id="elements without an end",
        ),
        pytest.param(
            page(TEXT, keywords=[7]),
            id="a number among the keywords",
        ),
        pytest.param(
            page(TEXT, name=7),
            id="a number as the name",
        ),
    ],
)
def test_an_odd_page_does_not_stop_its_neighbours(payload: str) -> None:
    kept, aside = processed(payload)
    assert {"x:1", "x:3"} <= kept
    assert "x:2" in aside or "x:2" in kept


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(
            citation(2, TEXT).replace("<Language>", "<Language>" * 300), id="elements without an end"
        ),
        pytest.param(
            citation(2, f"{TEXT} <sub>&#xD83D;</sub>"),
            id="a forbidden reference",
        ),
    ],
)
def test_an_odd_citation_does_not_stop_its_neighbours(payload: str) -> None:
    kept, aside = processed(payload, "pubmed", "xml")
    assert {"x:1", "x:3"} <= kept
    assert "x:2" in aside


def test_a_record_whose_passages_would_repeat_gigabytes_is_set_aside() -> None:
    sections = [{"headline": f"Part {n}", "text": f"<p>{n} of {TEXT}</p>"} for n in range(400)]
    long = "Flu and colds " * 8_000
    for payload, source, form in (
        (orjson.dumps({"name": long, "mainEntityOfPage": sections}).decode(), "nhs", "json"),
        (citation(2, TEXT).replace("<ArticleTitle>", f"<ArticleTitle>{long}"), "pubmed", "xml"),
    ):
        kept, aside = processed(payload, source, form)
        assert ({"x:1", "x:3"} <= kept, "x:2" in aside) == (True, True)


def test_a_long_text_is_split_in_memory_that_grows_with_its_length() -> None:
    """Each of a thousand parts once held a copy of the whole: 20 GB of an answer of 6 MB."""
    text = " ".join(
        f"{n} of ten people with flu have a fever and a cough for {n % 9} days." for n in range(25_000)
    )
    candidates, pool = Candidates(), pa.default_memory_pool()
    before = pool.max_memory()
    candidates.add(Document("Flu", [Section("overview", "", text)], "consumer", "page"), 0, "x:1")
    parts = _split(candidates.batch())
    assert (parts.num_rows > 900, parts["text"].to_pylist()[-1].endswith(text[-60:])) == (True, True)
    assert pool.max_memory() <= max(before, 1 << 30)


def seconds(text: bytes) -> float:
    begun = time.process_time()
    with suppress(BrokenXml):
        split(text)
    return time.process_time() - begun


def test_looking_for_deletions_takes_time_in_proportion() -> None:
    """Processor time, so that a busy machine makes no difference; four times the text may take up to eight times as long."""
    short, long = (seconds(b"<PubmedArticleSet>" + b"<DeleteCitation>" * n) for n in (500, 2_000))
    assert long < 8 * max(short, 0.01)


@pytest.mark.parametrize("text", ["\0", "\u200b\u2060", "\u202e\u202e", "</p>"])
def test_a_record_of_which_no_text_is_left_is_told(text: str) -> None:
    stated = {
        "set": {
            "audience": "consumer",
            "columns": {"question": "q", "answer": "a"},
            "subject": None,
            "traits": [],
        }
    }
    payload = orjson.dumps(stated | {"row": {"q": "What is fever?", "a": text}}).decode()
    rows = [raw_batch([record("x:1", payload, source="files", payload_format="json")])]
    (piece,) = process_slice(rows, "files")
    assert [row["reason"] for row in piece.removed.to_pylist()] == ["no text"]


@pytest.mark.parametrize(
    ("read", "unit"),
    [
        pytest.param(sentences, "?", id="marks at a sentence's end"),
        pytest.param(lambda text: list(split(text.encode() + b"</PubmedArticle>").records), "<PubmedArticle>", id="citations"),
        pytest.param(
            lambda text: list(Labels([f'{{"meta": {{}}, "results": [\n  {{}}{text}\n]}}'.encode()])), "\n  }", id="labels"
        ),
    ],
)  # fmt: skip
def test_many_beginnings_before_one_end_take_time_in_proportion(
    read: Callable[[str], Any], unit: str
) -> None:
    """As ``make bench-doubling`` shows of every reader; a square would take an hour here."""
    begun = time.process_time()
    read(unit * 300_000)
    assert time.process_time() - begun < 20


def test_a_record_of_more_bytes_than_any_upstreams_is_set_aside_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reading takes time in proportion to a record's bytes, so these have a bound: half a second for a megabyte adds up."""
    monkeypatch.setattr(batches, "LARGEST", 4_000)
    kept, aside = processed(page(f"<p>{TEXT * 50}</p>"))
    assert (kept, aside) == ({"x:1", "x:3"}, {"x:2": "unreadable"})


def test_a_page_without_odd_things_is_read() -> None:
    assert html_to_text(f"<div><p>{TEXT}</p></div>") == TEXT


@pytest.mark.parametrize("code", ["e\u202en", "\x1b[2Jen", "9" * 5_000, "English (US)", ""])
def test_a_language_that_is_no_code_counts_as_not_stated(code: str) -> None:
    """It would name the reason why the text is set aside, and reasons are counted and shown."""
    stated = record("x:1", page(f"<p>{TEXT}</p>"), language=code)
    (piece,) = process_slice([raw_batch([stated])], "nhs")
    assert piece.passages["language"].to_pylist() == ["en"]


@pytest.mark.parametrize("word", ["a" * 30_000, "a " * 10_000])
def test_a_text_with_a_name_that_is_none_is_set_aside(word: str) -> None:
    """Rules and properties look for names in texts and for words in names, by patterns that take the square of a name."""
    assert processed(page(f"<p>{TEXT}</p>", name=word)) == ({"x:1", "x:3"}, {"x:2": "odd words"})
    pair = f"<Document><Focus>{word}</Focus><QAPair><Question>Why?</Question><Answer>{TEXT}</Answer></QAPair></Document>"
    (piece,) = process_slice([raw_batch([record("x:1", pair, source="medquad")])], "medquad")
    assert piece.removed["reason"].to_pylist() == ["odd words"]
    name = f"<DescriptorName MajorTopicYN='Y'>{word}</DescriptorName>"
    topic = f"<MeshHeadingList><MeshHeading>{name}</MeshHeading></MeshHeadingList>"
    indexed = citation(2, TEXT).replace("</Article>", f"</Article>{topic}")
    assert processed(indexed, "pubmed")[0] == {"x:1", "x:3"}


def test_a_wide_gap_in_a_name_is_closed() -> None:
    words = page(
        f"<p>{TEXT}</p>",
        name=f"Flu{' ' * 40_000}or{chr(10) * 40_000}cold",
        about={"alternateName": f"A{' ' * 40_000}B"},
    )
    (piece,) = process_slice([raw_batch([record("x:1", words)])], "nhs")
    (row,) = piece.passages.select(["title", "subject", "aliases"]).to_pylist()
    assert (row["title"], row["subject"]) == ("Flu or\n\ncold", "Flu or\n\ncold")
    assert row["aliases"] == ["A B"]
