"""Boxed warnings, overdoses and side effects: what a label says for safety is in the answer, and whole."""

from __future__ import annotations

import pytest

from medai_assets_tests.verification.builders import example, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason

DOSE = "Take 200 mg every four hours."


def with_box(prompt: str, box: str, *, told: str = "", section: str = "dosage") -> str:
    document = label(passage(DOSE, section), passage(box, "boxed_warning"))
    frame = ("Boxed warning:",) if told else ()
    answer = f"Boxed warning:\n{told}\n\n{DOSE}" if told else DOSE
    made = example(prompt, answer, "drug_information", framing=frame, subject="ibuprofen")
    named = (0, 1) if told else (0,)
    return reason("safety_kept", made, document, *named)


HEART = (
    "It may cause a heart attack or stroke. Use the lowest dose. Do not use it right before bypass surgery."
)


@pytest.mark.parametrize(
    "prompt",
    [
        "What are the side effects of ibuprofen?", "What are the warnings for ibuprofen?", "Who should not use ibuprofen?",
        "Who should not take ibuprofen?", "Who can’t take ibuprofen?",
        "When must ibuprofen be avoided?", "What is the usual dose of ibuprofen?",
        "How should I take ibuprofen?", "How often should I take ibuprofen?", "What are the serious risks of ibuprofen?",
        "What are the risks of ibuprofen?", "Is ibuprofen safe?", "Is ibuprofen dangerous?",
        "What should I know before I take ibuprofen?", "What should I know before I use ibuprofen?",
        "Can I take ibuprofen after a heart attack?", "Does ibuprofen cause a stroke?", "Is ibuprofen contraindicated?",
        "Can I take ibuprofen before surgery?",
    ],
)  # fmt: skip
def test_a_box_belongs_to_questions_of_danger_dose_and_what_it_names(prompt: str) -> None:
    assert "boxed warning is missing" in with_box(prompt, HEART)
    assert with_box(prompt, HEART, told=HEART) == ""


@pytest.mark.parametrize(
    "prompt",
    [
        "How should ibuprofen be stored?", "How does ibuprofen work?", "How is ibuprofen absorbed?",
        "What is the active ingredient of ibuprofen?", "Which drug class is ibuprofen of?",
        "Can I take ibuprofen while I breastfeed?", "Which medicines interact with ibuprofen?",
        "Is ibuprofen safe in pregnancy?", "What happens after an overdose of ibuprofen?",
        "Can older people take ibuprofen?", "Is it a prescription or an over-the-counter drug?",
    ],
)  # fmt: skip
def test_a_box_on_something_else_does_not_belong(prompt: str) -> None:
    assert with_box(prompt, HEART) == ""


@pytest.mark.parametrize(
    ("prompt", "box"),
    [
        ("Is ibuprofen safe in pregnancy?", "It can cause birth defects."),
        ("Can I take ibuprofen while I breastfeed?", "Do not use it in nursing mothers."),
        ("Which medicines interact with ibuprofen?", "Concomitant use with opioids may be fatal."),
        ("Can children take ibuprofen?", "Suicidal thoughts rose in adolescents."),
        ("Can older people take ibuprofen?", "Deaths rose in elderly patients."),
        ("What happens after an overdose of ibuprofen?", "Accidental ingestion may be fatal."),
        (
            "What is the route of administration of ibuprofen?",
            "For intravenous use only. Fatal if given otherwise.",
        ),
    ],
)
def test_a_box_on_what_is_asked_belongs(prompt: str, box: str) -> None:
    assert "boxed warning is missing" in with_box(prompt, box)


@pytest.mark.parametrize(
    "told",
    [
        "It may cause a heart attack or stroke. Use the lowest dose.",
        "Use the lowest dose. Do not use it right before bypass surgery.",
        "It may cause a heart attack or stroke. Do not use it right before bypass surgery.",
    ],
)
def test_a_box_that_is_begun_is_told_to_its_end_whatever_is_asked(told: str) -> None:
    for prompt in ("What are the warnings for ibuprofen?", "How should ibuprofen be stored?"):
        assert "is cut before" in with_box(prompt, HEART, told=told)


def test_a_name_in_the_question_that_is_also_a_word_of_the_box_does_not_bring_the_box() -> None:
    box = "Estrogens raise the risk of cancer of the womb."
    document = label(
        passage("Keep it dry.", "storage"), passage(box, "boxed_warning"), names=("ESTROGENS", "Estrogens")
    )
    made = example("Which colour do estrogens have?", "Keep it dry.", "drug_information", subject="estrogens")
    assert reason("safety_kept", made, document, 0) == ""


