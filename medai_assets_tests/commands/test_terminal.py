"""Whatever reads the output: ASCII terminals, pipes that close early, and scripts that go by exit codes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree
from typer.testing import CliRunner

from medai_assets import __version__
from medai_assets.cli import app
from medai_assets.commands import console, run
from medai_assets.foundation.plurals import counted
from medai_assets.settings import Settings, get_settings
from medai_assets_tests.lineage.library import Library
from medai_assets_tests.waiting import PATIENCE

pytestmark = pytest.mark.slow

MEDAI = [sys.executable, "-m", "medai_assets.cli"]
WORDS = [
    ["plan", "--all"], ["plan", "--json"], ["run", "--dry-run"], ["collect", "fda", "--list"],
    ["trace", "--text", "Nimm “Ü” 5 µg …"],
    ["trace", "--text", "Take metformin with meals."], ["impact", "fda:aaa"], ["impact", "fda", "--json"],
    ["withdraw", "fda:aaa", "--reason", "zurückgezogen – ✓"], ["withdraw", "fda:zzz", "--reason", "“x”", "--json"],
    ["lineage", "--rebuild"], ["versions"], ["versions", "--json"], ["diff"], ["gc"], ["lineage-export", "prov"],
    ["doctor"], ["version"], ["train", "mistral-ü", "--dry-run"], ["ask", "Was hilft bei Fieber – schnell?"], ["serve"],
    ["ui", "--nein"], ["sandbox", "--fault", "ü"],
]  # fmt: skip


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library.at(tmp_path)
    made.texts["fda:aaa"] = "Take metformin – “with meals” … ✓. Do not crush."
    made.materialize()
    monkeypatch.setenv("MEDAI_DATA", made.settings.data)
    monkeypatch.setenv("MEDAI_SOURCES", '["fda", "nhs"]')
    get_settings.cache_clear()
    return made


@pytest.mark.parametrize("words", WORDS, ids=lambda words: " ".join(words[:2]))
def test_every_command_works_on_a_terminal_that_knows_only_ascii(library: Library, words: list[str]) -> None:
    done = CliRunner(charset="ascii").invoke(app, words)
    assert done.exception is None or type(done.exception) is SystemExit, done.exception
    assert done.stdout_bytes.isascii()
    if "--json" in words:
        json.loads(done.stdout_bytes)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_data_root_that_nobody_may_write_to_is_told_with_what_to_do(
    library: Library, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(settings: Settings) -> None:
        raise OSError(number, os.strerror(number), "/data/sample")

    monkeypatch.setattr(run, "clear_up", refused)
    done = CliRunner().invoke(app, ["collect", "fda"])
    assert done.exit_code == console.FAILED
    assert f"/data/sample: {os.strerror(number)}; set MEDAI_DATA to a folder" in " ".join(done.output.split())


def test_what_is_not_permitted_but_of_no_file_names_none(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(settings: Settings) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(run, "clear_up", refused)
    done = CliRunner().invoke(app, ["collect", "fda"])
    assert done.exit_code == console.FAILED
    assert os.strerror(errno.EPERM) in done.output
    assert "MEDAI_DATA" not in done.output


def test_characters_that_a_terminal_lacks_are_told_by_a_mark_or_their_code() -> None:
    console.prepare_streams()
    assert "✓ a – b … “ü”".encode("ascii", "medai") == b'ok a - b ... "\\xfc"'


def medai(*words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | options.pop("env", {})  # type: ignore[call-overload]
    return subprocess.run([*MEDAI, *words], capture_output=True, env=environment, timeout=PATIENCE, **options)  # type: ignore[call-overload]


def test_a_run_ends_well_on_a_terminal_that_knows_only_ascii(library: Library) -> None:
    (Path(library.settings.data) / "config").mkdir()
    environment = {"LANG": "C", "PYTHONIOENCODING": "ascii", "MEDAI_SOURCES": '["medquad"]'}
    done = medai("run", "-s", "curation_policy", "--force", env=environment)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert b"ok curation_policy" in done.stdout


def test_a_pipe_gets_whole_lines(library: Library) -> None:
    """Ids would be broken at 80 columns, and a script would not find them again."""
    name = "fda:" + "-".join(["61a97009"] * 30)
    library.settings.take_downs_file.write_text(
        f"record_id,reason,reported_by,reported_at\n{name},x,me,2024-11-28\n"
    )
    # Both of these reach a pipe too, as in a CI job.
    lines = medai("plan", env={"COLUMNS": "40", "FORCE_COLOR": "1"}).stdout.decode().splitlines()
    assert any(name in line and line.endswith("it will be kept out.") for line in lines)
    assert not any(line.endswith(" ") for line in lines), "nothing is filled up to a width"


def test_a_reader_that_goes_away_ends_the_command_quietly(library: Library) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*MEDAI, "plan", "--all"], stdout=writer, stderr=subprocess.PIPE, timeout=PATIENCE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (console.CLOSED, b"")


def test_closed_streams_are_no_error(library: Library) -> None:
    line = f"exec {sys.executable} -m medai_assets.cli plan <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", line], timeout=PATIENCE).returncode == console.STALE


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["versoins"], "medai: No such command 'versoins'. Did you mean 'versions', 'version'? `medai --help` says"),
        (["plan", "--" + "x" * 200], f"medai: No such option: --{'x' * 200}; `medai plan --help` says"),
        (["run", "--workers", "[many]"], "medai: Invalid value for '--workers'"),
        (["diff", "a", "b", "c"], "medai: Got unexpected extra argument"),
    ],
)  # fmt: skip
def test_words_that_are_not_understood_are_told_on_one_line(words: list[str], told: str) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 64
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_not_there_is_told_in_plain_words(library: Library, tmp_path: Path) -> None:
    key, nowhere = tmp_path / "key", tmp_path / "nowhere"
    CliRunner().invoke(app, ["keygen", str(key)])
    for words in (
        ["verify", str(nowhere), "--key", f"{key}.pub"],
        ["verify", str(key), "--key", str(nowhere)],
    ):
        told = CliRunner().invoke(app, words).stderr
        assert "nowhere" in told
        assert told.endswith(": No such file or directory\n")
        assert "Errno" not in told


def test_the_version_is_told() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"medai-assets {__version__}\n")


def test_exit_codes_are_stated_and_mean_one_thing_each(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def code(*words: str) -> int:
        return CliRunner().invoke(app, words).exit_code

    assert console.EXIT_CODES.split(";")[0] in CliRunner().invoke(app, ["--help"]).stdout
    assert code("versions") == 0
    assert code("impact", "fda:nothing@") == 1
    assert code("plan") == 2
    assert {code("plan", "--nope"), code("nope"), code("run", "--profile", "lab"), code("trace")} == {64}
    monkeypatch.setenv("MEDAI_WORKERS", "0")
    get_settings.cache_clear()
    assert code("plan") == 64


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 examples"), (1, "1 example"), (2, "2 examples"), (1234, "1,234 examples")]
)
def test_plurals(count: int, told: str) -> None:
    assert counted(count, "example") == told


HOSTILE = "Asthma\x1b[2J \x1b]0;owned\x07\x9b31m and \u202egnihton"


def test_no_command_lets_a_record_control_the_terminal(library: Library) -> None:
    library.texts["fda:aaa"] = f"Take metformin with meals. {HOSTILE}"
    library.materialize()
    for words in (*WORDS, ["trace", "--text", HOSTILE], ["impact", HOSTILE]):
        shown = CliRunner().invoke(app, words).output
        assert not set("\x1b\x9b\x07\x9d\u202e") & set(shown), words


def test_what_is_printed_in_tables_trees_and_sentences_controls_nothing() -> None:
    table = Table("a", title=escape(HOSTILE))
    table.add_row(escape(HOSTILE))
    tree = Tree(escape(HOSTILE))
    tree.add(escape(HOSTILE))
    with console.out.capture() as captured:
        console.out.print(table, tree, escape(HOSTILE))
    assert captured.get().count("Asthma") == 5
    assert not set("\x1b\x9b\x07\u202e") & set(captured.get())


def test_a_key_that_an_error_repeats_is_seen_to_be_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_open_sesame_open")
    console.fail("hf_open_sesame_open is [bold]no[/] key, says \\[removed]")
    assert "medai: [removed] is no key, says [removed]" in " ".join(capsys.readouterr().err.split())
