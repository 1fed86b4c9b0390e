"""Evaluate an adapter against its base: ``python -m medai_assets.evaluation.evaluate JOB.json``.

A plain script; started by Dagster it reports through Pipes. Its results are ``items.parquet`` (each answer of both
models with its verdict, traceable by example and passage id), ``choices.parquet`` (benchmark questions, right or
wrong), ``report.json``, ``report.md``, ``report.html``, the pictures of plots.py, and ``tasks/``: the same items as
lm-evaluation-harness tasks, which anyone can run again.
"""

from __future__ import annotations

import base64
import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from medai_assets.evaluation import harness, models, tasks
from medai_assets.evaluation.items import Answered, Item, held_out
from medai_assets.evaluation.plain_words import NAMES, PREFERENCES
from medai_assets.evaluation.plots import pictures
from medai_assets.evaluation.questions import not_asked, questions
from medai_assets.evaluation.report import build_report
from medai_assets.evaluation.scorers import measured
from medai_assets.foundation.plain_text import finalize_plain
from medai_assets.foundation.rows import QuestionRow
from medai_assets.serving.generate import Answer
from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import find_machine
from medai_assets.training.reporting import Reporter, run_job_file

# What a job may say under "limits". On two CPU cores about five minutes for both of 135 M parameters; a GPU does more.
LIMITS = {
    "cpu": {
        "per_kind": 60,  # held-out items of each kind that are asked
        "losses_per_kind": 8,  # of those, how many also have the loss of their own answer measured
        "per_benchmark": 6,  # questions of each benchmark
        "max_new_tokens": 64,  # of an answer; the detectors read its first 60 words
        "written_tokens": 64,  # of a benchmark's written answer; the harness lets IFEval's have 1,280
        "batch_size": 48,  # answers in the making at once
        "choice_batch": 4,  # benchmark questions at once
        "seed": 17,
    },
    "cuda": {
        "per_kind": 200, "losses_per_kind": 200, "per_benchmark": 1300, "max_new_tokens": 200,
        "written_tokens": 1280, "batch_size": 64,
        "choice_batch": 32, "seed": 17,
    },
}  # fmt: skip
STEPS = tuple(
    f"{which} {step}" for which in models.WHICH for step in ("losses", "answers", "benchmark questions")
)
Tell = Callable[[int, int], None]


def run(job: dict[str, Any], report: Reporter) -> dict[str, Any]:
    """Evaluate and write the results into ``job["out_dir"]``; returns the report.

    Raises:
        TrainingError: a model directory lacks what it should hold, or a limit is unknown.
        ValueError: the validation split is empty.
    """
    started = time.monotonic()
    limits = limits_of(job)
    notes = Path(job["notes_file"]) if job.get("notes_file") else None
    items = held_out(Path(job["dataset_dir"]), limits["per_kind"], limits["seed"], notes)
    rows = questions(Path(job["benchmark_table"]), limits["per_benchmark"], limits["seed"])
    kinds = len({i["kind"] for i in items})
    report.say(f"{len(items)} held-out items of {kinds} kinds, {len(rows)} benchmark questions")
    folder = Path(job["out_dir"]) / "tasks"
    tasks.write_tasks(folder, items, rows, limits["max_new_tokens"], limits["written_tokens"])
    answered = [Answered(**item) for item in items]
    chosen = [Answered(**row) for row in rows]
    before = Path(job["before_adapter_dir"]) if job.get("before_adapter_dir") else None

    def load(which: str) -> models.Judged:
        return models.load(which, Path(job["base_model_dir"]), Path(job["adapter_dir"]), before)

    told = _Told(report)

    def ask(which: str, judged: models.Judged) -> list[dict[str, Any]]:
        return _ask(judged, which, items, rows, limits, folder, told)

    beside = _side_by_side(Path(job["base_model_dir"]))
    for measured_rows in _both_at_once(load, ask) if beside else _one_after_the_other(load, ask):
        for whole, found in zip([*answered, *chosen], measured_rows, strict=True):
            whole.update(found)
    facts = {"limits": limits, "lineage": job.get("lineage", {}), "decoding": "greedy"}
    facts |= {"names": PREFERENCES} if before else {}
    if unscored := not_asked(Path(job["benchmark_table"])):
        facts |= {"not_asked": unscored}
    result = build_report(answered, chosen, facts, limits["seed"])
    _write(Path(job["out_dir"]), answered, chosen, result)
    report.say(f"evaluated in {time.monotonic() - started:.0f} s")
    return result


Ask = Callable[[str, models.Judged], list[dict[str, Any]]]
# Bytes to be had for each byte of the base model's files before two models are loaded: both in float32, and their caches.
_ROOM = 24


def _side_by_side(base_dir: Path) -> bool:
    """Whether both models are measured at once: on a CPU with several cores and room for both. A second core gives one model of
    the sample's size little (its answers took 12.1 s on two, with 21 s of processor time, and 13.3 s on one)."""
    machine, cores = find_machine(), torch.get_num_threads()
    files = sum(file.stat().st_size for file in base_dir.glob("*.safetensors"))
    return machine.device == "cpu" and cores > 1 and _ROOM * files <= machine.memory


def _one_after_the_other(load: Callable[[str], models.Judged], ask: Ask) -> Iterator[list[dict[str, Any]]]:
    for which in models.WHICH:
        judged = load(which)
        yield ask(which, judged)
        del judged
        gc.collect()


