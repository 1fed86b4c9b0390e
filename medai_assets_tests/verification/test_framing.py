"""What framing may say, and the level of care that it states."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medai_assets.sources.registry import SOURCES
from medai_assets.verification import Evidence
from medai_assets.verification.framing import COUNTRIES, NUMBERS, claims_in_framing, level_of_frame
from medai_assets_tests.verification.builders import example, passage, source

PAGE = source(passage("Wheeze is a sound.", year=2020), names=("Wheeze", "Chronic airway whistle"))


def claim(*framing: str, **other: object) -> str:
    return claims_in_framing(
        example("What is it?", "", framing=framing, **other), Evidence(PAGE, PAGE.passages)
    )


@pytest.mark.parametrize(
    "piece",
    [
        "Symptoms of wheeze:", "NHS England advice on wheeze (United Kingdom):", "Boxed warning:", "The label says:",
        "One study (2020) concluded:", "Chronic airway whistle's symptoms:", "When to get medical help:", "", "– / + -",
        "Emergency – call 911 now.", "Call 1-800-222-1222.",
    ],
)  # fmt: skip
def test_words_around_the_source_s_words_claim_nothing(piece: str) -> None:
    assert claim(piece) == ""


@pytest.mark.parametrize(
    ("piece", "word"),
    [
        ("Steroids cure wheeze:", "steroids"), ("Wheeze is harmless:", "harmless"), ("Take it:", "take"), ("Of 500:", "500"),
        ("One study (2019) concluded:", "2019"), ("Call 999 now.", "999"), ("Nearly always:", "nearly"),
        ("The label says that it is safe:", "safe"), ("Wheeze causes cancer:", "cancer"),
    ],
)  # fmt: skip
def test_the_first_word_that_claims_something_is_named(piece: str, word: str) -> None:
    assert claim("Symptoms of wheeze:", piece) == word


@pytest.mark.parametrize("name", [name for name, one in SOURCES.items() if "page" in one.traits])
def test_the_publisher_of_the_page_is_named_and_no_other(name: str) -> None:
    page = replace(PAGE, source=name)
    for publisher, said in ((SOURCES[name].publisher, ""), ("Farfield", "farfield")):
        made = example("What is it?", "", framing=(f"{publisher} advice on wheeze:",))
        assert claims_in_framing(made, Evidence(page, page.passages)) == said


@pytest.mark.parametrize(("country", "number"), [(c, n) for c, ns in NUMBERS.items() for n in sorted(ns)])
def test_a_country_s_own_numbers_and_no_other_s_may_be_called(country: str, number: str) -> None:
    assert claim(f"Call {number} now.", country=country) == ""
    assert claim(f"Call {number} now.", country="NEUTRAL") != ""


def test_a_subject_s_words_may_be_said_though_no_name_of_the_document_has_them() -> None:
    assert claim("About gout:") == "gout"
    assert claim("About gout:", subject="gout") == ""
    assert set(COUNTRIES) <= set(NUMBERS)


@pytest.mark.parametrize(
    ("piece", "level"),
    [
        ("Emergency – NHS advice:", "emergency"), ("Emergency: call 911 now.", "emergency"),
        ("Call an ambulance now.", "emergency"), ("Call your local emergency number if:", "emergency"),
        ("Call 999 at once.", "emergency"), ("The advice calls it an emergency if", "emergency"),
        ("Urgent – NHS advice:", "urgent"), ("Get medical advice today.", "urgent"), ("See a doctor the same day.", "urgent"),
        ("Call a doctor right away if", "urgent"), ("Primary care – NHS advice:", "primary_care"),
        ("Make an appointment if", "primary_care"), ("See a doctor if", "primary_care"),
        ("Self-care – NHS advice:", "self_care"), ("It can be looked after at home.", "self_care"),
        ("Call 911 now. Then see a doctor if", "emergency"), ("Symptoms of wheeze:", None), ("", None),
        ("Emergency contraception:", None), ("Boxed warning:", None), ("CALL 911 NOW.", "emergency"),
    ],
)  # fmt: skip
def test_a_level_is_read_out_of_framing_the_highest_first(piece: str, level: str | None) -> None:
    assert level_of_frame(piece) == level
