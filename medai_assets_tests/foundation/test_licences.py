"""Licences: what a policy admits, and what terms a mixture has."""

import pytest

from medai_assets.foundation import vocabularies
from medai_assets.foundation.licences import LICENCES, LicencePolicy, LicenceUnknown, rank, terms_of


def test_every_licence_of_the_schema_is_described() -> None:
    assert set(LICENCES) == set(vocabularies.LICENCES)


def test_open_is_what_may_be_passed_on() -> None:
    policy = LicencePolicy.of("open")
    assert all(LICENCES[name].redistribution for name in policy.allowed)
    assert not policy.allows("LicenseRef-PubMed-Abstract")
    assert not policy.allows("LicenseRef-None-Stated")


def test_research_adds_abstracts_and_nothing_without_a_licence() -> None:
    policy = LicencePolicy.of("research")
    assert policy.allows("LicenseRef-PubMed-Abstract")
    assert not policy.allows("LicenseRef-None-Stated")
    assert not policy.allows("LicenseRef-Third-Party")


def test_text_of_ones_own_is_used_and_not_passed_on() -> None:
    assert LicencePolicy.of("research").allows("LicenseRef-Own-Text")
    assert not LicencePolicy.of("open").allows("LicenseRef-Own-Text")
    assert terms_of(["CC-BY-4.0", "LicenseRef-Own-Text"])["redistribution"] is False


def test_own_list_is_exact() -> None:
    assert LicencePolicy.of("own", ["MIT"]).allowed == {"MIT"}


def test_unknown_names_are_refused_with_a_reason() -> None:
    with pytest.raises(LicenceUnknown, match=r"no licence .GPL"):
        LicencePolicy.of("own", ["GPL-3.0"])
    with pytest.raises(ValueError, match="open, research or own"):
        LicencePolicy.of("any")
    assert not LicencePolicy.of("research").allows("GPL-3.0")


def test_terms_of_a_mixture_are_the_most_restrictive_and_all_conditions() -> None:
    terms = terms_of(["CC0-1.0", "CC-BY-SA-4.0", "CC-BY-4.0"])
    assert terms["most_restrictive"] == "CC-BY-SA-4.0"
    assert "pass adaptations on under the same licence" in terms["conditions"]
    assert terms["redistribution"] is True


def test_abstracts_forbid_passing_on() -> None:
    terms = terms_of(["CC0-1.0", "LicenseRef-PubMed-Abstract"])
    assert terms["redistribution"] is False
    assert terms["most_restrictive"] == "LicenseRef-PubMed-Abstract"


def test_an_undescribed_licence_restricts_most() -> None:
    assert rank("Somebody's-Terms") > max(licence.rank for licence in LICENCES.values())
    assert terms_of(["Somebody's-Terms"])["redistribution"] is False


def test_nothing_has_no_terms() -> None:
    assert terms_of([]) == {"most_restrictive": "", "conditions": [], "redistribution": True, "licences": []}