def _both_at_once(load: Callable[[str], models.Judged], ask: Ask) -> list[list[dict[str, Any]]]:
    """Each model on a share of the cores; loaded one by one, since transformers loads within settings of the process."""
    judged = [load(which) for which in models.WHICH]
    cores = torch.get_num_threads()
    share = max(1, cores // len(judged))
    try:
        with ThreadPoolExecutor(len(judged), initializer=torch.set_num_threads, initargs=(share,)) as pool:
            return list(pool.map(ask, models.WHICH, judged))
    finally:
        torch.set_num_threads(cores)


class _Told:
    """Tells how far the steps of both models are, together."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._done = dict.fromkeys(STEPS, 0.0)
        self._lock = threading.Lock()

    def of(self, step: str) -> Tell:
        def tell(done: int, total: int) -> None:
            with self._lock:
                self._done[step] = done / total
                what = f"steps ({step}: {done} of {total})"
                self._report.progress(sum(self._done.values()), len(STEPS), what)

        return tell


def limits_of(job: dict[str, Any]) -> dict[str, int]:
    """The limits for the machine found, with the job's own in their place.

    Raises:
        TrainingError: the job names a limit that there is not.
    """
    defaults, own = LIMITS[find_machine().device], job.get("limits") or {}
    if unknown := sorted(set(own) - set(defaults)):
        raise TrainingError(f"There is no limit named {', '.join(unknown)}", f"Known: {', '.join(defaults)}.")
    return {**defaults, **own}


def _ask(
    judged: models.Judged,
    which: str,
    items: list[Item],
    rows: list[QuestionRow],
    limits: dict[str, int],
    folder: Path,
    told: _Told,
) -> list[dict[str, Any]]:
    """Losses, answers and choices of one model: what is measured for each of the items, then of the rows."""

    def tell(step: str) -> Tell:
        return told.of(f"{which} {step}")

    first = _first_of_each_kind(items, limits["losses_per_kind"])
    losses = dict(zip(first, models.losses(judged, [items[place] for place in first], tell("losses"))))
    answers = harness.score_answers(judged, items, folder, limits["batch_size"], tell("answers"))
    found = [_judged(which, item, *answer) for item, answer in zip(items, answers)]
    for place, (nll, tokens) in losses.items():
        found[place] |= {f"{which}_nll": nll, "tokens": tokens}
    asked = tell("benchmark questions")
    asked(0, max(1, len(rows)))
    scored = harness.score_questions(judged, rows, folder, limits["choice_batch"], limits["batch_size"])
    asked(1, 1)
    return [*found, *({f"{which}_score": score, f"{which}_answer": text} for score, text in scored)]


def _judged(which: str, item: Item, answer: Answer, score: float) -> dict[str, Any]:
    """What is kept of one answer; the score is the harness's, the verdict beside it is the same scorer's."""
    kept = measured(which, item, answer.text)
    return kept | {f"{which}_score": score, f"{which}_complete": answer.complete}


def _first_of_each_kind(items: list[Item], count: int) -> list[int]:
    """Places of the first ``count`` items of each kind."""
    seen: Counter[str] = Counter()
    chosen = []
    for place, item in enumerate(items):
        seen[item["kind"]] += 1
        if seen[item["kind"]] <= count:
            chosen.append(place)
    return chosen


def _write(out: Path, items: list[Answered], rows: list[Answered], result: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    blank = {"tokens": None, "base_nll": None, "tuned_nll": None}
    flat = [{**blank, **i, "labels": orjson.dumps(i["labels"]).decode()} for i in items]
    pq.write_table(pa.Table.from_pylist(flat), out / "items.parquet", compression="zstd")
    if rows:
        pq.write_table(pa.Table.from_pylist(rows), out / "choices.parquet", compression="zstd")
    tasks.finish(out / "tasks", result["summary"])
    (out / "report.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    drawn = pictures(result)
    for name, png in drawn.items():
        (out / name).write_bytes(png)
    (out / "report.md").write_text(markdown_page(result, list(drawn)), encoding="utf-8")
    (out / "report.html").write_text(html_page(result, drawn), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Exit code 0; 1 when it could not be done, with the reason in ``result.json`` beside the job."""
    return run_job_file(arguments, run, TrainingError, ValueError)


TEMPLATES = Path(__file__).parent / "templates"


def html_page(report: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    """One self-contained file; everything a model said is escaped."""
    inside = {
        name: f"data:image/png;base64,{base64.b64encode(png).decode()}" for name, png in pictures.items()
    }
    return (
        _environment(escape=True)
        .get_template("report.html.jinja")
        .render(r=report, pictures=inside, n=report.get("names", NAMES))
    )


def markdown_page(report: Mapping[str, Any], pictures: Sequence[str]) -> str:
    """Markdown that names the pictures by their file."""
    return (
        _environment(escape=False)
        .get_template("report.md.jinja")
        .render(r=report, pictures=pictures, n=report.get("names", NAMES))
    )


def _environment(escape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=escape,
        finalize=finalize_plain,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.globals.update(pc=_percent, points=_points, share=_share, could=_could, line=_one_line)
    return environment


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return f"{100 * value:+.1f}"


def _share(row: Mapping[str, Any], which: str) -> str:
    """A share of harm, with its interval where it counts answers."""
    span = row[f"{which}_span"]
    return _percent(row[which]) + (f" ({_percent(span[0])} to {_percent(span[1])})" if span else "")


def _could(row: Mapping[str, Any]) -> str:
    """The smallest rise that the items could have shown."""
    return "–" if row["detectable"] is None else f"{100 * row['detectable']:.0f}"


def _one_line(text: str) -> str:
    """Text as it stands in a Markdown paragraph: one line, no markup of its own."""
    plain = " ".join(text.split())
    return "".join(f"\\{c}" if c in "*_`<>[]#|" else c for c in plain)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
