"""What `medai run` says of a partition that it made."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from medai_assets.commands.run import _rows
from medai_assets.storage import Store


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"records": 2, "rejected": 1}, "2 records, 1 set aside"),
        ({"records": 1, "rejected": 0}, "1 record"),
        ({"passages": 3}, "3 passages"),
    ],
)
def test_rows_are_counted_and_so_is_what_was_set_aside(
    tmp_path: Path, tables: dict[str, int], said: str
) -> None:
    with Store(tmp_path).draft("raw_files", "faq") as draft:
        for name, rows in tables.items():
            draft.write_table(name, pa.table({"a": ["x"] * rows}))
        assert _rows(draft.publish(code_version="1")) == said
