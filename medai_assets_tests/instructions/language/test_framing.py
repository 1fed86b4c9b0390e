"""Framing: each country's own numbers in every line that names one, and a level that reads as that level."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from medai_assets.foundation.vocabularies import TRIAGE_LEVELS
from medai_assets.instructions.language.framing import (
    COUNTRIES,
    COUNTRY_NAMES,
    LEVEL_NAMES,
    NEUTRAL,
    SYSTEM,
    Country,
    country,
    level_line,
    overdose_line,
)
from medai_assets.verification.urgency import level_of

# As the services' own pages state them.
NUMBERS = {
    "US": {"911", "1-800-222-1222", "988"},
    "CA": {"911", "1-844-764-7669", "988"},
    "GB": {"999", "111", "116 123"},
    "IE": {"112", "01 809 2166", "116 123"},
    "AU": {"000", "13 11 26", "13 11 14"},
    "NZ": {"111", "0800 764 766", "1737"},
    NEUTRAL: set(),
}
_NUMBER = re.compile(r"\d[\d -]*\d")


def lines(place: Country) -> list[str]:
    return [
        *(level_line(level, place) for level in TRIAGE_LEVELS),
        overdose_line(place),
        *place.slots.values(),
    ]


@pytest.mark.parametrize("code", COUNTRIES)
def test_no_line_names_a_number_of_another_country(code: str) -> None:
    assert {number for line in lines(country(code)) for number in _NUMBER.findall(line)} == NUMBERS[code]


@pytest.mark.parametrize("code", COUNTRIES)
def test_each_level_reads_as_urgent_as_it_is(code: str) -> None:
    said = {level: level_line(level, country(code)) for level in TRIAGE_LEVELS}
    assert [line.partition(": ")[0] for line in said.values()] == list(LEVEL_NAMES.values())
    assert level_of(said["emergency"], code) == "emergency"
    assert level_of(said["urgent"], code) == "urgent"
    assert level_of(said["primary_care"]) in ("", "routine")
    assert level_of(said["self_care"]) in ("", "routine")


@pytest.mark.parametrize("code", COUNTRIES)
def test_after_an_overdose_the_ambulance_comes_first_and_nobody_waits_for_symptoms(code: str) -> None:
    place = country(code)
    said = overdose_line(place)
    assert 0 < said.index(place.emergency) < said.index(place.poison_line)
    assert "even if there are no symptoms" in said
    assert level_of(said, code) == "emergency"


@pytest.mark.parametrize("code", COUNTRIES)
def test_every_country_says_whom_to_call_for_everything(code: str) -> None:
    place = country(code)
    assert all(getattr(place, one.name).strip() for one in fields(place))
    assert set(place.slots) == {"emergency_number", "poison_line", "crisis_line"}
    assert not any("{" in line for line in lines(place))


def test_a_country_is_found_in_small_letters_too_and_an_unknown_one_is_named() -> None:
    assert country("gb") is country("GB")
    for unknown in ("FR", "", "USA", "UK"):
        with pytest.raises(ValueError, match=f"{unknown!r}; known: US, CA, GB, IE, AU, NZ, NEUTRAL"):
            country(unknown)


def test_an_unknown_level_has_no_line() -> None:
    with pytest.raises(KeyError):
        level_line("soon", country("US"))


def test_only_countries_with_words_of_their_own_are_named_and_the_system_text_names_none() -> None:
    assert set(COUNTRY_NAMES) == {code for code, place in COUNTRIES.items() if place.words != "neutral"}
    assert not _NUMBER.search(SYSTEM)
