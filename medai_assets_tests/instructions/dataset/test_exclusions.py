"""Rules that the mixture leaves out: their examples are counted and kept with the reason, and those off are what readers found."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import ValidationError

from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.exclusions import NAME as LEFT_OUT
from medai_assets.instructions.dataset.exclusions import Exclusion
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.set_aside import SetAsideTally, share_check
from medai_assets_tests.instructions.in_memory import build_examples

REPOSITORY = Path(__file__).resolve().parents[3]
CHILDREN = "drug_information.pediatric_use"


@pytest.fixture(scope="module")
def labels(passages: pa.Table) -> pa.Table:
    few = sorted(set(passages.filter(pc.equal(passages["source"], "fda"))["document_id"].to_pylist()))[:14]
    return passages.filter(pc.is_in(passages["document_id"], pa.array(few)))


def made_without(labels: pa.Table, mixture: Mixture, *left_out: Exclusion) -> Built:
    # Which passages stand beside an answer depends on what else was made of the label: not looked at here.
    alone = {"left_out": left_out, "text_in_hand": ()}
    return build_examples(iter(labels.to_batches()), mixture.model_copy(update=alone))


def rules(built: Built) -> Counter[str]:
    return Counter(row["rule"].partition("/")[0] for row in built.rows if not row["authored"])


def test_what_a_rule_made_that_is_off_is_counted_and_kept_with_the_reason(
    labels: pa.Table, mixture: Mixture
) -> None:
    every = made_without(labels, mixture)
    some = made_without(labels, mixture, Exclusion(rule=CHILDREN, reason="3 of 7 read were faulty"))
    assert rules(every)[CHILDREN] > 0
    assert rules(some) == Counter({rule: n for rule, n in rules(every).items() if rule != CHILDREN})
    kept = [row for row in some.removed.to_pylist() if row["reason"] == "left_out"]
    assert some.set_aside.by_kind["drug_information"]["left_out"] == len(kept) >= rules(every)[CHILDREN]
    assert all(row["step"] == "mixture" and row["text"] and row["origins"] for row in kept)
    assert all("drug_information.pediatric_use: 3 of 7 read were faulty" in row["detail"] for row in kept)


def test_a_rule_may_be_off_for_some_records_only(labels: pa.Table, mixture: Mixture) -> None:
    every = made_without(labels, mixture)
    record = next(row for row in every.rows if row["rule"].startswith(CHILDREN))["origins"][0]["record_id"]
    some = made_without(labels, mixture, Exclusion(rule=CHILDREN, records=record, reason="damaged"))
    assert rules(every)[CHILDREN] - 1 == rules(some)[CHILDREN] > 0


def test_what_is_left_out_is_no_fault_of_its_kind(built: Built, mixture: Mixture) -> None:
    """Where all that the rules made of a kind is left out but one sound example, nothing of it could not be proved."""
    example = next(row for row in built.rows if row["rule"].startswith("drug_information."))
    aside = SetAsideTally()
    for _ in range(99):
        aside.add(example, LEFT_OUT, "off")
    assert share_check({example["kind"]: 100}, aside, mixture).detail == "set aside: drug_information 0 of 1"


def test_an_unknown_rule_records_of_no_source_or_no_reason_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"there is no rule 'drug_information.doses'"):
        Mixture(left_out=[{"rule": "drug_information.doses", "reason": "bad"}])  # type: ignore[list-item]
    with pytest.raises(ValidationError, match=r"no record's id begins with 'medqad:'"):
        Mixture(left_out=[{"rule": CHILDREN, "records": "medqad:", "reason": "bad"}])  # type: ignore[list-item]
    with pytest.raises(ValidationError, match=r"left_out\.0\.reason"):
        Mixture(left_out=[{"rule": CHILDREN, "reason": ""}])  # type: ignore[list-item]


def test_what_readers_found_faulty_too_often_is_off(
    mixture: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds readings, or turns a rule on, answers for it here; ``KEPT`` names what is on all the same.

    docs/data.md has the table as ``make bench-readings`` prints it.
    """
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    monkeypatch.delitem(sys.modules, "common", raising=False)
    import readings

    assert readings.too_many(mixture) == []
    told = (REPOSITORY / "docs" / "data.md").read_text("utf-8")
    rows = readings.judged(readings.readings())
    listed = [line.replace("`", "").replace("/ |", " |") for line in told.splitlines()]
    missing = [
        " | ".join(row) for row in readings.table(mixture, rows) if f"| {' | '.join(row)} |" not in listed
    ]
    assert missing == []
    others, _ = readings.of_rules_on(mixture, rows)
    assert f"{others.faulty} of {others.read} examples were faulty in the last two rounds of each" in told
