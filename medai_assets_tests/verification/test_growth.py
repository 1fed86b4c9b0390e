"""Patterns that once took the square of their text, or worse: ``python benchmarks/doubling.py alone`` finds such ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from medai_assets.sources.medquad import parse
from medai_assets.verification import harmless, question_fits, question_is_natural, running_on, whole
from medai_assets.verification.says_something import _BOILERPLATE
from medai_assets.verification.section_asked import asked_for

LONGEST = 3.0  # seconds of processor time; a square takes above twelve
CHARACTERS = 1 << 17


@pytest.mark.parametrize(
    ("read", "before", "unit", "after"),
    [
        pytest.param(running_on._lost_marks, "", ":  ", "\n!", id="leads of lists"),
        pytest.param(asked_for, "", "how often ", "!", id="questions"),
        pytest.param(whole._DOUBLED.search, "(", " ", "!", id="blanks in a bracket"),
        pytest.param(whole._CREDIT.search, "", "a NLM: a ", ".", id="credits"),
        pytest.param(question_is_natural._list, "", "behind ", "!", id="enumerations"),
        pytest.param(_BOILERPLATE.search, "", "tell your doctor a ", "!", id="advice"),
        pytest.param(question_fits._ASKS_WHAT_IT_IS.search, "", "tell me what a are!", "", id="descriptions"),
        pytest.param(harmless.harm, "bleach ", "swabbing off your area with a ", "", id="asides"),
        pytest.param(parse._answer, "", "See the aaa section for links a ", "", id="pointers"),
        pytest.param(
            parse._answer, "Signs and Symptoms Approximate number of patients (when available) ", "a ", "", id="signs"
        ),
    ],
)  # fmt: skip
def test_a_text_of_many_beginnings_takes_time_in_proportion(
    read: Callable[[str], Any], before: str, unit: str, after: str
) -> None:
    text = before + unit * (CHARACTERS // len(unit)) + after
    begun = time.thread_time()
    read(text)
    assert time.thread_time() - begun < LONGEST
