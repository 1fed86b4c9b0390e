"""An example leads back to its records, whatever it is named by."""

from __future__ import annotations

import json

import pytest

from medai_assets.lineage.lookup import Lineage, LineageError
from medai_assets.lineage.trace import Trace, trace
from medai_assets_tests.lineage.library import BASE_MODEL, Library


def metformin(lineage: Lineage) -> Trace:
    return trace(lineage, "What should I know about Metformin tablets? (0)")[0]


def test_an_example_names_its_passage_record_and_the_sentence_used(lineage: Lineage) -> None:
    found = metformin(lineage)
    (passage,) = found.passages
    (record,) = found.records
    assert passage.used == ["Take metformin with meals."]
    assert passage.text == "Take metformin with meals. Do not crush the tablets."
    assert (record.record_id, record.version, record.licence) == ("fda:aaa", "1", "CC0-1.0")
    assert record.url == "https://labels.example.org/aaa"


def test_a_sample_is_named_by_its_place_in_the_sandbox_also_where_a_version_names_a_page(
    library: Library,
) -> None:
    library.samples = True
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        assert [record.url for record in metformin(lineage).records] == ["sandbox:fda:aaa"]


def test_a_record_tells_the_request_that_brought_it_and_when(lineage: Lineage) -> None:
    (record,) = metformin(lineage).records
    assert record.request == "GET /fda?slice=2023"
    assert record.retrieved_at == "2026-03-04T05:06:07+00:00"


def test_the_way_leads_from_the_data_set_to_the_slice_with_runs_and_code_versions(lineage: Lineage) -> None:
    steps = metformin(lineage).steps
    assert [s.label for s in steps] == [
        "instruction_dataset",
        "curated_corpus",
        "instruction_mixture",
        "processed_corpus[fda]",
        "processed_slice[fda/2023]",
        "raw_fda[2023]",
    ]
    assert all(s.run_id.startswith("run-") and s.code_version == "1" for s in steps)


def test_an_example_names_the_adapters_that_learned_it_and_no_other(library: Library) -> None:
    library.learns = lambda row: row["kind"] == "question_answer"
    library.materialize()
    old = library.store.require("lora_adapter", BASE_MODEL)
    library.learns = lambda row: row["kind"] == "drug_information"
    library.code["lora_adapter"] = "2"
    new = library.train_again()
    with Lineage.of(library.settings) as lineage:
        found = {
            t.example.kind: t.learned_by
            for t in trace(lineage, "What should I know about Metformin tablets?")
        }
    assert [(a.label, a.adapter.data_version, a.is_current, a.times) for a in found["question_answer"]] == [
        ("lora_adapter[smollm2-135m]", old.data_version, False, 1)
    ]
    assert [(a.adapter.data_version, a.is_current) for a in found["drug_information"]] == [
        (new.data_version, True)
    ]


def test_an_id_a_text_a_sentence_and_a_line_of_the_export_name_the_same_example(lineage: Lineage) -> None:
    e = metformin(lineage).example
    line = json.dumps({"example_id": e.example_id, "prompt": e.prompt})
    bare = json.dumps({"prompt": e.prompt, "completion": e.completion})
    chat = json.dumps({"messages": [
        {"role": "system", "content": e.system}, {"role": "user", "content": e.prompt},
        {"role": "assistant", "content": e.completion},
    ]})  # fmt: skip
    for wanted in (e.example_id, e.prompt, line, bare, chat):
        assert [t.example.example_id for t in trace(lineage, wanted)] == [e.example_id]


def test_a_sentence_finds_every_example_that_holds_it_whatever_its_case_and_spaces(lineage: Lineage) -> None:
    found = trace(lineage, "take   METFORMIN\nwith meals")
    assert len(found) == 2
    assert {t.example.subject for t in found} == {"metformin"}


def test_the_words_of_a_sentence_in_another_order_are_not_that_sentence(lineage: Lineage) -> None:
    with pytest.raises(LineageError, match="word for word"):
        trace(lineage, "meals with metformin take")


def test_an_authored_example_leads_to_the_file_that_a_person_wrote(lineage: Lineage) -> None:
    (found,) = trace(lineage, "Somebody has collapsed.")
    assert found.example.authored
    assert [(r.record_id, r.licence) for r in found.records] == [
        ("authored:collapse-001", "LicenseRef-medai-authored")
    ]
    assert found.passages == []
    assert found.steps[0].asset == "instruction_dataset"


def test_an_example_of_an_older_version_is_found_there(library: Library) -> None:
    old = library.materialize()
    library.texts.pop("fda:aaa")
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        found = metformin(lineage)
    assert found.dataset == old.data_version
    assert not found.is_current
    assert found.records[0].request == "GET /fda?slice=2023"


@pytest.mark.parametrize("wanted", ["e" + "0" * 24, "no such words anywhere", '{"text": 1}', "{broken"])
def test_what_is_not_there_is_said_in_words(lineage: Lineage, wanted: str) -> None:
    with pytest.raises(LineageError):
        trace(lineage, wanted)


def test_an_empty_store_says_what_to_do(library: Library) -> None:
    with Lineage.of(library.settings) as lineage, pytest.raises(LineageError, match="medai run"):
        trace(lineage, "anything")


@pytest.mark.parametrize(
    "line",
    [
        '{"messages": "x"}', '{"messages": ["x", 1, null]}', '{"messages": {}}', '{"example_id": 3}', "{}",
        '{"messages": [{"role": "user"}]}', '{"completion": [1]}',
    ],
)  # fmt: skip
def test_a_line_of_another_shape_is_told_to_name_no_example(lineage: Lineage, line: str) -> None:
    with pytest.raises(LineageError):
        trace(lineage, line)


def test_a_text_that_was_set_aside_is_told_with_where_why_and_of_which_record(library: Library) -> None:
    detail = "question_answer.aim/57 e1928a10d8f2a5f50298f6dff: 'resect' looks like 'respect'"
    origins = [{"record_id": "fda:aaa", "source": "fda", "slice": "2023", "version": "1", "url": "https://x.org/aaa",
                "licence": "CC0-1.0", "attribution": "X", "sample": True}]  # fmt: skip
    library.removed = [
        {"stage": "instruction_dataset", "step": "verification", "reason": "spelled", "detail": detail, "passage_id": "p1",
         "source": "fda", "text": "Is it safe to resect (Weißenberger)?\n\nYes, it  is.", "origins": origins}
    ]  # fmt: skip
    library.materialize(train=False)
    with Lineage.of(library.settings) as lineage:
        for wanted in ("is it safe to RESECT (WEIßENBERGER)? yes, it is.", "e1928a10d8f2a5f50298f6dff"):
            with pytest.raises(LineageError) as said:
                trace(lineage, wanted)
            assert "it was set aside" in str(said.value)
            assert f"In instruction_dataset, verification: spelled ({detail}), from fda:aaa." in str(
                said.value
            )
        with pytest.raises(LineageError) as said:
            trace(lineage, "Is it safe to respect?")
        assert "set aside" not in str(said.value)