def test_a_page_has_no_box() -> None:
    page = source(passage(DOSE, "dosage"), passage(HEART, "boxed_warning"))
    assert reason("safety_kept", example("Is it safe?", DOSE, "drug_information"), page, 0) == ""


def overdose(said: str, *sections: str) -> str:
    document = label(*(passage(text, "overdose") for text in sections))
    made = example("I took too much ibuprofen. What now?", said, "emergency_escalation", subject="ibuprofen")
    return reason("safety_kept", made, document, 0)


@pytest.mark.parametrize(
    ("said", "beside", "lost"),
    [
        ("Drowsiness and coma were seen.", "", ""),
        ("Drowsiness was seen.", "Coma and seizures followed.", "coma"),
        ("Drowsiness and coma were seen.", "Seizures followed.", "seizure"),
        ("Drowsiness was seen.", "Respiratory depression may be fatal.", "respiratory depression"),
        ("Drowsiness was seen.", "Give fluids.", ""),
    ],
)
def test_every_grave_sign_of_an_overdose_is_named(said: str, beside: str, lost: str) -> None:
    found = overdose(said, said, *filter(None, [beside]))
    assert (lost in found) if lost else found == ""


def test_an_overdose_s_section_is_told_to_its_end() -> None:
    assert "cut before 'Call" in overdose("Vomiting was seen.", "Vomiting was seen. Call a doctor.")


def side_effect(said: str, beside: str = "It is taken with food.", section: str = "patient_information",
                prompt: str = "Could ibuprofen be behind nausea?") -> str:  # fmt: skip
    document = label(passage(said, "adverse_reactions"), passage(beside, section))
    return reason("safety_kept", example(prompt, said, "symptom_analysis", subject="ibuprofen"), document, 0)


@pytest.mark.parametrize(
    ("said", "sound"),
    [
        ("Common reactions are headache and nausea.", True),
        ("Less common reactions are headache and nausea.", False),
        ("Less frequently reported: nausea.", False),
        ("Infrequent: nausea.", False),
        ("Rarely, nausea was seen.", False),
        ("Nausea was seen in less than 1% of patients.", False),
        ("Nausea was seen in <1% of patients.", False),
        ("Reactions leading to discontinuation were nausea.", False),
        ("Nausea was seen in 12% of patients.", True),
        ("Nausea was seen in children.", False),
        ("Nausea was seen in pregnant women.", False),
    ],
)
def test_a_side_effect_is_of_the_common_and_of_no_other_group(said: str, sound: bool) -> None:
    assert (side_effect(said) == "") is sound


@pytest.mark.parametrize(
    ("beside", "section", "sound"),
    [
        ("Call your doctor for medical advice about side effects.", "patient_information", False),
        (
            "Tell your healthcare provider if you have any side effect that bothers you.",
            "patient_information",
            False,
        ),
        ("Stop use and get medical help right away if nausea lasts.", "stop_use", False),
        ("Get emergency help if you faint.", "patient_information", False),
        ("Stop it immediately if nausea is severe.", "warnings", False),
        ("Stop it immediately if a rash appears.", "warnings", True),
        ("Nausea may be fatal.", "boxed_warning", False),
        ("Liver failure may be fatal.", "boxed_warning", True),
        ("Take it with food.", "dosage", True),
    ],
)
def test_what_the_label_says_elsewhere_of_it_is_not_left_out(beside: str, section: str, sound: bool) -> None:
    assert (side_effect("Common reactions are headache and nausea.", beside, section) == "") is sound


def test_the_label_s_own_word_on_whom_to_tell_is_enough_once() -> None:
    said = "Common reactions are nausea. Call your doctor about side effects."
    assert side_effect(said, "Tell your doctor about any side effects.") == ""


BOXED = passage(
    "WARNING: FETAL TOXICITY\n\nIbuprofen may harm the fetus. Stop it once pregnancy is found.",
    "boxed_warning",
)


DOSING = passage("Take 200 mg every four hours. Do not initiate it in late pregnancy.", "dosage")
CARE = passage("Store it below 25 degrees. Keep it dry.", "storage")
BOXED_LABEL = label(BOXED, DOSING, CARE)
WITH_BOX = "Boxed warning:\n{box}\n\nDose and use (ibuprofen): {text}"
DRUG_FRAMING = ("Boxed warning:", "Dose and use (ibuprofen):")


