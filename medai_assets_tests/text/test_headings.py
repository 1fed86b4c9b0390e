"""Headings that people wrote freely lead to one section each; what a heading does not say it does not become."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.vocabularies import SECTIONS
from medai_assets.text.headings import page_section, pubmed_section


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("Immediate action required: Call 999 or go to A&E if:", "care_emergency"),
        ("GO TO A&E", "care_emergency"),
        ("Emergency warning signs in children", "care_emergency"),
        ("Dial 911 right away", "care_emergency"),
        ("Warning signs of a stroke", "care_emergency"),
        ("Urgent advice: Ask for an urgent GP appointment or get help from NHS 111 if:", "care_urgent"),
        ("Call 111 if:", "care_urgent"),
        ("Non-urgent advice: See a GP if:", "care_non_urgent"),
        ("Non‑urgent advice: See a GP if:", "care_non_urgent"),
        ("When to see a doctor", "care_non_urgent"),
        ("When to seek medical care", "care_non_urgent"),
        ("Talk to your healthcare provider", "care_non_urgent"),
        ("A pharmacist can help with cold sores", "care_pharmacist"),
        ("Things you can do to ease a cough", "self_care"),
        ("How to treat a nosebleed yourself", "self_care"),
        ("Side effects of amoxicillin", "adverse_reactions"),
        ("Taking ibuprofen with other painkillers", "interactions"),
        ("If you take too much", "overdose"),
        ("Who can and cannot take ibuprofen", "contraindications"),
        ("How and when to take it", "dosage"),
        ("Signs and symptoms", "symptoms"),
        ("Causes of gout", "causes"),
        ("Complications", "complications"),
        ("Who is at risk", "risk_factors"),
        ("Vaccination", "prevention"),
        ("Tests for coeliac disease", "diagnosis"),
        ("Getting tested", "diagnosis"),
        ("Treatment for gout", "treatment"),
        ("How long does flu last?", "outlook"),
        ("How to store insulin", "storage"),
        ("Latest data", "frequency"),
        ("Pregnancy", "pregnancy"),
        ("About coeliac disease", "overview"),
        ("Types of stroke", "overview"),
        ("Emergency contraception", None),
        ("Contact us", None),
        ("", None),
    ],
)  # fmt: skip
def test_headings_of_public_pages(heading: str, section: str | None) -> None:
    assert page_section(heading) == section


@pytest.mark.parametrize(
    ("label", "category", "section"),
    [
        (None, None, "abstract"),
        ("", "", "abstract"),
        ("XYZZY", None, None),
        (None, "XYZZY", None),
        ("Whatever it says", "METHODS", "methods"),
        ("whatever it says", "results", "results"),
        ("DESIGN, SETTING, AND PARTICIPANTS", "UNASSIGNED", "methods"),
        ("MAIN OUTCOMES AND MEASURES", None, "methods"),
        ("CONCLUSIONS AND RELEVANCE", None, "conclusions"),
        ("METHODS AND RESULTS", None, "results"),
        ("TRIAL REGISTRATION NUMBER", None, "other"),
        ("Funding", None, "other"),
        ("IMPORTANCE", None, "background"),
        ("AIM", None, "objective"),
        ("PATIENT CONCERNS", None, "results"),
        ("PATIENTS", None, "methods"),
        ("TAKE-HOME MESSAGE", None, "conclusions"),
        ("WHAT IS KNOWN AND OBJECTIVE", None, "objective"),
        ("Discussion", None, "conclusions"),
    ],
)
def test_labels_of_abstracts(label: str | None, category: str | None, section: str | None) -> None:
    assert pubmed_section(label, category) == section


@given(st.text(max_size=60), st.none() | st.text(max_size=12))
def test_any_heading_leads_into_the_vocabulary_or_nowhere(text: str, category: str | None) -> None:
    assert page_section(text) in {*SECTIONS, None}
    assert pubmed_section(text, category) in {*SECTIONS, None}


@pytest.mark.parametrize(
    "unit", ["how ", "treat ", "who can ", "when ", "keep ", "facts about ", "call your doctor "]
)
def test_a_heading_of_any_length_takes_no_hour(unit: str) -> None:
    """A pattern with a gap in it takes the square of what it looks at."""
    begun = time.process_time()
    page_section(unit * 40_000)
    assert time.process_time() - begun < 20
