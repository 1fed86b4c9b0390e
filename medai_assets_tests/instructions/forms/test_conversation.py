"""Conversation: a second question about what the first one names, which may then be "it"."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets.instructions.forms.conversation import MOST_WORDS
from medai_assets.instructions.passages import SourceDocument
from medai_assets_tests.instructions.forms.builders import (
    CAUSES,
    SIGNS,
    after,
    example_row,
    ids,
    labels,
    page,
)


def causes_row(document: SourceDocument, prompt: str = "What causes wheeze?", **other: Any) -> dict[str, Any]:
    return example_row(document, 1, prompt, **other)


def conversations(prompt: str = "What causes wheeze?") -> list[dict[str, Any]]:
    plain = [causes_row(page(), prompt, example_id=ids(n)) for n in range(60)]
    made = [after(page(), one, example_row(page())) for one in plain]
    return [one for one in made if one]


def test_a_conversation_holds_the_example_before_it_whole_and_rests_on_both() -> None:
    made = conversations()
    assert len(made) == 60
    for told_after in made:
        assert told_after["history"] == [
            {"role": "user", "content": "What are the symptoms of wheeze?"},
            {"role": "assistant", "content": SIGNS},
        ]
        assert told_after["completion"] == CAUSES
        assert set(told_after["passage_ids"]) == {p.passage_id for p in page().passages}
        assert labels(told_after)["after"] == example_row(page())["example_id"]


def test_the_question_of_a_conversation_often_says_it_for_the_name() -> None:
    asked = {made["prompt"] for made in conversations()}
    assert {
        "What causes wheeze?",
        "What causes it?",
        "And what causes it?",
        "Thanks. What causes it?",
    } <= asked
    assert all(prompt.removesuffix("?").endswith(("wheeze", "it")) for prompt in asked)


@pytest.mark.parametrize(
    "prompt", ["What are the causes of wheeze?", "On the wheeze page, what are the causes?"]
)
def test_the_name_stays_where_it_would_be_no_english(prompt: str) -> None:
    assert {made["prompt"] for made in conversations(prompt)} == {prompt}


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param({"prompt": "What are its symptoms?"}, id="that does not name the subject"),
        pytest.param({"audience": "professional"}, id="for other readers"),
        pytest.param({"kind": "emergency_escalation"}, id="of somebody who needs help"),
    ],
)
def test_a_conversation_begins_with_no_question(earlier: dict[str, Any]) -> None:
    assert after(page(), causes_row(page()), example_row(page()) | earlier) is None


def test_examples_that_differ_only_in_what_was_said_before_have_their_own_ids() -> None:
    made = conversations("What are the causes of wheeze?")[0]
    assert made["example_id"] != causes_row(page(), made["prompt"])["example_id"]


@pytest.mark.parametrize(
    ("name", "question", "shorter"),
    [
        ("Wheeze", "Can wheeze be prevented?", "Can it be prevented?"),
        ("Wheeze", "What should I know about wheeze?", "What should I know about it?"),
        ("Wheeze", "Who gets wheeze?", "Who gets it?"),
        ("Wheeze", "How is wheeze treated?", None),
        ("Wheeze", "How common is wheeze?", None),
        ("Wheeze", "Does wheeze run in families?", "Does it run in families?"),
        ("Wheeze", "Which symptoms does wheeze cause?", "Which symptoms does it cause?"),
        ("Wheeze", "Can you explain what wheeze is?", "Can you explain what it is?"),
        (
            "Wheeze",
            "Does FDA list wheeze as a prescription drug?",
            "Does FDA list it as a prescription drug?",
        ),
        ("Wheeze", "Which wheeze symptoms are serious?", None),
        ("Wheeze", "Do wheeze attacks hurt?", None),
        ("Wheeze", "Can wheeze medicines be stopped?", None),
        ("Wheeze", "Can wheeze in children be prevented?", None),
        ("Wheeze", "In wheeze, what are the airways like?", None),
        ("Wheeze", "What do doctors know about wheeze drugs?", None),
        ("Wheeze", "What causes a wheeze?", None),
        ("Wheeze", "Why does wheeze lead to more wheeze?", None),
        ("Wheeze", "Is it true that stress causes wheeze?", None),
        ("Wheeze", "What causes wheeze in children?", "What causes it in children?"),
        ("Wheeze", "My father smokes. Can he get wheeze?", None),
        ("Lupus", "What causes lupus?", "What causes it?"),
        ("Psoriasis", "What causes psoriasis?", "What causes it?"),
        ("Gallstones", "What causes gallstones?", None),
        ("Allergies", "What causes allergies?", None),
        ("Phobias", "What causes phobias?", None),
        ("Head lice", "What causes head lice?", None),
    ],
)
def test_it_stands_for_one_thing_where_english_has_it(name: str, question: str, shorter: str | None) -> None:
    seen = page(subject=name, title=name)
    earlier = example_row(seen, prompt=f"What are the symptoms of {name}?", subject=name)
    made = [
        after(seen, causes_row(seen, question, subject=name, example_id=ids(n)), earlier) for n in range(40)
    ]
    asked = {one["prompt"] for one in made if one}
    assert question in asked
    assert (shorter in asked) if shorter else asked == {question}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"prompt": "What causes wheezers?"}, id="that names another thing"),
        pytest.param({"kind": "triage_recommendation"}, id="of somebody who tells of signs"),
        pytest.param({"completion": "word " * MOST_WORDS}, id="that fills the room of both"),
    ],
)
def test_no_question_follows_another(change: dict[str, Any]) -> None:
    assert after(page(), causes_row(page(), **change), example_row(page())) is None


def test_what_was_said_before_is_another_passage_s_answer() -> None:
    plain = causes_row(page())
    again = example_row(page(), 1, "Where does wheeze come from?")
    assert after(page(), plain, again) is None
    assert after(page(), plain, plain) is None
