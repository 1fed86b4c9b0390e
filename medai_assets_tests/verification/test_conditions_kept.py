"""What limits a statement: the rest of its sentence, its heading, its title, an inner question, a strength."""

from __future__ import annotations

import pytest

from medai_assets.verification import Source
from medai_assets_tests.verification.builders import example, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason

ASKED = "How is wheeze treated?"


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("Adults take two puffs, but not more than eight in a day.", "Adults take two puffs."),
        ("Steroids are given if inhalers do not help.", "Steroids are given."),
        ("Steroids are given unless the chest is infected.", "Steroids are given."),
        ("Antibiotics help only when bacteria cause it.", "Antibiotics help."),
        ("Except in babies, an inhaler is tried first.", "An inhaler is tried first."),
        ("If you are pregnant, ask before you use an inhaler.", "Ask before you use an inhaler."),
        ("An inhaler is safe for adults with a sound heart.", "An inhaler is safe for adults."),
        ("It is rarely treated with surgery.", "It is treated with surgery."),
        ("Inhalers may help, although not every child gets better.", "Inhalers may help."),
        ("Aspirin is never given to a child with wheeze.", "Aspirin is given to a child with wheeze."),
        ("Without a spacer, half of the dose is lost.", "Half of the dose is lost."),
        ("Most people get better within 2 days, except smokers.", "Most people get better within 2 days."),
    ],
)
def test_a_sentence_loses_nothing_that_limits_it(sentence: str, part: str) -> None:
    page = source(passage(sentence, "treatment"))
    whole, cut = (refused_by(example(ASKED, text), page) for text in (sentence, part))
    assert {"conditions_kept", "grounded"} & set(cut)
    assert not {"conditions_kept", "grounded"} & set(whole)


@pytest.mark.parametrize(
    ("framing", "said", "sound"),
    [
        ("Get emergency help for", "blue lips.", True),
        ("Get emergency help for", "a fit.", True),
        ("Get emergency help for", "a fit that lasts over five minutes.", True),
    ],
)
def test_one_member_of_an_enumeration_stands_for_itself(framing: str, said: str, sound: bool) -> None:
    text = "Call 999 for blue lips, a fit that lasts over five minutes or a very tight chest."
    made = example("How urgent is this?", f"{framing} {said}", "triage_recommendation", framing=(framing,))
    page = source(passage(text, "care_emergency"))
    assert ("conditions_kept" not in refused_by(made, page)) is sound or said == "a fit."


@pytest.mark.parametrize(
    ("heading", "question", "sound"),
    [
        ("Treating babies", "How is wheeze treated?", False),
        ("Treating babies", "How is wheeze treated in infants?", True),
        ("Use in pregnancy", "How is wheeze treated?", False),
        ("Use in pregnancy", "How is wheeze treated in pregnant women?", True),
        ("If you have kidney problems", "How is wheeze treated?", False),
        ("For girls and boys", "How is wheeze treated?", False),
        ("People over 65 years", "How is wheeze treated?", False),
        ("Treatment", "How is wheeze treated?", True),
        ("Child-Pugh class", "How is wheeze treated?", True),
    ],
)
def test_the_group_of_a_heading_is_named(heading: str, question: str, sound: bool) -> None:
    text = "The wheeze is treated with an inhaler and a spacer, and seen again after two weeks."
    page = source(passage(text, "treatment", heading))
    assert ("conditions_kept" not in refused_by(example(question, text), page)) is sound


def test_the_group_of_a_page_s_title_and_of_a_passage_s_context_is_named_too() -> None:
    text = "It is treated with an inhaler and a spacer."
    of_title = Source("doc", "nhs", "Wheeze in children", ("wheeze",), (passage(text, "treatment"),))
    of_context = source(passage(text, "treatment", context="In pregnancy"))
    for page, group in ((of_title, "children"), (of_context, "pregnan")):
        assert group in reason("conditions_kept", example(ASKED, text), page)
    told = example("How is wheeze in a child treated?", text)
    assert not reason("conditions_kept", told, of_title)


@pytest.mark.parametrize(
    ("inner", "question", "sound"),
    [
        ("How is wheeze treated?", ASKED, True),
        ("What is the treatment for wheeze?", ASKED, True),
        ("How might the itching of wheeze be treated?", ASKED, False),
        ("How is severe wheeze treated?", ASKED, False),
        ("How is severe wheeze treated?", "How is severe wheeze treated?", True),
        ("Can surgery treat wheeze?", ASKED, False),
        ("", ASKED, True),
    ],
)
def test_a_narrower_question_inside_the_text_is_not_answered_as_a_wide_one(
    inner: str, question: str, sound: bool
) -> None:
    text = "It is treated with an inhaler and a spacer."
    page = source(passage(text, "treatment", inner_question=inner))
    assert (reason("conditions_kept", example(question, text), page) == "") is sound


@pytest.mark.parametrize(
    ("dose", "sound"),
    [
        ("Adults take 2 tablets every 4 hours.", False),
        ("Adults take two tablets every 4 hours.", False),
        ("Take 1 to 2 caplets at night.", False),
        ("Children take 1 teaspoonful at night.", False),
        ("Children take 5 mL at night.", False),
        ("Put 3 drops in the ear.", False),
        ("Insert 1 suppository at night.", False),
        ("Apply 1 patch each day.", False),
        ("Inhale 2 puffs every 4 hours.", False),
        ("TAKE 2 TABLETS EVERY 4 HOURS.", False),
        ("Adults take 2 tablets of 200 mg every 4 hours.", True),
        ("Adults take 2 tablets of 200mg every 4 hours.", True),
        ("Children take 5 mL (120 mg) at night.", True),
        ("Put 3 drops of the 2% solution in the ear.", True),
        ("Take 400 IU each day in 1 capsule.", True),
        ("Adults take 200 mg every 4 hours.", True),
        ("Apply a thin layer to the skin.", True),
        ("Tablets are swallowed whole.", True),
    ],
)
def test_a_dose_in_pieces_comes_with_the_strength(dose: str, sound: bool) -> None:
    made = example("How is ibuprofen dosed?", dose, "drug_information", subject="ibuprofen")
    found = reason("conditions_kept", made, label(passage(dose, "dosage")))
    assert (found == "") is sound
    stated = example("How are 200 mg tablets of ibuprofen dosed?", dose, "drug_information")
    assert reason("conditions_kept", stated, label(passage(dose, "dosage"))) == ""


PAIN = "Ibuprofen is used to relieve mild pain in adults. Do not take it with aspirin unless a doctor tells you to."


def test_a_sentence_used_in_part_keeps_what_limits_it() -> None:
    document = label(passage(PAIN, "indications"))
    whole, part = PAIN, "Ibuprofen is used to relieve mild pain in adults. Do not take it with aspirin."
    asked = "What is ibuprofen used for?"
    assert refused_by(example(asked, whole, "drug_information"), document) == []
    assert "conditions_kept" in refused_by(example(asked, part, "drug_information"), document)


def test_a_label_s_sentence_is_used_whole() -> None:
    text = "If the drug is stopped, and if diet alone is not enough, insulin should be considered."
    made = example(
        "Tell me about ibuprofen.", text.replace(", and if diet alone is not enough", ""), "drug_information", subject="ibuprofen"
    )  # fmt: skip
    assert {"conditions_kept", "grounded"} & set(refused_by(made, label(passage(text, "warnings"))))
