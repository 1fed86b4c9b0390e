"""An article is taken under a licence only when NLM's code and the article's own statement say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.licences import OPEN
from medai_assets.sources.pmc.article import read_article
from medai_assets.sources.pmc.fetch import REFUSED, licence_of_article
from medai_assets_tests.sources.pmc.articles import CC_BY, jats

NC = "https://creativecommons.org/licenses/by-nc/4.0/"


@pytest.mark.parametrize(
    ("code", "address", "licence"),
    [
        ("CC BY", CC_BY, "CC-BY-4.0"),
        ("CC BY", "http://creativecommons.org/licenses/by/3.0", "CC-BY-3.0"),
        ("CC BY", "https://www.creativecommons.org/licenses/by/2.0/legalcode", "CC-BY-2.0"),
        ("CC BY", "https://creativecommons.org/licenses/by/4.0/deed.en_GB", "CC-BY-4.0"),
        ("CC BY-SA", "https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ],
)
def test_licences_that_are_taken(code: str, address: str, licence: str) -> None:
    assert licence_of_article(code, [address]) == (licence, "")
    assert licence in OPEN


@pytest.mark.parametrize(
    ("code", "addresses", "told"),
    [
        (None, [CC_BY], "no licence stated"),
        ("CC BY-NC", [NC], "CC BY-NC"),
        ("CC BY-ND", [], "CC BY-ND"),
        ("CC BY-NC-SA", [], "CC BY-NC-SA"),
        ("TDM", [], "TDM"),
        ("CC BY", [], "does not state"),
        ("CC BY", [NC], "states another"),
        ("CC BY", [CC_BY, NC], "states another"),
        ("CC BY", ["https://creativecommons.org/licenses/by/3.0/igo/"], "one of its own country"),
        ("CC BY", ["http://creativecommons.org/licenses/by/3.0/us/"], "one of its own country"),
        ("CC BY", ["http://creativecommons.org/licenses/by/2.0/uk/legalcode"], "one of its own country"),
        ("CC BY", ["https://creativecommons.org/licenses/by-sa/4.0/"], "states CC-BY-SA-4.0"),
        ("CC0", ["https://creativecommons.org/publicdomain/mark/1.0/"], "states another"),
        ("CC BY", ["https://creativecommons.org.evil.example/licenses/by/4.0/"], "states another"),
    ],
)
def test_licences_that_are_refused_by_name(code: str | None, addresses: list[str], told: str) -> None:
    licence, why = licence_of_article(code, addresses)
    assert licence == ""
    assert why.startswith(REFUSED)
    assert told in why


@given(st.one_of(st.none(), st.text(max_size=60)), st.lists(st.text(max_size=80), max_size=3))
def test_nothing_else_opens_an_article(code: str | None, addresses: list[str]) -> None:
    assert licence_of_article(code, addresses)[0] == ""


@pytest.mark.parametrize(
    ("permissions", "found"),
    [
        (
            f"<license><ali:license_ref> {CC_BY} </ali:license_ref><license-p><ext-link xlink:href='{NC}'/></license-p></license>",
            [CC_BY],
        ),
        (
            f"<license xlink:href='{CC_BY}'><license-p><ext-link xlink:href='{NC}'/></license-p></license>",
            [CC_BY],
        ),
        (f"<license><license-p>By <ext-link xlink:href='{NC}'>it</ext-link></license-p></license>", [NC]),
        ("<copyright-statement>All rights reserved</copyright-statement>", []),
    ],
)
def test_the_article_states_its_licence_in_one_of_three_ways(permissions: str, found: list[str]) -> None:
    assert read_article(jats(licence=permissions)).licences == found


def test_a_licence_of_a_figure_is_not_the_articles() -> None:
    figure = f"<fig><permissions><license xlink:href='{CC_BY}'/></permissions></fig>"
    assert read_article(jats(figure, licence="")).licences == []
