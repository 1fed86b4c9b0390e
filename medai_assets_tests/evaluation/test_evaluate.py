"""An evaluation from end to end, with a tiny model and an adapter of random weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
import torch

from medai_assets.evaluation import evaluate, harness, models
from medai_assets.evaluation.evaluate import main, run
from medai_assets.evaluation.questions import doc_of
from medai_assets.evaluation.scorers import SCORINGS
from medai_assets.evaluation.tasks import task_name, write_tasks
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.serving.generate import generate
from medai_assets.training.chat import prompt_ids
from medai_assets.training.errors import TrainingError
from medai_assets_tests.evaluation.conftest import Bench, benchmark_rows, build_adapter, held_out_rows
from medai_assets_tests.training.conftest import Listener

LIMITS = {"max_new_tokens": 8, "written_tokens": 6, "per_kind": 2, "losses_per_kind": 1, "per_benchmark": 3}
ASKED = [kind for kind in KINDS if kind in {row["kind"] for row in held_out_rows()}]


def job_of(bench: Bench, out: Path, **limits: int) -> dict[str, Any]:
    return {
        "base_model_dir": str(bench.base), "adapter_dir": str(bench.adapter), "dataset_dir": str(bench.dataset),
        "benchmark_table": str(bench.benchmarks), "out_dir": str(out), "limits": {**LIMITS, **limits}, "lineage": {"asset": "x"},
    }  # fmt: skip


@pytest.fixture(scope="module")
def evaluated(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("report")
    return out, run(job_of(bench, out), Listener())


def test_every_kind_and_benchmark_is_compared(evaluated: tuple[Path, dict[str, Any]]) -> None:
    report = evaluated[1]
    names = [row["what"] for row in report["summary"]]
    assert names == [
        *ASKED, "benchmark ifeval", "benchmark medqa", "benchmark pubmedqa", "benchmark xstest_safe", "benchmarks",
    ]  # fmt: skip
    assert {row["kind"] for row in report["losses"]} == {*ASKED, "all"}
    assert set(report["gate"]) == {"passed", "reasons", "warnings", "margin"}
    assert all(row["items"] for row in report["directions"] if row["guards"])


def test_items_keep_both_answers_and_what_they_are_traced_by(
    evaluated: tuple[Path, dict[str, Any]],
) -> None:
    rows = pq.read_table(evaluated[0] / "items.parquet").to_pylist()
    assert len(rows) == len(held_out_rows())
    for row in rows:
        assert row["passage_ids"] == ["p0"]
        assert row["origins"][0]["record_id"] == "nhs:/conditions/fever"
        for which in models.WHICH:
            assert row[f"{which}_verdict"] in SCORINGS[row["kind"]].codes
            assert row[f"{which}_verdict_words"] != row[f"{which}_verdict"]
    assert sum(row["tokens"] is not None for row in rows) == len(ASKED)


def test_benchmark_rows_say_right_or_wrong_for_both(evaluated: tuple[Path, dict[str, Any]]) -> None:
    rows = pq.read_table(evaluated[0] / "choices.parquet").to_pylist()
    # three of MedQA by the limit, one of each other set; the unanswered one is left out
    assert len(rows) == 6
    written = {"ifeval", "xstest_safe"}
    assert all((row["tuned_answer"] is not None) == (row["benchmark"] in written) for row in rows)
    assert {row[f"{which}_score"] for row in rows for which in ("base", "tuned")} <= {0.0, 1.0}


def test_the_page_shows_pictures_tables_and_examples(evaluated: tuple[Path, dict[str, Any]]) -> None:
    out = evaluated[0]
    for name in ("scores.png", "losses.png", "triage.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
        assert f"]({name})" in (out / "report.md").read_text()
    html = (out / "report.html").read_text()
    assert html.count("data:image/png;base64,") == 3
    assert "Examples of each verdict" in html
    assert "She has collapsed." in html
    for page in (html, (out / "report.md").read_text()):
        assert "Not asked, since no answer to them could be scored here: medqa (1)." in page
    assert orjson.loads((out / "report.json").read_bytes())["caution"] in html.replace("&#39;", "'")


@pytest.mark.parametrize("which", models.WHICH)
def test_a_stranger_with_lm_eval_alone_gets_the_same_answers_and_scores(
    bench: Bench, evaluated: tuple[Path, dict[str, Any]], which: str
) -> None:
    """The harness's own model class over the exported folder: nothing of this project generates or scores."""
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    out, report = evaluated
    assert not list((out / "tasks").rglob("__pycache__"))
    judged = models.load(which, bench.base, bench.adapter)
    found = simple_evaluate(
        model=HFLM(pretrained=judged.model, tokenizer=judged.tokenizer, batch_size=4, add_bos_token=False),
        tasks=["medai"], apply_chat_template=True, log_samples=True, bootstrap_iters=0,
        task_manager=TaskManager(include_path=str(out / "tasks"), include_defaults=False),
    )  # fmt: skip
    for row in report["summary"]:
        if row["what"] != "benchmarks":
            values = found["results"][task_name(row["what"].removeprefix("benchmark "))]
            assert values.get("score,none", values.get("acc,none")) == pytest.approx(row[which], abs=6e-4)
    told = {s["doc"]["item_id"]: s["resps"][0][0] for task in found["samples"].values() for s in task}
    for item in pq.read_table(out / "items.parquet").to_pylist():
        assert told[item["example_id"]].strip() == item[f"{which}_answer"]


