"""docs/your_own_files.md does what it says: its files and commands, one after the other, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from medai_assets.sources.files.catalogue import ENDINGS, Columns, FileSet
from medai_assets.storage import Store
from medai_assets_tests.conftest import REPOSITORY
from medai_assets_tests.waiting import PATIENCE

DOCUMENT = (REPOSITORY / "docs" / "your_own_files.md").read_text("utf-8")
FILES = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", DOCUMENT, re.DOTALL)
COMMANDS = re.findall(r"<!-- commands -->\n```\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.slow
def test_its_example_runs(tmp_path: Path) -> None:
    for name, content in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (commands,) = COMMANDS
    medai = Path(sys.executable).with_name("medai")
    script = f'set -eu\nmedai() {{ {medai} "$@"; }}\n{commands}'
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    store = Store(tmp_path / "data" / "sample" / "store")
    raw = {key: store.require("raw_files", key) for key in ("faq", "leaflets")}
    ids = {row for stored in raw.values() for row in stored.table("records")["record_id"].to_pylist()}
    assert ids == {"files:faq/101", "files:faq/102", "files:leaflets/leaflets/ear-drops.md"}
    assert Counter(raw["faq"].table("rejected")["reason"].to_pylist()) == {"no question": 1}
    assert "Anna" not in str(raw["faq"].table("records").to_pylist())


def _told() -> set[str]:
    (table,) = re.findall(r"\n\| setting \|.*?\n\n", DOCUMENT, re.DOTALL)
    return set(re.findall(r"`([^`\s]+)`", table))


@pytest.mark.parametrize(
    "names", [FileSet.model_fields, Columns.model_fields, ENDINGS], ids=["sets", "columns", "endings"]
)
def test_every_setting_is_explained(names: tuple[str, ...]) -> None:
    assert set(names) - _told() == set()
