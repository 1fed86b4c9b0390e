"""Every fault at every upstream that can have it: the client copes, says so, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from medai_assets.sandbox.faults import KINDS
from medai_assets.sources.registry import SOURCES
from medai_assets_tests.sources.fault_cases import CASES, WORLDS, Case
from medai_assets_tests.sources.fault_table import DOCUMENT, Arena, arena, document


@pytest.fixture(scope="module")
def where() -> Iterator[Arena]:
    with arena() as running:
        yield running


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_lost(case: Case, where: Arena) -> None:
    found = where.outcome(case)
    assert found.ended == case.ends, found
    assert not found.lost
    assert found.previous_stayed
    assert found.repeated == 0


def test_every_kind_of_fault_is_tried() -> None:
    assert {case.kind for case in CASES} == set(KINDS)


def test_every_source_that_asks_a_service_is_tried() -> None:
    asking = {source.name for source in SOURCES.values() if source.endpoints}
    assert {WORLDS[case.upstream].slice.source for case in CASES} == asking


def test_the_document_says_what_the_tests_found(where: Arena) -> None:
    assert DOCUMENT.read_text() == document(where)
