"""A record leads forward to passages, examples, data set versions and the models that learned it."""

from __future__ import annotations

import pytest

from medai_assets.lineage.impact import impact
from medai_assets.lineage.impact_page import impact_page
from medai_assets.lineage.impact_targets import Target, TargetError, parse_target
from medai_assets.lineage.lookup import Lineage, LineageError
from medai_assets_tests.lineage.library import Library


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("pubmed:31031480", Target("record", "pubmed:31031480")),
        ("fda:aaa@7", Target("record", "fda:aaa", "7")),
        ("files:notes/a@b.md", Target("record", "files:notes/a@b.md")),
        ("files:notes/a@b.md@00112233445566aa", Target("record", "files:notes/a@b.md", "00112233445566aa")),
        ("hf:medmcqa/a@1", Target("record", "hf:medmcqa/a@1")),
        ("nhs:/conditions/asthma", Target("record", "nhs:/conditions/asthma")),
        ("medquad:1_CancerGov_QA/0000001.xml#2", Target("record", "medquad:1_CancerGov_QA/0000001.xml#2")),
        ("https://example.org/a", Target("url", "https://example.org/a")),
        ("sandbox:/nhs/a", Target("url", "sandbox:/nhs/a")),
        ("sandbox:nhs:conditions/asthma", Target("record", "nhs:conditions/asthma")),
        ("raw_fda[2024]", Target("slice", "fda", "2024")),
        ("pubmed_bulk[baseline-0001]", Target("slice", "pubmed_bulk", "baseline-0001")),
        ("fda", Target("source", "fda")),
        ("authored", Target("source", "authored")),
        ("authored[lethal_dose]", Target("slice", "authored", "lethal_dose")),
        ("authored:lethal-dose-008", Target("record", "authored:lethal-dose-008")),
        ("raw_nhs", Target("source", "nhs")),
        ("p" + "0" * 24, Target("passage", "p" + "0" * 24)),
    ],
)
def test_a_target_is_understood(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize("text", ["", "aspirin", "raw_moon[2024]"])
def test_anything_else_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(TargetError, match="a source"):
        parse_target(text)


def test_a_record_reaches_its_passage_its_examples_and_every_model(lineage: Lineage) -> None:
    found = impact(lineage, "fda:aaa")
    assert found.newest is not None
    assert (found.newest.passages, found.newest.examples, found.newest.train) == (1, 2, 2)
    assert [(k.kind, k.train, k.validation) for k in found.newest.by_kind] == [
        ("drug_information", 1, 0),
        ("question_answer", 1, 0),
    ]
    assert [(m.label, m.learned_examples) for m in found.models] == [
        ("lora_adapter[smollm2-135m]", 2),
        ("merged_model[smollm2-135m]", 2),
        ("evaluation_report[smollm2-135m]", 2),
    ]


def test_a_record_of_the_validation_split_was_not_learned(lineage: Lineage) -> None:
    found = impact(lineage, "nhs:/symptoms/cough")
    assert {m.learned_examples for m in found.models} == {0}


def test_only_what_a_budget_let_in_was_learned(library: Library) -> None:
    library.learns = lambda row: row["kind"] == "question_answer" and "Metformin" in row["prompt"]
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        passage = impact(lineage, "fda:aaa").passages[0].passage_id
        counted = {
            target: {(m.label, m.learned_examples) for m in impact(lineage, target).models}
            for target in (
                "fda:aaa",
                "fda:aaa@1",
                "raw_fda[2023]",
                "fda",
                "https://labels.example.org/aaa/",
                passage,
                "fda:bbb",
            )
        }
    ones = {(f"{asset}[smollm2-135m]", 1) for asset in ("lora_adapter", "merged_model", "evaluation_report")}
    assert counted.pop("fda:bbb") == {(label, 0) for label, _ in ones}
    assert all(found == ones for found in counted.values())


def test_a_model_is_found_by_what_it_learned_when_no_data_set_holds_it_any_more(library: Library) -> None:
    first = library.materialize()
    library.withdrawn["fda:aaa"] = None
    library.materialize(train=False)
    library.store.remove_version("instruction_dataset", None, first.data_version)
    with Lineage.of(library.settings) as lineage:
        found = impact(lineage, "fda:aaa")
    assert found.set_aside
    assert ("lora_adapter[smollm2-135m]", 2) in {(m.label, m.learned_examples) for m in found.models}
    assert "learned 2 examples" in impact_page(found)


def test_address_slice_source_and_passage_count_what_they_hold(lineage: Lineage) -> None:
    passage = impact(lineage, "fda:aaa").passages[0].passage_id
    counted = {
        "https://labels.example.org/bbb/": (1, 1, 2),
        "raw_fda[2024]": (2, 2, 4),
        "fda": (3, 3, 6),
        passage: (1, 1, 2),
    }
    for target, expected in counted.items():
        newest = impact(lineage, target).newest
        assert newest is not None
        assert (newest.records, newest.passages, newest.examples) == expected


def test_one_version_of_a_record_may_be_asked_for(lineage: Lineage) -> None:
    assert impact(lineage, "fda:aaa@1").newest is not None
    with pytest.raises(LineageError):
        impact(lineage, "fda:aaa@2")


def test_every_kept_data_set_version_and_its_models_are_listed(library: Library) -> None:
    first = library.materialize()
    library.mixture = {"questions": 1}
    second = library.materialize()
    with Lineage.of(library.settings) as lineage:
        found = impact(lineage, "fda:aaa")
    assert [(d.data_version, d.is_current, d.examples) for d in found.datasets] == [
        (second.data_version, True, 1),
        (first.data_version, False, 2),
    ]
    adapters = [(m.dataset, m.is_current) for m in found.models if m.asset == "lora_adapter"]
    assert adapters == [(second.data_version, True), (first.data_version, False)]


def test_a_record_that_was_set_aside_says_where_and_why(library: Library) -> None:
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        found = impact(lineage, "fda:aaa")
    assert found.datasets == []
    assert [(s.stage, s.step, s.passages) for s in found.set_aside] == [
        ("withdrawals", "take_down", 0),
        ("curated_corpus", "withdrawn", 1),
    ]


def test_a_version_that_was_never_collected_is_not_said_to_be_set_aside(library: Library) -> None:
    library.withdrawn["fda:aaa"] = "1"
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        assert impact(lineage, "fda:aaa@1").set_aside
        with pytest.raises(LineageError, match="fda:aaa@7"):
            impact(lineage, "fda:aaa@7")


def test_a_record_never_collected_is_said_to_be_so(lineage: Lineage) -> None:
    with pytest.raises(LineageError, match="never collected"):
        impact(lineage, "fda:zzz")


def test_the_page_escapes_what_publishers_wrote(library: Library) -> None:
    library.texts["fda:aaa"] = "Take <script>alert(1)</script> with meals. Then stop."
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        page = impact_page(impact(lineage, "fda:aaa"))
    assert "<script" not in page
    assert "lora_adapter[smollm2-135m]" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
