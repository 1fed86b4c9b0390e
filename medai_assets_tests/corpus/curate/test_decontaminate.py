"""Benchmark questions are found in passages, each with the name of the item; medicine is not."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from medai_assets.corpus.curate.benchmarks import read_benchmarks
from medai_assets.corpus.curate.decontaminate import BenchmarkIndex
from medai_assets_tests.corpus.builders import prose, questions

LONG = "A 45-year-old man comes to the clinic because of a painful swelling of his left knee since yesterday evening."
SHORT = "Which nerve is injured in a fracture of the humeral shaft?"
TINY = "Capital of pain?"


@pytest.fixture(scope="module")
def index() -> BenchmarkIndex:
    rows = [
        {"question": LONG},
        {"question": SHORT},
        {"question": TINY},
        {"question": "Does it work?", "record_id": "pubmed:77"},
    ]
    return BenchmarkIndex(questions(rows))


def find(index: BenchmarkIndex, text: str, headline: str = "", record: str = "hf:x") -> list[tuple[str, str]]:
    hits = index.find(pa.array([text], pa.large_string()), pa.array([headline]), pa.array([record]))
    return [(hit.detail, hit.how) for hit in hits]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (f"{prose(1)} {LONG} {prose(2)}", ("medqa:0", "run of 13 words")),
        (LONG.upper().replace(",", " --"), ("medqa:0", "run of 13 words")),
        (" ".join(LONG.split()[3:18]), ("medqa:0", "run of 13 words")),
        (f"{prose(1)} {SHORT} {prose(2)}", ("medqa:1", "run of 11 words")),
    ],
)
def test_runs_are_found_whatever_the_case_and_the_marks(
    index: BenchmarkIndex, text: str, hit: tuple[str, str]
) -> None:
    assert find(index, text) == [hit]


def test_twelve_words_of_a_long_question_are_no_hit(index: BenchmarkIndex) -> None:
    assert find(index, f"{prose(1)} {' '.join(LONG.split()[:10])} {prose(2)}") == []


@pytest.mark.parametrize(
    ("text", "headline", "how"),
    [
        (f"He read: “{' '.join(LONG.split()[:13])}” and left.", "", "run of 13 words"),
        (f"He read—{SHORT[:-1]}—and left.", "", "run of 11 words"),
        ("", f"“{SHORT}”", "whole question"),
        ("", f"‘{SHORT[:-1]}’…", "whole question"),
        ("", f"“{SHORT.replace('injured', 'hurt')}”", "question, nearly the same words"),
        ("", f"Medicine – “{TINY}” Explain", "short question among other words"),
        ("", f"“{TINY}”", "whole question"),
    ],
)
def test_typographic_quotes_and_dashes_hide_nothing(
    index: BenchmarkIndex, text: str, headline: str, how: str
) -> None:
    assert [found for _, found in find(index, text or prose(1), headline)] == [how]


def test_an_apostrophe_is_one_however_it_is_set() -> None:
    asked = "What is the patient's most likely cause of Crohn's disease?"
    for one, other in ((asked, asked.replace("'", "’")), (asked.replace("'", "’"), asked)):
        index = BenchmarkIndex(questions([{"question": one}]))
        assert find(index, prose(1), headline=other) == [("medqa:0", "whole question")]


@pytest.mark.parametrize("mark", ["'", "’"])
@pytest.mark.parametrize("shown", ["'", "’"])
def test_an_option_is_one_however_its_apostrophe_is_set(mark: str, shown: str) -> None:
    options = [f"Crohn{mark}s disease", f"Wilson{mark}s disease"]
    index = BenchmarkIndex(questions([{"question": TINY[:-1], "options": options}, {"question": LONG}]))
    headline = f"{TINY[:-1]}, Crohn{shown}s disease, Wilson{shown}s disease"
    assert find(index, prose(1), headline) == [("medqa:0", "short question among other words")]


def test_a_tiny_question_must_be_met_whole(index: BenchmarkIndex) -> None:
    assert find(index, f"{prose(1)} {TINY} {prose(2)}") == []
    assert find(index, prose(3), headline="capital of pain") == [("medqa:2", "whole question")]


def test_a_question_over_a_passage_counts(index: BenchmarkIndex) -> None:
    assert find(index, prose(3), headline=SHORT) == [("medqa:1", "whole question")]
    assert find(index, prose(3), headline=f"Well: {SHORT}") == [("medqa:1", "question, run of 11 words")]


def test_a_benchmark_article_is_kept_out_by_its_id(index: BenchmarkIndex) -> None:
    assert find(index, prose(3), record="pubmed:77") == [("medqa:3", "record id")]


def test_a_phrase_of_examiners_is_no_leak() -> None:
    stem = "Which of the following is the most appropriate next step in the management of this patient?"
    index = BenchmarkIndex(questions([{"question": f"{prose(n, 2)} {stem}"} for n in range(20)]))
    assert find(index, f"{prose(50)} {stem}") == []


def test_long_options_are_looked_for() -> None:
    option = "Start an infusion of normal saline and give insulin once the potassium is known to be normal"
    assert (
        find(
            BenchmarkIndex(questions([{"question": "What next?", "options": [option]}])),
            f"{prose(1)} {option}",
        )
        != []
    )


def test_pubmedqa_contexts_are_not_compared() -> None:
    index = BenchmarkIndex(questions([{"question": "Does it work?", "context": prose(9)}]))
    assert find(index, prose(9)) == []


def test_no_questions_find_nothing() -> None:
    assert find(BenchmarkIndex(questions()), prose(1)) == []


def test_a_kept_index_finds_what_the_built_one_finds(index: BenchmarkIndex) -> None:
    rows = [
        {"question": LONG},
        {"question": SHORT},
        {"question": TINY},
        {"question": "Does it work?", "record_id": "pubmed:77"},
    ]
    kept = BenchmarkIndex(questions(rows), table=index.table())
    for text, headline in ((LONG, ""), (SHORT, ""), (prose(1), TINY), (prose(1), "")):
        assert find(kept, text, headline) == find(index, text, headline)


def test_an_index_of_nothing_can_be_kept() -> None:
    assert find(BenchmarkIndex(questions(), table=BenchmarkIndex(questions()).table()), LONG) == []


@pytest.mark.parametrize(
    "edited",
    [
        "Which nerve is injured in a break of the humeral shaft?",
        "Which nerve is often injured in a fracture of the humeral shaft?",
        "Which nerve is injured in fracture of the humeral shaft?",
    ],
)
def test_a_question_with_a_word_changed_is_met_over_a_passage(index: BenchmarkIndex, edited: str) -> None:
    assert find(index, "The radial nerve.", edited) == [("medqa:1", "question, nearly the same words")]
    # Within a text half a question says nothing.
    assert find(index, f"{prose(1)} {edited} {prose(2)}") == []


def test_another_question_of_the_same_form_is_none(index: BenchmarkIndex) -> None:
    assert (
        find(index, "The ulnar nerve.", "Which nerve is injured in a fracture of the medial epicondyle?")
        == []
    )
    assert find(index, "The radial nerve.", "Which nerve is injured?") == []


@pytest.mark.real_data
class TestRealSets:
    """Leaks between public sets, and none where there is none."""

    @pytest.fixture(scope="class")
    def table(self, real_data: Path) -> pa.Table:
        return read_benchmarks([p for p in sorted((real_data / "benchmarks").rglob("*")) if p.is_file()])

    @pytest.fixture(scope="class")
    def real(self, table: pa.Table) -> BenchmarkIndex:
        return BenchmarkIndex(table)

    def test_every_benchmark_question_is_found_as_a_headline(
        self, table: pa.Table, real: BenchmarkIndex
    ) -> None:
        asked = table["question"].combine_chunks().cast(pa.string())
        hits = real.find(pa.array(["Nothing."] * len(asked), pa.large_string()), asked)
        assert len(hits) == len(asked)

    def test_questions_hidden_in_text_are_found(self, table: pa.Table, real: BenchmarkIndex) -> None:
        asked = [q for q in table["question"].to_pylist()[::10] if len(q.split()) >= 20]
        texts = pa.array(
            [f"{prose(n, 3)} {q} {prose(n + 1, 3)}" for n, q in enumerate(asked)], pa.large_string()
        )
        hits = real.find(texts, pa.array([""] * len(asked)))
        assert len(hits) / len(asked) > 0.99

    @pytest.mark.parametrize("form", ["12. {}", "Question: {}", "{} A) {} B) {}"])
    def test_the_shortest_questions_are_found_among_other_words(
        self, table: pa.Table, real: BenchmarkIndex, form: str
    ) -> None:
        rows = [
            row for row in table.to_pylist() if len(row["question"].split()) < 8 and len(row["options"]) > 1
        ]
        asked = pa.array([form.format(row["question"], *row["options"]) for row in rows])
        hits = real.find(pa.array(["Nothing."] * len(asked), pa.large_string()), asked)
        assert len(hits) / len(asked) > 0.99

    def test_short_questions_with_a_word_exchanged_are_found_as_headlines(
        self, table: pa.Table, real: BenchmarkIndex
    ) -> None:
        asked = [q.split() for q in table["question"].to_pylist()[::20] if 10 <= len(q.split()) <= 14]
        for number, words in enumerate(asked):
            words[number % len(words)] = "otherwise"
        edited = pa.array([" ".join(words) for words in asked])
        hits = real.find(pa.array(["Nothing."] * len(asked), pa.large_string()), edited)
        assert len(hits) / len(asked) > 0.9

    def test_pubmedqa_training_file_leaks_its_own_test_set(
        self, real_data: Path, real: BenchmarkIndex
    ) -> None:
        """The labelled set of 1,000 holds the 500 test articles."""
        rows = json.loads((real_data / "huggingface" / "pubmedqa-ori_pqal.json").read_text())
        texts = pa.array([row["LONG_ANSWER"] for row in rows.values()], pa.large_string())
        asked = pa.array([row["QUESTION"] for row in rows.values()])
        hits = real.find(texts, asked, pa.array([f"pubmed:{pmid}" for pmid in rows]))
        assert len({h.row for h in hits if h.benchmark == "pubmedqa"}) == 500

    def test_medquad_is_clean(self, real_data: Path, real: BenchmarkIndex) -> None:
        archive = zipfile.ZipFile(real_data / "MedQuAD-master.zip")
        texts = [archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml")]
        hits = real.find(pa.array(texts, pa.large_string()), pa.array([""] * len(texts)))
        assert len(hits) <= 2
