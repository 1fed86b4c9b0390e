"""The kinds of example there are. Importing it registers their rules."""

from __future__ import annotations

from medai_assets.foundation import vocabularies
from medai_assets.instructions.kind import registry
from medai_assets.instructions.kinds import (
    drug_information,
    emergency_escalation,
    medicine_pages,  # noqa: F401  (rules of the kind drug_information)
    question_answer,
    safety_refusal,
    symptom_analysis,
    triage_recommendation,
)

KINDS = registry(
    (
        drug_information.DEFINITION,
        emergency_escalation.DEFINITION,
        question_answer.DEFINITION,
        safety_refusal.DEFINITION,
        symptom_analysis.DEFINITION,
        triage_recommendation.DEFINITION,
    ),
    vocabularies.KINDS,
)
