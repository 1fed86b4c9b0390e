"""What licence an article is under, by NLM's code for it and by the article's own statement; both must say the same.

NLM's metadata have ``license_code``: a Creative Commons code such as ``CC BY``, or ``TDM`` for author manuscripts that may
be mined but bear no open licence. The code has no version; the article's ``license`` element has the licence's address.
"""

from __future__ import annotations

import re

REFUSED = "licence refused: "
NONE_STATED = "no licence stated"
_ADDRESS = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/"
    r"(?:licenses/(?P<terms>by|by-sa)/(?P<version>2\.0|2\.5|3\.0|4\.0)|publicdomain/zero/1\.0)"
    r"/?(?:legalcode|deed)?(?:[./][a-z]{2}(?:[_-][a-z]{2})?)?/?",
    re.IGNORECASE,
)
# What the policy for whole articles admits, by NLM's code; NC and ND forbid what this project does with a text.
_TERMS = {"CC0": "CC0", "CC BY": "BY", "CC BY-SA": "BY-SA"}


def refused_by_code(code: str | None) -> str:
    """Why an article with this code is not asked for at all; "" where it is."""
    if not code:
        return REFUSED + NONE_STATED
    return "" if code in _TERMS else REFUSED + code[:40]


def licence_of_article(code: str | None, addresses: list[str]) -> tuple[str, str]:
    """The licence's id and "", or "" and why the article is refused, countable by licence.

    Args:
        code: NLM's ``license_code``.
        addresses: of the licences that the article states.
    """
    if code is None or refused_by_code(code):
        return "", refused_by_code(code)
    ids = {_id(address) for address in addresses}
    if not ids:
        return "", f"{REFUSED}{code}, which the article itself does not state"
    if len(ids) > 1 or (found := ids.pop()) is None:
        return "", f"{REFUSED}{code}, but the article states another or one of its own country"
    if re.sub(r"-[\d.]+$", "", found) != ("CC0" if code == "CC0" else f"CC-{_TERMS[code]}"):
        return "", f"{REFUSED}{code}, but the article states {found}"
    return found, ""


def _id(address: str) -> str | None:
    """SPDX id of an unported Creative Commons licence that may be used, by its address; None for any other."""
    found = _ADDRESS.fullmatch(address.strip())
    if not found:
        return None
    return f"CC-{found['terms'].upper()}-{found['version']}" if found["terms"] else "CC0-1.0"