@pytest.mark.parametrize(
    ("box", "is_sound"),
    [
        (BOXED.text, True),
        (BOXED.text.removesuffix(" Stop it once pregnancy is found."), False),
        (BOXED.text.removeprefix("WARNING: FETAL TOXICITY\n\n"), False),
    ],
)
def test_a_boxed_warning_is_whole_where_it_is(box: str, is_sound: bool) -> None:
    answer = WITH_BOX.format(box=box, text=DOSING.text)
    made = example(
        "How is ibuprofen dosed?", answer, "drug_information", framing=DRUG_FRAMING, subject="ibuprofen"
    )
    assert ("safety_kept" not in refused_by(made, BOXED_LABEL, 0, 1)) is is_sound


@pytest.mark.parametrize(
    ("prompt", "text", "place", "is_sound"),
    [
        ("What does the label of ibuprofen say about use in pregnancy?", DOSING.text, 1, False),
        ("What are the side effects of ibuprofen?", DOSING.text, 1, False),
        ("How should ibuprofen be stored?", CARE.text, 2, True),
    ],
)
def test_a_boxed_warning_that_belongs_to_the_question_is_not_left_out(
    prompt: str, text: str, place: int, is_sound: bool
) -> None:
    made = example(prompt, text, "drug_information", subject="ibuprofen")
    assert ("safety_kept" not in refused_by(made, BOXED_LABEL, place)) is is_sound


@pytest.mark.parametrize(
    ("said", "is_sound"),
    [
        ("An overdose may cause sedation. A patient fell into a coma. Call a poison control center.", True),
        ("An overdose may cause sedation. A patient fell into a coma.", False),
        ("An overdose may cause sedation.", False),
    ],
)
def test_what_a_label_says_of_an_overdose_is_told_whole(said: str, is_sound: bool) -> None:
    taken = label(
        passage(
            "An overdose may cause sedation. A patient fell into a coma. Call a poison control center.",
            "overdose",
        )
    )
    call = "Call 911 now if the person has collapsed. The label of ibuprofen says:"
    asked = "What do I do after an overdose of ibuprofen?"
    made = example(asked, f"{call} {said}", "emergency_escalation", framing=(call,), subject="ibuprofen")
    assert ("safety_kept" not in refused_by(made, taken)) is is_sound


@pytest.mark.parametrize(
    ("said", "beside", "is_sound"),
    [
        ("Common adverse reactions are headache and nausea.", "It is taken with food.", True),
        ("Rare adverse reactions are headache and nausea.", "It is taken with food.", False),
        ("Common adverse reactions in children are headache and nausea.", "It is taken with food.", False),
        ("Common adverse reactions are headache and nausea.", "Call your doctor about side effects.", False),
        ("Common adverse reactions are headache and nausea.", "Call your doctor right away if you have nausea.", False),
        ("Common adverse reactions are headache and nausea.", "Call your doctor right away if you faint.", False),
        ("Common adverse reactions are nausea.", "The most common side effects are A. Of B the most common side are C.", False),
    ],
)  # fmt: skip
def test_a_side_effect_is_told_as_the_label_weighs_it(said: str, beside: str, is_sound: bool) -> None:
    taken = label(passage(said, "adverse_reactions"), passage(beside, "patient_information"))
    made = example("Could ibuprofen be behind nausea?", said, "symptom_analysis", subject="ibuprofen")
    assert ("safety_kept" not in refused_by(made, taken, 0)) is is_sound


@pytest.mark.parametrize(("kind", "lost"), [("triage_recommendation", True), ("emergency_escalation", False)])
def test_a_level_from_a_label_comes_with_its_boxed_warning_and_a_call_for_help_needs_none(
    kind: str, lost: bool
) -> None:
    box = passage("WARNING: DEPENDENCE.", "boxed_warning", "WARNING")
    asks = passage("Ask a doctor before use if you have glaucoma.", "ask_doctor")
    said = example("I have glaucoma. Can I just use Advil?", asks.text, kind)
    assert ("boxed warning" in reason("safety_kept", said, label(asks, box))) is lost
    both = example("I have glaucoma. Can I just use Advil?", f"{asks.text}\n\n{box.text}", kind)
    assert reason("safety_kept", both, label(asks, box)) == ""
