"""The data card: whole tables whatever stands in a cell, counts of the rows, and what is not known is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from medai_assets.foundation.vocabularies import KINDS
from medai_assets.instructions.dataset.data_card import LIMITS, data_card, size_category, write_data_card
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets_tests.instructions.builders import origin

OFF = {"rule": "question_answer.pair", "records": "", "reason": "3 of 7 | read\nwere faulty"}
BOUND = {
    "kind": "question_answer", "lot": 1200, "read": 50, "faults": {"urgency": 2}, "left": 1198, "most": 90,
    "by_role": {"pharmacist": 50}, "beyond": 0,
}  # fmt: skip


def facts(**other: Any) -> dict[str, Any]:
    return {
        "by_kind": [{"kind": kind, "train": 1000, "validation": 1} for kind in KINDS],
        "licences": [{"licence": "OGL-UK-3.0", "examples": 2}],
        "by_source": [{"source": "nhs", "examples": 2}],
        "by_rule": [{"rule": "question_answer.pair/3", "examples": 2}],
        "by_form": [{"form": "plain", "examples": 1}, {"form": "rewritten", "examples": 1}],
        "cut": {"question_answer": {"most_examples": 3}},
        "set_aside": [{"reason": "no rule asks about references", "passages": 4}],
        "set_aside_examples": [],
        "checks": [{"check": "schema", "passed": True, "detail": "2 rows"}],
        "mixture": Mixture().model_dump(mode="json"),
        **other,
    }


def example(completion: str = "one two three", **other: Any) -> dict[str, Any]:
    return {
        "completion": completion,
        "authored": False,
        "audience": "consumer",
        "origins": [origin("nhs:x")],
        **other,
    }


def card(rows: list[dict[str, Any]] | None = None, **other: Any) -> str:
    return data_card([example()] if rows is None else rows, facts(**other), "v1")


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize(
    ("rows", "size"),
    [
        (0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10_000, "10K<n<100K"),
        (100_000, "100K<n<1M"),
    ],
)  # fmt: skip
def test_the_size_is_that_of_the_hub_s_categories(rows: int, size: str) -> None:
    assert f"size_categories:\n- {size}\n" in card([example()] * rows)


@pytest.mark.parametrize(
    ("rows", "size"),
    [
        (9_999_999, "1M<n<10M"), (10_000_000, "10M<n<100M"), (100_000_000, "100M<n<1B"), (10**9, "1B<n<10B"),
        (10**10, "10B<n<100B"), (10**11, "100B<n<1T"), (10**12, "n>1T"),
    ],
)  # fmt: skip
def test_the_size_is_the_hub_s_for_any_number_of_rows(rows: int, size: str) -> None:
    assert size_category(rows) == size


def test_every_row_of_a_table_has_as_many_cells_as_its_head_whatever_stands_in_it() -> None:
    odd = [{"kind": "question_answer", "property": "a | b", "examples": 1_234}]
    text = card(
        set_aside_examples=odd,
        mixture=Mixture().model_dump(mode="json") | {"left_out": [OFF]},
        checks=[{"check": "x", "passed": False, "detail": "a|b\n| c |"}],
        reviews=[BOUND],
    )
    tables = [block for block in text.split("\n\n") if block.startswith("| ")]
    assert len(tables) >= 9
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.split("\n")}
        assert len(widths) == 1, table
    assert "| question_answer | a \\| b | 1,234 |" in text
    assert "| question_answer.pair | all | 3 of 7 \\| read were faulty |" in text
    assert "| x | no | a\\|b \\| c \\| |" in text


def test_samples_and_authored_texts_are_counted_from_the_rows() -> None:
    real = origin("nhs:x") | {"sample": False}
    rows = [
        example(),
        example(origins=[real, origin("nhs:y")]),
        example(origins=[real]),
        example(origins=[real], authored=True),
    ]
    assert "4 examples of 6 kinds" in card(rows)
    assert "2 rest on sample records written for this project, 1 are authored texts" in card(rows)


def test_lengths_are_those_of_the_answers() -> None:
    rows = [example("word " * n, audience="professional" if n == 9 else "consumer") for n in (3, 5, 9)]
    told = section(card(rows), "Lengths")
    assert "Answers have 3 to 9 words, median 5." in told
    assert "Audience: consumer 2, professional 1." in told
    assert "Answers have" not in section(card([]), "Lengths")


def test_terms_of_each_licence_and_the_most_restrictive_one_are_stated() -> None:
    told = section(
        card(
            licences=[
                {"licence": name, "examples": 1}
                for name in ("CC0-1.0", "LicenseRef-PubMed-Abstract", "X-Unknown")
            ]
        ),
        "Licences and terms",
    )
    assert "| CC0-1.0 | 1 | no conditions |" in told
    assert "acknowledge NLM; do not redistribute abstracts" in told
    assert "the text must not be passed on |" in told
    assert "| X-Unknown | 1 | no conditions; the text must not be passed on |" in told
    assert "The most restrictive: X-Unknown." in told
    assert "The most restrictive: none." in card(licences=[])


def test_what_is_not_there_is_said() -> None:
    text = card(cut={}, set_aside=[], set_aside_examples=[])
    assert section(text, "What was cut").strip() == "Nothing."
    assert section(text, "Examples set aside").rstrip().endswith("None.")
    assert section(text, "Passages that made no example").strip() == "None."
    assert section(text, "Rules that are off").rstrip().endswith("None.")
    assert "Nobody has read a sample of these examples" in section(text, "Read by people")


def test_what_was_read_is_told_with_its_bound_and_what_was_not_is_not_known() -> None:
    unread = BOUND | {"kind": "safety_refusal", "read": 0, "faults": {}, "by_role": {}, "beyond": 1}
    told = section(card(reviews=[BOUND, unread]), "Read by people")
    assert "95% confidence" in told
    assert "| question_answer | 1,200 | 50 | urgency 2 | pharmacist 50 | 90 of 1,198 |" in told
    assert "| safety_refusal | 1,200 | 0 | none | nobody | not known |" in told


def test_the_most_frequent_reasons_of_unused_passages_are_listed_and_no_more_than_twenty() -> None:
    many = [{"reason": f"reason {n}", "passages": 99 - n} for n in range(30)]
    told = section(card(set_aside=many), "Passages that made no example")
    assert "reason 19" in told
    assert "reason 20" not in told


def test_limits_the_country_s_numbers_and_the_seed_are_in_it_and_nothing_of_the_machine(
    tmp_path: Path,
) -> None:
    write_data_card(tmp_path / "README.md", [example()], facts(), "v1")
    text = (tmp_path / "README.md").read_text("utf-8")
    assert text == card()
    assert all(f"- {limit}" in text for limit in LIMITS)
    assert "Numbers to call are those of `US`" in text
    assert "hashes of the seed 17" in text
    assert str(tmp_path) not in text