def test_the_same_job_gives_the_same_report(
    bench: Bench, evaluated: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    run(job_of(bench, tmp_path), Listener())
    for name in ("report.json", "items.parquet", "choices.parquet", "report.html"):
        assert (tmp_path / name).read_bytes() == (evaluated[0] / name).read_bytes(), name


def test_an_unknown_limit_is_named_before_any_model_is_loaded(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="per_sort"):
        run(job_of(bench, tmp_path, per_sort=1), Listener())


def test_a_failed_job_leaves_its_reason_beside_it(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    file.write_bytes(orjson.dumps(job_of(bench, tmp_path / "out", per_sort=1)))
    assert main([str(file)]) == 1
    assert "per_sort" in orjson.loads((tmp_path / "result.json").read_bytes())["error"]


def test_losses_are_those_of_the_whole_forward_pass(bench: Bench) -> None:
    judged = models.load("base", bench.base, bench.adapter)
    rows = held_out_rows()[:3]
    for row, (nll, tokens) in zip(rows, models.losses(judged, rows)):
        asked = prompt_ids(judged.tokenizer, row["system"], row["prompt"])
        answer = judged.tokenizer(row["completion"])["input_ids"] + [judged.tokenizer.eos_token_id]
        ids = torch.tensor([asked + answer])
        with torch.no_grad():
            told = judged.model(ids).logits[0].float().log_softmax(-1)
        expected = -sum(float(told[len(asked) + n - 1, token]) for n, token in enumerate(answer))
        assert tokens == len(answer)
        assert nll == pytest.approx(expected, rel=2e-3 if judged.model.dtype == torch.float32 else 2e-2)


def test_the_adapter_changes_the_tuned_model_and_not_the_base(bench: Bench) -> None:
    rows = held_out_rows()
    found = {
        which: models.losses(models.load(which, bench.base, bench.adapter), rows) for which in models.WHICH
    }
    assert found["base"] != found["tuned"]
    assert found["base"] == models.losses(models.load("base", bench.base, bench.adapter), rows)
    with pytest.raises(ValueError, match="base and tuned"):
        models.load("other", bench.base, bench.adapter)


def test_the_harness_finds_the_likeliest_choice(bench: Bench, tmp_path: Path) -> None:
    """Right and wrong as one computes them by hand from the chat template and the option's first token."""
    judged = models.load("tuned", bench.base, bench.adapter)
    rows = [row for row in benchmark_rows() if row["answer"] and row["options"]]
    expected = []
    for row in rows:
        doc = doc_of(row)
        asked = prompt_ids(judged.tokenizer, doc["system"], doc["prompt"])
        likelihood = []
        for choice in doc["choices"]:
            said = judged.tokenizer(choice)["input_ids"]
            with torch.no_grad():
                logits = judged.model(torch.tensor([asked + said])).logits[0].float().log_softmax(-1)
            likelihood.append(sum(float(logits[len(asked) + n - 1, t]) for n, t in enumerate(said)))
        expected.append(float(likelihood.index(max(likelihood)) == doc["target"]))
    write_tasks(tmp_path, [], rows, 8)
    assert harness.score_questions(judged, rows, tmp_path) == [(score, None) for score in expected]


def test_generation_needs_nothing_but_the_adapter_directory_for_its_template(bench: Bench) -> None:
    judged = models.load("tuned", bench.base, bench.adapter)
    (answer,) = generate(judged.model, judged.tokenizer, [("", "What is fever?")], max_new_tokens=4)
    assert answer.tokens <= 4


def test_a_report_on_preferences_holds_the_adapter_against_the_one_before(
    bench: Bench, evaluated: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    before = build_adapter(bench.base, tmp_path / "before", seed=2)
    job = job_of(bench, tmp_path / "report") | {"before_adapter_dir": str(before)}
    report = run(job, Listener())
    items, of_base = (pq.read_table(out / "items.parquet") for out in (tmp_path / "report", evaluated[0]))
    assert items["tuned_nll"].to_pylist() == of_base["tuned_nll"].to_pylist(), "the same adapter"
    assert items["base_nll"].to_pylist() != of_base["base_nll"].to_pylist(), "held against another"
    encoded = models.losses(models.load("base", bench.base, bench.adapter, before), items.to_pylist()[:1])
    assert items["base_nll"][0].as_py() == pytest.approx(encoded[0][0], rel=1e-3)
    page = (tmp_path / "report" / "report.md").read_text()
    assert page.startswith("# After against before")
    assert "base" not in report["plain_words"]
    assert "| before | after |" in page
    assert not any(word in page.lower() for word in ("than its base", "| base |", "base loss", "**base"))


def test_both_models_at_once_are_measured_as_one_after_the_other(
    bench: Bench, evaluated: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cores, beside = torch.get_num_threads(), evaluate._side_by_side(bench.base)
    monkeypatch.setattr(evaluate, "_side_by_side", lambda _: not beside)
    run(job_of(bench, tmp_path), Listener())
    for name in ("items.parquet", "choices.parquet"):
        assert pq.read_table(tmp_path / name) == pq.read_table(evaluated[0] / name)
    assert torch.get_num_threads() == cores


def test_both_are_measured_at_once_only_with_room_for_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(file.stat().st_size for file in bench.base.glob("*.safetensors"))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    for memory, beside in ((24 * size, True), (23 * size, False)):
        machine = replace(evaluate.find_machine(), device="cpu", memory=memory)
        monkeypatch.setattr(evaluate, "find_machine", lambda machine=machine: machine)
        assert evaluate._side_by_side(bench.base) is beside
