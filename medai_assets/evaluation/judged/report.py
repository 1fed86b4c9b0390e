"""Base and tuned model on HealthBench's conversations, by a judge that is judged first:
``python -m medai_assets.evaluation.judged.report JOB.json``.

A plain script. It leaves ``report.json``, ``report.md``, ``report.html``, ``labelled.parquet`` (the judge beside the
physicians) and ``verdicts.parquet`` (each answer with each criterion's verdict), and its key comes from the environment.
Stopped, it goes on: the models' answers and the judge's replies are kept in the job's folder until they are published.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import SecretStr

from medai_assets.evaluation import models
from medai_assets.evaluation.directions import comparison_row
from medai_assets.evaluation.judged.agreement import agreement
from medai_assets.evaluation.judged.healthbench import (
    EMERGENCIES,
    Conversation,
    HealthBenchUnreadable,
    Labelled,
    conversations,
    labelled,
)
from medai_assets.evaluation.judged.judge import PROMPT_VERSION, Judge, Question, Verdict
from medai_assets.evaluation.judged.probes import misled, probed, probes
from medai_assets.evaluation.judged.words import html_of, markdown_of, plain_words
from medai_assets.evaluation.statistics import compare
from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.files import read_hashed, write_hashed
from medai_assets.serving.generate import generate_from
from medai_assets.training.chat import prompt_ids
from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import find_machine
from medai_assets.training.reporting import Reporter, run_job_file
from medai_assets.transport.errors import UpstreamError

KEY_VARIABLE = "MEDAI_JUDGE_KEY"
MOST_UNREADABLE = 0.1  # share of the judge's texts; with more of them it is no judge
LIMITS = {
    # Of each cluster so many of the physicians' verdicts; of each theme so many conversations, of emergencies more.
    "cpu": {"of_each_cluster": 8, "emergencies": 12, "of_each_theme": 4, "max_new_tokens": 64, "batch_size": 8},
    "cuda": {"of_each_cluster": 20, "emergencies": 200, "of_each_theme": 50, "max_new_tokens": 512, "batch_size": 32},
}  # fmt: skip
SEED = 17
Tell = Callable[[int, int], None]


def run(job: dict[str, Any], report: Reporter) -> dict[str, Any]:
    """Judge the judge, then both models' answers; write the results into ``job["out_dir"]``, and return the report.

    Raises:
        UpstreamError: the endpoint refuses, cannot be had, or is no judge of this kind.
        TrainingError: too many of its texts could not be read, or a model's directory lacks what it should hold.
        HealthBenchUnreadable: a file is not in the published form.
    """
    limits = LIMITS[find_machine().device] | (job.get("limits") or {})
    work = Path(job["work_dir"])
    key = os.environ.get(KEY_VARIABLE)
    judge = Judge(
        job["url"],
        job["model"],
        SecretStr(key) if key else None,
        work / "replies",
        job.get("patience", 120.0),
    )
    known = labelled(Path(job["labelled_file"]), limits["of_each_cluster"], SEED)
    of_judge = [Question(one.turns, one.answer, one.criterion) for one in known]
    verdicts = _asked(judge, of_judge, report, "the judge beside physicians")
    report.say(f"{job['model']} judged {len(known)} answers that physicians have judged")

    def wanted(theme: str) -> int:
        return int(limits["emergencies" if theme == EMERGENCIES else "of_each_theme"])

    chosen = conversations(Path(job["conversations_file"]), wanted, SEED)
    answers = {which: _answers(job, which, chosen, limits, work, report) for which in models.WHICH}
    questions = [
        Question(one.turns, answers[which][place], criterion.text)
        for which in models.WHICH
        for place, one in enumerate(chosen)
        for criterion in one.criteria
    ]
    known_beforehand = probes(known, verdicts)
    among = [*questions, *(probe.question for probe in known_beforehand)]
    judged = _asked(judge, among, report, "the models' answers")
    rows = _rows(chosen, answers, judged[: len(questions)])
    found = probed(known_beforehand, judged[len(questions) :])
    result = _result(job, known, verdicts, found, chosen, rows, limits)
    _write(Path(job["out_dir"]), result, known, verdicts, rows)
    report.say(f"{len(chosen)} conversations judged")
    return result


def _asked(judge: Judge, questions: Sequence[Question], report: Reporter, what: str) -> list[Verdict | None]:
    found = judge.verdicts(questions, lambda done, total: report.progress(done, total, f"verdicts ({what})"))
    unreadable = sum(one is None for one in found)
    if unreadable > MOST_UNREADABLE * len(found):
        raise TrainingError(
            f"{judge.model} gave no readable verdict on {unreadable} of {len(found)} questions ({what})",
            "Set MEDAI_JUDGE_MODEL to a model that follows instructions. The verdicts that could be read are kept.",
        )
    return found


def _answers(
    job: dict[str, Any],
    which: str,
    chosen: list[Conversation],
    limits: dict[str, int],
    work: Path,
    report: Reporter,
) -> list[str]:
    """One model's answers, kept so that a stopped job need not make them again."""
    ids = [one.id for one in chosen]
    file = work / f"{which}-{text_digest(*ids, str(limits['max_new_tokens']))}.json"
    if (earlier := read_hashed(file)) is not None:
        answers: list[str] = orjson.loads(earlier)
        return answers
    model = models.load(which, Path(job["base_model_dir"]), Path(job["adapter_dir"]))
    prompts = []
    for one in chosen:
        *history, last = one.turns
        system = history.pop(0)["content"] if history and history[0]["role"] == "system" else ""
        prompts.append(prompt_ids(model.tokenizer, system, last["content"], history))
    made = generate_from(
        model.model, model.tokenizer, prompts, max_new_tokens=limits["max_new_tokens"],
        batch_size=limits["batch_size"],
        progress=lambda done, total: report.progress(done, total, f"answers ({which})"),
    )  # fmt: skip
    del model
    gc.collect()
    texts = [answer.text for answer in made]
    write_hashed(file, orjson.dumps(texts))
    return texts


