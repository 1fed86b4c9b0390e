"""What a curation notes spares the next one everything but the slices that passages left, and gives what a fresh one gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.corpus.curate.curation import CurationReport, curate
from medai_assets.foundation.licences import LicencePolicy
from medai_assets.storage import Store, Stored
from medai_assets_tests.corpus.builders import answer, processed_slice, prose, questions, withdrawals

ASKED = questions([{"question": "What is gout?", "item_id": "7"}])
Slices = dict[str, list[dict[str, Any]]]


def corpus() -> Slices:
    """Two slices of passages that stand alone, and of those that others are compared with or that go for another reason."""
    slices = {}
    for s in range(2):
        rows = [answer(f"hf:{s}/alone{n}", f"Alone{s}x{n} {prose(100 * s + n)}") for n in range(8)]
        rows += [
            answer(f"hf:{s}/same", f"Same {prose(900)}", licence=("MIT", "CC0-1.0")[s]),
            answer(f"hf:{s}/near", f"Near {prose(950, 20)} Slice word{'ab'[s]}."),
            answer(f"hf:{s}/twice", f"Twice{s} {prose(960 + s)}"),
            answer(f"hf:{s}/again", f"Twice{s} {prose(960 + s)}"),
            answer(f"hf:{s}/refused", f"R{s} {prose(990 + s)}", licence="LicenseRef-None-Stated"),
            answer(f"hf:{s}/leaks", f"L{s} {prose(970 + s)}", question="What is gout?"),
            answer("hf:versions", f"V{s} {prose(980 + s)}", version=str(s + 1)),
            answer(f"hf:{s}/retracted", f"G{s} {prose(985 + s)}"),
            answer(f"hf:{s}/short", "Too short."),
        ]
        names = [f"Disease{chr(65 + s)}{chr(97 + n)}" for n in range(11)]
        rows += [
            answer(f"hf:{s}/{name}", f"Resources {prose(940)} They concern {name} only.", subject=name)
            for name in names
        ]
        slices[f"slice{s}"] = rows
    return slices


RETRACTED = withdrawals([{"record_id": f"hf:{s}/retracted"} for s in range(2)])


def curated(
    store: Store, slices: Slices, gone: pa.Table = RETRACTED, **options: Any
) -> tuple[Stored, CurationReport]:
    stored = [processed_slice(store, rows, key=key) for key, rows in slices.items()]
    with store.draft("curated_corpus") as draft:
        report = curate(
            stored, gone, ASKED, LicencePolicy.of("open"), draft, **({"code_version": "1"} | options)
        )
        return draft.publish(data_version=report.data_version, code_version="1"), report


def everything(made: tuple[Stored, CurationReport]) -> Any:
    """Tables as they are, versions of the slices, and the report but for times and what was kept."""
    stored, report = made
    told = {
        name: getattr(report, name) for name in CurationReport.__slots__ if name not in ("seconds", "reused")
    }
    tables = [stored.table(name).to_pylist() for name in ("passages", "removed", "funnel", "reasons")]
    return tables, [part.data_version for part in stored.manifest.parts], told


def was_decided_anew(report: CurationReport) -> bool:
    return "near duplicates" in report.seconds


def without(slices: Slices, gone: Sequence[str]) -> Slices:
    return {key: [row for row in rows if row["record_id"] not in gone] for key, rows in slices.items()}


@pytest.mark.parametrize(
    "gone",
    [
        ["hf:0/alone0", "hf:1/alone7", "hf:0/refused", "hf:1/leaks", "hf:1/retracted", "hf:0/short"],
        ["hf:0/same"],
        ["hf:0/near", "hf:1/again"],
        ["hf:versions", "hf:1/same"],
    ],
)
def test_passages_that_leave_give_what_a_fresh_curation_gives(tmp_path: Path, gone: list[str]) -> None:
    """Twice, so that what was continued is continued again."""
    store, slices = Store(tmp_path / "one"), corpus()
    curated(store, slices)
    for number, more in enumerate(([], ["hf:1/near"])):
        left = without(slices, [*gone, *more])
        made = curated(store, left)
        assert everything(made) == everything(curated(Store(tmp_path / f"fresh{number}"), left))
        assert not was_decided_anew(made[1])


def test_who_was_never_compared_is_compared_with_all(tmp_path: Path) -> None:
    """Without the newer version, or one of a template's few, the older one, or another of the template, nearly repeats a third."""
    slices = corpus()
    slices["slice0"][14] = answer("hf:versions", f"Older {prose(700, 20)}", version="1")
    slices["slice1"].append(answer("hf:third", f"Older {prose(700, 20)} And more."))
    store = Store(tmp_path / "one")
    stored, _ = curated(store, slices)
    of_template = next(
        row for row in stored.table("passages").to_pylist() if row["text"].startswith("Resources")
    )
    for turn, gone in enumerate(("hf:versions", of_template["origins"][0]["record_id"])):
        slices = without(slices, [gone]) if turn else slices | without({"slice1": slices["slice1"]}, [gone])
        made = curated(store, slices)
        assert was_decided_anew(made[1])
        assert everything(made) == everything(curated(Store(tmp_path / f"fresh{turn}"), slices))


