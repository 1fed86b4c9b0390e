"""What the documents for contributors name is there: files, modules that renew something, symbols of recipes, links."""

from __future__ import annotations

import ast
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from medai_assets_tests.conftest import REPOSITORY

FOR_CONTRIBUTORS = [
    REPOSITORY / "CONTRIBUTING.md",
    *(REPOSITORY / "docs" / name for name in ("extending.md", "glossary.md")),
    *sorted((REPOSITORY / "docs" / "decisions").glob("*.md")),
]
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")), *FOR_CONTRIBUTORS]
# A path is told from the repository, from the package, or from the folder of its tests.
ROOTS = (REPOSITORY, REPOSITORY / "medai_assets", REPOSITORY / "medai_assets_tests")
PATH = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|yaml|jsonl|toml|lock|md)|(?:[\w.-]+/)+)`")
PLACEHOLDER = re.compile(r"\b(?:test_)?(?:NAME|KIND|ROOM)\b|^(?:source|collect|parse)\.py$")
SYMBOL = re.compile(r"`(_?[A-Z][A-Z_]{3,}|_stratum|verdicts)`,? (?:of|in) `([\w/]+\.py)`")

everywhere = pytest.mark.parametrize("document", FOR_CONTRIBUTORS, ids=lambda path: path.name)


@everywhere
def test_files_that_are_named_exist(document: Path) -> None:
    named = [path for path in PATH.findall(document.read_text("utf-8")) if not PLACEHOLDER.search(path)]
    assert [path for path in named if not any((root / path).exists() for root in ROOTS)] == []


def test_files_that_the_package_names_in_its_own_words_exist() -> None:
    package = REPOSITORY / "medai_assets"
    rooms = "|".join(sorted(folder.parent.name for folder in package.glob("*/__init__.py")))
    of_a_room = re.compile(rf"\b(?:{rooms})/[a-z0-9_/]+\.(?:py|yaml)\b")
    texts = {path: path.read_text("utf-8") for path in (*package.rglob("*.py"), *DOCUMENTS)}
    named = {(path.name, name) for path, text in texts.items() for name in of_a_room.findall(text)}
    assert len(named) > 50
    assert [one for one in sorted(named) if not any((root / one[1]).exists() for root in ROOTS)] == []


def test_files_beside_a_module_that_it_names_exist() -> None:
    """A name without a folder is that of a module somewhere, as people who read the module look for it."""
    modules = [
        *(REPOSITORY / "medai_assets").rglob("*.py"),
        *(REPOSITORY / "medai_assets_tests").rglob("*.py"),
    ]
    beside = (REPOSITORY / "benchmarks").glob("*.py")
    known = {path.name for path in (*modules, *beside)} | {"medai_scoring.py"}  # what the harness runs
    spoken = ((path, ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "") for path in modules)
    named = {(path.name, name) for path, text in spoken for name in re.findall(r"\b\w+\.py\b", text)}
    assert len(named) > 10
    assert [one for one in sorted(named) if one[1] not in known] == []


def test_files_that_the_makefile_names_exist() -> None:
    named = re.findall(r"(?<![\w*$/.-])(?:[\w-]+/)*[\w-]+\.py", (REPOSITORY / "Makefile").read_text("utf-8"))
    assert len(named) > 8
    assert [name for name in named if not any((root / name).exists() for root in ROOTS)] == []


@everywhere
def test_modules_that_are_to_be_run_exist(document: Path) -> None:
    for module in re.findall(r"python -m (medai\w+(?:\.\w+)+)", document.read_text("utf-8")):
        assert importlib.util.find_spec(module), module


def test_symbols_of_the_recipes_stand_in_their_files() -> None:
    found = SYMBOL.findall((REPOSITORY / "docs" / "extending.md").read_text("utf-8"))
    assert len(found) >= 6
    for symbol, file in found:
        (path,) = (root / file for root in ROOTS if (root / file).exists())
        assert re.search(rf"^(?:def |class )?{symbol}\b", path.read_text("utf-8"), re.MULTILINE), (
            symbol,
            file,
        )


def test_contracts_between_rooms_are_named_as_they_are() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = re.findall(r'contract "([^"]+)"', (REPOSITORY / "docs" / "extending.md").read_text("utf-8"))
    assert named
    assert set(named) <= {contract["name"] for contract in contracts}


@pytest.mark.parametrize("document", dict.fromkeys(DOCUMENTS), ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


def test_the_hooks_before_a_commit_are_the_checks_of_make_check() -> None:
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    make = (REPOSITORY / "Makefile").read_text()
    for hook in hooks:
        command = hook["entry"].removeprefix(".venv/bin/").replace(" --force-exclude", "")
        assert f"$(BIN)/{command}" in make, hook["id"]
    assert {hook["id"] for hook in hooks} == {"ruff", "ruff-format", "mypy", "lint-imports"}
