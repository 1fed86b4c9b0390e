"""Evaluate an adapter against its base: ``python -m medai_assets.evaluation.evaluate JOB.json``.

A plain script; started by Dagster it reports through Pipes. Its results are ``items.parquet`` (each answer of both
models with its verdict, traceable by example and passage id), ``choices.parquet``, ``report.json`` and ``scores.png``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from medai_assets.evaluation.choices import questions, score
from medai_assets.evaluation.items import held_out
from medai_assets.evaluation.models import Pair
from medai_assets.evaluation.plots import scores_picture
from medai_assets.evaluation.report import build_report
from medai_assets.evaluation.scorers import SCORERS, faithfulness, repetition
from medai_assets.training.reporting import Reporter, reporter

DEFAULTS = {"per_kind": 40, "per_benchmark": 30, "max_new_tokens": 96, "seed": 17}
STEPS = (
    "base losses",
    "tuned losses",
    "base answers",
    "tuned answers",
    "base benchmarks",
    "tuned benchmarks",
)


def run(job: dict[str, Any], report: Reporter) -> dict[str, Any]:
    """Evaluate and write the results into ``job["out_dir"]``; returns the report."""
    started = time.monotonic()
    limits = {**DEFAULTS, **job.get("limits", {})}
    items = held_out(Path(job["dataset_dir"]), limits["per_kind"], limits["seed"])
    rows = questions(Path(job["benchmark_table"]), limits["per_benchmark"], limits["seed"])
    report.say(
        f"{len(items)} held-out items of {len({i['kind'] for i in items})} kinds, {len(rows)} benchmark questions"
    )
    pair = Pair.load(Path(job["base_model_dir"]), Path(job["adapter_dir"]))
    for which in ("base", "tuned"):
        _ask(pair, which, items, rows, limits, report)
    facts = {"limits": limits, "lineage": job.get("lineage", {}), "decoding": "greedy"}
    result = build_report(items, rows, facts, limits["seed"])
    _write(Path(job["out_dir"]), items, rows, result)
    report.say(f"evaluated in {time.monotonic() - started:.0f} s")
    return result


def _ask(
    pair: Pair,
    which: str,
    items: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    limits: dict[str, Any],
    report: Reporter,
) -> None:
    """Losses, answers and choices of one model, written into the items and rows."""

    def tell(step: str) -> Any:
        number = STEPS.index(f"{which} {step}")
        return lambda done, total: report.progress(
            number + done / total, len(STEPS), f"steps ({which} {step}: {done} of {total})"
        )

    for item, (nll, tokens) in zip(items, pair.losses(which, items, tell("losses"))):
        item[f"{which}_nll"], item["tokens"] = nll, tokens
    for item, answer in zip(items, pair.answers(which, items, limits["max_new_tokens"], tell("answers"))):
        verdict = SCORERS[item["kind"]](answer, item["completion"], item["labels"])
        item |= {
            f"{which}_answer": answer,
            f"{which}_score": verdict.score,
            f"{which}_verdict": verdict.words,
            f"{which}_words": len(answer.split()),
            f"{which}_faithfulness": faithfulness(answer, f"{item['prompt']} {item['completion']}"),
            f"{which}_repetition": repetition(answer),
        }
    for row, value in zip(rows, score(pair, which, rows, tell("benchmarks"))):
        row[f"{which}_score"] = value


def _write(
    out: Path, items: list[dict[str, Any]], rows: list[dict[str, Any]], result: dict[str, Any]
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    flat = [{**i, "labels": orjson.dumps(i["labels"]).decode()} for i in items]
    pq.write_table(pa.Table.from_pylist(flat), out / "items.parquet", compression="zstd")
    if rows:
        pq.write_table(pa.Table.from_pylist(rows), out / "choices.parquet", compression="zstd")
    (out / "report.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    (out / "scores.png").write_bytes(scores_picture(result))


def main(arguments: list[str]) -> int:
    """Exit code 0; an error ends the process with its own message."""
    job = orjson.loads(Path(arguments[0]).read_bytes())
    progress_file = Path(job["progress_file"]) if job.get("progress_file") else None
    with reporter(progress_file) as report:
        run(job, report)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
