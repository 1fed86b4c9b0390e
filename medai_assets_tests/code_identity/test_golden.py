"""Golden inputs are checked before an output is made of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import orjson
import pytest

from medai_assets.code_identity.golden import INPUTS, collected, raw_rows
from medai_assets.code_identity.lock import Lock


def test_a_record_that_lacks_columns_is_named_with_them(tmp_path: Path) -> None:
    whole = orjson.loads((INPUTS / "raw" / "cdc.jsonl").read_bytes().splitlines()[0])
    part = {name: value for name, value in whole.items() if name not in ("retrieved_at", "flags")}
    file = tmp_path / "mine.jsonl"
    file.write_bytes(orjson.dumps(whole) + b"\n" + orjson.dumps(part) + b"\n")
    with pytest.raises(ValueError, match=r"mine\.jsonl line 2 lacks retrieved_at, flags"):
        raw_rows(file)


def test_what_is_collected_from_them_does_not_depend_on_when_they_were_checked_out(tmp_path: Path) -> None:
    inputs = shutil.copytree(INPUTS, tmp_path / "inputs")
    for path in inputs.rglob("*"):
        os.utime(path, (1e9, 1e9))
    locked = {key: digest for key, digest in Lock.read().golden.items() if key.startswith("raw_")}
    assert dict(collected(tmp_path / "collected", inputs)) == locked
