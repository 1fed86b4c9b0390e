"""No pair names a withdrawn record on either side; an old version may be told as what is no longer to be said."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets.instructions.preferences.publish import without_withdrawn
from medai_assets_tests.instructions.builders import origin

NEW, OLD = origin("nhs:gout", "2"), origin("nhs:gout", "1")
OTHER = origin("cdc:flu", "1")


def pair(reason: str = "current_label", chosen: Any = (NEW,), rejected: Any = (OLD,)) -> dict[str, Any]:
    return {"reason": reason, "chosen_origins": list(chosen), "rejected_origins": list(rejected)}


def withdrawal(
    kind: str = "retraction", record: str = "nhs:gout", version: str | None = None
) -> dict[str, Any]:
    return {"record_id": record, "kind": kind, "version": version}


@pytest.mark.parametrize(
    ("made", "withdrawn", "stays"),
    [
        (pair(), [], True),
        (pair(), [withdrawal(version="1")], False),
        (pair(), [withdrawal(version="2")], False),
        (pair(), [withdrawal()], False),
        (pair(), [withdrawal(version="")], False),
        (pair(), [withdrawal(version="3")], True),
        (pair(), [withdrawal(record="nhs:gou")], True),
        (pair(), [withdrawal("superseded", version="1")], True),
        (pair(), [withdrawal("superseded", version="2")], False),
        (pair(), [withdrawal("superseded", version="1"), withdrawal("takedown", version="1")], False),
        (pair("urgency_kept", rejected=[NEW]), [withdrawal("superseded", version="2")], False),
        (pair("urgency_kept", [OTHER], [OLD]), [withdrawal("superseded", version="1")], False),
        (pair("urgency_kept", [NEW, OTHER], [NEW, OTHER]), [withdrawal()], True),
        (pair("urgency_kept", [NEW, OTHER], [NEW]), [withdrawal()], False),
        (pair("urgency_kept", [NEW, OTHER], [NEW]), [withdrawal(), withdrawal(record="cdc:flu")], False),
        (pair("harmful_refused", [], []), [withdrawal()], True),
    ],
)
def test_a_pair_stays_while_neither_side_rests_on_withdrawn_records_alone(
    made: dict[str, Any], withdrawn: list[dict[str, Any]], stays: bool
) -> None:
    assert without_withdrawn([made], iter(withdrawn)) == ([made] if stays else [])


def test_the_order_of_the_pairs_is_kept() -> None:
    made = [pair(chosen=[origin(f"nhs:{n}", "1")], rejected=[OTHER]) for n in range(4)]
    assert without_withdrawn(iter(made), [withdrawal(record="nhs:2")]) == [made[0], made[1], made[3]]
