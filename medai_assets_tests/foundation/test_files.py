"""A file appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.foundation.files import write_whole


@pytest.mark.parametrize("durable", [False, True])
def test_what_was_there_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "made" / "note.json"
    for data in (b"first", b"second"):
        write_whole(path, data, durable=durable)
        assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_content_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    write_whole(path, b"good")
    with pytest.raises(TypeError):
        write_whole(path, "text is no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"good"
    assert list(tmp_path.iterdir()) == [path]
