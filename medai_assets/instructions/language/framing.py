"""The fixed sentences that this project puts around a source's words, and the numbers to call, by country.

What belongs here: every sentence of an answer that is not the source's own. They state a level of care that the source
names, say whom to call, or say where the words come from; none states a medical fact about a drug or a disease. Each
example lists those it uses (``labels.framing``), and the rest of its answer is checked to stand in its passages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medai_assets.foundation.vocabularies import TRIAGE_LEVELS

SYSTEM = (
    "You are a careful health information assistant. Answer from reliable medical sources in plain words. "
    "You do not diagnose or prescribe. Say clearly when to see a doctor or call emergency services, "
    "and decline requests that could cause harm."
)

# In whose words authored text is told; a country without words of its own has the neutral ones.
Words = Literal["US", "GB", "neutral"]
NEUTRAL = "NEUTRAL"  # the setting for texts that name no country's numbers

LEVEL_NAMES = dict(zip(TRIAGE_LEVELS, ("Self-care", "Primary care", "Urgent", "Emergency"), strict=True))
# What the NHS itself writes over such a card (service-manual.nhs.uk, care cards); nobody frightened knows "primary care".
_NAMES_IN = {"GB": {"primary_care": "Non-urgent advice"}}


@dataclass(frozen=True)
class Country:
    """Whom to call where.

    Sources of the numbers: US 911, Poison Help (poisonhelp.hrsa.gov) and 988 (988lifeline.org); GB 999, NHS 111 (nhs.uk)
    and Samaritans (samaritans.org); IE 112, 01 809 2166 (poisons.ie) and Samaritans; CA 911, 1-844-764-7669
    (infopoison.ca) and 9-8-8 (988.ca); AU 000, 13 11 26 (poisonsinfo.nsw.gov.au) and Lifeline (lifeline.org.au); NZ 111,
    0800 764 766 (poisons.co.nz) and 1737 (1737.org.nz).

    Attributes:
        emergency: the number of the ambulance.
        poison_line: whom to call about poisoning, as it stands after "call".
        crisis_line: whom to call in a crisis of the mind, as it stands after "call".
        urgent_place: who gives advice on the same day.
        emergency_place: where emergencies go to.
        appointment: with whom one makes an appointment.
        words: in whose words the authored texts are told.
    """

    emergency: str
    poison_line: str
    crisis_line: str
    urgent_place: str = "a doctor or an urgent care clinic"
    emergency_place: str = "an emergency department"
    appointment: str = "a doctor"
    words: Words = "neutral"

    @property
    def slots(self) -> dict[str, str]:
        """What stands for the placeholders of authored texts."""
        return {
            "emergency_number": self.emergency,
            "poison_line": self.poison_line,
            "crisis_line": self.crisis_line,
        }


COUNTRIES = {
    "US": Country("911", "Poison Help at 1-800-222-1222", "988 (Suicide and Crisis Lifeline)", words="US"),
    "CA": Country("911", "the poison centre at 1-844-764-7669", "988 (Suicide Crisis Helpline)"),
    "GB": Country("999", "NHS 111", "Samaritans on 116 123", "your GP surgery or NHS 111", "A&E", "your GP surgery", "GB"),
    "IE": Country("112", "the poisons line on 01 809 2166", "Samaritans on 116 123", "a GP or an out-of-hours GP service"),
    "AU": Country("000", "the Poisons Information Centre on 13 11 26", "Lifeline on 13 11 14", "a GP or an urgent care clinic"),
    "NZ": Country("111", "the Poisons Centre on 0800 764 766", "1737", "a GP or an urgent care clinic"),
    NEUTRAL: Country(
        "your local emergency number", "your local poison centre", "a local crisis line",
        "a doctor or an out-of-hours medical service",
    ),
}  # fmt: skip


COUNTRY_NAMES = {"GB": "United Kingdom", "US": "United States"}


def country(code: str) -> Country:
    """The country's numbers.

    Raises:
        ValueError: the country is not in the table.
    """
    try:
        return COUNTRIES[code.upper()]
    except KeyError:
        raise ValueError(
            f"no emergency numbers for the country {code!r}; known: {', '.join(COUNTRIES)}"
        ) from None


def level_name(level: str, country_code: str | None = None) -> str:
    """What a level of care is called, as publishers of that country call it on their pages."""
    return _NAMES_IN.get(country_code or "", {}).get(level, LEVEL_NAMES[level])


def level_line(level: str, place: Country) -> str:
    """The first line of a triage answer: the level's name, then whom to turn to."""
    action = {
        "emergency": f"call {place.emergency} or go to {place.emergency_place} now.",
        "urgent": f"get medical advice today, from {place.urgent_place}.",
        "primary_care": f"make an appointment with {place.appointment} or another health professional.",
        "self_care": "this can usually be looked after at home, with a pharmacist's advice where needed.",
    }[level]
    return f"{LEVEL_NAMES[level]}: {action}"


def overdose_line(place: Country) -> str:
    """The first sentences after a possible overdose: the ambulance for whoever is unwell, then the poison line.

    As poison centres advise (https://poisonhelp.hrsa.gov, https://www.nhs.uk/conditions/poisoning/).
    """
    return (
        f"Call {place.emergency} now if the person has collapsed, has a seizure, has trouble breathing or cannot be "
        f"woken. Otherwise call {place.poison_line} right away, even if there are no symptoms."
    )
