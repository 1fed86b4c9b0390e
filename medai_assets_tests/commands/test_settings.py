"""Settings are told in one place, and what is wrong with them in plain words by their variables' names."""

from __future__ import annotations

import inspect
import os
import re
import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

import medai_assets
from medai_assets.cli import app
from medai_assets.commands.settings import known_variables, page
from medai_assets.settings import ENDPOINT_PREFIX, Settings, SettingsError, get_settings, variable
from medai_assets.sources.registry import SOURCES

PACKAGE = Path(inspect.getfile(medai_assets)).parent
LISTS = ("sources", "base_models", "allow_datasets")


def test_the_page_of_settings_is_the_one_that_the_settings_make() -> None:
    """After an edit: `medai settings --markdown > docs/settings.md`."""
    assert (PACKAGE.parent / "docs" / "settings.md").read_text() == page()
    assert CliRunner().invoke(app, ["settings", "--markdown"]).stdout == page()


def test_every_setting_has_a_meaning_and_an_example_that_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.examples, name
        if name != "endpoints":
            monkeypatch.setenv(variable(name), field.examples[0])
    shown = Settings()
    assert (shown.sources, shown.workers, shown.profile) == (("nhs", "fda"), 8, "live")


def test_every_variable_that_the_code_names_is_known() -> None:
    named = {
        found
        for file in PACKAGE.rglob("*.py")
        for found in re.findall(r"\bMEDAI_[A-Z_]+[A-Z]\b", file.read_text(encoding="utf-8"))
    }
    assert named - known_variables() - {ENDPOINT_PREFIX.rstrip("_"), "MEDAI_ENDPOINTS"} == set()


@pytest.mark.parametrize("text", ["nhs,fda", " nhs , fda ", '["nhs", "fda"]'])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_commas_or_is_json(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(variable(name), text)
    assert getattr(Settings(), name) == ("nhs", "fda")


def test_a_limit_may_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_SLICE_LIMIT", "none")
    monkeypatch.setenv("MEDAI_PROFILE", "live")
    assert {source.record_limit(Settings()) for source in SOURCES.values()} == {None}
    monkeypatch.setenv("MEDAI_SLICE_LIMIT", "7")
    assert {source.record_limit(Settings()) for source in SOURCES.values()} == {7}


WRONG = {
    "MEDAI_WORKERS": ("x", "it has to be a whole number"),
    "MEDAI_SLICE_LIMIT": ("0", "it has to be 1 or more"),
    "MEDAI_MAX_SHRINK_SHARE": ("7", "it has to be 1.0 or less"),
    "MEDAI_MAX_REJECTED_SHARE": ("much", "it has to be a number"),
    "MEDAI_OPEN_TO_OTHERS": ("perhaps", "it has to be true or false"),
    "MEDAI_PROFILE": ("lab", "it has to be 'sample' or 'live'"),
    "MEDAI_SOURCES": ('["nhs', "separate the items by commas, as in nhs,fda"),
    "MEDAI_LINEAGE_ADDRESS": ("here", "write an address such as http://127.0.0.1:3070"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize(
    "words", [["plan"], ["versions"], ["doctor"], ["ui"], ["settings"], ["withdraw", "x"]]
)
def test_every_command_tells_a_wrong_setting_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, words: list[str]
) -> None:
    value, told = WRONG[name]
    monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, type(done.exception)) == (64, SystemExit)
    assert done.stderr == f"medai: {name} is {value!r}: {told}\n"


@pytest.mark.parametrize("name", ["MEDAI_JUDGE_URL", "MEDAI_TEACHER_URL"])
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://me:s3cret@api.example.org/v1", "set the key by its own variable"),
        ("https://api.example.org/v1?api-key=s3cret", "set the key by its own variable"),
        ("http://192.0.2.7/v1", "it must begin with https:// unless the endpoint is on this machine"),
        ("api.example.org", "it must begin with https:// unless the endpoint is on this machine"),
    ],
)
def test_a_key_stands_in_no_address_and_goes_over_no_open_line(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str, told: str
) -> None:
    monkeypatch.setenv(name, address)
    get_settings.cache_clear()
    done = CliRunner().invoke(app, ["plan"])
    assert done.exit_code == 64
    assert name in done.stderr
    assert told in done.stderr
    assert "s3cret" not in done.stderr


