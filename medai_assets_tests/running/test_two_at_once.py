"""Two processes that planned the same partition make it once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from medai_assets.automation.instance import open_instance
from medai_assets.graph.graph import PartitionId
from medai_assets.planning.claims import claim
from medai_assets.running.worker import materialize
from medai_assets.settings import Settings, get_settings
from medai_assets_tests.waiting import PATIENCE, eventually


@pytest.mark.slow
def test_two_commands_that_plan_alike_make_a_partition_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have planned it before either holds its lock; the one that comes second looks again."""
    settings = Settings(data=str(tmp_path))
    target = PartitionId("curation_policy", None)
    environment = os.environ | {"MEDAI_DATA": str(tmp_path)}
    with claim(settings, target):
        racers = [start(tmp_path / f"ready-{n}", environment) for n in range(2)]
        eventually("both workers", lambda: len(list(tmp_path.glob("ready-*"))) == 2, *racers)
    told = sorted(racer.communicate(timeout=PATIENCE)[0].strip() for racer in racers)
    assert told == ["False another process has made it", "True None"]
    with open_instance(settings) as instance:
        assert len(instance.get_runs()) == 1
    monkeypatch.setenv("MEDAI_DATA", str(tmp_path))
    get_settings.cache_clear()
    outcomes = [materialize(target, "it is missing", forced=forced) for forced in (False, True)]
    assert [(o.succeeded, o.error) for o in outcomes] == [
        (False, "another process has made it"),
        (True, None),
    ]


# Has planned the partition while it was missing, and asks for its lock until it is free.
RACER = """
import sys, time
from medai_assets.definitions import defs
from medai_assets.graph.graph import PartitionId
from medai_assets.running.worker import materialize
target = PartitionId("curation_policy", None)
open(sys.argv[1], "w").close()
while True:
    outcome = materialize(target, "it is missing")
    if "is making" not in str(outcome.error) and "just claimed" not in str(outcome.error):
        break
    time.sleep(0.2)  # each question plans anew
print(outcome.succeeded, outcome.error)
"""


def start(ready: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    words = [sys.executable, "-W", "ignore", "-c", RACER, str(ready)]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
