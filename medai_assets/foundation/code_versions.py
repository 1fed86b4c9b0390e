"""Versions of stages and rules as the lock states them: read by whatever is versioned, at the cost of one small file.

What decides when a version must be raised stands in ``identities``; the lock is written by ``medai code-lock``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from medai_assets.foundation.digests import text_digest

LOCK = Path(__file__).parent.parent / "stage_versions.lock"
NOT_LOCKED = 0  # of a stage or a rule that the lock does not name yet; the tests refuse it
RULED = "instruction_dataset"  # the stage whose output the conversion rules make


@cache
def locked(path: Path = LOCK) -> dict[str, Any]:
    """The lock's tables.

    Raises:
        ValueError: it is no TOML, as after a merge that left both sides in it; says what to do.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(
            f"{path.name} cannot be read ({error}). After a merge take one side of it "
            f"(`git checkout --ours -- {path.name}`), then state what changed with `medai code-lock`"
        ) from error


def code_version(stage: str) -> str:
    """The version of a stage's code as receipts record it; that of the data set names the versions of all rules too."""
    version = str(locked()["stages"].get(stage, {}).get("version", NOT_LOCKED))
    if stage != RULED:
        return version
    rules = sorted(f"{name}/{entry['version']}" for name, entry in locked()["rules"].items())
    return f"{version}-{text_digest(*rules)[:8]}"


def rule_version(name: str) -> int:
    """The version of a conversion rule."""
    return int(locked()["rules"].get(name, {}).get("version", NOT_LOCKED))
