"""One small trained adapter for the serving tests, over the tiny models of the training tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.serving.chat_requests import Limits
from medai_assets.serving.limited import limits_of
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets.training.reporting import Reporter
from medai_assets_tests.training import tiny

SUMMARY = [
    {
        "what": "triage",
        "items": 40,
        "base": 0.25,
        "tuned": 0.5,
        "difference": 0.25,
        "low": 0.1,
        "high": 0.4,
        "change": "better",
        "words": "better",
    }
]
REPORT = {
    "summary": SUMMARY,
    "plain_words": "**Worse than its base:** over-triage (10% → 40%, 40 items).\n\n**Warning:** false alarms 8% → 17%.",
}


@pytest.fixture(scope="session")
def cpu() -> Machine:
    return Machine("cpu", "test CPU", 1, 8 * 2**30, False, 5e10)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, cpu: Machine) -> Job:
    """A finished LoRA run over a tiny Qwen2."""
    from medai_assets.training.train import run

    root = tmp_path_factory.mktemp("served")
    base = tiny.build_base("qwen2", root / "base")
    job = tiny.job(base, tiny.write_dataset(root / "data"), root, tiny.recipe("qwen2", epochs=16))
    run(job, Reporter(), cpu)
    return job


@pytest.fixture(scope="session")
def merged(trained: Job, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from medai_assets.serving.merge import merge

    out = tmp_path_factory.mktemp("merged")
    merge(trained.recipe, trained.base_model_dir, trained.out_dir, out, lineage={}, evaluation=REPORT)
    return out


@pytest.fixture(scope="session")
def limits(merged: Path) -> Limits:
    return limits_of(merged, "medai/x")
