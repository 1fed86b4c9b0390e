"""Verdicts on examples: entered whole or not at all, never overwritten, taken up by the data set and by nothing else."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medai_assets.cli import app
from medai_assets.lineage.csv_tables import csv_lines
from medai_assets.reviews.csv_file import read_reviews
from medai_assets.reviews.history import FOLDER, ReviewError, add_reviews, checked, digest, standing
from medai_assets.reviews.table import publish_reviews
from medai_assets.settings import get_settings
from medai_assets.storage import Store, StoreError
from medai_assets_tests.lineage.conftest import library
from medai_assets_tests.lineage.library import Library

__all__ = ["library"]
ID, OTHER = "e" + "1" * 24, "e" + "2" * 24


def row(example_id: str = ID, **values: str) -> dict[str, str]:
    return {
        "example_id": example_id,
        "verdict": "approve",
        "reviewer": "A. Reader",
        "role": "clinician",
    } | values


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_the_last_word_of_each_reviewer_counts_and_all_are_kept(store: Store) -> None:
    assert add_reviews(store, [row(), row(OTHER)]) == 2
    assert add_reviews(store, [row(verdict="fault", fault="cut"), row(reviewer="B. Reader")]) == 2
    said = [(one["example_id"], one["reviewer"], one["verdict"]) for one in standing(store)]
    assert said == [(ID, "A. Reader", "fault"), (ID, "B. Reader", "approve"), (OTHER, "A. Reader", "approve")]
    assert len(store.files_beside(FOLDER)) == 4


def test_what_was_said_already_is_not_entered_again(store: Store) -> None:
    add_reviews(store, [row()])
    before = digest(store)
    assert add_reviews(store, [row(), row()]) == 0
    assert digest(store) == before


def test_an_entry_that_was_removed_is_noticed(store: Store) -> None:
    add_reviews(store, [row(), row(OTHER)])
    first = next(path for path in map(Path, store.files_beside(FOLDER)) if '"after": []' in path.read_text())
    first.unlink()
    with pytest.raises(StoreError, match=r"history of reviews .* lacks an entry"):
        standing(store)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"example_id": "17"}, "no example's id"),
        ({"verdict": "good"}, "say approve or fault"),
        ({"verdict": "fault", "fault": "ugly"}, "known are not_the_source"),
        ({"reviewer": " "}, "nobody is named"),
        ({"role": "king"}, "known are clinician"),
    ],
)
def test_what_cannot_be_entered_is_refused_with_what_is_known(values: dict[str, str], said: str) -> None:
    with pytest.raises(ReviewError, match=said):
        checked(row(**values))


def test_a_file_with_one_wrong_line_enters_nothing(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "read.csv"
    file.write_text(
        f"example_id,verdict,fault,comment\n{ID},approve,,\n{OTHER},fault,ugly,\n", encoding="utf-8-sig"
    )
    with pytest.raises(ReviewError, match=r"nothing of .* line 3"):
        add_reviews(store, read_reviews(file, "A. Reader", "clinician"))
    assert not standing(store)


def test_lines_without_a_verdict_are_still_to_be_read(tmp_path: Path) -> None:
    file = tmp_path / "read.csv"
    file.write_text(f'example_id,verdict,fault,comment\n{ID},,,\n{OTHER},fault,cut,"ends, in the middle"\n')
    (found,) = read_reviews(file, "A. Reader", "editor")
    assert (found["example_id"], found["fault"], found["comment"]) == (OTHER, "cut", "ends, in the middle")


def test_new_verdicts_are_a_new_version_and_who_entered_them_is_none(store: Store) -> None:
    add_reviews(store, [row()])
    publishing = {"code_version": "1", "inputs": [], "run_id": ""}
    first = publish_reviews(store, publishing)
    assert publish_reviews(store, publishing).data_version == first.data_version
    add_reviews(store, [row(OTHER, verdict="fault", fault="urgency")])
    second = publish_reviews(store, publishing)
    assert second.data_version != first.data_version
    assert second.facts["by_verdict"] == {"approve": 1, "urgency": 1}


def test_from_the_sample_to_the_bound_by_the_commands(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAI_DATA", library.settings.data)
    monkeypatch.setenv("MEDAI_ACTOR", "a test")
    get_settings.cache_clear()
    library.materialize()
    file = tmp_path / "to_read.csv"
    run = CliRunner().invoke
    done = run(app, ["review", "sample", "--kind", "drug_information", "--out", str(file)])
    assert done.exit_code == 0, done.output
    lines = list(csv.reader(io.StringIO(file.read_text(), newline="")))
    assert len(lines) == 1 + 5  # of so few all are to be read
    file.write_text("".join(csv_lines(lines[0], ([line[0], "approve", *line[2:]] for line in lines[1:]))))
    done = run(app, ["review", "import", str(file), "--reviewer", "A. Reader", "--role", "pharmacist"])
    assert "5 verdicts are new" in done.output, done.output
    told = " ".join(run(app, ["review", "status"]).output.split())
    get_settings.cache_clear()
    assert "drug_information 5 5 pharmacist 5 0 of 5 that stay (0.0%)" in told
    assert "question_answer 5 0 not known" in told
