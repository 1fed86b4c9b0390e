"""Lineage needs neither Dagster's database nor its own indexes: both may be lost without changing an answer."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import medai_assets.lineage
from medai_assets.lineage.diff import diff
from medai_assets.lineage.impact import impact
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.model import to_json
from medai_assets.lineage.openlineage import event_lines
from medai_assets.lineage.rebuild import rebuild
from medai_assets.lineage.trace import trace
from medai_assets_tests.lineage.library import Library


def answers(library: Library) -> list[bytes]:
    with Lineage.of(library.settings) as lineage:
        return [
            to_json(trace(lineage, "Take metformin with meals.")),
            to_json(impact(lineage, "fda")),
            to_json(diff(lineage, lineage.dataset("previous"), lineage.dataset())),
            "".join(event_lines(lineage.store)).encode(),
        ]


def test_the_answers_are_the_same_after_both_databases_are_gone(library: Library) -> None:
    library.materialize()
    library.texts["fda:bbb"] = "Other words. More."
    library.materialize()
    home = library.settings.dagster_home / "storage"
    home.mkdir(parents=True)
    (home / "index.db").write_bytes(b"Dagster's event log")
    before = answers(library)
    shutil.rmtree(library.settings.dagster_home)
    shutil.rmtree(library.folder)
    assert answers(library) == before


def test_rebuilding_makes_every_index_and_mark_again(library: Library) -> None:
    library.materialize()
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        marks = rebuild(lineage)
        kept = {ref.data_version for ref in lineage.datasets()}
    assert {p.name.split(".")[0] for p in library.folder.iterdir()} == kept
    assert len(list(library.folder.glob("*.sqlite"))) == 4
    assert len(marks) == 3


def test_no_module_of_lineage_imports_dagster() -> None:
    room = Path(medai_assets.lineage.__file__).parent
    for file in room.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "dagster" for name in names), file
