"""The data set built from the sample records: all six kinds, every word traceable, the same on every machine."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.foundation.vocabularies import KINDS, TRIAGE_LEVELS
from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.candidates import is_read_by_a_rule
from medai_assets.instructions.dataset.checks import ROW_CHECKS, WARNING, Forbidden, run_checks
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.split import overlap
from medai_assets.instructions.passages import documents, last_row_of_documents
from medai_assets.verification import PROPERTIES
from medai_assets.verification.whole_set import NAMES as OF_SETS
from medai_assets_tests.instructions.builders import row, table
from medai_assets_tests.instructions.in_memory import build_examples

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys, hashlib
from pathlib import Path
import pyarrow.parquet as pq
from medai_assets_tests.instructions.in_memory import build_examples
from medai_assets.instructions.dataset.export import write_jsonl
from medai_assets.instructions.dataset.mixture import Mixture

passages, mixture, out = sys.argv[1:]
built = build_examples(iter(pq.read_table(passages).to_batches()), Mixture.load(Path(mixture)))
write_jsonl(built.rows, Path(out))
"""


def words(text: str) -> str:
    return " ".join(text.split()).lower()


def test_every_kind_has_several_hundred_examples_or_at_least_its_least(
    built: Built, mixture: Mixture
) -> None:
    counts = Counter(r["kind"] for r in built.rows)
    assert len(built.rows) >= 1250
    assert all(counts[k] >= mixture.least_examples for k in KINDS)
    assert counts["triage_recommendation"] >= 150
    assert counts["emergency_escalation"] >= 70


def test_all_checks_pass(built: Built, mixture: Mixture) -> None:
    assert [c for c in run_checks(built.rows, mixture, Forbidden()) if not c.passed] == []


def test_a_label_is_asked_about_with_its_text_in_hand_in_training_and_held_out(built: Built) -> None:
    for split, least in (("train", 150), ("validation", 20)):
        rows = [r for r in built.rows if (r["kind"], r["split"]) == ("drug_information", split)]
        assert len(rows) >= least
        assert {orjson.loads(r["labels"]).get("form") for r in rows} == {"with_text"}
        assert {orjson.loads(r["labels"])["is_there"] for r in rows} == {True, False}
    others = [r for r in built.rows if r["kind"] != "drug_information" and r["split"] == "validation"]
    assert not any("form" in orjson.loads(r["labels"]) for r in others)


def test_nothing_that_a_prompt_shows_is_on_the_other_side(built: Built, mixture: Mixture) -> None:
    assert not any(overlap(built.rows, mixture.near_duplicate_jaccard).values())


def test_what_is_no_framing_stands_in_the_example_s_passages(built: Built, passages: pa.Table) -> None:
    texts = {r["passage_id"]: words(f"{r['heading']}\n{r['text']}") for r in passages.to_pylist()}
    for example in built.rows:
        if example["authored"]:
            continue
        rest = example["completion"]
        for frame in sorted(orjson.loads(example["labels"])["framing"], key=len, reverse=True):
            assert frame in rest
            rest = rest.replace(frame, "\n", 1)
        source = "\n".join(texts[p] for p in example["passage_ids"])
        for piece in rest.split("\n"):
            for part in piece.strip(" .;-").split("  "):
                bare = words(part).strip(" .-:()")
                assert all(_stands(b, source) for b in bare.split("\x00") if b), (example["rule"], bare)


def _stands(text: str, source: str) -> bool:
    """Whether the words stand in the source, in one or two stretches (a heading's stem and an item)."""
    if text in source:
        return True
    parts = text.split(" ")
    return any(
        " ".join(parts[:n]).strip(" :") in source and " ".join(parts[n:]) in source
        for n in range(1, len(parts))
    )


def test_every_level_and_both_answers_to_an_alarm_are_there(built: Built) -> None:
    labels = [(r["kind"], orjson.loads(r["labels"])) for r in built.rows]
    assert {told["level"] for kind, told in labels if kind == "triage_recommendation"} == set(TRIAGE_LEVELS)
    alarms = Counter(told["emergency"] for kind, told in labels if kind == "emergency_escalation")
    assert min(alarms.values()) >= 30
    safety = Counter(told["harmful"] for kind, told in labels if kind == "safety_refusal")
    assert safety[True] == safety[False] > 0


def test_every_row_says_where_it_comes_from(built: Built) -> None:
    assert built.table.schema.equals(EXAMPLE)
    for example in built.rows:
        assert example["origins"]
        assert example["authored"] or example["passage_ids"]
        assert "/" in example["rule"]
        assert example["rule"].startswith(example["kind"])


def test_every_passage_makes_an_example_or_is_removed_with_a_reason(built: Built, passages: pa.Table) -> None:
    used = {p for r in built.rows for p in r["passage_ids"]}
    rows = built.removed.to_pylist()
    removed = {r["passage_id"] for r in rows if r["step"] == "rules"}
    repeated = sum(counts.get("not_said_twice", 0) for counts in built.set_aside.by_kind.values())
    cut = repeated + sum(n for reasons in built.cut.values() for n in reasons.values())
    missing = set(passages["passage_id"].to_pylist()) - used - removed
    assert not used & removed
    assert len(missing) <= cut
    assert all(r["reason"] and r["stage"] == "instruction_dataset" for r in built.removed.to_pylist())


