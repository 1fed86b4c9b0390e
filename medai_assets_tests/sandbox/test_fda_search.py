"""openFDA's search grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.sandbox.fda_search import SearchError, compile_search, values

LABEL = {
    "set_id": "a-1",
    "effective_time": "20240229",
    "boxed_warning": ["WARNING: Fetal toxicity. Stop when pregnancy is detected."],
    "openfda": {"brand_name": ["Sample Lisinopril"], "product_type": ["HUMAN PRESCRIPTION DRUG"]},
}


@pytest.mark.parametrize(
    "search",
    [
        "",
        "effective_time:[20240101 TO 20241231]",
        "effective_time:[2024-01-01 TO 2024-12-31]",
        "effective_time:20240229",
        "_exists_:boxed_warning",
        "_missing_:warnings",
        "openfda.brand_name:lisinopril",
        "openfda.brand_name:LISINO*",
        'boxed_warning:"fetal toxicity"',
        'openfda.product_type.exact:"HUMAN PRESCRIPTION DRUG"',
        "_exists_:boxed_warning AND openfda.brand_name:lisinopril",
        "openfda.brand_name:aspirin openfda.brand_name:lisinopril",
        "openfda.brand_name:(aspirin OR lisinopril)",
        "NOT openfda.brand_name:aspirin",
        "(set_id:b OR set_id:a) AND effective_time:[20200101 TO 20300101]",
        "pregnancy",
    ],
)
def test_a_label_matches(search: str) -> None:
    assert compile_search(search)(LABEL)


@pytest.mark.parametrize(
    "search",
    [
        "effective_time:[20250101 TO 20251231]",
        "_exists_:warnings",
        "openfda.brand_name:lisin",
        'boxed_warning:"toxicity fetal"',
        'openfda.product_type.exact:"human prescription drug"',
        "openfda.brand_name:lisinopril AND _exists_:warnings",
        "openfda.brand_name:(aspirin OR ibuprofen)",
    ],
)
def test_a_label_does_not_match(search: str) -> None:
    assert not compile_search(search)(LABEL)


@pytest.mark.parametrize("search", ["a+AND+b", "(a", "a)", "a AND", "NOT", "field:[1 TO", '"open'])
def test_what_the_grammar_does_not_have_is_an_error(search: str) -> None:
    with pytest.raises(SearchError):
        compile_search(search)


@given(st.text(alphabet='ab:()[]"* ANDORTO_+', max_size=30))
def test_any_text_is_either_read_or_refused(search: str) -> None:
    try:
        predicate = compile_search(search)
    except SearchError:
        return
    assert predicate(LABEL) in (True, False)


def test_values_go_through_lists_and_objects() -> None:
    assert values({"a": [{"b": ["1", "2"]}, {"b": "3"}]}, "a.b") == ["1", "2", "3"]
    assert values({"a": "text"}, "a.b") == []
