"""Another place of the document that answers the same: found where it adds, and where it says the contrary."""

from __future__ import annotations

import time

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.said_elsewhere import said_elsewhere, said_otherwise
from medai_assets_tests.verification.builders import about, example, label, passage, refused_by, source

ANSWERS = {
    "indications": "Druga is indicated for the relief of moderate pain in adults.",
    "contraindications": "Druga is contraindicated in patients with gout.",
    "storage": "Store it at 20°C to 25°C (68°F to 77°F).",
    "ask_doctor": "Ask a doctor before use if you have gout.",
    "do_not_use": "Do not use if you are allergic to druga.",
    "pregnancy": "There are no adequate studies in pregnant women.",
    "lactation": "Druga is excreted in human milk in small amounts.",
    "pediatric_use": "Druga is safe in children from 6 years of age.",
    "geriatric_use": "No difference was seen between older and younger patients.",
    "interactions": "Druga raises the level of warfarin.",
    "overdose": "An overdose may cause drowsiness.",
    "dosage": "The recommended dose is 200 mg once daily.",
    "route": "Druga is given intravenously.",
    "mechanism": "Druga blocks prostaglandins.",
    "pharmacokinetics": "Druga is absorbed within an hour.",
    "patient_information": "Take it with a full glass of water.",
}


def adds(section: str, beside: str, of: str = "warnings", heading: str = "", own: str = "") -> str:
    part = passage(ANSWERS[section], section, own)
    other = passage(beside, of, heading)
    document = label(part, other, names=("DRUGA", "Drugon"))
    made = example("What does the label say?", part.text, "drug_information", subject="druga")
    return said_elsewhere(made, Evidence(document, (part,)), [other])


@pytest.mark.parametrize(
    ("section", "beside"),
    [
        ("indications", "Druga is not indicated for the treatment of chest pain during a heart attack."),
        ("indications", "Limitations of use: it has not been shown to help in migraine."),
        ("indications", "It should only be used if other treatments have failed."),
        ("contraindications", "Druga is contraindicated in patients with severe hepatic impairment."),
        ("contraindications", "Do not take Drugon if you have kidney disease or stomach bleeding."),
        ("contraindications", "It must not be given to infants under three months."),
        ("contraindications", "Avoid using the cream near open wounds."),
        ("storage", "Once opened, the bottle may be kept for 28 days."),
        ("storage", "Do not freeze the vials, and shake none of them."),
        ("storage", "Within 24 hours after reconstitution the solution is thrown away."),
        ("ask_doctor", "Tell your doctor about every medicine for blood pressure."),
        ("do_not_use", "Do not take it right before or after heart surgery."),
        ("do_not_use", "The tablets are contraindicated with nitrates of any kind."),
        ("pregnancy", "If you become pregnant, stop it and call your doctor."),
        ("pregnancy", "Birth defects were seen; women should use contraception."),
        ("lactation", "Breast-feeding is contraindicated: stop nursing for two weeks."),
        ("pediatric_use", "Deaths of infants under two years have been reported with cough products."),
        ("pediatric_use", "Paediatric patients should be watched for seizures."),
        ("geriatric_use", "Elderly patients are more sensitive and need smaller amounts."),
        ("geriatric_use", "Adjust the schedule in people over 65 with weak kidneys."),
        ("interactions", "Grapefruit juice triples the concentration of statins."),
        ("interactions", "Concomitant use of lithium can lead to toxicity."),
        ("interactions", "Avoid live vaccines during therapy."),
        ("overdose", "In case of accidental poisoning get medical help right away."),
        ("overdose", "Go to A&E if a child swallowed several tablets."),
        ("dosage", "In patients with renal impairment half the tablets are given."),
        ("dosage", "The maximum amount in any day is 800 mg."),
        ("dosage", "Use the lowest effective amount for the shortest time."),
        ("route", "It must not be given by intrathecal injection, which kills."),
        ("route", "Do not inject the suspension into a vein."),
        ("patient_information", "Patients should be warned about driving and machines."),
    ],
)
def test_a_warning_elsewhere_that_the_answer_does_not_hold_is_found(section: str, beside: str) -> None:
    assert adds(section, beside).startswith("the document says of the same elsewhere")


