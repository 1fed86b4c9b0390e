"""What the authored safety pairs promise: refusals that refuse, twins that answer, and no line twice.

Each harmful request under `medai_assets/instructions/kinds/authored/` has a harmless twin on the same topic, so that
a model learns to tell the two apart rather than to refuse medicine.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import TypedDict

import pytest

import medai_assets.instructions.kinds as kinds

FOLDER = Path(kinds.__file__).parent / "authored"
FIELDS = ["id", "category", "harmful", "twin_of", "prompt", "completion"]
PLACEHOLDERS = {"emergency_number", "crisis_line", "poison_line"}
CATEGORIES = {
    "prescription_of_another", "lethal_dose", "self_harm_means", "forged_documents",
    "stopping_treatment_unseen", "certain_diagnosis_by_chat", "dose_beyond_label", "unsafe_combination",
    "obtaining_controlled_drugs", "child_dosing_without_weight_or_age", "pregnancy_unapproved_remedy",
    "replacing_emergency_care", "unproven_cure", "antibiotic_misuse", "hiding_symptoms_from_clinician",
    "tampering_with_devices_or_tests", "harming_another_with_medicine",
}  # fmt: skip
LEAST_PER_CATEGORY = 19
LEAST_PAIRS = 320

# A refusal speaks in the first person and says no to the act; advice such as "if he cannot swallow" does not.
_REFUSAL = re.compile(
    r"\bI (?:really |just |also )?(?:can't|cannot|won't|will not|don't agree|do mind)\b"
    r"|\bI(?:'m| am) (?:not (?:going|able)|unable|going to say no)\b"
    r"|\bisn't something I can do\b|\bsomething I won't do\b|\bplease don't\b",
    re.IGNORECASE,
)
_POISON = re.compile(r"\bpoison(?:ing|ed)? control\b|\boverdose\b|\bswallowed\b", re.IGNORECASE)


class Row(TypedDict):
    """One line of an authored file."""

    id: str
    category: str
    harmful: bool
    twin_of: str | None
    prompt: str
    completion: str


def _read() -> list[Row]:
    return [
        json.loads(line)
        for path in sorted(FOLDER.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


ROWS = _read()
HARMFUL = [row for row in ROWS if row["harmful"]]
TWINS = [row for row in ROWS if not row["harmful"]]


def refuses(completion: str) -> bool:
    """Whether an answer says no in its first sentence, or right after a first sentence that calls for help."""
    first, *rest = re.split(r"(?<=[.!?])\s+", completion)
    opening = f"{first} {rest[0]}" if rest and "{emergency_number}" in first else first
    return _REFUSAL.search(opening) is not None


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_'{}]+", text.lower())


def _five_grams(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _closest_pairs(rows: list[Row]) -> list[tuple[float, str, str]]:
    """Pairs that share any word 5-gram, with the share of the shorter completion's 5-grams."""
    grams = {row["id"]: _five_grams(row["completion"]) for row in rows}
    holders: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, found in grams.items():
        for gram in found:
            holders[gram].append(key)
    shared = Counter(
        (first, second)
        for keys in holders.values()
        for at, first in enumerate(keys)
        for second in keys[at + 1 :]
    )
    return sorted(
        ((count / min(len(grams[a]), len(grams[b])), a, b) for (a, b), count in shared.items()), reverse=True
    )


@pytest.mark.parametrize(
    "text",
    [
        "I can't help with that. Ask a pharmacist.",
        "No, I won't explain how. A doctor can help.",
        "I'm not able to give a number. Call your clinic.",
        "That is a kind thought, but I won't go along with it.",
        "Please don't take them; ask today.",
        "If she is blue, call {emergency_number} now. I can't give a dose for that.",
    ],
)
def test_the_detector_sees_a_refusal(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "No, don't double up. Take your next dose at the usual time.",
        "If he cannot swallow, put nothing in his mouth. Call {emergency_number}.",
        "Yes. People who can't take it have other choices.",
        "The label allows two tablets. Do not take more.",
        "Take two now. I won't say more than that.",
    ],
)
def test_the_detector_does_not_take_advice_for_a_refusal(text: str) -> None:
    assert not refuses(text)


def test_there_are_at_least_320_harmful_requests_and_as_many_twins() -> None:
    assert len(HARMFUL) >= LEAST_PAIRS
    assert len(TWINS) == len(HARMFUL)


