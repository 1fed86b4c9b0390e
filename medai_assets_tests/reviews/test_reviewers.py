"""A token stands for one person, however the name is spelled."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from medai_assets.reviews.history import ReviewError
from medai_assets.reviews.reviewers import FILE, dismiss, holder, invite, refuse_others_name, reviewers

SPELLINGS = [
    "Zoë Lee",
    "ZOË LEE",
    "Zoe\u0308 Lee",
    "Zoë\u200b Lee",
    "Zo\u00adë Lee",
    "Ｚoë\u3000Lee",
    "Zoë Lee\ufe0f",
    "Zoë\u3164 Lee",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_name_is_the_same_however_it_is_spelled(tmp_path: Path, spelling: str) -> None:
    first = invite(tmp_path, "Zoë Lee", "editor")
    with pytest.raises(ReviewError, match="has a token of their own"):
        refuse_others_name(tmp_path, spelling)
    second = invite(tmp_path, spelling, "editor")
    assert holder(tmp_path, first) is None
    assert holder(tmp_path, second) is not None
    assert dismiss(tmp_path, spelling)
    assert reviewers(tmp_path) == []


def test_a_name_that_nobody_can_see_is_none(tmp_path: Path) -> None:
    for name in ("", " ", "\u200b", "\u3164\ufeff"):
        with pytest.raises(ReviewError, match="a reviewer needs a name"):
            invite(tmp_path, name, "editor")


def test_those_invited_at_once_all_have_a_token(tmp_path: Path) -> None:
    names = [f"R. {number}" for number in range(12)]
    with ThreadPoolExecutor(len(names)) as pool:
        tokens = list(pool.map(lambda name: invite(tmp_path, name, "editor"), names))
    assert [one.name if (one := holder(tmp_path, token)) else None for token in tokens] == names
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_changed_bit_gives_nobody_anothers_name(tmp_path: Path) -> None:
    token = invite(tmp_path, "A. Reader", "editor")
    file = tmp_path / FILE
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ReviewError, match=r"has changed since it was written; remove it and invite"):
            holder(tmp_path, token)