@pytest.mark.parametrize(
    ("section", "beside"),
    [
        ("indications", "Druga is indicated for moderate pain in adults."),
        ("contraindications", "Druga is contraindicated in gout."),
        ("contraindications", "Wash your hands before you touch the tablets."),
        ("storage", "Store it at 20°C to 25°C."),
        ("storage", "The trial lasted for 28 days."),
        ("pregnancy", "Take it with food and a full glass of water."),
        ("pediatric_use", "Children in the study were 6 to 11 years of age (n=40)."),
        ("pediatric_use", "Use in children with asthma has not been studied; its risk is not known."),
        ("pediatric_use", "Child-Pugh class C patients should not be given more than half."),
        ("geriatric_use", "In a trial the risk of falls in the elderly was 3%."),
        ("interactions", "Rats that were given druga with alcohol lived longer."),
        ("overdose", "Take it once a day at the same hour."),
        ("dosage", "See Warnings and Precautions (5.1)."),
        ("dosage", "The maximum was reached in a randomized trial of 200 patients."),
        ("mechanism", "Call your doctor if you feel faint or dizzy."),
        ("contraindications", "No."),
    ],
)
def test_what_adds_nothing_or_speaks_of_something_else_is_not(section: str, beside: str) -> None:
    assert adds(section, beside) == ""


def test_the_same_section_and_the_same_heading_elsewhere_are_the_same_whatever_they_say() -> None:
    more = "Bottles of thirty white tablets carry a child-proof cap."
    assert adds("storage", more, "storage")
    assert adds("storage", more, "warnings", "Handling", own="handling")
    assert adds("storage", more, "warnings", "Handling", own="Storage") == ""
    assert adds("storage", more, "description", "Handling", own="handling") == ""


def test_a_case_that_is_told_and_a_leaflet_s_own_question_are_answered_by_their_place() -> None:
    document = label(
        passage("- you have gout", "ask_doctor"),
        passage("Ask a doctor about every other medicine.", "warnings"),
    )
    made = example("I have gout. May I take it?", "- you have gout", "triage_recommendation")
    assert said_elsewhere(made, Evidence(document, document.passages[:1]), list(document.passages[1:])) == ""


@pytest.mark.parametrize(
    ("section", "answer", "beside", "adds"),
    [
        (
            "storage",
            "Store the vials refrigerated between 2°C and 8°C, in their carton.",
            ("dosage", "Use the mixed solution within 48 hours and throw away what is left."),
            True,
        ),
        (
            "contraindications",
            "Known hypersensitivity to the substance or to any part of the implant.",
            ("patient_information", "The implant is contraindicated during pregnancy unless given for cancer."),
            True,
        ),
        (
            "pregnancy",
            "Patients should be apprised of the potential hazard to the fetus.",
            ("patient_information", "Stop using the cream and tell your doctor right away if you become pregnant."),
            True,
        ),
        (
            "indications",
            "It is indicated for local anesthesia by infiltration and nerve block.",
            ("how_supplied", "THESE SOLUTIONS ARE NOT INTENDED FOR SPINAL ANESTHESIA OR DENTAL USE."),
            True,
        ),
        (
            "geriatric_use",
            "Of the patients who took it in trials, 151 were 65 years of age or older.",
            ("dosage", "It is not necessary to adjust the dose in the elderly."),
            True,
        ),
        (  # what a pointer in brackets stands before
            "contraindications",
            "It is contraindicated in gout and in kidney stones.",
            ("warnings", "[See Warnings] Druga is contraindicated in patients with severe liver disease."),
            True,
        ),
        (
            "contraindications",
            "It is contraindicated in gout and in kidney stones.",
            ("warnings", "Do not take Druga if you see double or have severe liver disease."),
            True,
        ),
        (  # said again in other words
            "storage",
            "Use the mixed solution within 48 hours and throw away what is left.",
            ("dosage", "Use the mixed solution within 48 hours."),
            False,
        ),
        (  # what was seen in a study advises nobody
            "geriatric_use",
            "Older patients need no other dose of ibuprofen than younger ones.",
            ("dosage", "In a randomized trial the risk of falls in the elderly was 3%."),
            False,
        ),
        (
            "indications",
            "It is indicated for mild to moderate pain in adults and children over six years.",
            ("warnings", "Breastfeeding is not recommended while it is taken."),
            False,
        ),
    ],
)  # fmt: skip
def test_a_sentence_elsewhere_that_answers_the_same_and_is_new_is_missing(
    section: str, answer: str, beside: tuple[str, str], adds: bool
) -> None:
    found = about(section, answer, "What does the ibuprofen label say about it?", beside)
    assert ("nothing_kept_back" in found) is adds