def test_the_order_and_the_batches_of_the_passages_do_not_matter(
    few_passages: pa.Table, lenient: Mixture
) -> None:
    built = build_examples(iter(few_passages.to_batches()), lenient)
    order = list(range(few_passages.num_rows))
    random.Random(1).shuffle(order)
    shuffled = few_passages.take(order)
    last = last_row_of_documents(
        b.filter(is_read_by_a_rule(b)) for b in shuffled.to_batches(max_chunksize=100)
    )
    again = build_examples(iter(shuffled.to_batches(max_chunksize=37)), lenient, last_rows=last)
    assert again.rows == built.rows
    assert again.removed.equals(built.removed)


def test_exports_are_the_same_bytes_under_any_hash_seed(tmp_path: Path, passages: pa.Table) -> None:
    pq.write_table(passages.slice(0, 150), tmp_path / "passages.parquet")
    mixture = REPOSITORY / "medai_assets" / "config" / "mixture.yaml"
    digests = set()
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.jsonl"
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / "passages.parquet"), str(mixture), str(out)]
        subprocess.run(command, check=True, cwd=REPOSITORY, env={**os.environ, "PYTHONHASHSEED": seed})
        digests.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_documents_are_let_go_once_they_are_whole() -> None:
    rows = [row(f"text {n}", "overview", document=f"nhs:{n // 2}", position=n % 2) for n in range(10)]
    made = table(rows)
    stream = documents(made.to_batches(max_chunksize=2), last_row_of_documents(made.to_batches()))
    assert [len(d.passages) for d in stream] == [2] * 5


def test_masked_text_and_other_languages_make_no_examples(mixture: Mixture) -> None:
    rows = [
        row("Write to [EMAIL] for advice on your cough and rest well until it has settled.", "answer", document="hf:a/1",
            heading="q", attributes={"question": "What helps against a cough?"}),
        row("La gripe es una infección de las vías respiratorias que causa fiebre y tos seca.", "overview", document="cdc:1",
            heading="¿Qué es la gripe?", language="es"),
    ]  # fmt: skip
    found = build_examples(iter(table(rows).to_batches()), mixture)
    assert [r for r in found.rows if not r["authored"]] == []
    reasons = {(r["step"], r["reason"]) for r in found.removed.to_pylist()}
    assert reasons == {
        ("rules", "language es"),
        ("rules", "its examples were set aside: no_placeholder"),
        ("verification", "no_placeholder"),
    }


def test_what_is_set_aside_is_kept_whole_with_the_property_and_the_reason(built: Built) -> None:
    rows = [r for r in built.removed.to_pylist() if r["step"] in ("verification", "mixture")]
    counts = {kind: sum(of.values()) for kind, of in built.set_aside.by_kind.items()}
    assert len(rows) == sum(counts.values()) > 0
    ids = {r["example_id"] for r in built.rows}
    for r in rows:
        assert r["reason"] in {*PROPERTIES, *ROW_CHECKS, *OF_SETS, "left_out"}
        assert (r["reason"] == "left_out") == (r["step"] == "mixture")
        rule_and_id, _, why = r["detail"].partition(": ")
        assert why
        assert rule_and_id.split()[1] not in ids
        assert "\n\n" in r["text"]
        assert r["origins"]
    left = Counter(r["kind"] for r in built.rows)
    assert all(left[kind] + count <= built.candidates[kind] for kind, count in counts.items())


def test_one_unfinished_answer_is_set_aside_and_the_build_goes_on(mixture: Mixture) -> None:
    sound = "Wheeze is a whistling sound that you hear when someone breathes out through narrow airways."
    broken = "Wheeze is treated with an inhaler that opens the airways, with a spacer in young children, washed each week and left"
    rows = [
        row(
            text,
            section,
            document="hf:a/1",
            position=n,
            heading="q",
            attributes={"question": f"{asked} wheeze?"},
        )
        for n, (text, section, asked) in enumerate(
            [(sound, "answer", "What is"), (broken, "answer", "What helps against")]
        )
    ]
    few = mixture.model_copy(update={"most_examples": dict.fromkeys(KINDS, 50)})
    found = build_examples(iter(table(rows).to_batches()), few)
    assert [r["completion"] for r in found.rows if not r["authored"]] == [sound]
    assert found.set_aside.by_kind == {"question_answer": {"answers_whole": 1}}


def test_what_may_not_be_used_is_set_aside_by_row(
    few_passages: pa.Table, lenient: Mixture, built: Built
) -> None:
    there = set(few_passages["passage_id"].to_pylist())
    taken = next(
        r["passage_ids"][0] for r in built.rows if there.issuperset(r["passage_ids"]) and r["passage_ids"]
    )
    forbidden = Forbidden(benchmark_passages=frozenset({taken}))
    found = build_examples(iter(few_passages.to_batches()), lenient, forbidden)
    assert taken not in {p for r in found.rows for p in r["passage_ids"]}
    assert sum(counts.get("no_benchmark", 0) for counts in found.set_aside.by_kind.values()) > 0
    assert [c for c in run_checks(found.rows, lenient, forbidden) if not c.passed] == []


def test_a_few_documents_of_one_source_build_where_no_more_is_wanted(
    passages: pa.Table, mixture: Mixture
) -> None:
    few = passages.filter(pc.starts_with(passages["document_id"], "medquad:5_NIDDK_QA/")).slice(0, 12)
    wanted = {kind: 0 for kind in KINDS if kind not in ("question_answer", "safety_refusal")}
    small = mixture.model_copy(update={"most_examples": wanted, "left_out": ()})
    found = build_examples(iter(few.to_batches()), small)
    assert {r["kind"] for r in found.rows} == {"question_answer", "safety_refusal"}
    failed = {c.name for c in run_checks(found.rows, small, Forbidden()) if not c.passed}
    assert failed <= WARNING
