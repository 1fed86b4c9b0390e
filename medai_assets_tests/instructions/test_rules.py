"""An answer keeps a source's words and the framing apart; an example tells where each of its passages came from."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.instructions import rules
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.passages import Passage
from medai_assets.instructions.rules import REGISTRY, Answer, Made, Rule, example_id, register
from medai_assets.instructions.turns import said_before, turns
from medai_assets_tests.instructions.builders import document, origin, row

PAGE = document(
    row("Rest at home. Drink  water.", "self_care", heading="What helps", origins=[origin("nhs:b"), origin("nhs:a", "2")]),
    row("A cough passes.", "overview", origins=[origin("nhs:a", "1"), origin("nhs:b")]),
)  # fmt: skip
HELPS, PASSES = PAGE.passages
RULE = next(iter(REGISTRY.values()))


@pytest.mark.parametrize(
    ("said", "of", "stray"),
    [
        ("Rest at home.", HELPS, False),
        ("rest at home.", HELPS, False),  # within a sentence
        ("Drink water.", HELPS, False),  # white space is no word
        ("What helps", HELPS, False),
        ("Rest at work.", HELPS, True),
        ("Rest at home. A cough passes.", HELPS, True),
        ("A cough passes", PASSES, False),
        ("Rest at home.", PASSES, True),
    ],
)
def test_words_that_are_not_the_passage_s_stray(said: str, of: Passage, stray: bool) -> None:
    assert Answer().frame("Here: ").say(said, of).misquotes() == [said] * stray


def test_framing_is_what_holds_words_and_no_passage_says() -> None:
    answer = Answer().frame("The page says: ").say_all(["Rest at home.", "Drink  water."], HELPS)
    answer.frame("\n\n").add(Answer().frame(" – ").say("A cough passes.", PASSES).frame("  "))
    assert answer.text == "The page says: Rest at home. Drink  water.\n\n – A cough passes."
    assert answer.framing == ["The page says:"]
    assert answer.passages == [HELPS, PASSES]
    assert answer.words == 12
    assert Answer().text == ""


def test_an_example_names_each_passage_and_origin_once_in_order() -> None:
    answer = Answer().say("A cough passes.", PASSES).frame(" ").say("Rest at home.", HELPS)
    made = Made(
        RULE, "What helps?", answer, {"level": "self_care"}, "consumer", "Cough", extra=(HELPS, PASSES)
    )
    told = made.row()
    assert told["passage_ids"] == [PASSES.passage_id, HELPS.passage_id]
    named = [(o["record_id"], o["version"]) for o in told["origins"]]
    assert named == [("nhs:a", "1"), ("nhs:a", "2"), ("nhs:b", "1")]
    assert told["rule"] == RULE.id
    assert set(told) == set(EXAMPLE.names)
    assert orjson.loads(told["labels"]) == {"framing": [], "level": "self_care"}
    assert made.labels == {"level": "self_care"}, "what a rule declares stays as it is"


def test_a_passage_that_only_the_question_draws_on_is_an_origin_too() -> None:
    made = Made(RULE, "?", Answer().say("A cough passes.", PASSES), {}, "consumer", None, extra=(HELPS,))
    assert made.passages == [PASSES, HELPS]
    assert made.answer.passages == [PASSES]


@given(st.lists(st.text(max_size=20), min_size=3, max_size=3), st.integers(0, 2))
def test_another_word_anywhere_is_another_example(words: list[str], place: int) -> None:
    changed = [w + "x" if at == place else w for at, w in enumerate(words)]
    assert example_id(*words) != example_id(*changed)
    assert example_id(*words) == example_id(*words, history=())
    assert example_id(*words) != example_id(*words, history=[{"role": "user", "content": "Hello."}])
    assert len(example_id(*words)) == 25


def test_a_rule_reads_its_sources_and_applies_to_its_sections() -> None:
    of_nhs = Rule("poem.ode", frozenset({"overview"}), lambda *_: iter(()), frozenset({"nhs"}))
    of_all = replace(of_nhs, sources=frozenset())
    elsewhere = document(row("x", "overview", document="cdc:1"))
    assert [of_nhs.reads(PAGE), of_nhs.reads(elsewhere), of_all.reads(elsewhere)] == [True, False, True]
    assert [of_nhs.applies(p) for p in (HELPS, PASSES, elsewhere.first)] == [False, True, False]
    assert of_all.applies(elsewhere.first)
    assert (of_nhs.kind, of_nhs.choice_key) == ("poem", "poem.ode/1")


def test_two_rules_cannot_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "REGISTRY", {})
    ode = Rule("poem.ode", frozenset(), lambda *_: iter(()))
    assert register(ode) is ode
    with pytest.raises(ValueError, match=r"two rules are named poem\.ode"):
        register(replace(ode, sections=frozenset({"overview"})))


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_a_registered_rule_is_of_a_kind_and_versioned_and_its_choices_outlive_versions(name: str) -> None:
    rule = REGISTRY[name]
    assert rule.kind in KINDS
    assert rule.version >= 1
    assert rule.id == f"{name}/{rule.version}"
    assert rule.choice_key == f"{name}/1"


def test_a_conversation_is_told_in_order_and_an_example_before_another_loses_its_own_past() -> None:
    made = Made(RULE, "What helps?", Answer().say("Rest at home.", HELPS), {}, "consumer", None).row()
    before = {**made, "prompt": "Is it a cold?", "completion": "It may be."}
    after = {**made, "history": said_before({**before, "history": said_before(made)})}
    told = [(turn["role"], turn["content"]) for turn in turns(after)]
    assert told == [
        ("system", made["system"]), ("user", "Is it a cold?"), ("assistant", "It may be."),
        ("user", "What helps?"), ("assistant", "Rest at home."),
    ]  # fmt: skip
