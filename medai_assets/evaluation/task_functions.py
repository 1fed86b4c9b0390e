"""What the exported task files call by name: their documents, and the score of an answer.

`tasks.py` copies these functions, with the scorers they need, into the one Python file beside the tasks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from medai_assets.evaluation.scorers import SCORERS
from medai_assets.evaluation.written import WRITTEN
from medai_assets.instructions.scoring.verdicts import judged


def documents(file: str, **_: Any) -> dict[str, Any]:
    """The documents of a task, read from the JSON lines beside it, whatever the working directory is."""
    from datasets import Dataset

    lines = (Path(__file__).parent / file).read_bytes().splitlines()
    return {"test": Dataset.from_list([json.loads(line) for line in lines])}


def score_answer(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """lm-eval's `process_results`: the project's score of one generated answer, in [0, 1]."""
    verdict = judged(SCORERS[doc["kind"]], results[0].strip(), doc["reference"], json.loads(doc["labels"]))
    return {"score": verdict.score}


def score_written(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """lm-eval's `process_results` of a benchmark whose answers are written."""
    return {"score": WRITTEN[doc["benchmark"]].score(results[0].strip(), doc["reference"])}
