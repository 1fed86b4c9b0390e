"""Golden inputs are checked before an output is made of them."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from medai_assets.code_identity.golden import INPUTS, raw_rows


def test_a_record_that_lacks_columns_is_named_with_them(tmp_path: Path) -> None:
    whole = orjson.loads((INPUTS / "raw" / "cdc.jsonl").read_bytes().splitlines()[0])
    part = {name: value for name, value in whole.items() if name not in ("retrieved_at", "flags")}
    file = tmp_path / "mine.jsonl"
    file.write_bytes(orjson.dumps(whole) + b"\n" + orjson.dumps(part) + b"\n")
    with pytest.raises(ValueError, match=r"mine\.jsonl line 2 lacks retrieved_at, flags"):
        raw_rows(file)
