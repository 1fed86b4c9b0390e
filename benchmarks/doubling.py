"""Nothing that reads what comes from outside grows worse than its input: hostile texts, doubled again and again.

    python benchmarks/doubling.py [READER …, alone or patterns: every pattern of the code by itself or behind the readers]

Each case repeats a unit that once cost a reader time with the square of its length, or might. The ratio is that of the
times for the two largest inputs: 2 is in proportion, 4 a square, and what takes longer than LONGEST is ended and counts as
endless. Prints the cases from the worst on.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import patterns_case

from medai_assets.corpus.curate.benchmarks import read_benchmark
from medai_assets.corpus.process.batches import process_slice
from medai_assets.foundation.json_stream import check_depth, elements
from medai_assets.foundation.plain_text import plain
from medai_assets.foundation.redaction import Secrets
from medai_assets.sources.fda.labels import Labels
from medai_assets.sources.fda.walk import _NEXT
from medai_assets.sources.files.documents import as_html
from medai_assets.sources.huggingface.rows import _AFTER, rows_of
from medai_assets.sources.pmc.article import read_article
from medai_assets.sources.pubmed.file_tree import _ENTRY
from medai_assets.sources.pubmed.split import pieces
from medai_assets.text.html import html_parts
from medai_assets_tests.corpus.builders import raw_batch, record

LARGEST = int(os.environ.get("MEDAI_DOUBLING", str(1 << 16)))  # characters
ALONE = (
    LARGEST // 4
)  # for a pattern by itself; what a pattern of verification sees is a passage of 385 words, or a document
TARGET = 3.0  # a square takes 4
QUICK = 0.02  # seconds: below this, times say nothing
LONGEST = 20.0  # seconds of processor time for one reading
TEXT_UNITS = (
    "a", " ", "\n", ". ", "a. ", "a.", "1", "1,", "(", "((1)", "-", "- ", "\n- ", "@", "a@a.", "a@", "&amp;", "&lt;p&gt;", "http://",
    "\ufb01", "e\u0301", "1.", "\n1. ", "A ", "Dr. ", "\u2028", "[1]", "|", "+1 ", "0-", "mg ", "1 mg/", "?", "\u00b2", "Mr A B ",
)  # fmt: skip
HTML_UNITS = (
    "<p>", "</p>", "<li>", "<td>", "<table>", "<a>", "<!--", "<br>", "&", "<b></b>", "<p>a</p>", "<sup>1</sup>", "<td>a</td>",
    "<tr><td>a", "<h2>a</h2>", "<math>", "<![CDATA[", "<ol><li>", '<a href="', "<td rowspan=9>", "<div>",
)  # fmt: skip
XML_UNITS = ("<p>", "<p></p>", "<sec>", "<sup>", "<xref/>", "&amp;", "<!-- -->", "<td/>", "<p>a</p>")
STARTS = ("<PubmedArticle>", "</PubmedArticle>", "<DeleteCitation>", "<DeleteDocument>", "<PMID>", "<PMID>1</PMID>",
          "<PubmedArticle></PubmedArticle>", "<PubmedArticle><DeleteCitation>", "<PubmedBookArticle><PubmedArticle>")  # fmt: skip
MARKDOWN_UNITS = (
    "[",
    "![",
    "*a ",
    "_a",
    "`a",
    "> ",
    "- ",
    "[a](",
    "[*",
    "|a",
    "<a",
    "***",
    "&",
    "\\",
    "# a\n",
)
JSON_UNITS = ("[", "{", '"', "\\", ",", '"\\', "[]", '{"a":', "}", "]", "\n    }", "\n    {", "\n    {}")


class Case(NamedTuple):
    """What reads, and the text that is repeated."""

    reader: str
    unit: str
    read: Callable[[str], Any]
    largest: int = LARGEST


def passages(source: str, payload: Callable[[str], str], text: str) -> None:
    list(process_slice([raw_batch([record("x:1", payload(text), source=source)])], source))


def _row(text: str) -> str:
    stated = {"audience": "consumer", "columns": {"text": "t"}, "subject": None, "traits": ["page"]}
    return orjson.dumps({"set": stated, "row": {"t": text}}).decode()


def _label(text: str) -> str:
    return orjson.dumps(
        {"set_id": "a", "openfda": {}, "indications_and_usage": [text], "warnings": [text]}
    ).decode()


def _product(text: str, generic: str = "") -> str:
    """A label whose fields about the product are those of one that facts are stated of."""
    facts = {"brand_name": ["Relievol"], "generic_name": [f"hydrocortisone{generic}"], "substance_name": ["HYDROCORTISONE"],
             "product_type": ["HUMAN OTC DRUG"], "route": ["TOPICAL"], "pharm_class_epc": [f"{text} [EPC]"]}  # fmt: skip
    fields = ("spl_product_data_elements", "active_ingredient", "purpose")
    return orjson.dumps(
        {"set_id": "a", "openfda": facts, **{name: [f"Hydrocortisone {text}"] for name in fields}}
    ).decode()


def _page(text: str) -> str:
    return orjson.dumps({"name": "Flu", "mainEntityOfPage": [{"text": text}]}).decode()


def _citation(text: str) -> str:
    return (
        '<PubmedArticle><MedlineCitation><PMID Version="1">1</PMID><Article><ArticleTitle>T</ArticleTitle><Abstract>'
        f"<AbstractText>{text}</AbstractText></Abstract><Language>eng</Language></Article></MedlineCitation></PubmedArticle>"
    )


def _answer(text: str) -> str:
    return (
        f'<Document><Focus>Flu</Focus><QAPair pid="1"><Question qid="1" qtype="symptoms">What is {text} ?</Question>'
        f"<Answer>Signs and Symptoms Approximate number of patients (when available) {text}</Answer></QAPair></Document>"
    )


def _article(text: str) -> str:
    return f"<article><front/><body><sec><title>Treatment</title><p>{text}</p></sec></body></article>"


def _citations(text: str) -> None:
    for end in ("", "</PubmedArticle>", "</DeleteCitation>"):
        with suppress(ValueError):
            list(pieces(io.BytesIO(f"<PubmedArticleSet>{text}{end}</PubmedArticleSet>".encode())))


def _labels(text: str) -> None:
    for start in ("", "\n    "):
        with suppress(Exception):
            list(Labels([f'{{"meta": {{}}, "results": [{start}{{}}{text}'.encode()]))


def _rows(name: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, suppress(Exception):
        path = Path(folder, name)
        path.write_text(f'[{{"a":"{text}' if name.endswith("json") else text)
        list(rows_of(path, name))


def _quietly(read: Callable[[str], Any], text: str) -> None:
    with suppress(ValueError):
        read(text)


def _question(text: str) -> None:
    """With options, so that what repeats them in the question is looked for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "own.jsonl")
        item = {"question": f"Why?{text}", "options": {"A": "Yes", "B": "No"}, "answer": "A"}
        path.write_bytes(orjson.dumps(item))
        list(read_benchmark(path))


