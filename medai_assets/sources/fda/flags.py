"""What is special about a drug label: marks that decide later what it may be used for.

What belongs here: the five marks and the signs they are recognised by. Nothing is dropped here; the corpus room decides.

- ``homeopathic``: not evaluated by FDA, and its "indications" are no evidence.
- ``unapproved``: marketed without an approved application or a monograph.
- ``repackager``: another firm's product in new packaging, so nearly the same text as the original's label.
- ``tamper_notice``: what stands in ``boxed_warning`` is about the seal of the package, not a boxed warning.
- ``eua``: authorised for an emergency: examined, but not approved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from medai_assets.sources.fda.labels import Head, value_of

# Numbers of an approved application, and of an over-the-counter monograph (21 CFR part 341; M012 since 2020).
_APPROVED = ("NDA", "ANDA", "BLA")
# HPUS: Homeopathic Pharmacopoeia of the United States.
_HOMEOPATHIC = b"homeopathic", b"homoeopathic", b"hpus"
# FDA asks for this sentence on labels of unapproved drugs.
_UNAPPROVED = (
    b"has not been found by fda to be safe and effective",
    b"this labeling has not been approved by fda",
)
_REPACKAGED_HINTS = (b"repack", b"re-pack", b"relabel", b"re-label")
_REPACKAGED = re.compile(
    rb"re-?(?:pack(?:ag)?ed|label+ed)(?: and (?:distributed|relabel+ed|repackaged))?[ :]+(?:by|for)\b|repackager:"
)
_EMERGENCY = b"emergency use authorization"
_SEAL = re.compile(
    r"tamper|do not (?:use|purchase|accept|buy)\b.{0,120}?\b(?:seal|imprint|shrink|carton|package|packet|pouch|"
    r"blister|bottle|cap|foil|wrap|band)\w*\b.{0,80}?\b(?:broken|missing|torn|open|opened|damaged|disturbed|cut|loose|punctured)",
    re.IGNORECASE | re.DOTALL,
)
_SHORT_LABEL = 20_000  # bytes; homeopathic products' labels are a few thousand
_SEAL_ONLY = 400  # characters; a real boxed warning is longer or does not speak of a seal


def flags_of(head: Head, payload: bytes) -> list[str]:
    """The marks of one label, sorted.

    Args:
        payload: the whole record's JSON.
    """
    listed = value_of(head.openfda)
    facts: Mapping[str, Any] = listed if isinstance(listed, dict) else {}
    numbers = _strings(facts.get("application_number"))
    approved = any(number.upper().startswith(_APPROVED) for number in numbers)
    text = b"" if approved else _searched(head, payload)  # an approved product is neither of the first two
    homeopathic = any(sign in text for sign in _HOMEOPATHIC)
    has_no_number = bool(facts.get("product_ndc")) and not numbers
    eua = any(_EMERGENCY in _lower(field) for field in (head.boxed_warning, head.indications_and_usage))
    found = {
        "homeopathic": homeopathic,
        "unapproved": homeopathic or any(sign in text for sign in _UNAPPROVED) or (has_no_number and not eua),
        "repackager": _is_repackaged(head, facts),
        "tamper_notice": is_tamper_notice(head.boxed_warning),
        "eua": eua,
    }
    return [name for name in sorted(found) if found[name]]


def is_tamper_notice(boxed_warning: msgspec.Raw) -> bool:
    """Whether a label's ``boxed_warning`` is only the notice about the seal that 21 CFR 211.132 asks for."""
    text = " ".join(_strings(value_of(boxed_warning)))
    return len(text) <= _SEAL_ONLY and _SEAL.search(text) is not None


def _is_repackaged(head: Head, facts: Mapping[str, Any]) -> bool:
    if facts.get("original_packager_product_ndc") or facts.get("is_original_packager") == [False]:
        return True
    fields = (head.package_label_principal_display_panel, head.how_supplied, head.spl_unclassified_section)
    text = b"\n".join(map(_lower, fields))
    return any(hint in text for hint in _REPACKAGED_HINTS) and _REPACKAGED.search(text) is not None


def _searched(head: Head, payload: bytes) -> bytes:
    """Where the signs are looked for: all of a short label, the telling sections of a long one."""
    if len(payload) <= _SHORT_LABEL:
        return payload.lower()
    fields = (head.active_ingredient, head.indications_and_usage, head.spl_unclassified_section,
              head.package_label_principal_display_panel, head.how_supplied)  # fmt: skip
    return b"\n".join(map(_lower, fields))


def _lower(raw: msgspec.Raw) -> bytes:
    return bytes(raw).lower()


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]
