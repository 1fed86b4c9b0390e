"""What every registered kind of example has to bring, from a document to the gate.

A kind that lacks a part, or whose parts do not fit, is refused by name when the registry is imported; what can only be
seen at work fails here under the kind's name: its rules make examples of the sample's documents, the proofs let them
through, its scorer judges answers to them, and each direction of harm sees a harmful one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

import medai_assets
from medai_assets.evaluation.directions import measure_directions
from medai_assets.evaluation.scorers import judge_answer
from medai_assets.foundation import vocabularies
from medai_assets.instructions import rules
from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.data_card import data_card
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.publish import metadata
from medai_assets.instructions.kind import Kind, KindIncomplete, registry
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.rules import Rule
from medai_assets.instructions.scoring.scoring import Direction, Scoring, missing_score
from medai_assets.instructions.scoring.verdicts import Outcome

Rows = list[dict[str, Any]]
# Answers that are wrong to one question or another; each direction of harm must see one of them.
WRONG = (
    "",
    "I can't help with that.",
    "Sure, here is how.",
    "Call 911 now.",
    "Emergency: call 911 now.",
    "Self-care: rest at home.",
    "Take 77,777 mg of it.",
)

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
every_direction = pytest.mark.parametrize(
    ("kind", "direction"),
    [
        pytest.param(kind, direction, id=f"{kind.name} {direction.code}")
        for kind in KINDS.values()
        for direction in kind.load("scoring").directions
    ],
)


@pytest.fixture
def made(kind: Kind, built: Built) -> Rows:
    """The kind's examples from the sample's documents; what is in the data set has passed every proof and check."""
    found = [row | {"labels": orjson.loads(row["labels"])} for row in built.rows if row["kind"] == kind.name]
    assert found, f"no rule of {kind.name} makes an example of the sample's documents that is proved"
    return found


@every_kind
def test_no_room_that_proves_or_measures_names_it(kind: Kind) -> None:
    package = Path(medai_assets.__file__).parent
    rooms = ("verification", "evaluation", "training", "instructions/dataset", "instructions/forms")
    files = [path for room in rooms for path in (package / room).rglob("*.py")]
    naming = [path.name for path in files if f'"{kind.name}"' in path.read_text()]
    assert len(files) > 50
    assert not naming, f"ask for a trait or a label of {kind.name} instead"


@every_kind
def test_its_examples_have_its_labels(kind: Kind, made: Rows) -> None:
    for row in made:
        assert kind.labels <= set(row["labels"])
        assert all(row["labels"][key] in values for key, values in kind.values.items())
        assert all(text in row["completion"] for text in row["labels"].get(kind.literal, ()))


@every_kind
def test_its_examples_name_one_of_its_rules(kind: Kind, made: Rows) -> None:
    assert {row["rule"] for row in made} <= {rule.id for rule in kind.rules}


@every_kind
def test_every_part_of_its_labels_is_used(kind: Kind, made: Rows) -> None:
    assert not kind.literal or any(row["labels"][kind.literal] for row in made)
    stratum_of = kind.load("scoring").stratum_of
    drawn = {stratum_of(row["labels"]) for row in made}
    assert (len(drawn) > 1) is bool(kind.load("scoring").stratum), f"strata {drawn}"


@every_kind
def test_the_mixture_and_the_card_know_it(kind: Kind, mixture: Mixture, built: Built) -> None:
    assert kind.name in mixture.most_examples, f"config/mixture.yaml has no cap for {kind.name}"
    assert kind.note in data_card(built.rows, metadata(built, mixture, []), "1")


@every_kind
def test_the_sources_own_answer_scores_best_and_silence_nothing(kind: Kind, made: Rows) -> None:
    for row in made:
        own, silent = (_judged(row, answer) for answer in (row["completion"], " "))
        assert own.score == 1.0, f"{own.words}: {row['completion']}"
        assert silent.score == 0.0


@every_kind
def test_every_verdict_is_among_its_outcomes_and_has_words(kind: Kind, made: Rows) -> None:
    codes = kind.load("scoring").codes
    for row in made[:200]:
        for answer in (row["completion"], *WRONG):
            verdict = _judged(row, answer)
            assert verdict.code in codes
            assert verdict.words
            assert 0.0 <= verdict.score <= 1.0


@every_direction
def test_a_direction_of_harm_sees_harm_and_none_in_the_sources_own_answer(
    kind: Kind, direction: Direction, made: Rows
) -> None:
    assert all(map(str.strip, (direction.name, direction.measure))), f"{direction.code} says not what it is"
    shares, some = {}, made[:: max(1, len(made) // 100)]
    for answer in WRONG:
        items = [_item(row, row["completion"], answer) for row in some]
        (measured,) = (row for row in measure_directions(items, [], 17) if row["code"] == direction.code)
        assert measured["items"], f"no example of {kind.name} counts for {direction.code}"
        assert measured["base"] == 0.0
        shares[answer] = measured["tuned"]
    assert max(shares.values()) > 0.5, f"add an answer that does this harm to WRONG; so far {shares}"


def _judged(row: dict[str, Any], answer: str) -> Any:
    return judge_answer(row["kind"], answer, row["completion"], row["labels"])


def _item(row: dict[str, Any], base: str, tuned: str) -> dict[str, Any]:
    item = {"kind": row["kind"], "labels": row["labels"]}
    for which, answer in (("base", base), ("tuned", tuned)):
        verdict = _judged(row, answer)
        item |= {f"{which}_verdict": verdict.code, f"{which}_score": verdict.score}
        item |= {f"{which}_severe_omitted": None, f"{which}_moderate_omitted": None}  # of no kind
    return item


SAID = Outcome("said", "says it")
SCORING_PARTS: dict[str, Any] = {
    "score": lambda *_: None,
    "score_name": "poetry",
    "outcomes": (SAID,),
    "directions": (),
    "stratum": "",
}
SOUND = Scoring(**SCORING_PARTS)
TWICE = Direction("false_alarm", "alarms", "How often.", missing_score)
NO_NAME = replace(SOUND, score_name=" ")
NO_LABEL = replace(SOUND, stratum="metre")
TAKEN_CODE = replace(SOUND, outcomes=(Outcome("false_alarm", "rings"),))
TAKEN_DIRECTION = replace(SOUND, directions=(TWICE,))
PARTS: dict[str, Any] = {
    "name": "poem",
    "note": "verse",
    "labels": frozenset({"rhyme"}),
    "traits": frozenset(),
    "scoring": f"{__name__}:SOUND",
}


@pytest.fixture
def a_rule_for_poems(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setitem(rules.REGISTRY, "poem.ode", Rule("poem.ode", frozenset(), lambda *_: iter(())))
        yield


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"note": " "}, "the kind poem has no note for the data card"),
        ({"scoring": f"{__name__}:NOWHERE"}, f"the kind poem has no scoring: there is no {__name__}:NOWHERE"),
        ({"scoring": f"{__name__}:SAID"}, f"the kind poem has no scoring: {__name__}:SAID is no Scoring"),
        ({"scoring": f"{__name__}:NO_NAME"}, "poem has a scoring that does not name its score"),
        ({"scoring": f"{__name__}:NO_LABEL"}, "poem draws its items by 'metre', which is none of its labels"),
        ({"scoring": f"{__name__}:TAKEN_CODE"}, "two kinds give different words to the outcome false_alarm"),
        ({"scoring": f"{__name__}:TAKEN_DIRECTION"}, "two kinds state a direction named false_alarm"),
        ({"literal": "verses"}, "the kind poem says more of the label 'verses'"),
        ({"values": {"metre": ("iamb",)}}, "the kind poem says more of the label 'metre'"),
    ],
)
@pytest.mark.usefixtures("a_rule_for_poems")
def test_a_kind_with_a_forgotten_part_is_refused_by_name(changed: dict[str, Any], told: str) -> None:
    names = (*vocabularies.KINDS, "poem")
    assert "poem" in registry([*KINDS.values(), Kind(**PARTS)], names)
    with pytest.raises(KindIncomplete) as refused:
        registry([*KINDS.values(), Kind(**PARTS | changed)], names)
    assert told in str(refused.value)


def test_a_kind_without_a_rule_a_name_or_a_definition_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(KindIncomplete, match="the kind poem has no rule"):
        registry([*KINDS.values(), Kind(**PARTS)], (*vocabularies.KINDS, "poem"))
    with pytest.raises(KindIncomplete, match="the kind poem is missing in KINDS"):
        registry([*KINDS.values(), Kind(**PARTS)], vocabularies.KINDS)
    with pytest.raises(KindIncomplete, match="the kind poem has no definition"):
        registry(KINDS.values(), (*vocabularies.KINDS, "poem"))
    monkeypatch.setitem(rules.REGISTRY, "ode.free", Rule("ode.free", frozenset(), lambda *_: iter(())))
    with pytest.raises(KindIncomplete, match=r"the rule ode\.free makes examples of ode, which is no kind"):
        registry(KINDS.values(), vocabularies.KINDS)


@pytest.mark.parametrize(
    ("made", "parts", "part"),
    [(made, parts, part) for made, parts in ((Kind, PARTS), (Scoring, SCORING_PARTS)) for part in parts],
)
def test_python_itself_names_a_part_that_is_not_stated(made: type, parts: dict[str, Any], part: str) -> None:
    with pytest.raises(TypeError, match=f"'{part}'"):
        made(**{name: value for name, value in parts.items() if name != part})
