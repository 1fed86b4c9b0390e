"""What questions ask for, and answers from another section or from before the place that says it."""

from __future__ import annotations

import pytest

from medai_assets.verification.section_asked import asked_for, without_names
from medai_assets_tests.verification.builders import example, label, passage, source
from medai_assets_tests.verification.one_property import reason


@pytest.mark.parametrize(
    ("prompt", "topic"),
    [
        ("What are the side effects of ibuprofen?", "side effects"),
        ("Which adverse reactions does the label list?", "side effects"),
        ("What is the purpose of the active ingredient?", "purpose"),
        ("Which active ingredient does Advil have?", "active ingredient"),
        ("Is it a prescription or an over-the-counter drug?", "kind of product"),
        ("What is the route of administration?", "route"),
        ("Which pharmacologic class is it of?", "class"),
        ("In which dosage forms does it come?", "forms and strengths"),
        ("Could the medicine be the cause?", "the medicine as the cause"),
        ("What happens if I take too much ibuprofen?", "overdose"),
        ("My child swallowed one. What now?", "overdose"),
        ("Which medicines interact with it?", "interactions"),
        ("Is it safe in pregnancy?", "pregnancy"),
        ("Can I take it while breastfeeding?", "breastfeeding"),
        ("How should it be stored?", "storage"),
        ("Where should it be kept?", "storage"),
        ("When should I stop using it?", "stopping"),
        ("Who should ask a doctor before use?", "asking first"),
        ("Who should not use ibuprofen?", "exclusion"),
        ("Who should not take ibuprofen?", "exclusion"),
        ("When is it contraindicated?", "exclusion"),
        ("How much should I take?", "dose"),
        ("How often should I take ibuprofen?", "dose"),
        ("What is the usual dose?", "dose"),
        ("How does ibuprofen work?", "mechanism"),
        ("How is it absorbed?", "kinetics"),
        ("What is ibuprofen used for?", "use"),
        pytest.param(
            "Does ibuprofen treat pain?",
            "use",
            marks=pytest.mark.xfail(strict=True, reason="left open: the section is not checked"),
        ),
        ("How can wheeze be prevented?", "prevention"),
        ("How is wheeze diagnosed?", "diagnosis"),
        ("How is wheeze treated?", "treatment"),
        ("What are the treatments for wheeze?", "treatment"),
        ("Is wheeze inherited?", "inheritance"),
        ("Which genes are related to wheeze?", "genes"),
        ("What genes are related to wheeze?", "genes"),
        ("How common is wheeze?", "frequency"),
        ("How often does wheeze occur?", "frequency"),
        ("How many people have wheeze?", "frequency"),
        ("What is the outlook for wheeze?", "outlook"),
        ("Who is at risk for wheeze?", "risk"),
        ("What are the complications of wheeze?", "complications"),
        ("What are the symptoms of wheeze?", "symptoms"),
        ("What are the signs of wheeze?", "symptoms"),
        ("What causes wheeze?", "causes"),
        ("How urgent is this?", "urgency"),
        ("Is this an emergency?", "urgency"),
    ],
)
def test_a_question_is_understood(prompt: str, topic: str) -> None:
    found = asked_for(prompt)
    assert found is not None
    assert found[0] == topic


@pytest.mark.parametrize(
    "prompt", ["What is wheeze?", "Tell me about gout.", "", "Hello?", "What should I keep in mind?"]
)
def test_a_question_for_none_of_the_usual_is_left_open(prompt: str) -> None:
    assert asked_for(prompt) is None


@pytest.mark.parametrize(
    ("prompt", "subject", "names", "left"),
    [
        ("What is Prevention of Pregnancy pill?", None, ("Prevention of Pregnancy",), "What is it pill?"),
        ("How is ADVIL PM kept?", "Advil", ("Advil PM",), "How is it kept?"),
        ("How is it kept?", None, ("",), "How is it kept?"),
        ("What is a (b) + c?", "a (b) + c", (), "What is it?"),
    ],
)
def test_a_subject_s_name_asks_for_nothing(
    prompt: str, subject: str | None, names: tuple[str, ...], left: str
) -> None:
    assert without_names(example(prompt, "", subject=subject), names) == left


@pytest.mark.parametrize(
    ("prompt", "section", "fits"),
    [
        ("How should ibuprofen be stored?", "storage", True),
        ("How should ibuprofen be stored?", "how_supplied", True),
        ("How should ibuprofen be stored?", "dosage", False),
        ("Who should not use ibuprofen?", "contraindications", True),
        ("Who should not use ibuprofen?", "indications", False),
        ("Who should not take ibuprofen?", "indications", False),
        ("What is ibuprofen used for?", "contraindications", False),
        ("What are the side effects of ibuprofen?", "boxed_warning", False),
        ("Is ibuprofen safe in pregnancy?", "lactation", False),
    ],
)
def test_an_answer_is_from_a_section_that_says_it(prompt: str, section: str, fits: bool) -> None:
    text = "Ibuprofen is stored or taken as the label of the bottle says in pregnancy and nursing."
    made = example(prompt, text, "drug_information", subject="ibuprofen")
    said = reason("question_fits", made, label(passage(text, section)))
    assert said.startswith("it asks for") is not fits


def test_a_pair_s_own_question_is_answered_where_it_stands() -> None:
    text = "Wheeze comes from narrow airways that let too little air through."
    pair = passage(text, "overview", question="What causes wheeze?")
    bare = passage(text, "overview")
    asked = example("What causes wheeze?", text)
    assert not reason("question_fits", asked, source(pair, publisher="medquad"))
    assert "it asks for causes" in reason("question_fits", asked, source(bare, publisher="medquad"))


@pytest.mark.parametrize(
    ("first", "rest", "stops"),
    [
        ("Wheeze is a sound of the chest.", "Symptoms of wheeze include:\n- a tight chest\n- a cough", True),
        ("Wheeze is a sound of the chest.", "Signs include a tight chest and a cough.", True),
        (
            "The symptoms are a tight chest, a cough and a whistling sound.",
            "Other symptoms include:\n- fever",
            False,
        ),
        ("Wheeze is a sound of the chest.", "It goes away by itself.", False),
    ],
)
def test_an_answer_on_symptoms_does_not_end_before_their_list(first: str, rest: str, stops: bool) -> None:
    document = source(passage(f"{first}\n\n{rest}", "symptoms"))
    said = reason("question_fits", example("What are the symptoms of wheeze?", first), document)
    assert said.startswith("it ends before") is stops