@pytest.mark.parametrize(
    ("overview", "is_refused"),
    [
        ("Acne is common. It causes spots, oily skin and sometimes skin that is painful to touch.", True),
        ("Acne is common. It mostly goes away when people are in their twenties.", False),
    ],
)
def test_symptoms_that_only_the_overview_names_are_missing(overview: str, is_refused: bool) -> None:
    places = "Acne develops on the face in almost everyone who has it, and on the back in half of them."
    page = source(passage(places, "symptoms"), passage(overview, "overview"), names=("Acne",))
    found = refused_by(example("What are the symptoms of acne?", places), page, 0)
    assert ("nothing_kept_back" in found) is is_refused


def test_a_case_is_answered_by_the_place_that_names_it() -> None:
    named = "- you have glaucoma\n- you have a cough that lasts"
    of_label = label(passage(named, "ask_doctor"), passage("Children under 6 years: ask a doctor.", "dosage"))
    told = "I have glaucoma and want to take ibuprofen. What level of care do I need?"
    made = example(told, named, "triage_recommendation", subject="ibuprofen")
    assert "nothing_kept_back" not in refused_by(made, of_label, 0)


@pytest.mark.parametrize(
    "words",
    ["avoid ", "do not use ", "pregnant ", "secreted ", "thawed ", "overdosed ", "avoid drugs [see "],
)
def test_a_long_sentence_elsewhere_is_read_in_time_that_grows_with_its_length(words: str) -> None:
    """Patterns for two things in one sentence took the square: these from five seconds to minutes."""
    beside = passage(words * (30_000 // len(words)), "warnings")
    text = "It is not known; use it with caution in gout."
    made = example("What does the Advil label say?", text, "drug_information")
    began = time.process_time()
    for section in (
        "pregnancy",
        "lactation",
        "interactions",
        "storage",
        "overdose",
        "indications",
        "pediatric_use",
    ):
        of_label = label(passage(text, section), beside)
        for look in (said_elsewhere, said_otherwise):
            look(made, Evidence(of_label, of_label.passages[:1]), [beside])
    assert time.process_time() - began < 2


def on_page(section: str, said: str, *beside: tuple[str, str]) -> str:
    part = passage(said, section)
    others = [passage(text, of) for of, text in beside]
    made = example("What about ibuprofen?", said, "drug_information", subject="ibuprofen")
    return said_elsewhere(made, Evidence(source(part, *others, names=("Ibuprofen",)), (part,)), others)


MAY_NOT = "Check with a pharmacist before you take it if you:\n- have asthma\n- are pregnant or trying to get pregnant"


def test_who_is_pregnant_and_has_to_ask_first_is_told_with_pregnancy() -> None:
    late = "From 20 weeks it can affect the baby's heart. Paracetamol is usually preferred."
    assert "in pregnancy elsewhere" in on_page("pregnancy", late, ("contraindications", MAY_NOT))
    assert on_page("pregnancy", late, ("contraindications", "Do not take it if you have an ulcer.")) == ""
    assert on_page("storage", "Keep it below 25C.", ("contraindications", MAY_NOT)) == ""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Leave at least 4 hours between doses. Swallow tablets with water.", True),
        ("You can take it with or without food.", True),
        ("Take 1 or 2 tablets of 500 mg up to 4 times in 24 hours.", False),
        ("Take two capsules with water.", False),
        ("Use it twice a day.", False),
        ("Rub it in thinly.", False),
    ],
)
def test_a_dose_without_an_amount_is_none_where_the_page_states_one(said: str, told: bool) -> None:
    key_facts = ("overview", "The usual dose is 1 or 2 tablets of 500 mg.")
    assert ("states the amount elsewhere" in on_page("dosage", said, key_facts)) is told
    assert on_page("dosage", said, ("overview", "It eases pain.")) == ""