@pytest.mark.parametrize("record", ["hf:0/alone2", "hf:1/same", "hf:0/near", "hf:0/twice"])
def test_records_that_are_withdrawn_give_what_a_fresh_curation_gives(tmp_path: Path, record: str) -> None:
    store, slices = Store(tmp_path / "one"), corpus()
    curated(store, slices)
    gone = pa.concat_tables([RETRACTED, withdrawals([{"record_id": record}])])
    made = curated(store, slices, gone)
    assert not was_decided_anew(made[1])
    assert everything(made) == everything(curated(Store(tmp_path / "fresh"), slices, gone))


def test_any_passages_that_leave_give_what_a_fresh_curation_gives(tmp_path: Path) -> None:
    dice, slices = random.Random(7), corpus()
    store = Store(tmp_path / "one")
    curated(store, slices)
    records = sorted({row["record_id"] for rows in slices.values() for row in rows})
    for turn in range(3):
        slices = without(slices, dice.sample(records, 3))
        gone = withdrawals(
            [*RETRACTED.to_pylist(), *({"record_id": one} for one in dice.sample(records, turn))]
        )
        made = curated(store, slices, gone)
        assert everything(made) == everything(curated(Store(tmp_path / f"{turn}"), slices, gone))


CHANGED: dict[str, dict[str, Any]] = {
    "a passage is new": {"slices": corpus() | {"slice1": [*corpus()["slice1"], answer("hf:new", prose(5000))]}},
    "a text is another": {"slices": corpus() | {"slice0": [answer("hf:0/alone0", prose(5001)), *corpus()["slice0"][1:]]}},
    "merged passages have another origin": {
        "slices": {
            key: [row | {"attribution": "Another"} if row["record_id"] == "hf:1/same" else row for row in rows]
            for key, rows in corpus().items()
        }
    },
    "another question is over a passage": {
        "slices": corpus()
        | {"slice0": [answer("hf:0/alone0", f"Alone0x0 {prose(0)}", question="What is gout?"), *corpus()["slice0"][1:]]}
    },
    "a record is withdrawn no more": {"gone": withdrawals()},
    "a slice is gone": {"slices": {"slice0": corpus()["slice0"]}},
    "another code": {"code_version": "2"},
    "another measure": {"jaccard": 0.9},
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGED)
def test_what_else_changes_is_decided_anew(tmp_path: Path, what: str) -> None:
    store, changed = Store(tmp_path / "one"), {"slices": corpus()} | CHANGED[what]
    curated(store, corpus())
    made = curated(store, **changed)
    assert was_decided_anew(made[1])
    assert everything(made) == everything(curated(Store(tmp_path / "fresh"), **changed))


def test_what_is_told_of_a_passage_that_stands_alone_is_told_anew(tmp_path: Path) -> None:
    store, slices = Store(tmp_path / "one"), corpus()
    curated(store, slices)
    slices["slice0"][0] |= {"attribution": "Another"}
    made = curated(store, slices)
    assert not was_decided_anew(made[1])
    assert everything(made) == everything(curated(Store(tmp_path / "fresh"), slices))


@pytest.mark.parametrize("asset", ["processed_slice", "curated_slice"])
def test_where_what_was_noted_is_gone_all_is_decided_anew(tmp_path: Path, asset: str) -> None:
    store, slices = Store(tmp_path / "one"), corpus()
    curated(store, slices)
    was = store.require(asset, "huggingface/slice0").data_version
    left = without(slices, ["hf:0/alone3"])
    processed_slice(store, left["slice0"], key="slice0")
    store.remove_version(asset, "huggingface/slice0", was)
    made = curated(store, left)
    assert was_decided_anew(made[1])
    assert everything(made) == everything(curated(Store(tmp_path / "fresh"), left))
