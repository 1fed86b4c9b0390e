"""What a publisher's fields state of a product, held against the label's own text."""

from __future__ import annotations

import pytest

from medai_assets_tests.verification.builders import example, label, passage
from medai_assets_tests.verification.one_property import reason


def agrees(section: str, value: str, *texts: str, heading: str = "") -> bool:
    said = f"According to FDA's data on its label, Furadantin is {value}."
    document = label(
        passage(said, section, values=[value]), *(passage(text, "dosage", heading) for text in texts),
        names=("NITROFURANTOIN", "Furadantin"),
    )  # fmt: skip
    return reason("data_agree", example("What is it?", said, "drug_information"), document, 0) == ""


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("oral (by mouth)", "Take it by mouth."), ("oral (by mouth)", "Each TABLET holds 5 mg."),
        ("oral (by mouth)", "Chew it well."), ("intravenous (into a vein)", "Give it as an infusion."),
        ("intravenous (into a vein)", "A bolus IV is given."), ("intramuscular (into a muscle)", "It is given IM."),
        ("subcutaneous (under the skin)", "Inject it under the skin."), ("topical (on the skin)", "Apply to the scalp."),
        ("transdermal (through the skin)", "Wear one patch."), ("ophthalmic (in the eye)", "Put one drop in each eye."),
        ("otic (in the ear)", "Put it in the ear."), ("nasal (in the nose)", "Spray into each nostril."),
        ("rectal (in the rectum)", "Insert one suppository."), ("vaginal (in the vagina)", "Insert it into the vagina."),
        ("sublingual (under the tongue)", "Put it under the tongue."), ("respiratory (inhalation)", "Inhale two puffs."),
        ("intrathecal (into the spinal fluid)", "Give it by intrathecal injection."),
        ("buccal (in the cheek)", "Put the buccal tablet in the cheek."),
        ("periodontal (around the teeth)", "Use it in the periodontal pocket."),
    ],
)  # fmt: skip
def test_a_route_is_spoken_of_in_the_text(route: str, text: str) -> None:
    assert agrees("route", route, text)


@pytest.mark.parametrize(
    ("route", "text"),
    [
        ("oral (by mouth)", "Apply to the affected area."),
        ("oral (by mouth)", "For topical use only. Not for oral use."),
        ("intrathecal (into the spinal fluid)", "For intravenous use only. Not for intrathecal use."),
        ("ophthalmic (in the eye)", "Put it in the ear. Not for ophthalmic use."),
        ("intravenous (into a vein)", "Do not give it intravenously."),
        ("intramuscular (into a muscle)", "I'm told to take it at night."),
        ("otic (in the ear)", "Hear what the doctor says in the early morning."),
        ("buccal (in the cheek)", "Swallow the tablet."),
        ("rectal (in the rectum)", "Take it directly after a meal."),
        ("dental (on the teeth)", "Ask a dental surgeon."),  # no entry says how a text speaks of it
    ],
)
def test_a_route_that_the_text_does_not_speak_of_or_forbids_is_refused(route: str, text: str) -> None:
    assert not agrees("route", route, text)


@pytest.mark.parametrize(
    ("section", "value", "text", "sound"),
    [
        ("active_ingredient", "nitrofurantoin", "NITROFURANTOIN is an antibiotic.", True),
        ("active_ingredient", "nitrofurantoin monohydrate", "Nitrofurantoin is an antibiotic.", True),
        ("active_ingredient", "nitrofurantoin", "It is an antibiotic.", False),
        ("active_ingredient", "", "It is an antibiotic.", False),
        ("drug_class", "nitrofuran antibacterial", "It is one of the antibacterials.", True),
        ("drug_class", "nonsteroidal anti-inflammatory drug", "It is a beta blocker.", False),
        ("mechanism_class", "cyclooxygenase inhibitor", "It inhibits cyclooxygenase.", True),
        ("mechanism_class", "cyclooxygenase inhibitor", "It opens potassium channels.", False),
    ],
)
def test_a_substance_stands_in_the_text_and_so_does_half_of_a_class(
    section: str, value: str, text: str, sound: bool
) -> None:
    assert agrees(section, value, text) is sound


@pytest.mark.parametrize(
    ("value", "heading", "sound"),
    [
        ("prescription drug", "Ask a doctor before use", False),
        ("prescription drug", "Contraindications", True),
        ("over-the-counter (OTC) drug", "STOP USE AND ASK A DOCTOR", True),
        ("over-the-counter (OTC) drug", "Contraindications", False),
    ],
)
def test_only_what_is_sold_without_prescription_has_drug_facts(value: str, heading: str, sound: bool) -> None:
    assert agrees("product_type", value, "Take it as told.", heading=heading) is sound


def test_other_data_of_the_publisher_prove_nothing() -> None:
    said = "According to FDA's data, Furadantin is nitrofurantoin."
    stated = [passage(said, "active_ingredient", values=["nitrofurantoin"])] * 2
    document = label(*stated, passage("It is an antibiotic.", "indications"))
    assert reason("data_agree", example("What is it?", said, "drug_information"), document, 0)


def test_every_value_of_several_has_to_agree() -> None:
    both = passage("It is oral and rectal.", "route", values=["oral (by mouth)", "rectal"])
    document = label(both, passage("Take one tablet.", "dosage"))
    assert "'rectal'" in reason(
        "data_agree", example("What is it?", both.text, "drug_information"), document, 0
    )


def test_a_passage_without_values_is_no_business_of_fields() -> None:
    document = label(passage("Take it.", "route"))
    assert not reason("data_agree", example("What is it?", "Take it.", "drug_information"), document)