def _cut(text: str) -> None:
    list(elements([text.encode()], _AFTER.fullmatch))


def cases() -> list[Case]:
    """Every reader with its units."""
    text = {
        "plain text": plain,
        "keys taken out": Secrets(["0123456789abcdef", "a"]).text,
        "link header": _NEXT.search,
    }
    found = [
        Case(name, unit, read)
        for name, read in text.items()
        for unit in ("\x1b[", "\x1b]", "a", "<", "<a> ", "%61", "<>;", "/", "http://", "/?")
    ]
    found += [
        Case("file list", u, lambda t: list(_ENTRY.finditer(t)))
        for u in ('href="pubmed', 'href="pubmed21n0001.xml.gz"')
    ]
    found += [Case("own rows", unit, partial(passages, "files", _row)) for unit in TEXT_UNITS]
    found += [
        Case("citation", unit, partial(passages, "pubmed", _citation)) for unit in (*TEXT_UNITS, *XML_UNITS)
    ]
    found += [Case("label", unit, partial(passages, "fda", _label)) for unit in TEXT_UNITS]
    found += [Case("product", unit, partial(passages, "fda", _product)) for unit in TEXT_UNITS]
    found += [
        Case("generic name", unit, partial(passages, "fda", lambda t: _product("", t))) for unit in TEXT_UNITS
    ]
    found += [Case("page", unit, partial(passages, "nhs", _page)) for unit in (*HTML_UNITS, *TEXT_UNITS)]
    found += [Case("HTML", unit, partial(_quietly, html_parts)) for unit in HTML_UNITS]
    found += [
        Case("article", unit, partial(_quietly, lambda t: read_article(f"<article>{t}</article>")))
        for unit in XML_UNITS
    ]
    found += [
        Case("Markdown", unit, partial(_quietly, partial(as_html, "markdown"))) for unit in MARKDOWN_UNITS
    ]
    found += [Case("answer", unit, partial(passages, "medquad", _answer)) for unit in TEXT_UNITS]
    found += [Case("NLM file", unit, _citations) for unit in STARTS]
    found += [Case("label file", unit, _labels) for unit in JSON_UNITS]
    found += [Case("benchmark", unit, _question) for unit in ("  ", *TEXT_UNITS, " Answer Choices: ")]
    found += [Case("JSON cut", unit, partial(_quietly, _cut)) for unit in JSON_UNITS]
    found += [
        Case("JSON depth", unit, partial(_quietly, lambda t: check_depth(t.encode()))) for unit in JSON_UNITS
    ]
    found += [
        Case(name, unit, partial(_rows, name))
        for name in ("a.json", "a.jsonl", "a.csv")
        for unit in (*JSON_UNITS, '""', "a,b\n")
    ]
    return found


