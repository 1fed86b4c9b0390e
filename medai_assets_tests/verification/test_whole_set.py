"""The properties of a set: which of them stands, and that what is set aside is no measure for the rest."""

from __future__ import annotations

from medai_assets.verification import Example
from medai_assets.verification.whole_set import NAMES, against_set
from medai_assets_tests.verification.builders import example

SAID = "Wheeze is a whistling sound that is heard when somebody breathes out, most often at night or after exercise."
SLIP = SAID.replace("whistling", "whistlling")


def found(*examples: Example, documents: tuple[str, ...] = ()) -> dict[int, str]:
    of = documents or tuple(f"document {n}" for n in range(len(examples)))
    return {n: f.property for n, f in against_set(examples, ["Wheeze"] * len(examples), of).items()}


def asked(answer: str, prompt: str = "What is wheeze?", **other: object) -> Example:
    return example(prompt, answer, subject="Wheeze", **other)


def test_an_empty_set_and_a_sound_one_have_no_findings() -> None:
    assert found() == {}
    assert found(asked(SAID)) == {}


def test_a_slip_is_found_first_and_then_measures_no_repetition() -> None:
    assert found(asked(SLIP), asked(SAID)) == {0: "spelled"}
    assert found(asked(SAID), asked(SAID), asked(SLIP)) == {1: "not_said_twice", 2: "spelled"}


def test_places_are_those_of_the_whole_set() -> None:
    other = "Gout is a kind of arthritis that brings sudden and severe pain of a joint, often of the big toe, at night."
    assert found(
        asked(SLIP), asked(other, "What is gout?"), asked(SAID), asked(other, "Tell me of gout.")
    ) == {
        0: "spelled",
        3: "not_said_twice",
    }


def test_how_alike_is_the_same_may_be_set() -> None:
    longer = f"{SAID} Some people have it all day, and a few of them need treatment in a hospital for it."
    pair = [asked(SAID), asked(longer)]
    assert against_set(pair, ["Wheeze"] * 2, ["one", "two"]) == {}
    assert against_set(pair, ["Wheeze"] * 2, ["one", "two"], same=0.4)[1].property == "not_said_twice"


def test_what_a_person_wrote_is_left_alone() -> None:
    assert found(asked(SLIP, authored=True), asked(SLIP, authored=True)) == {}


def test_a_dose_that_no_other_document_gives_is_found_before_spelling() -> None:
    sound = "Wheezol: adults take 200 mg of Wheezol every 4 hours."
    doses = [
        example(f"How is Wheezol taken, {n}?", sound, "drug_information", subject="Wheezol") for n in range(6)
    ]
    tenfold = example(
        "How is it taken?", sound.replace("200 mg", "30 g"), "drug_information", subject="Wheezol"
    )
    of = tuple(f"document {n}" for n in range(7))
    named = against_set([*doses, tenfold], ["Wheezol"] * 7, of)
    assert named[6].property == "doses_agree"


def test_every_finding_is_of_a_property_that_is_asked_of_a_set() -> None:
    assert set(found(asked(SLIP), asked(SAID), asked(SAID)).values()) <= set(NAMES)
