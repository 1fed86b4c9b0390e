"""The lineage commands as a user types them: trees, JSON, files, exit codes, and errors in one sentence."""

from __future__ import annotations

import csv
import json
import shutil
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from medai_assets.cli import app
from medai_assets.commands import console
from medai_assets.foundation.schemas import ALIAS, RAW_RECORD
from medai_assets.settings import get_settings
from medai_assets_tests.lineage.library import BASE_MODEL, Library

pytestmark = pytest.mark.slow


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A settled library that the commands find through the environment."""
    made = Library.at(tmp_path)
    made.materialize()
    monkeypatch.setenv("MEDAI_DATA", made.settings.data)
    monkeypatch.setenv("MEDAI_PROFILE", "sample")
    monkeypatch.setenv("MEDAI_SOURCES", '["fda", "nhs"]')
    monkeypatch.setattr(console.out, "width", 200)
    get_settings.cache_clear()
    yield made
    get_settings.cache_clear()


def medai(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=stdin)


def test_trace_prints_the_way_back_to_the_publisher(library: Library) -> None:
    told = medai("trace", "--text", "Take metformin with meals.").output
    for word in ("fda:aaa", "CC0-1.0", "https://labels.example.org/aaa", "GET /fda?slice=2023", "raw_fda[2023]",
                 "“Take metformin with meals.”"):  # fmt: skip
        assert word in told


def test_trace_reads_a_line_of_the_export_from_standard_input(library: Library) -> None:
    (row, *_) = json.loads(medai("trace", "--text", "Take metformin with meals.", "--json").output)
    line = json.dumps({"id": row["example"]["example_id"]})
    (again,) = json.loads(medai("trace", "-", "--json", stdin=line + "\n").output)
    assert again == row


def test_impact_prints_counts_and_models(library: Library) -> None:
    told = medai("impact", "raw_fda[2024]").output
    assert "4 examples" in told
    assert f"lora_adapter[{BASE_MODEL}]" in told


def test_impact_writes_a_page(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "impact.html"
    assert medai("impact", "fda", "--html", str(file)).exit_code == 0
    assert file.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("words", [["impact", "fda", "--html"], ["lineage-export", "prov", "-o"]])
def test_a_file_that_cannot_be_written_is_told_in_one_sentence(
    library: Library, tmp_path: Path, words: list[str]
) -> None:
    done = medai(*words, str(tmp_path / "no-folder" / "file"))
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert "cannot be written: No such file or directory" in done.stderr


def test_an_index_that_cannot_be_written_is_told_in_one_sentence(library: Library) -> None:
    """As on a full disk, or where one may only read."""
    folder = library.settings.profile_dir / "lineage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("")
    done = medai("trace", "--text", "Take metformin with meals.")
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert str(folder) in done.stderr


def test_withdraw_enters_who_when_and_why_and_marks_what_learned_it(library: Library) -> None:
    result = medai("withdraw", "fda:aaa", "--reason", "asked by its author", "--by", "A. Person", "--json")
    document = json.loads(result.output)
    (row,) = csv.DictReader(library.settings.take_downs_file.open())
    assert (row["record_id"], row["reason"], row["reported_by"]) == (
        "fda:aaa",
        "asked by its author",
        "A. Person",
    )
    assert len(row["reported_at"]) == 10
    assert {m["model"] for m in document["tainted"]} >= {
        f"lora_adapter[{BASE_MODEL}]",
        f"merged_model[{BASE_MODEL}]",
    }
    states = {p["asset"]: p for p in document["plan"]["partitions"]}
    assert states["withdrawals"]["status"] in ("stale", "waiting")
    assert states["withdrawals"]["reasons"]


def test_withdraw_says_what_was_marked_and_what_turns_stale(library: Library) -> None:
    told = medai("withdraw", "fda:aaa", "--reason", "asked by its author").output
    assert "raw_fda[2023] is stored again without it" in told
    assert f"tainted lora_adapter[{BASE_MODEL}]" in told
    assert "learned it from 2 examples" in told
    assert "raw_fda[2023] has new content: 0 records added, 0 changed, 1 gone" in told
    (last,) = told.strip().splitlines()[-1:]
    assert last.startswith("To the end: `medai run`, then `medai erase --yes`")
    assert last.endswith("`medai certify fda:aaa`.")


def test_withdraw_and_impact_say_which_other_records_hold_the_same_text(library: Library) -> None:
    for record in ("nhs:/symptoms/cough", "fda:bbb"):
        library.texts[record] = library.texts["fda:aaa"]
    library.materialize(train=False)
    before = json.loads(medai("impact", "fda:aaa", "--json").output)
    assert before["also_from"] == {"fda:bbb": 1, "nhs:/symptoms/cough": 1}
    others = "fda:bbb (1 passage), nhs:/symptoms/cough (1 passage)"
    assert f"the same text also comes from {others}" in " ".join(medai("impact", "fda:aaa").output.split())
    told = medai("withdraw", "fda:aaa", "--reason", "x").output
    assert f"The same text also comes from {others}: still in use" in told
    document = json.loads(medai("withdraw", "fda:bbb", "--reason", "x", "--json").output)
    assert (document["also_from"], document["same_article"]) == ({"nhs:/symptoms/cough": 1}, [])
    assert "also comes from" not in medai("withdraw", "fda:ccc", "--reason", "x").output


def test_withdraw_tells_the_same_article_also_of_the_record_that_holds_the_alias(library: Library) -> None:
    for source, record in (("pmc", "pmc:PMC1"), ("pubmed", "pubmed:11")):
        named = [{"record_id": record, "name": "pubmed:11"}] if source == "pmc" else []
        row = library._raw_row("fda", "2023", "fda:aaa", "Asthma") | {"record_id": record, "source": source}
        library._publish(f"raw_{source}", "s", {"records": (RAW_RECORD, [row]), "aliases": (ALIAS, named)})
    document = json.loads(medai("withdraw", "pmc:PMC1", "--reason", "x", "--json").output)
    assert (document["stored_anew"], document["same_article"]) == (["raw_pmc[s]"], ["pubmed:11"])


def test_withdrawing_twice_or_without_a_reason_is_refused(library: Library) -> None:
    assert medai("withdraw", "fda:aaa", "--reason", "x").exit_code == 0
    assert medai("withdraw", "fda:aaa", "--reason", "x").exit_code == 1
    assert medai("withdraw", "fda:bbb", "--reason", " ").exit_code == 1


def test_a_withdrawal_is_taken_back_and_its_slice_collected_again(library: Library) -> None:
    assert medai("withdraw", "fda:aaa", "--reason", "asked by its author").exit_code == 0
    document = json.loads(medai("withdraw", "fda:aaa", "--back", "--json").output)
    assert (document["taken_back"], document["tainted"]) == ("fda:aaa", [])
    states = {(p["asset"], p["partition"]): p for p in document["plan"]["partitions"]}
    assert "fda:aaa is no longer withdrawn, and is missing here" in states["raw_fda", "2023"]["reasons"]
    assert medai("withdraw", "fda:aaa", "--back").exit_code == 1


def test_the_history_tells_who_withdrew_what_for_which_request_and_who_took_it_back(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAI_ACTOR", "A. Steward")
    medai(
        "withdraw",
        "fda:aaa",
        "--reason",
        "asked by its author",
        "--by",
        "A. Author",
        "--request",
        "ticket 17",
    )
    medai("withdraw", "fda:aaa", "--back", "--reason", "asked again")
    library.settings.take_downs_file.write_text(
        "record_id,reason,reported_by,reported_at\nfda:bbb,x,me,2024-11-28\n"
    )
    told = json.loads(medai("withdrawals", "--json").output)
    assert [row["record_id"] for row in told["in_force"]] == ["fda:bbb"]
    assert [
        (e["action"], e["actor"], e["reported_by"], e["request"], e["reason"]) for e in told["history"]
    ] == [
        ("withdrawn", "A. Steward", "A. Author", "ticket 17", "asked by its author"),
        ("taken back", "A. Steward", "", "", "asked again"),
    ]
    shown = " ".join(medai("withdrawals").output.split())
    assert "ticket 17" in shown
    assert "1 take-down is in force. Only in the file of this host until `medai run`: fda:bbb." in shown


def test_a_record_may_be_withdrawn_by_its_page(library: Library) -> None:
    document = json.loads(
        medai("withdraw", "https://labels.example.org/aaa", "--reason", "x", "--json").output
    )
    assert document["withdrawn"] == "fda:aaa"


@pytest.mark.parametrize(
    "wanted", ["fda", "raw_fda[2024]", "fda:aaa@1", "https://nowhere.example.org/", "aaa"]
)
def test_what_is_no_whole_record_is_not_withdrawn(library: Library, wanted: str) -> None:
    assert medai("withdraw", wanted, "--reason", "x").exit_code == 1
    assert not library.settings.take_downs_file.exists()


def test_a_withdrawal_that_matches_no_record_says_so_at_once_and_in_the_plan(library: Library) -> None:
    told = medai("withdraw", "fda:zzz", "--reason", "x").output
    assert "No record collected so far has this id, so nothing is taken out; check it" in told
    assert "fda:zzz" in library.settings.take_downs_file.read_text()
    told = "fda:zzz is withdrawn, but no record collected so far has this id; check it"
    assert told in medai("plan").output
    assert json.loads(medai("plan", "--json").output)["take_downs_without_a_record"] == ["fda:zzz"]
    assert told in medai("run", "--dry-run").output


def test_the_plan_tells_a_mistyped_id_that_was_entered_by_hand(library: Library) -> None:
    file = library.settings.take_downs_file
    file.write_text(
        "record_id;reason;reported_by;reported_at\nFDA:AAA;x;me;28.11.2024\nfda:aab;x;me;28.11.2024\n"
    )
    assert json.loads(medai("plan", "--json").output)["take_downs_without_a_record"] == ["fda:aab"]


@pytest.mark.parametrize("wanted", ["FDA:AAA", " fda:aaa ", "openfda: Aaa"])
def test_a_record_is_withdrawn_however_its_id_is_written(library: Library, wanted: str) -> None:
    document = json.loads(medai("withdraw", wanted, "--reason", "x", "--json").output)
    assert (document["withdrawn"], document["stored_anew"]) == ("fda:aaa", ["raw_fda[2023]"])
    assert document["matches_a_record"]
    assert json.loads(medai("plan", "--json").output)["take_downs_without_a_record"] == []
    assert json.loads(medai("withdraw", wanted, "--back", "--json").output)["taken_back"] == "fda:aaa"


@pytest.mark.parametrize("words", [["plan"], ["plan", "--json"], ["run", "--dry-run"], ["impact", "fda:aaa"],
                                   ["trace", "--text", "Take metformin with meals."],
                                   ["withdraw", "fda:bbb", "--reason", "x"], ["withdraw", "fda:bbb", "--back"],
                                   ["lineage", "--rebuild"], ["versions"], ["diff"], ["gc"], ["ask", "What helps?"]])  # fmt: skip
def test_a_take_down_file_that_cannot_be_used_ends_no_command_in_a_traceback(
    library: Library, words: list[str]
) -> None:
    library.settings.take_downs_file.write_bytes(
        b'record_id,reason,reported_by,reported_at\nfda:aaa,"x\xff,me,\n'
    )
    done = medai(*words)
    assert done.exception is None or type(done.exception) is SystemExit
    if words[0] in ("plan", "withdraw"):
        assert "line 2: a quote is opened" in " ".join((done.output + done.stderr).split())


def test_versions_lists_what_is_kept_newest_first(library: Library) -> None:
    library.mixture["questions"] = 1
    new = library.materialize()
    rows = json.loads(medai("versions", "--json").output)
    assert [r["current"] for r in rows] == [True, False]
    assert rows[0]["data_version"] == new.data_version
    assert any(name.startswith("curated_corpus ") for name in rows[0]["made_from"])
    assert any(name.startswith("training_examples") for name in rows[0]["used_by"])
    assert medai("versions", "raw_fda[2024]").exit_code == 0


@pytest.mark.parametrize("words", [["versions"], ["trace", "--text", "Take metformin with meals."], ["diff"]])
def test_ids_are_whole_where_a_program_reads_them(library: Library, words: list[str]) -> None:
    old = library.store.require("instruction_dataset").data_version
    library.texts.pop("fda:bbb")
    new = library.materialize().data_version
    told = medai(*words).output
    assert new in told or words == ["trace"]
    versions = [
        word
        for line in told.splitlines()
        for word in line.split()
        if word.strip("→:")[:12] in (old[:12], new[:12])
    ]
    assert versions
    assert {word.strip("→:") for word in versions} <= {old, new}


def test_ids_in_json_are_whole(library: Library) -> None:
    (row,) = json.loads(medai("versions", "--json").output)
    corpus = library.store.require("curated_corpus").data_version
    assert f"curated_corpus {corpus}" in row["made_from"]


def test_a_model_learned_an_example_one_time(library: Library) -> None:
    told = medai("trace", "--text", "Take metformin with meals.").output
    assert "1 time" in told
    assert "1 times" not in told


def test_diff_compares_the_previous_with_the_current_version(library: Library) -> None:
    library.texts.pop("fda:aaa")
    library.materialize()
    assert "raw_fda[2023]: records gone" in medai("diff").output
    assert json.loads(medai("diff", "--json").output)["gone"] == 2


def test_gc_removes_only_when_told_to(library: Library) -> None:
    library.texts["fda:aaa"] = "Other words. More."
    library.materialize()
    assert "Nothing to remove" in medai("gc").output
    assert "Nothing was removed" in medai("gc", "--keep", "1").output
    plan = json.loads(medai("gc", "--keep", "1", "--yes", "--json").output)
    assert plan["removed"] is True
    assert {r["asset"] for r in plan["plan"]["remove"]} >= {"instruction_dataset", "raw_fda"}
    assert "Nothing to remove" in medai("gc", "--keep", "1").output


def test_gc_waits_while_something_is_being_made(library: Library) -> None:
    from medai_assets.foundation.progress import ProgressFile

    ProgressFile.of(library.settings.work_dir, "curated_corpus")(1, 2, "passages")
    result = medai("gc", "--keep", "1", "--yes")
    assert result.exit_code == 1


@pytest.mark.parametrize("form", ["openlineage", "prov"])
def test_exports_are_json(library: Library, form: str, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    assert medai("lineage-export", form, "--out", str(file)).exit_code == 0
    lines = file.read_text().splitlines() if form == "openlineage" else [file.read_text()]
    assert all(json.loads(line) for line in lines)


def test_indexes_can_be_made_again(library: Library) -> None:
    assert "1 data set version made again" in medai("lineage", "--rebuild").output


def test_a_port_that_is_taken_is_said_so(library: Library) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = medai("lineage", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "--port" in result.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("trace",), 64),
        (("trace", "e" + "0" * 24), 1),
        (("trace", "--text", "nothing like it", "--dataset", "zzz"), 1),
        (("impact", "aspirin"), 1),
        (("impact", "fda:zzz"), 1),
        (("versions", "nothing"), 1),
        (("diff", "zzz"), 1),
        (("impact", "nhs[nowhere]"), 1),
        (("lineage-export", "xml"), 64),
        (("withdraw", "aspirin", "--reason", "x"), 1),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    library: Library, words: tuple[str, ...], code: int
) -> None:
    result = medai(*words)
    assert result.exit_code == code
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output


def test_names_in_brackets_survive_in_errors(library: Library) -> None:
    assert "raw_nhs[nowhere]" in " ".join(medai("impact", "nhs[nowhere]").stderr.split())


@pytest.mark.parametrize(
    "command", ["trace", "impact", "withdraw", "lineage", "versions", "diff", "gc", "lineage-export"]
)
def test_every_command_explains_itself(command: str) -> None:
    result = medai(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.split()) > 25