def alone() -> list[Case]:
    """Each pattern that takes any time to speak of, as the code calls it, on the text that it takes longest for."""
    return [
        Case(held.place, one.unit, partial(_around, held.read, one), ALONE)
        for held, one in patterns_case.suspects()
    ]


def of_patterns() -> list[Case]:
    """Texts that a pattern of the code itself takes long for, for each reader of texts."""
    payloads = {
        "files": _row,
        "fda": _label,
        "nhs": _page,
        "pubmed": _citation,
        "medquad": _answer,
        "pmc": _article,
    }
    return [
        Case(f"{source} {one.place}", one.unit, partial(_around, partial(passages, source, payload), one))
        for _, one in patterns_case.suspects()
        for source, payload in payloads.items()
    ]


def _around(read: Callable[[str], Any], attack: patterns_case.Attack, text: str) -> None:
    read(f"{attack.before}{text}{attack.after}")


def seconds(case: Case, characters: int, tries: int = 1) -> float:
    """Processor time of a reading, the least of some; without Python's collector, whose passes fall on one or the other."""
    text = case.unit * (characters // len(case.unit))
    least = float("inf")
    gc.collect()
    gc.disable()
    for _ in range(tries):
        least = min(least, patterns_case.timed(case.read, text, LONGEST))
    gc.enable()
    return least


def ratio(case: Case) -> float:
    """Of an input to half of it, for the largest, or the first that is worse; 2 where a reading takes no time to speak of."""
    found = 2.0
    for size in (case.largest // 2, case.largest):
        whole, half = seconds(case, size), seconds(case, size // 2)
        if whole >= LONGEST:
            return float("inf")
        if whole > max(QUICK, TARGET * half):  # or was the machine busy?
            whole, half = seconds(case, size, 3), seconds(case, size // 2, 3)
        found = whole / half if whole > QUICK else 2.0
        if found > TARGET:
            break
    return found


def main() -> int:
    """Measure all; 1 where a case is worse than in proportion."""
    wanted = sys.argv[1:]
    gc.freeze()  # what imports made: hundreds of collections would go through all of it
    chosen = [c for c in cases() if not wanted or c.reader in wanted]
    chosen += alone() if not wanted or "alone" in wanted else []
    chosen += of_patterns() if not wanted or "patterns" in wanted else []
    measured = sorted(((ratio(c), c) for c in chosen), key=lambda one: -one[0])
    for found, case in measured[: None if wanted else 20]:
        print(f"{found:5.1f}  {case.reader:12} {case.unit!r}")
    print(f"{len(measured)} texts of up to {max(case.largest for _, case in measured):,} characters")
    print(f"ratio doubling {measured[0][0]:.2f} target below {TARGET}")
    return int(measured[0][0] > TARGET)


if __name__ == "__main__":
    sys.exit(main())
