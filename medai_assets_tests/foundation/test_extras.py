"""What an installation leaves out is told in one sentence with the command that adds it, and nothing else needs it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from typer.testing import CliRunner

import medai_assets
from medai_assets.cli import app
from medai_assets.foundation.extras import EXTRAS, PINS, ExtraMissing, require
from medai_assets.storage import Store
from medai_assets_tests.conftest import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
# What trains, serves and shows Dagster's page: it runs behind `require`, or in a process that is started behind it.
BEHIND = (
    "training/",
    "influence/",
    "lineage/live_events.py",
    "lineage/page/curves.py",
    "serving/",
    "evaluation/",
    "automation/guarded_page.py",
    "trust/",
    "definitions.py",
)

# Modules under another name than their package's, or brought by an extra of one: serving of transformers, JSON of CycloneDX,
# MLflow's client alone, openlineage-python.
BROUGHT = {"fastapi", "cyclonedx", "jsonschema", "mlflow", "openlineage"}


def names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[\w.-]+", one) for one in requirements)
    return {match[0].lower().replace("_", "-").replace(".", "-") for match in found if match}


def test_the_extras_are_the_project_s_but_for_what_gathers_others_and_what_the_package_never_imports() -> (
    None
):
    assert {*EXTRAS, "sample", "bench", "dev"} == set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("extra", EXTRAS)
def test_its_modules_are_not_those_of_the_plain_installation(extra: str) -> None:
    """Every other module is of a package that the extra names."""
    named = names(PROJECT["optional-dependencies"][extra])
    for module in EXTRAS[extra]:
        own = module.replace("_", "-")
        assert own in named or module in BROUGHT
        assert own not in names(PROJECT["dependencies"])


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_extra_is_told_with_the_command_that_adds_it(
    extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = EXTRAS[extra][-1]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraMissing) as told:
        require(extra, "this")
    assert module in str(told.value)
    assert str(told.value).endswith(f"`pip install --constraint {PINS} 'medai-assets[{extra}]'`")


@pytest.mark.parametrize(
    ("words", "module", "extra"),
    [(["ui"], "dagster_webserver", "ui"), (["train", "smollm2-135m", "--dry-run"], "peft", "train")],
)
def test_commands_say_it_in_one_sentence(
    words: list[str], module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.endswith(f"`pip install --constraint {PINS} 'medai-assets[{extra}]'`")


def test_a_data_root_in_an_object_store_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ExtraMissing, match=r"s3://bucket/data needs .*s3fs.*medai-assets\[s3\]"):
        Store("s3://bucket/data")


def test_no_other_room_imports_what_may_not_be_there() -> None:
    """Neither at the top nor inside a function: collecting and curating work without any extra."""
    extras = {name for extra in EXTRAS for name in names(PROJECT["optional-dependencies"][extra])}
    absent = extras - names(PROJECT["dependencies"])
    brought = {
        module
        for module, distributions in packages_distributions().items()
        if names(list(distributions)) & absent
    }
    folder = Path(medai_assets.__file__).parent
    wrong = [
        f"{path.relative_to(folder)} imports {module}"
        for path in sorted(folder.rglob("*.py"))
        if not path.relative_to(folder).as_posix().startswith(BEHIND)
        for module in imported(path)
        if module in brought
    ]
    assert wrong == []


def imported(path: Path) -> set[str]:
    """First names of the modules that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return found
