"""The list of all properties of one example, in the order in which they are proved."""

from __future__ import annotations

from collections.abc import Callable

from medai_assets.verification.abbreviations_told import abbreviations_told
from medai_assets.verification.care_whole import care_whole
from medai_assets.verification.conditions_kept import conditions_kept
from medai_assets.verification.data_agree import data_agree
from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.form_named import form_named
from medai_assets.verification.grounded import grounded
from medai_assets.verification.harmless import harmless
from medai_assets.verification.no_false_alarm import no_false_alarm
from medai_assets.verification.nothing_kept_back import nothing_kept_back
from medai_assets.verification.numbers_sound import numbers_sound
from medai_assets.verification.product_is_medicine import product_is_medicine
from medai_assets.verification.question_fits import question_fits
from medai_assets.verification.question_is_natural import question_is_natural
from medai_assets.verification.safety_kept import safety_kept
from medai_assets.verification.said_once import said_once
from medai_assets.verification.section_whole import section_whole
from medai_assets.verification.speaks_to_no_model import speaks_to_no_model
from medai_assets.verification.study_scope import study_scope
from medai_assets.verification.subject_certain import subject_certain
from medai_assets.verification.urgency_kept import urgency_kept
from medai_assets.verification.whole import whole

Property = Callable[[Example, Evidence], Finding | None]

PROPERTIES: dict[str, Property] = {
    "speaks_to_no_model": speaks_to_no_model,
    "harmless": harmless,
    "product_is_medicine": product_is_medicine,
    "subject_certain": subject_certain,
    "form_named": form_named,
    "section_whole": section_whole,
    "data_agree": data_agree,
    "grounded": grounded,
    "numbers_sound": numbers_sound,
    "whole": whole,
    "conditions_kept": conditions_kept,
    "safety_kept": safety_kept,
    "nothing_kept_back": nothing_kept_back,
    "urgency_kept": urgency_kept,
    "care_whole": care_whole,
    "no_false_alarm": no_false_alarm,
    "question_fits": question_fits,
    "study_scope": study_scope,
    "said_once": said_once,
    "abbreviations_told": abbreviations_told,
    "question_is_natural": question_is_natural,
}
# What a person wrote has no source to be held against; it still has to be whole.
OF_AUTHORED = ("whole",)


def verify(example: Example, evidence: Evidence) -> list[Finding]:
    """Every property that the example fails, in the order of ``PROPERTIES``; empty where all are proved.

    ``not_said_twice`` is asked of a whole set (not_said_twice.py).
    """
    asked = OF_AUTHORED if example.authored else PROPERTIES
    return [found for name in asked if (found := PROPERTIES[name](example, evidence))]
