"""Sentences that are no answer: pointers, boilerplate, addresses, what the question says itself."""

from __future__ import annotations

import pytest

from medai_assets.verification import Source
from medai_assets_tests.verification.builders import example, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason


def on_page(
    text: str, prompt: str = "How is wheeze treated?", section: str = "treatment", **other: object
) -> str:
    return reason("question_fits", example(prompt, text, **other), source(passage(text, section)))


def on_label(text: str, prompt: str, section: str, **attributes: object) -> str:
    made = example(prompt, text, "drug_information", subject="ibuprofen")
    return reason("question_fits", made, label(passage(text, section, **attributes)))


TREATED = "Wheeze is treated with a blue inhaler, a spacer and breathing exercises. "


@pytest.mark.parametrize(
    "said",
    [
        "See full prescribing information for the complete boxed warning.", "Reactions are described elsewhere in the labeling.",
        "Read more about inhalers.", "Find out more at www.nhs.uk.", "Visit our asthma page.", "Go to the website of the society.",
        "For more information, ask the charity.", "These resources address the treatment of wheeze.", "Refer to Table 3.",
        "See Section 5.1.", "See WARNINGS.", "Doses are given in Dosage and Administration.", "Click here to book.",
        "Watch this video on inhalers.", "Read the accompanying leaflet.", "The National Institute provides more information.",
        "To report suspected adverse reactions, contact the company.", "The following links tell you more.",
        "Contact Acme Pharma Inc. at 1-800-555-0100.", "SEE FULL PRESCRIBING INFORMATION.",
    ],
)  # fmt: skip
def test_what_sends_the_reader_elsewhere_is_no_answer(said: str) -> None:
    assert "elsewhere" in on_page(TREATED + said)


@pytest.mark.parametrize(
    "said",
    [
        "See a doctor if it lasts for a week.", "Ask a pharmacist which inhaler is right.", "Consult a doctor before use.",
        "Steroids are found in the following medicines: prednisolone and beclometasone.",
        "Caffeine is also found in other drinks, such as tea and cola.", "The infection is found in full-term infants.",
        "Limited information is available on inhalers in babies.", "Little information is available on it in babies.",
        "No specific information is available on an overdose.", "Do not click the inhaler twice.",
        "The doctor will discuss the dose with you.", "Read aloud to train the breath.", "Visit a clinic twice a year.",
    ],
)  # fmt: skip
def test_advice_and_facts_that_look_like_pointers_are_let_pass(said: str) -> None:
    assert on_page(TREATED + said) == ""


@pytest.mark.parametrize(
    "text",
    [
        "More research is needed on the treatment of wheeze.",
        "These are not all the treatments. Your doctor can talk about wheeze with you.",
        "A total of 1,200 adults were treated with an inhaler.",
        "Because clinical trials are conducted under widely varying conditions, rates cannot be directly compared.",
    ],
)
def test_boilerplate_alone_is_no_answer(text: str) -> None:
    assert on_page(text)


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("Yes. Inhalers, spacers, breathing exercises, steroids and warm air help most.", False),
        ("It depends. Inhalers, spacers, breathing exercises, steroids and warm air help most.", False),
        ("Inhalers, spacers, breathing exercises, steroids and warm air help most.", True),
    ],
)
def test_whether_is_no_answer_to_what(text: str, sound: bool) -> None:
    assert (on_page(text) == "") is sound
    assert on_page(text, "Is wheeze treated with inhalers?") == ""


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("Help is given by:\n- Wheeze Foundation\n- National Wheeze Association\n- Lung Institute", False),
        ("Help is given by:\n- a blue inhaler\n- a spacer for children\n- the nurse of the clinic", True),
        ("Call the Wheeze line on 1-800-555-0100.", False),
        ("Call poison control on 1-800-222-1222 if too much salbutamol was inhaled by a small child.", True),
    ],
)
def test_addresses_treat_nothing(text: str, sound: bool) -> None:
    assert (on_page(text) == "") is sound


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("There are different treatment options for people with wheeze.", False),
        ("Talk about the risks and benefits of wheeze treatments with your doctor.", False),
        ("Steroids, inhalers, spacers and antibiotics are used.", True),
    ],
)
def test_a_treatment_is_named_not_only_spoken_of(text: str, sound: bool) -> None:
    assert (on_page(text) == "") is sound


@pytest.mark.parametrize(
    ("items", "sound"),
    [
        (("a tight chest", "a cough at night", "a blue lip"), True),
        (("Wheeze", "a tight chest", "a cough at night"), False),
        (("Abnormality of the chest", "Abnormal lip"), False),
    ],
)
def test_symptoms_are_findings_and_not_the_illness_or_a_category(items: tuple[str, ...], sound: bool) -> None:
    text = "\n".join(["People with it may have these symptoms:", *(f"- {item}" for item in items)])
    assert (on_page(text, "What are the symptoms of wheeze?", "symptoms") == "") is sound


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("Ibuprofen is indicated for the relief of mild pain.", True),
        ("Temporarily relieves minor aches and pains.", True),
        ("Uses:\n- headache\n- toothache", True),
        ("Women to reduce the chance of pregnancy.", False),
        ("For the relief of mild pain.", False),
    ],
)
def test_a_use_is_stated(text: str, sound: bool) -> None:
    assert (on_label(text, "What is ibuprofen used for?", "indications") == "") is sound


