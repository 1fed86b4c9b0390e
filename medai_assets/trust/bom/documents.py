"""All documents of a bill of materials, by the names under which they are written."""

from __future__ import annotations

from medai_assets.trust.bom import cyclonedx, spdx
from medai_assets.trust.bom.facts import Facts
from medai_assets.trust.bom.public_summary import public_summary


def documents(facts: Facts) -> dict[str, bytes]:
    """File name to content; each is validated before it is returned.

    Raises:
        ExtraMissing: the libraries are not installed.
        Invalid: one is not as its specification wants it.
    """
    return {
        "bom.cdx.json": cyclonedx.document(facts),
        "bom.spdx3.json": spdx.document(facts),
        "public_summary.md": public_summary(facts).encode(),
    }