def _rows(
    chosen: list[Conversation], answers: dict[str, list[str]], judged: Sequence[Verdict | None]
) -> list[dict[str, Any]]:
    verdicts = iter(judged)
    return [
        {
            "conversation": one.id, "theme": one.theme, "cluster": criterion.cluster, "model": which,
            "answer": answers[which][place], "criterion": criterion.text, "points": criterion.points,
            **_verdict_columns(next(verdicts)),
        }
        for which in models.WHICH
        for place, one in enumerate(chosen)
        for criterion in one.criteria
    ]  # fmt: skip


def _verdict_columns(verdict: Verdict | None) -> dict[str, Any]:
    """A verdict as a table has it, with the model that gave it and the version of what it was asked; nothing where unreadable."""
    met, why, model, version = verdict or (None, None, None, None)
    return {"met": met, "why": why, "judge": model, "prompt_version": version}


def _result(
    job: dict[str, Any],
    known: list[Labelled],
    verdicts: list[Verdict | None],
    found_by_probes: dict[str, dict[str, int]],
    chosen: list[Conversation],
    rows: list[dict[str, Any]],
    limits: dict[str, int],
) -> dict[str, Any]:
    clusters: dict[str, set[str]] = defaultdict(set)
    for one in chosen:
        clusters[one.theme] |= {criterion.cluster for criterion in one.criteria}
    scores = _scores(rows)

    def agreed(kept: set[str] | None = None) -> dict[str, Any]:
        pairs = [
            (v.met, one.labels)
            for one, v in zip(known, verdicts)
            if v is not None and (kept is None or one.cluster in kept)
        ]
        return agreement([met for met, _ in pairs], [labels for _, labels in pairs])

    table, is_misled = [], bool(misled(found_by_probes))
    for name in ("all", *sorted(clusters, key=lambda theme: (theme != EMERGENCIES, theme))):
        both = [s for s in scores.values() if name in ("all", s["theme"]) and {"base", "tuned"} <= s.keys()]
        if both:
            found = comparison_row(compare([s["base"] for s in both], [s["tuned"] for s in both], SEED))
            own = agreed(clusters.get(name))
            believed = own["beats_chance"] and not is_misled
            table.append({"what": name, **found, "agreement": own, "believed": believed})
    overall = agreed()
    result = {
        "judge": {"model": job["model"], "url": job["url"], "prompt_version": PROMPT_VERSION},
        "lineage": job.get("lineage", {}), "limits": limits, "decoding": "greedy", "scores": table,
        "agreement": overall, "probes": found_by_probes, "believed": overall["beats_chance"] and not is_misled,
        "unreadable": sum(v is None for v in verdicts) + sum(row["met"] is None for row in rows),
        "asked": len(verdicts) + len(rows),
    }  # fmt: skip
    return result | {"plain_words": plain_words(result)}


def _scores(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By conversation its theme and both models' scores: points of the criteria met, of those that can be gained, in [0, 1]."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row["conversation"], row["model"]].append(row)
    for (conversation, which), own in grouped.items():
        most = sum(max(0.0, row["points"]) for row in own)
        found[conversation]["theme"] = own[0]["theme"]
        if most and all(row["met"] is not None for row in own):
            gained = sum(row["points"] for row in own if row["met"])
            found[conversation][which] = min(1.0, max(0.0, gained / most))
    return found


def _write(
    out: Path,
    result: dict[str, Any],
    known: list[Labelled],
    verdicts: list[Verdict | None],
    rows: list[dict[str, Any]],
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    beside = [
        {
            "id": one.id,
            "cluster": one.cluster,
            "criterion": one.criterion,
            "physicians": one.labels,
            **_verdict_columns(verdict),
        }
        for one, verdict in zip(known, verdicts, strict=True)
    ]
    pq.write_table(pa.Table.from_pylist(beside), out / "labelled.parquet", compression="zstd")
    pq.write_table(pa.Table.from_pylist(rows), out / "verdicts.parquet", compression="zstd")
    (out / "report.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    (out / "report.md").write_text(markdown_of(result), encoding="utf-8")
    (out / "report.html").write_text(html_of(result), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Exit code 0; 1 when it could not be done, with the reason in ``result.json`` beside the job."""
    return run_job_file(arguments, run, TrainingError, UpstreamError, HealthBenchUnreadable)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
