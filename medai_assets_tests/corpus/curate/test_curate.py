"""Curation on planted data: duplicates, leaks, licences, withdrawals, versions; all origins kept, all removals told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from shutil import rmtree
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.corpus.curate.curation import CurationReport, curate
from medai_assets.corpus.curate.notes import Notes
from medai_assets.foundation.licences import LicencePolicy
from medai_assets.foundation.schemas import PASSAGE, REMOVED
from medai_assets.storage import Store, Stored
from medai_assets_tests.corpus.builders import answer, processed_slice, prose, questions, withdrawals

Curated = tuple[Stored, CurationReport]
Curate = Callable[..., Curated]


@pytest.fixture
def curated(store: Store) -> Curate:
    def run(
        *slices: Stored,
        gone: pa.Table | None = None,
        asked: pa.Table | None = None,
        policy: str = "open",
        **options: Any,
    ) -> Curated:
        with store.draft("curated_corpus") as draft:
            report = curate(
                slices,
                withdrawals() if gone is None else gone,
                questions() if asked is None else asked,
                LicencePolicy.of(policy),
                draft,
                code_version="1",
                **options,
            )
            return draft.publish(data_version=report.data_version, code_version="1"), report

    return run


def kept(result: Curated) -> dict[str, list[str]]:
    """First word of each kept text -> records it comes from."""
    rows = result[0].table("passages").to_pylist()
    return {row["text"].split()[0]: [o["record_id"] for o in row["origins"]] for row in rows}


def removed(result: Curated) -> dict[str, tuple[str, str]]:
    """Record -> step and reason."""
    rows = result[0].table("removed").to_pylist()
    return {row["origins"][0]["record_id"]: (row["step"], row["reason"]) for row in rows}


def text(name: str, seed: int = 1, sentences: int = 10) -> str:
    return f"{name} {prose(seed, sentences)}"


def test_equal_texts_become_one_with_all_origins(store: Store, curated: Curate) -> None:
    one = processed_slice(store, [answer("hf:a/1", text("Same"))], key="a")
    two = processed_slice(
        store, [answer("hf:b/1", text("Same")), answer("hf:b/2", text("Other", 2))], key="b"
    )
    result = curated(one, two)
    assert kept(result) == {"Same": ["hf:a/1", "hf:b/1"], "Other": ["hf:b/2"]}
    assert removed(result) == {"hf:b/1": ("exact_duplicate", "same text")}


@pytest.mark.parametrize(
    "told", [{"attribution": "Another"}, {"url": "https://example.org/moved"}, {"sample": False}]
)
def test_what_an_origin_says_anew_makes_the_slice_of_its_passage_anew(
    store: Store, curated: Curate, told: dict[str, Any]
) -> None:
    kept_there = processed_slice(
        store, [answer("hf:a/1", text("Same")), answer("hf:a/2", text("Own", 2))], key="a"
    )
    merged = answer("hf:b/1", text("Same"))
    curated(kept_there, processed_slice(store, [merged], key="b"))
    result = curated(kept_there, processed_slice(store, [merged | told], key="b"))
    assert result[1].reused == 0
    assert kept(result) == {"Same": ["hf:a/1", "hf:b/1"], "Own": ["hf:a/2"]}
    own, brought = next(
        row["origins"] for row in result[0].table("passages").to_pylist() if len(row["origins"]) > 1
    )
    assert brought | told == brought
    assert own["attribution"] == "Somebody"


def test_nearly_equal_texts_become_one_and_the_fuller_stays(store: Store, curated: Curate) -> None:
    full = text("Full", 1, 20)
    rows = [answer("hf:short", full.rsplit(". ", 1)[0] + "."), answer("hf:full", full)]
    result = curated(processed_slice(store, rows))
    assert kept(result) == {"Full": ["hf:full", "hf:short"]}
    (row,) = result[0].table("removed").to_pylist()
    assert row["step"] == "near_duplicate"
    assert row["detail"].startswith(result[0].table("passages")["passage_id"][0].as_py())


def test_another_dose_is_another_statement(store: Store, curated: Curate) -> None:
    full = text("Give", 1, 20)
    rows = [answer("hf:5", f"{full} Take 5 mg at night."), answer("hf:10", f"{full} Take 10 mg at night.")]
    result = curated(processed_slice(store, rows))
    assert result[1].passages == 2
    assert result[1].apart == {"another statement": 1}


def test_what_is_said_of_another_subject_is_not_merged(store: Store, curated: Curate) -> None:
    full = text("Signs", 1, 20)
    rows = [
        answer("hf:1", f"{full} Asthma.", subject="Asthma"),
        answer("hf:2", f"{full} Gout.", subject="Gout"),
    ]
    result = curated(processed_slice(store, rows))
    assert result[1].passages == 2
    assert result[1].apart == {"another subject": 1}


def test_of_a_template_three_stay(store: Store, curated: Curate) -> None:
    names = [f"Disease{chr(65 + n)}{chr(97 + n)}" for n in range(15)]
    rows = [
        answer(f"hf:{name}", f"{text('Resources')} They concern {name} only.", subject=name) for name in names
    ]
    result = curated(processed_slice(store, rows))
    assert result[1].passages == 3
    assert result[1].removed["template"] == 12


def test_the_clearer_licence_is_kept_of_equal_texts(store: Store, curated: Curate) -> None:
    rows = [
        answer("hf:a", text("Same"), licence="CC-BY-SA-4.0"),
        answer("hf:b", text("Same"), licence="CC0-1.0"),
    ]
    result = curated(processed_slice(store, rows))
    assert removed(result) == {"hf:a": ("exact_duplicate", "same text")}
    assert result[1].licences == {"CC0-1.0": 1}


class TestLicences:
    def test_refused_passages_are_counted_by_licence(self, store: Store, curated: Curate) -> None:
        rows = [
            answer("hf:a", text("Free")),
            answer("hf:b", text("Bound", 2), licence="LicenseRef-None-Stated"),
        ]
        result = curated(processed_slice(store, rows))
        assert kept(result) == {"Free": ["hf:a"]}
        assert removed(result) == {"hf:b": ("licence", "LicenseRef-None-Stated")}
        assert result[1].refused == {"LicenseRef-None-Stated": 1}

    def test_a_text_that_is_free_elsewhere_stays_without_the_refused_origin(
        self, store: Store, curated: Curate
    ) -> None:
        rows = [answer("hf:a", text("Same"), licence="LicenseRef-None-Stated"), answer("hf:b", text("Same"))]
        assert kept(curated(processed_slice(store, rows))) == {"Same": ["hf:b"]}

    def test_terms_of_the_whole_are_those_of_what_is_kept(self, store: Store, curated: Curate) -> None:
        rows = [
            answer("hf:a", text("One")),
            answer("hf:b", text("Two", 2), licence="LicenseRef-PubMed-Abstract"),
        ]
        stored = processed_slice(store, rows)
        assert curated(stored, policy="research")[1].terms["redistribution"] is False
        assert curated(stored, policy="open")[1].terms["redistribution"] is True


class TestWithdrawals:
    def test_only_what_a_record_carried_alone_leaves(self, store: Store, curated: Curate) -> None:
        rows = [
            answer("hf:gone", text("Shared")),
            answer("hf:stays", text("Shared")),
            answer("hf:gone", text("Alone", 2)),
        ]
        result = curated(
            processed_slice(store, rows), gone=withdrawals([{"record_id": "hf:gone", "evidence": "pubmed:9"}])
        )
        assert kept(result) == {"Shared": ["hf:stays"]}
        details = {
            row["text"].split()[0]: (row["reason"], row["detail"])
            for row in result[0].table("removed").to_pylist()
        }
        assert details == {"Shared": ("retraction", "pubmed:9"), "Alone": ("retraction", "pubmed:9")}

    def test_a_version_is_withdrawn_without_the_others(self, store: Store, curated: Curate) -> None:
        rows = [answer("hf:1", text("Old"), version="3"), answer("hf:2", text("Other", 2), version="3")]
        gone = withdrawals([{"record_id": "hf:1", "version": "2"}, {"record_id": "hf:2", "version": "3"}])
        assert kept(curated(processed_slice(store, rows), gone=gone)) == {"Old": ["hf:1"]}

    def test_a_withdrawal_of_what_is_not_there_changes_nothing(self, store: Store, curated: Curate) -> None:
        stored = processed_slice(store, [answer("hf:1", text("Stays"))])
        before = curated(stored)
        after = curated(stored, gone=withdrawals([{"record_id": "hf:other"}]))
        assert before[1].data_version == after[1].data_version


def test_the_newest_version_of_a_record_counts(store: Store, curated: Curate) -> None:
    one = processed_slice(store, [answer("hf:1", text("Old"), version="9")], key="a")
    two = processed_slice(store, [answer("hf:1", text("New", 2), version="10")], key="b")
    result = curated(one, two)
    assert list(kept(result)) == ["New"]
    assert removed(result) == {"hf:1": ("superseded", "older version of the record")}


def test_leaks_are_removed_and_name_the_item(store: Store, curated: Curate) -> None:
    leak = "A 45-year-old man comes to the clinic because of a painful swelling of his left knee since yesterday."
    rows = [
        answer("hf:leak", f"{text('Leaky')} {leak}"),
        answer("hf:clean", text("Clean", 2)),
        answer("hf:q", text("Asked", 3), question="Which one is it?"),
    ]
    asked = questions(
        [{"question": leak, "item_id": "77"}, {"question": "Which one is it?", "item_id": "78"}]
    )
    result = curated(processed_slice(store, rows), asked=asked)
    assert list(kept(result)) == ["Clean"]
    details = {
        row["origins"][0]["record_id"]: row["detail"] for row in result[0].table("removed").to_pylist()
    }
    assert details == {"hf:leak": "medqa:77, run of 13 words", "hf:q": "medqa:78, whole question"}


def planted(store: Store) -> list[Stored]:
    """Three slices with everything that curation meets."""
    slices = []
    for s in range(3):
        rows = [answer(f"hf:{s}/{n}", text(f"T{s}x{n}", 100 * s + n)) for n in range(20)]
        rows += [
            answer(f"hf:{s}/same{n}", text(f"Same{n}", 900 + n), licence=("MIT", "CC0-1.0", "CC-BY-4.0")[s])
            for n in range(5)
        ]
        rows += [
            answer(f"hf:{s}/near{n}", f"{text(f'Near{n}', 950 + n, 20)} Slice word{'abc'[s]}.")
            for n in range(5)
        ]
        rows += [answer(f"hf:{s}/refused", text(f"R{s}", 990 + s), licence="LicenseRef-None-Stated")]
        slices.append(processed_slice(store, rows, key=f"slice{s}"))
    return slices


def everything(result: Curated) -> tuple[list[Any], ...]:
    return tuple(
        sorted(str(row) for row in result[0].table(name).to_pylist())
        for name in ("passages", "removed", "funnel", "reasons")
    )


def test_the_order_of_slices_does_not_matter(store: Store, tmp_path: Any, curated: Curate) -> None:
    slices = planted(store)
    one = curated(*slices)
    with store.draft("again") as draft:
        report = curate(
            slices[::-1], withdrawals(), questions(), LicencePolicy.of("open"), draft, code_version="1"
        )
        two = draft.publish(data_version=report.data_version, code_version="1"), report
    assert everything(one) == everything(two)
    assert one[1].data_version == two[1].data_version


def test_a_changed_slice_costs_that_slice_and_gives_what_a_fresh_run_gives(
    store: Store, tmp_path: Any, curated: Curate
) -> None:
    slices = planted(store)
    assert curated(*slices)[1].reused == 0
    assert curated(*slices)[1].reused == 3
    changed = processed_slice(store, [answer("hf:2/new", text("New", 5000))], key="slice2")
    result = curated(*slices[:2], changed)
    fresh_store = Store(tmp_path / "fresh")
    fresh = [
        *planted(fresh_store)[:2],
        processed_slice(fresh_store, [answer("hf:2/new", text("New", 5000))], key="slice2"),
    ]
    with fresh_store.draft("curated_corpus") as draft:
        report = curate(fresh, withdrawals(), questions(), LicencePolicy.of("open"), draft, code_version="1")
        again = draft.publish(data_version=report.data_version, code_version="1"), report
    assert everything(result) == everything(again)


def test_comparisons_are_taken_over_from_the_same_code_only(store: Store, curated: Curate) -> None:
    assert Notes.current(store, "1") is None
    curated(*planted(store))
    notes = Notes.current(store, "1")
    assert notes is not None
    assert len(notes.comparisons()) == store.require("curation_notes").rows("compared") > 0
    assert Notes.current(store, "2") is None, "another code may judge a pair otherwise"


def test_a_corpus_that_was_removed_by_hand_is_made_again(store: Store, curated: Curate) -> None:
    slices = planted(store)
    before, _ = curated(*slices)
    rmtree(before.directory)
    for key in store.partitions("curated_slice"):
        rmtree(store.require("curated_slice", key).directory)
    again, _ = curated(*slices)
    assert again.data_version == before.data_version
    assert again.table("passages").num_rows > 0


def test_the_funnel_accounts_for_every_record_and_passage(store: Store, curated: Curate) -> None:
    stored, report = curated(*planted(store))
    funnel = {row["step"]: row for row in stored.table("funnel").to_pylist()}
    assert (funnel["raw"]["kept"], funnel["raw"]["unit"]) == (93, "records")
    assert funnel["near_duplicate"]["kept"] == report.passages == stored.rows("passages")
    steps = [row for row in stored.table("funnel").to_pylist() if row["unit"] == "passages"]
    assert all(a["kept"] - b["removed"] == b["kept"] for a, b in pairwise(steps))
    reasons = {(row["step"], row["reason"]): row["count"] for row in stored.table("reasons").to_pylist()}
    assert reasons[("licence", "LicenseRef-None-Stated")] == 3
    assert sum(row["removed"] for row in steps) == stored.rows("removed") + sum(
        n for (step, _), n in reasons.items() if step in ("language", "quality")
    )


def test_tables_have_the_schemas_of_the_project(store: Store, curated: Curate) -> None:
    stored, _ = curated(*planted(store))
    assert stored.table("passages").schema.equals(PASSAGE)
    assert stored.table("removed").schema.equals(REMOVED)


def test_nothing_to_curate_is_an_error(curated: Curate) -> None:
    with pytest.raises(ValueError, match="nothing to curate"):
        curated()
