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
from medai_assets.reviews.history import (
    COMMENTS,
    FOLDER,
    ReviewError,
    add_reviews,
    checked,
    digest,
    latest_verdicts,
)
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
    said = [(one["example_id"], one["reviewer"], one["verdict"]) for one in latest_verdicts(store)]
    assert said == [(ID, "A. Reader", "fault"), (ID, "B. Reader", "approve"), (OTHER, "A. Reader", "approve")]
    assert len(store.files_beside(FOLDER)) == 2, "a file for what is entered together"


def test_what_was_said_already_is_not_entered_again(store: Store) -> None:
    add_reviews(store, [row()])
    before = digest(store)
    assert add_reviews(store, [row(), row()]) == 0
    assert digest(store) == before


def test_an_entry_that_was_removed_is_noticed(store: Store) -> None:
    add_reviews(store, [row()])
    add_reviews(store, [row(OTHER)])
    first = next(path for path in map(Path, store.files_beside(FOLDER)) if '"after": []' in path.read_text())
    first.unlink()
    with pytest.raises(StoreError, match=r"history of reviews .* lacks an entry"):
        latest_verdicts(store)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"example_id": "17"}, "is not the id of an example"),
        ({"verdict": "good"}, "it must be approve or fault"),
        ({"verdict": "fault", "fault": "ugly"}, "known are not_the_source"),
        ({"reviewer": " "}, "no reviewer is named"),
        ({"role": "king"}, "known are clinician"),
    ],
)
def test_what_cannot_be_entered_is_refused_with_what_is_known(values: dict[str, str], said: str) -> None:
    with pytest.raises(ReviewError, match=said):
        checked(row(**values))


def test_a_comment_that_was_changed_is_noticed_and_one_that_was_erased_leaves_the_verdict(
    store: Store,
) -> None:
    add_reviews(store, [row(verdict="fault", fault="cut", comment="it ends early")])
    (path,) = map(Path, store.files_beside(COMMENTS))
    before = digest(store)
    path.write_text("it is well")
    with pytest.raises(StoreError, match="is damaged; it holds a reviewer's comment"):
        latest_verdicts(store)
    path.unlink()
    assert [(one["fault"], one["comment"]) for one in latest_verdicts(store)] == [("cut", "")]
    assert digest(store) != before, "what repeats the comment is made again"


def test_a_file_with_one_wrong_line_enters_nothing(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "read.csv"
    file.write_text(
        f"example_id,verdict,fault,comment\n{ID},approve,,\n{OTHER},fault,ugly,\n", encoding="utf-8-sig"
    )
    with pytest.raises(ReviewError, match=r"nothing of .* line 3"):
        add_reviews(store, read_reviews(file, "A. Reader", "clinician"))
    assert not latest_verdicts(store)


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
    lines = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
    assert len(lines) == 1 + 5  # of so few all are to be read
    file.write_text("".join(csv_lines(lines[0], ([line[0], "approve", *line[2:]] for line in lines[1:]))))
    done = run(app, ["review", "import", str(file), "--reviewer", "A. Reader", "--role", "pharmacist"])
    assert "5 are new" in done.output, done.output
    assert "does not have" not in done.output
    older = tmp_path / "older.csv"
    older.write_text(f"example_id,verdict\n{OTHER},approve\n")
    done = run(app, ["review", "import", str(older), "--reviewer", "A. Reader", "--role", "pharmacist"])
    assert (
        f"1 verdict is on an example that the current data set does not have, the first {OTHER}"
        in done.output
    )
    told = " ".join(run(app, ["review", "status"]).output.split())
    get_settings.cache_clear()
    assert "drug_information 5 5 pharmacist 5 0 of 5 that stay (0.0%)" in told
    assert "question_answer 5 0 not known" in told


LINES = f"example_id,verdict,fault,comment,prompt\n{ID},Fault,not answered,Müller: “nein”,a\n{OTHER},approve ,,,b\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("before", ["", "sep={}\r\n"])
def test_a_file_is_read_as_excel_saves_it(tmp_path: Path, encoding: str, delimiter: str, before: str) -> None:
    text = before.format(delimiter) + LINES.replace(",", delimiter).replace("\n", "\r\n")
    (tmp_path / "read.csv").write_bytes(text.encode(encoding))
    fault, approved = read_reviews(tmp_path / "read.csv", "A. Reader", "Clinician ")
    assert (fault["verdict"], fault["fault"], fault["comment"]) == ("fault", "not_answered", "Müller: “nein”")
    assert (approved["verdict"], approved["role"]) == ("approve", "clinician")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f'{ID},fault,cut,"it ends\n{OTHER},approve,,\n', "line 2 or one below: a quote is opened and not closed"),
        (f"{ID},fault,cut,it ends, as I said\n", "line 2 has more cells than the header.*as I said"),
        (f"{ID},approve,,\n{OTHER},approve,,\n{ID},fault,cut,\n", f"{ID} in lines 2 and 4 differ"),
        (f"{ID},approve,cut,\n", "approve, and a fault"),
        (f"{ID},,cut,I saw it\n", "line 2: .* no verdict"),
        (f"{ID},fault,cut,{'x' * 2001}\n", "2,001 characters.* 2,000"),
    ],
)  # fmt: skip
def test_nothing_that_a_line_says_is_lost_in_silence(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "read.csv").write_text(f"example_id,verdict,fault,comment\n{lines}")
    with pytest.raises(ReviewError, match=said):
        read_reviews(tmp_path / "read.csv", "A. Reader", "clinician")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04", "is a spreadsheet file"),
        (b"example_id,verdict\ne\0,approve\n", "line 2 holds zero bytes"),
        (b"", r"read\.csv lacks the column example_id, verdict"),
        (b"id,verdict\n", "lacks the column example_id"),
    ],
)
def test_what_is_no_such_table_is_refused_with_what_to_do(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "read.csv").write_bytes(data)
    with pytest.raises(ReviewError, match=said):
        read_reviews(tmp_path / "read.csv", "A. Reader", "clinician")


def test_what_a_reviewer_writes_controls_no_terminal() -> None:
    told = checked(row(reviewer="A.\x1b[31m \u202eReader", comment="\x1b]0;mine\x07see\nbelow\u202e"))
    assert (told["reviewer"], told["comment"]) == ("A. Reader", "see\nbelow")
