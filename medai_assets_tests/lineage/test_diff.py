"""Two data set versions compared: each difference is counted once and has the upstream cause that applies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from medai_assets.lineage.diff import Diff, diff
from medai_assets.lineage.lookup import Lineage
from medai_assets_tests.lineage.library import Library


def compare(library: Library, act: Callable[[Library], object]) -> Diff:
    """What differs after ``act`` and another run."""
    before = library.materialize(train=False)
    act(library)
    after = library.materialize(train=False)
    with Lineage.of(library.settings) as lineage:
        return diff(lineage, before, after)


def causes(found: Diff) -> dict[str, tuple[int, int, int]]:
    return {c.name: (c.added, c.gone, c.changed) for c in found.causes}


def test_nothing_done_nothing_differs(library: Library) -> None:
    found = compare(library, lambda lib: None)
    assert (found.added, found.gone, found.changed, found.same) == (0, 0, 0, 11)
    assert found.upstream == []


def test_a_record_gone_upstream(library: Library) -> None:
    found = compare(library, lambda lib: lib.texts.pop("nhs:/symptoms/cough"))
    assert causes(found) == {"raw_nhs[symptoms]: records gone": (0, 2, 0)}
    assert [c.what for c in found.upstream] == ["raw_nhs[symptoms]: 0 records added, 0 changed, 1 gone"]


def test_a_record_added_upstream(tmp_path: Path) -> None:
    library = Library.at(tmp_path)
    text = library.texts.pop("fda:ccc")
    found = compare(library, lambda lib: lib.texts.update({"fda:ccc": text}))
    assert causes(found) == {"raw_fda[2024]: records added": (2, 0, 0)}


def test_a_record_that_reads_differently_changes_its_examples(library: Library) -> None:
    found = compare(
        library,
        lambda lib: lib.texts.update({"fda:bbb": "Ibuprofen can upset the stomach. Take it with food."}),
    )
    assert causes(found) == {"raw_fda[2024]: records changed": (0, 0, 2)}
    pair = found.changed_examples[0]
    assert pair.before.prompt == pair.after.prompt
    assert pair.before.example_id != pair.after.example_id


def test_a_withdrawal_is_named_as_the_cause(library: Library) -> None:
    found = compare(library, lambda lib: lib.withdrawn.update({"fda:aaa": None}))
    assert causes(found) == {"withdrawal of records of fda": (0, 2, 0)}
    assert [c.what for c in found.upstream] == ["withdrawals: 1 added (fda:aaa)"]


def test_a_changed_mixture_is_named_with_its_values(library: Library) -> None:
    found = compare(library, lambda lib: lib.mixture.update({"questions": 1}))
    assert causes(found) == {"instruction_mixture changed: questions 2 → 1": (0, 5, 0)}


def test_changed_code_is_told_once_however_many_slices_it_touches(library: Library) -> None:
    found = compare(library, lambda lib: lib.code.update({"processed_corpus": "2"}))
    told = "code of processed_corpus changed: version 1 → 2"
    assert [c.what for c in found.upstream] == [told]
    assert causes(found) == {told: (0, 0, 10)}


def test_changed_code_without_an_effect_is_no_cause(library: Library) -> None:
    found = compare(library, lambda lib: lib.code.update({"curated_corpus": "2"}))
    assert found.same == 11
    assert causes(found) == {}


def test_of_two_causes_the_one_nearer_to_the_source_is_named(library: Library) -> None:
    def act(lib: Library) -> None:
        lib.code["processed_corpus"] = "2"
        lib.mixture["questions"] = 1

    found = compare(library, act)
    assert causes(found) == {"code of processed_corpus changed: version 1 → 2": (0, 5, 5)}
    assert "instruction_mixture changed: questions 2 → 1" in [c.what for c in found.upstream]


def test_several_causes_are_told_apart(library: Library) -> None:
    def act(lib: Library) -> None:
        lib.texts.pop("nhs:/symptoms/cough")
        lib.withdrawn["fda:aaa"] = None

    found = compare(library, act)
    assert causes(found) == {
        "raw_nhs[symptoms]: records gone": (0, 2, 0),
        "withdrawal of records of fda": (0, 2, 0),
    }
    assert {c.name: c.gone for c in found.by_source} == {"fda": 2, "nhs": 2}
    assert {c.name: c.gone for c in found.by_licence} == {"CC0-1.0": 2, "OGL-UK-3.0": 2}
    assert {c.name: c.gone for c in found.by_kind} == {"question_answer": 2, "drug_information": 2}


def test_comparing_backwards_swaps_added_and_gone(library: Library) -> None:
    before = library.materialize(train=False)
    library.texts.pop("fda:aaa")
    after = library.materialize(train=False)
    with Lineage.of(library.settings) as lineage:
        forth, back = diff(lineage, before, after), diff(lineage, after, before)
    assert (forth.added, forth.gone) == (back.gone, back.added) == (0, 2)
