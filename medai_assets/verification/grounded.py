"""*grounded*: every word, figure, unit and name outside of the declared framing stands in the named passages, in order.

Framing may not carry a claim either: its words come from a short list of what the project says around a source (whom to
call, where the words come from), the names of the subject, and the numbers of the country's services.
"""

from __future__ import annotations

from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.framing import claims_in_framing

NAME = "grounded"


def grounded(example: Example, evidence: Evidence) -> Finding | None:
    """The answer says what its passages say, and nothing else but framing."""
    laid = align(example, evidence)
    if laid.missing:
        return Finding(NAME, f"declared framing is not in the answer: {laid.missing[0]!r}")
    if not laid.units:
        return Finding(NAME, "nothing in the answer is the source's")
    stray = next((u.unit.text for u in laid.units if not u.is_grounded), None)
    if stray is not None:
        return Finding(NAME, f"the passages do not say: {stray[:160]!r}")
    claim = claims_in_framing(example, evidence)
    return Finding(NAME, f"framing says what no source says: {claim}") if claim else None