def test_every_stated_category_has_its_share() -> None:
    counts = Counter(row["category"] for row in HARMFUL)
    assert set(counts) == CATEGORIES
    assert min(counts.values()) >= LEAST_PER_CATEGORY


def test_a_file_holds_one_category_under_its_own_name() -> None:
    for path in FOLDER.glob("*.jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert {row["category"] for row in rows} == {path.stem}
        assert all(list(row) == FIELDS for row in rows)


def test_identifiers_are_unique_slugs_of_their_category() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        slug = row["category"].replace("_", "-")
        assert re.fullmatch(rf"{slug}-\d{{3}}(-twin)?", row["id"])


def test_every_harmful_request_has_exactly_one_twin_in_its_category() -> None:
    harmful = {row["id"]: row for row in HARMFUL}
    assert all(row["twin_of"] is None for row in HARMFUL)
    assert sorted(str(row["twin_of"]) for row in TWINS) == sorted(harmful)
    for row in TWINS:
        assert harmful[str(row["twin_of"])]["category"] == row["category"]


def test_prompts_and_completions_are_distinct() -> None:
    for field in ("prompt", "completion"):
        texts = [" ".join(_words(str(dict(row)[field]))) for row in ROWS]
        assert len(set(texts)) == len(texts)


def test_no_two_completions_share_more_than_sixty_percent_of_their_five_grams() -> None:
    assert [pair for pair in _closest_pairs(ROWS) if pair[0] > 0.6] == []


def test_refusals_do_not_repeat_a_template() -> None:
    openings = Counter(" ".join(_words(row["completion"])[:6]) for row in HARMFUL)
    assert openings.most_common(1)[0][1] <= 4


def test_lengths_are_those_of_a_request_and_of_a_short_answer() -> None:
    for row in ROWS:
        assert 3 <= len(row["prompt"].split()) <= 60, row["id"]
        longest = 90 if row["harmful"] else 100
        assert 40 <= len(row["completion"].split()) <= longest, row["id"]


def test_placeholders_are_known_and_stand_only_in_completions() -> None:
    assert set(chain.from_iterable(_placeholders(row["completion"]) for row in ROWS)) == PLACEHOLDERS
    assert all(_placeholders(row["prompt"]) == set() for row in ROWS)


def test_no_sentence_starts_with_a_placeholder_whose_value_may_be_a_small_letter() -> None:
    start = re.compile(r"(?:^|[.!?]['\"]? )\{")
    assert [row["id"] for row in ROWS if start.search(row["completion"])] == []


def test_no_completion_carries_one_country_s_number() -> None:
    numbers = re.compile(r"\b(?:911|999|112|988|111)\b|\b\d{3}-\d{3}-\d{4}\b|1-800")
    assert [row["id"] for row in ROWS if numbers.search(row["completion"])] == []


def test_harmful_requests_are_refused_at_once() -> None:
    assert [row["id"] for row in HARMFUL if not refuses(row["completion"])] == []


def test_twins_are_answered_without_a_refusal_anywhere() -> None:
    assert [row["id"] for row in TWINS if _REFUSAL.search(row["completion"])] == []


def test_a_refusal_states_no_amount() -> None:
    assert [row["id"] for row in HARMFUL if re.search(r"\d", row["completion"])] == []


def test_self_harm_and_lethal_dose_completions_name_a_line() -> None:
    rows = [row for row in ROWS if row["category"] in {"self_harm_means", "lethal_dose"}]
    assert [row["id"] for row in rows if not _placeholders(row["completion"])] == []


def test_refusals_that_speak_of_poisoning_name_a_line() -> None:
    rows = [row for row in HARMFUL if _POISON.search(row["completion"])]
    assert rows
    assert [row["id"] for row in rows if not _placeholders(row["completion"])] == []


def test_texts_are_complete_and_in_plain_characters() -> None:
    for row in ROWS:
        assert re.search(r"[.!?]$", row["completion"]), row["id"]
        assert row["prompt"] == row["prompt"].strip()
        assert "  " not in row["prompt"] + row["completion"], row["id"]
        assert not re.search(
            r"[\u2018\u2019\u201c\u201d\u2013\u2014\u00a0]", row["prompt"] + row["completion"]
        )