def test_a_country_without_emergency_numbers_is_told_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEDAI_EMERGENCY_COUNTRY", "XX")
    get_settings.cache_clear()
    done = CliRunner().invoke(app, ["plan"])
    assert (done.exit_code, "MEDAI_EMERGENCY_COUNTRY" in done.stderr) == (64, True)
    assert "US" in done.stderr


def test_settings_that_are_wrong_together_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_WORKERS", "0")
    monkeypatch.setenv("MEDAI_PROFILE", "lab")
    get_settings.cache_clear()
    told = CliRunner().invoke(app, ["plan"]).stderr
    assert "MEDAI_WORKERS is '0'" in told
    assert "MEDAI_PROFILE is 'lab'" in told


def test_a_misspelt_variable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_WORKRES", "3")
    assert (
        CliRunner().invoke(app, ["version"]).stderr
        == "medai: MEDAI_WORKRES is not a setting and has no effect; did you mean MEDAI_WORKERS?\n"
    )


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHS_API_KEY", "sesame")
    for words in (["settings"], ["settings", "--json"]):
        get_settings.cache_clear()
        shown = CliRunner().invoke(app, words).stdout
        assert "sesame" not in shown
        assert "(set)" in shown


def test_every_command_takes_a_profile() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert "profile" in inspect.signature(command.callback).parameters, command.callback


def test_a_commands_profile_is_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_PROFILE", "sample")  # so that what the command sets is undone
    shown = CliRunner().invoke(app, ["settings", "--profile", "live"]).stdout
    assert re.search(r"MEDAI_PROFILE +live +sample", shown)
    done = CliRunner().invoke(app, ["versions", "--profile", "lab"])
    assert (done.exit_code, done.stderr) == (64, "medai: there is no profile 'lab'; choose sample or live\n")


@pytest.mark.parametrize(
    "words",
    [["run", "--select", "nothing"], ["collect", "nothing"], ["collect", "nhs", "nothing"],
     ["sandbox", "--fault", "nothing"]],
)  # fmt: skip
def test_words_that_name_nothing_end_with_64(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, type(done.exception)) == (64, SystemExit)
    assert done.stderr.startswith("medai: "), "no warning of a library"
    assert "nothing" in done.stderr


BAD_KEYS = {
    "it is not UTF-8": b"planted-\xff\xfe-4711", "it holds a line end": b"planted-4711\n", "it holds a blank": b"planted 4711",
    "it holds a control character": b"planted-\x1b[31m4711", "it holds a character that is not ASCII": "plänted-4711".encode(),
    "it has 100,000 characters, and a key has 8,192 at most": b"planted-47" * 10_000,
}  # fmt: skip
OF_LIBRARIES = {
    "AWS_SECRET_ACCESS_KEY": {"MEDAI_DATA": "s3://bucket/medai"},
    "WANDB_API_KEY": {"MEDAI_TRACKERS": "wandb"},
    "MLFLOW_TRACKING_TOKEN": {"MEDAI_TRACKERS": "mlflow"},
}


@pytest.mark.parametrize(
    "name", [n for n in map(variable, Settings.model_fields) if n.endswith(("_KEY", "_TOKEN"))]
)
@pytest.mark.parametrize(("problem", "value"), BAD_KEYS.items())
def test_a_key_that_no_request_can_carry_is_refused_by_its_name(
    name: str, problem: str, value: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "MEDAI_SIGNING_KEY":
        return  # a file
    monkeypatch.setenv(name, os.fsdecode(value))
    get_settings.cache_clear()
    with pytest.raises(SettingsError) as caught:
        get_settings()
    assert str(caught.value) == f"{name} cannot be used as a key: {problem}"
    assert "planted" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("name", "used"), OF_LIBRARIES.items())
def test_so_is_one_that_a_library_reads_where_it_is_used(
    name: str, used: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "planted 4711")
    get_settings.cache_clear()
    get_settings()
    for other, value in used.items():
        monkeypatch.setenv(other, value)
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=f"^{name} cannot be used as a key: it holds a blank$"):
        get_settings()


def test_an_empty_key_is_none_and_a_passphrase_may_have_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHS_API_KEY", "")
    monkeypatch.setenv("MEDAI_SIGNING_PASSPHRASE", "grüne Birnen")
    assert Settings().nhs_api_key is None
    monkeypatch.setenv("MEDAI_SIGNING_PASSPHRASE", os.fsdecode(b"\xff\xfe"))
    with pytest.raises(ValidationError, match="it is not UTF-8"):
        Settings()
