"""Signs that a label's section was cut, glued or listed without marks, and sound lines that look alike."""

from __future__ import annotations

import time

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.alignment import align
from medai_assets.verification.label_text import cut_heading, damaged_line, left_out, partly_used
from medai_assets_tests.verification.builders import example, label, passage

KNOWN = frozenset("ibuprofen advil".split())  # words of the product's names
LOWER = frozenset(
    "pregnancy usage in seizures hepatic reactions children general effects use of the toxicity".split()
)


@pytest.mark.parametrize(
    "line",
    [
        "Do not use it if you have: asthma gout or an ulcer.",
        "Ask a doctor if you: have gout are over 60",
        "It is contraindicated in the following: gout and asthma.",
        "Do not take any of these: aspirin warfarin",
        "Dosing is as follows: adults take one.",
        "It is contraindicated with • asthma • gout.",
        "Uses ■ headache ■ toothache",
        "It is contraindicated in: Asthma of any kind, Patients with gout.",
        "Store it at 25°C (77°F) Dispense in a tight container.",
        "Store at 15 to 30 °C Protect from light.",
        "It is contraindicated in: 1.Known allergy 2.Gout.",
        "For storage of the mixed solution.",
        "For information on dosing.",
        "Take it with food ( 2.1 ).",
        "Liver injury was seen (5.3, 6.1).",
        "Liver injury was seen (5 and 6.1).",
        "Liver injury was seen (see (5.1)).",
        "WARNINGS & PRECAUTIONS Liver injury was seen.",
        "OVERDOSAGE Liver injury was seen.",
        "Category C Animal studies showed harm.",
        "Pregnancy Category D Harm was seen.",
        "Pregnancy Usage is not known to be safe.",
        "Seizures Reactions of the brain are rare.",
    ],
)
def test_two_things_in_one_line_are_seen(line: str) -> None:
    assert damaged_line(line, KNOWN, LOWER)


@pytest.mark.parametrize(
    "line",
    [
        "Do not use it if you have asthma, gout or an ulcer.",
        "Keep in mind: ibuprofen is no cure.",
        "It is given to adults (2 tablets) and to children (1 tablet).",
        "Version 2.1 of the scale was used.",
        "For storage, use a dry place.",
        "For information on dosing, ask a pharmacist.",
        "Store it at 25°C (77°F). Dispense in a tight container.",
        "The pH is 7.4 (7.2 to 7.6).",
        "IBUPROFEN Tablets are white.",
        "Advil Tablets are white.",
        "NSAID use is a risk.",
        "Vitamin D is given too.",
        "Most patients with gout do well.",
        "The level was 1.5 mg.",
        "",
        "Ask.",
    ],
)
def test_a_sound_line_is_let_pass(line: str) -> None:
    assert damaged_line(line, KNOWN, LOWER) == ""


def test_a_product_s_name_of_several_capitals_is_no_heading() -> None:
    line = "General Hospital Seizures may stop."
    assert damaged_line(line, KNOWN, LOWER | {"hospital"})
    assert damaged_line(line, KNOWN, LOWER | {"hospital"}, ("general", "hospital", "seizures")) == ""


def test_brackets_that_never_close_are_read_in_time_that_grows_with_their_number() -> None:
    """The search for a reference took the square: this line more than a second."""
    began = time.process_time()
    assert damaged_line("(" * 20_000, KNOWN, LOWER) == ""
    assert time.process_time() - began < 0.5


TEXT = "It is contraindicated in asthma. It must not be used after surgery. It is not for the last trimester."
FIRST, SECOND, THIRD = (f"{s}." for s in TEXT.rstrip(".").split(". "))


@pytest.mark.parametrize(
    ("said", "section", "part", "lost"),
    [
        (TEXT, "contraindications", 1, ""),
        (f"{FIRST} {THIRD}", "contraindications", 1, SECOND),
        (f"{FIRST} {THIRD}", "warnings", 1, SECOND),
        (f"{SECOND} {THIRD}", "warnings", 1, FIRST),
        (f"{SECOND} {THIRD}", "warnings", 2, ""),
        (f"{SECOND} {THIRD}", "storage", 1, ""),
        (f"{FIRST} {SECOND}", "contraindications", 1, THIRD),
        (f"{FIRST} {SECOND}", "do_not_use", 1, THIRD),
        (f"{FIRST} {SECOND}", "ask_doctor", 1, THIRD),
        (f"{FIRST} {SECOND}", "stop_use", 1, THIRD),
        (f"{FIRST} {SECOND}", "warnings", 1, ""),
        (FIRST, "dosage", 1, ""),
    ],
)
def test_a_section_is_told_without_gaps_and_exclusions_to_their_end(
    said: str, section: str, part: int, lost: str
) -> None:
    document = label(passage(TEXT, section, part=part))
    made = example("Tell me about ibuprofen.", said, "drug_information")
    found = left_out(align(made, Evidence(document, document.passages)))
    assert (lost in found) if lost else found == ""


@pytest.mark.parametrize("urgent", ["Call 911 if you faint.", "Get medical help right away if you faint."])
def test_an_urgent_sentence_behind_the_part_that_is_told_is_lost(urgent: str) -> None:
    document = label(passage(f"It may cause sleep. {urgent}", "warnings"))
    made = example("Tell me about ibuprofen.", "It may cause sleep.", "drug_information")
    assert "you faint" in left_out(align(made, Evidence(document, document.passages)))


@pytest.mark.parametrize(
    ("heading", "text", "is_cut"),
    [
        ("Effects of", "The drug on driving are small.", True),
        ("Use in the", "Elderly patients do well.", True),
        ("Patients with", "Gout take less.", True),
        ("Advil and Oral", "Solution is taken at night.", True),
        ("Use in children", "Children take less.", False),
        ("What to look for", "A rash.", True),
        ("Overdosage", "Vomiting is seen.", False),
    ],
)
def test_a_heading_that_ends_within_a_phrase_is_seen(heading: str, text: str, is_cut: bool) -> None:
    document = label(passage(text, "warnings", heading))
    made = example("Tell me about ibuprofen.", f"{heading}\n{text}", "drug_information")
    laid = align(made, Evidence(document, document.passages))
    assert bool(cut_heading(laid, ("Advil and Oral Solution",))) is is_cut


@pytest.mark.parametrize(
    ("said", "is_part"),
    [
        ("If it is stopped, insulin should be considered.", False),
        ("insulin should be considered.", True),
        ("If it is stopped,", True),
    ],
)
def test_a_label_s_sentence_is_used_whole(said: str, is_part: bool) -> None:
    document = label(passage("If it is stopped, insulin should be considered.", "warnings"))
    made = example("Tell me about ibuprofen.", said, "drug_information")
    assert bool(partly_used(align(made, Evidence(document, document.passages)))) is is_part
