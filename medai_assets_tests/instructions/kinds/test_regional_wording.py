"""Every authored text in every country: no other country's number or word, the same level, the same lines to call.

The lists of words below are not those of ``elsewhere.yaml``: they say what a reader of another country must not meet.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter

import orjson
import pytest

from medai_assets.instructions.kinds.safety_refusal import (
    AUTHORED,
    AuthoredTextInvalid,
    RegionalWordingInvalid,
    _filled,
    _lines,
    authored_rows,
    elsewhere,
    localised,
)
from medai_assets.instructions.language.framing import COUNTRIES, NEUTRAL, Words, level_line, overdose_line
from medai_assets.instructions.scoring.detectors import refuses, sends_to_emergency, triage_level
from medai_assets.verification.framing import NUMBERS, level_of_frame
from medai_assets.verification.structure import units
from medai_assets.verification.urgency import LEVELS, level_of

AMERICAN = re.compile(
    r"\b(?:ERs?|FDA|DEA|CDC|VA|EEOC|DOT|FAA|NABP|IEP|504|HRSA|WIC|U\.?S\.?|HIPAA|SAMHSA|Schedule I+"
    r"|(?i:emergency rooms?|urgent care|retail clinics?|doctor's office|nurse line|medicare|medicaid|copays?|federally"
    r"|health departments?|planned parenthood|take-back|americans?|united states|at cvs|dot physical|basicmed|besaferx|utah"
    r"|title x|(?:your|every|most|many|some|all) states?|state (?:law|board|database|registry|form)|attorney|refills?"
    r"|acetaminophen|albuterol|tylenol|nyquil|benadryl|motrin|advil|rhogam|ipledge|accutane|poison help|poison control"
    r"|quitlines?|pediatric\w*|dollars?|\d-ounce|pounds|\d+ ?lbs|\d (?:inches|feet)|findtreatment|nyc|tijuana|rattlesnake"
    r"|adult protective|certified clinics?|long-term care ombudsman|a1c|rifampin|adderall|aleve|ambien|dilaudid|dramamine"
    r"|excedrin|klonopin|miralax|paxil|pedialyte|percocet|toradol|vicodin|vyvanse|z-?pac?k|zoloft|zofran|zyrtec))\b|\$"
    r"|(?<![(\d.])\d[\d.]*°F|\b\d+ mg/dL(?!\))"  # a unit that is used alone
)
# What a reader in the United Kingdom would not say, though others may.
UNBRITISH = re.compile(
    r"(?i:\b(?:royal university|providers?|diapers?|crib|pacifier|afterward|roommates?|caregivers?|rescue inhaler|hotline"
    r"|public defender|medical examiner|allergist|respiratory therapists?|physical therap\w+|athletic trainer|charge nurse"
    r"|attending|checkup|expiration|postpartum|preeclampsia|apnea|licorice|math|mom|moms|candy|pantry|stores|telehealth"
    r"|water pills?|nitroglycerin|prednisone|glipizide|norepinephrine|cephalexin|traveling|nighttime|\w*(?<!a)emia|\w+rrhea"
    r"|(?!seiz|siz)\w+iz(?:e[ds]?|ing|ations?|ers?)|\w+yz(?:e[ds]?|ing)|(?:the|an) A&E(?= (?:now|if|for)|[.,;]))\b)|°F|g/dL"
)
BRITISH = re.compile(
    r"\b(?:A ?& ?E|NHS|GPs?|GOV\.UK|UK|DVLA|DVA|MHRA|Samaritans|Acas|Frank|Citizens Advice|England|Scotland|Wales|adrenaline"
    r"|Blue Badge|paracetamol|salbutamol|council|antenatal|StepChange|General Pharmaceutical|Op Courage|BPAS|Cafcass|UKHSA"
    r"|(?i:piriton|anadin|calpol|joy-rides|kwells|dioralyte|movicol|elvanse|zirtek|night nurse))\b|£"
)
OF_SOME_COUNTRIES = re.compile(r"(?i)\bpepto\S*")  # sold in the United States and the United Kingdom

# Neutral words take the international name of a medicine, which is also the British one.
INTERNATIONAL = re.compile(r"\b(?:paracetamol|salbutamol)\b")
NUMERALS = re.compile(
    r"(?<![\d,])(?:911|988|999|111|112|000|1737)\b|\b116 123\b|\b1-8\d\d-[\d-]+|\b13 1[14] \d\d\b|\b0\d[\d ]{6,}\d\b"
)


@cache
def rows(code: str) -> dict[str, tuple[str, str, bool]]:
    """Prompt, completion and whether it is harmful, by id, of a country."""
    found = {}
    for _, row in authored_rows(COUNTRIES[code]):
        labels = orjson.loads(row["labels"])
        found[labels["authored_id"]] = (row["prompt"], row["completion"], labels["harmful"])
    return found


def foreign_words(text: str, words: Words) -> list[str]:
    found = []
    if words != "US":
        found += AMERICAN.findall(text)
    if words == "GB":
        found += UNBRITISH.findall(text)
    if words == "neutral":
        found += OF_SOME_COUNTRIES.findall(text)
    if words != "GB":
        found += BRITISH.findall(INTERNATIONAL.sub("", text) if words == "neutral" else text)
    return found


@pytest.mark.parametrize("code", ["US", "GB", NEUTRAL])  # all others are told in the words of the last
def test_no_text_has_a_word_of_another_country(code: str) -> None:
    place = COUNTRIES[code]
    own = [place.emergency, place.poison_line, place.crisis_line]
    faults = []
    for name, (prompt, completion, _) in rows(code).items():
        for line in own:
            completion = completion.replace(line, "")
        faults += [(name, word) for word in foreign_words(f"{prompt}\n{completion}", place.words)]
    assert faults == []


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_every_number_is_one_of_the_country(code: str) -> None:
    own = NUMBERS.get(code, set())
    texts = [completion for _, completion, _ in rows(code).values()]
    texts += [
        level_line(level, COUNTRIES[code]) for level in ("emergency", "urgent", "primary_care", "self_care")
    ]
    texts.append(overdose_line(COUNTRIES[code]))
    met = Counter(n for text in texts for n in NUMERALS.findall(text))
    assert set(met) <= own
    assert bool(met) == (code != NEUTRAL)


@pytest.mark.parametrize(
    "text",
    ["Call the ER.", "The FDA says so.", "In many states it is.", "Take Tylenol.", "ask a health department",
     "my adderall", "fever of 101°F", "if it is below 70 mg/dL", "i weigh 300lbs", "2 to 3 inches above"],
)  # fmt: skip
def test_the_american_words_are_seen(text: str) -> None:
    assert foreign_words(text, "GB")
    assert foreign_words(text, "neutral")
    assert not foreign_words(text, "US")


@pytest.mark.parametrize(
    "text",
    ["Ask your provider.", "It means the A&E now.", "The Royal university of Nursing helps.", "anemia", "Recognize it.",
     "38°C (100.4°F)", "12 g/dL (120 g/L)"],
)  # fmt: skip
def test_what_a_briton_would_not_say_is_seen(text: str) -> None:
    assert foreign_words(text, "GB")
    assert "A&E" in text or not foreign_words(text, "neutral")


@pytest.mark.parametrize("text", ["Go to A&E.", "Ask your GP.", "The NHS pays.", "Tell the DVLA."])
def test_the_british_words_are_seen(text: str) -> None:
    assert foreign_words(text, "US")
    assert foreign_words(text, "neutral")
    assert not foreign_words(text, "GB")


@pytest.mark.parametrize("words", ["GB", "neutral"])
def test_each_variant_says_the_same_level(words: Words) -> None:
    """Of the words alone: all with the numbers of one country, whose calls every detector knows."""
    differ = []
    for line in _lines(AUTHORED):
        texts = [
            localised(line["id"], line["prompt"], line["completion"], w, AUTHORED)[1] for w in ("US", words)
        ]
        filled = [_filled(text, line["id"], COUNTRIES["US"]) for text in texts]
        said = [(line["harmful"] and refuses(t), sends_to_emergency(t), _highest(t)) for t in filled]
        if said[0] != said[1]:
            differ.append((line["id"], *said))
    assert [told_level for told_level in differ if told_level[0] not in OF_PLACES_AND_SUPPLIES] == []


# Read one by one: they give no advice on whom to call, and name emergency departments, emergency supplies or an
# ambulance's cost as places and things, which the detector takes for a level.
OF_PLACES_AND_SUPPLIES = {
    "forged-documents-004-twin", "forged-documents-011-twin", "forged-documents-018-twin", "forged-documents-019-twin",
    "obtaining-controlled-drugs-008-twin", "obtaining-controlled-drugs-012", "obtaining-controlled-drugs-014-twin",
    "obtaining-controlled-drugs-015-twin", "pregnancy-unapproved-remedy-018-twin",
}  # fmt: skip


# In the United Kingdom these go to hospital at once; the public has no poisons line to call on the way.
STRAIGHT_TO_HOSPITAL = {
    "dose-beyond-label-005", "lethal-dose-003-twin", "lethal-dose-013-twin", "replacing-emergency-care-002",
    "replacing-emergency-care-002-twin", "replacing-emergency-care-019",
}  # fmt: skip


def _highest(text: str) -> str:
    """The highest level that a sentence states; where one may go for an urgent case is a place and no level."""
    plain = _PLACES.sub("a clinic", text.replace("s urgent care", "s urgent medical help"))
    found = [level_of(unit.text) for unit in units(plain)]
    return max((level if level != "routine" else "" for level in found), key=LEVELS.index, default="")


_PLACES = re.compile(r"\burgent care\b(?: center| clinic)?", re.IGNORECASE)


def test_each_variant_keeps_every_line_to_call_and_its_length() -> None:
    for line in _lines(AUTHORED):
        variants = [
            localised(line["id"], line["prompt"], line["completion"], words, AUTHORED)
            for words in ("US", "GB", "neutral")
        ]
        slots = [
            [name for _, name, _, _ in Formatter().parse(completion) if name] for _, completion in variants
        ]
        for variant in slots[1:]:
            lost = set(Counter(slots[0]) - Counter(variant))
            assert lost == (
                {"poison_line"} if variant is slots[1] and line["id"] in STRAIGHT_TO_HOSPITAL else set()
            )
            assert set(variant) <= set(slots[0]), line["id"]
        for _, completion in variants:
            assert 35 <= len(completion.split()) <= 100, line["id"]
            assert re.search(r"[.!?]$", completion), line["id"]
            assert "  " not in completion, line["id"]
            assert not line["harmful"] or not re.search(r"\d", re.sub(r"NHS 111|\{\w+\}", "", completion)), (
                line["id"]
            )


def test_a_variant_tells_no_two_lines_alike() -> None:
    for code in ("GB", NEUTRAL):
        for at in (0, 1):
            texts = Counter(row[at].lower() for row in rows(code).values())
            assert [text for text, count in texts.items() if count > 1] == []


def test_the_american_text_is_told_as_it_is_written() -> None:
    for line in _lines(AUTHORED):
        assert localised(line["id"], line["prompt"], line["completion"], "US", AUTHORED) == (
            line["prompt"],
            line["completion"],
        )


def test_every_changed_word_stands_in_a_text() -> None:
    texts = "\n".join(f"{line['prompt']}\n{line['completion']}" for line in _lines(AUTHORED))
    met = {found[0].lower() for found in elsewhere(AUTHORED).pattern.finditer(texts)}
    assert set(elsewhere(AUTHORED).words) - met == set()


def test_words_keep_their_capital_only_where_a_sentence_begins() -> None:
    said = localised(
        "x", "Is Tylenol safe? Diarrhea?", "SAMHSA's helpline knows. Ask it about Benadryl.", "GB", AUTHORED
    )
    assert said == (
        "Is paracetamol safe? Diarrhoea?",
        "The Frank helpline knows. Ask it about diphenhydramine.",
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("lines:\n  a-1:\n  - [nowhere, here]\nwords:\n- [a, b]\n", "0 times"),
        ("lines:\n  b-9:\n  - [x, y]\nwords:\n- [a, b]\n", "b-9"),
        ("lines:\n  a-1:\n  - [x]\nwords:\n- [a, b]\n", "a change is"),
        ("lines:\n  a-1: []\nwords:\n- [a, 7]\n", "a change is"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_by_name(text: str, complaint: str, tmp_path: Path) -> None:
    line = {"id": "a-1", "category": "c", "harmful": True, "twin_of": None, "prompt": "p", "completion": "c"}
    (tmp_path / "c.jsonl").write_bytes(orjson.dumps(line))
    (tmp_path / "elsewhere.yaml").write_text(text)
    with pytest.raises((RegionalWordingInvalid, AuthoredTextInvalid), match=complaint):
        list(authored_rows(COUNTRIES["GB"], tmp_path))


@pytest.mark.parametrize(
    ("code", "level"), product(sorted(COUNTRIES), ("emergency", "urgent", "primary_care", "self_care"))
)
def test_a_level_is_read_from_the_words_of_every_country(code: str, level: str) -> None:
    line = level_line(level, COUNTRIES[code])
    assert level_of_frame(line) == level
    assert triage_level(line) == level
    assert sends_to_emergency(overdose_line(COUNTRIES[code]))
