"""A pair's row: one request, both answers, and where each comes from."""

from __future__ import annotations

import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import PREFERENCE
from medai_assets.instructions.preferences.pairs import REASONS, Rejected, pair_row
from medai_assets_tests.instructions.builders import origin

CHOSEN = {
    "example_id": "e1", "kind": "question_answer", "split": "train", "system": "You inform.", "history": [],
    "prompt": "What causes gout?", "completion": "Crystals. See a doctor.", "origins": [origin("nhs:gout")],
    "passage_ids": ["p1"],
}  # fmt: skip
OTHER = Rejected("Crystals.", "e2", [origin("nhs:gout", "0")], ["p0"])


def test_a_pair_keeps_what_was_said_before_its_question() -> None:
    before = [
        {"role": "user", "content": "What is gout?"},
        {"role": "assistant", "content": "A joint disease."},
    ]
    chosen = {
        "example_id": "e1", "kind": "question_answer", "split": "train", "system": "You inform.", "history": before,
        "prompt": "What causes it?", "completion": "Crystals. See a doctor.", "origins": [], "passage_ids": [],
    }  # fmt: skip
    rejected = Rejected("Crystals.", None, [], [])
    pair = pair_row(chosen, rejected, "urgency_kept")
    assert [turn["content"] for turn in pair["prompt"]] == [
        "You inform.", "What is gout?", "A joint disease.", "What causes it?",
    ]  # fmt: skip
    assert pair["pair_id"] != pair_row({**chosen, "history": []}, rejected, "urgency_kept")["pair_id"]


def test_a_pair_fits_its_schema_and_names_both_sides() -> None:
    made = pair_row(CHOSEN, OTHER, "urgency_kept")
    assert pa.Table.from_pylist([made], schema=PREFERENCE).to_pylist() == [made]
    assert (made["chosen_passage_ids"], made["rejected_passage_ids"]) == (["p1"], ["p0"])
    assert (made["chosen_example_id"], made["rejected_example_id"]) == ("e1", "e2")
    assert [o["version"] for o in (*made["chosen_origins"], *made["rejected_origins"])] == ["1", "0"]


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "What causes it?"},
        {"completion": "Salts."},
        {"history": [{"role": "user", "content": "Hi"}]},
    ],
)
def test_another_request_or_answer_is_another_pair(change: dict[str, object]) -> None:
    ids = {pair_row(chosen, OTHER, "urgency_kept")["pair_id"] for chosen in (CHOSEN, CHOSEN | change)}
    assert len(ids) == 2


def test_the_same_answers_for_another_reason_are_another_pair_and_labels_change_none() -> None:
    ids = [pair_row(CHOSEN, OTHER, reason)["pair_id"] for reason in REASONS]
    assert len(set(ids)) == len(REASONS)
    assert all(len(one) == 25 and one.startswith("q") for one in ids)
    noted = CHOSEN | {"origins": [], "passage_ids": [], "split": "validation"}
    assert (
        pair_row(noted, OTHER, "urgency_kept")["pair_id"]
        == pair_row(CHOSEN, OTHER, "urgency_kept")["pair_id"]
    )