def test_drug_facts_may_state_a_use_without_a_verb() -> None:
    text = "For the relief of mild pain."
    assert on_label(text, "What is ibuprofen used for?", "indications", product_type="otc") == ""


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("The most common reactions were nausea (10%), rash (5%) and headache (2%).", True),
        pytest.param(
            "Nausea, rash and headache occurred in placebo-controlled trials.",
            True,
            marks=pytest.mark.xfail(strict=True, reason="over-strict: a list before its verb is not read"),
        ),
        ("The trials enrolled 400 subjects. Their median age was 54.", False),
        ("The safety of ibuprofen was evaluated in 1,200 patients. Nausea occurred.", False),
    ],
)
def test_how_a_trial_was_made_is_no_side_effect(text: str, sound: bool) -> None:
    assert (on_label(text, "What are the side effects of ibuprofen?", "adverse_reactions") == "") is sound


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("The outlook depends on the cause of it.", False),
        ("The prognosis for people with wheeze varies.", False),
        ("The outlook depends on the cause; 80 percent live five years.", True),
        ("The outlook depends on the cause of it. Most children with it are well at school age.", True),
    ],
)
def test_that_an_outlook_depends_says_nothing(text: str, sound: bool) -> None:
    assert (on_page(text, "What is the outlook for wheeze?", "outlook") == "") is sound


def test_a_list_of_addresses_treats_nothing() -> None:
    text = "These resources address the management of wheeze:\n- Genetic Testing Registry\n- Wheeze Foundation\n- National "
    "Institute"
    document = source(passage(text, "treatment"), publisher="medquad")
    assert "question_fits" in refused_by(example("What are the treatments for wheeze?", text), document)


@pytest.mark.parametrize(
    ("text", "is_sound"),
    [
        ("Pregnancy Category D. See WARNINGS section.", False),
        ("Guidelines for its use in pregnancy are presented in DOSAGE AND ADMINISTRATION.", False),
        (
            "It harmed the fetus in rats and rabbits and is used only when needed. See WARNINGS section.",
            False,
        ),
        ("It harmed the fetus in rats and rabbits and is used only when needed.", True),
        ("Store in a refrigerator. U.S. federal law prohibits dispensing without prescription.", False),
        ("Do not use it if you are allergic to it. See the end of this leaflet for its ingredients.", False),
    ],
)
def test_what_points_to_another_part_of_the_label_is_no_answer(text: str, is_sound: bool) -> None:
    made = example("Is ibuprofen safe in pregnancy?", text, "drug_information", subject="ibuprofen")
    assert ("question_fits" not in refused_by(made, label(passage(text, "pregnancy")))) is is_sound


def test_an_answer_that_only_repeats_its_question_is_none() -> None:
    text = "What are the symptoms of a rash?"
    page = Source("nhs:rash", "nhs", "Rash", ("rash",), (passage(text, "symptoms"),))
    assert "question_fits" in refused_by(example(text, text, "symptom_analysis", subject="rash"), page)


@pytest.mark.parametrize(
    ("prompt", "lead", "why"),
    [
        ("What might be behind a fever and cramps?", "As well as vomiting and diarrhoea you may have:", "beside others"),
        ("I have noticed a fever; and cramps. What could be the cause?", "Besides vomiting, there may be:", "beside others"),
        ("What might be behind vomiting, a fever and cramps?", "As well as vomiting, you may have:", ""),
        ("What are the symptoms of wheeze?", "As well as vomiting and diarrhoea you may have:", ""),
        ("My symptoms are a fever, cramps and a cough. What should I think of?", "You may have:", ""),
        ("What are the symptoms of wheeze with fever?", "You may have:", "thing itself"),
    ],
)  # fmt: skip
def test_signs_that_are_told_are_not_the_extras_and_may_stand_in_the_answer(
    prompt: str, lead: str, why: str
) -> None:
    text = f"{lead}\n\n- a fever\n- stomach cramps\n- a cough that wakes the sleeper\n- tired legs or a hoarse voice"
    page = source(passage(text, "symptoms", "Symptoms of wheeze"))
    found = reason("question_fits", example(prompt, text, "symptom_analysis"), page)
    assert why in found if why else found == ""


@pytest.mark.parametrize(("section", "circular"), [("symptoms", True), ("care_non_urgent", False)])
def test_a_card_for_all_signs_is_no_list_that_names_the_thing_itself(section: str, circular: bool) -> None:
    signs = passage("The chest is tight, and breathing makes a whistling noise.", "symptoms")
    again = passage("- you have any symptoms of wheeze\n- you cough at night", section, "See a GP if:")
    answer = f"{signs.text}\n\n{again.heading}\n{again.text}"
    made = example(
        "What are any symptoms of wheeze, and when should I see a GP? Have you a list?",
        answer,
        "symptom_analysis",
    )
    found = reason("question_fits", made, source(signs, again))
    assert ("among its symptoms" in found) is circular
