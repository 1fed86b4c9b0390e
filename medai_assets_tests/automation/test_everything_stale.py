"""The page's own `medai run`, and the sentence for whoever starts Dagster's page without it."""

from __future__ import annotations

import sys
from pathlib import Path

import dagster as dg
import pytest

from medai_assets.automation import everything_stale
from medai_assets.definitions import defs, where_runs_are
from medai_assets.settings import Settings

SERVER = ["/env/dagster/__main__.py", "code-server", "start", "-m", "medai_assets.definitions"]
GRPC = ["/env/bin/dagster", "api", "grpc", "--lazy-load-user-code"]


@pytest.mark.parametrize("code", [0, 1])
def test_the_job_tells_what_medai_run_tells_and_ends_as_it_does(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    told = f"import sys; print('3 partitions to check.'); print('odd', file=sys.stderr); sys.exit({code})"
    monkeypatch.setattr(everything_stale, "COMMAND", [sys.executable, "-c", told])
    job = defs.resolve_job_def("everything_stale")
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(instance=instance, raise_on_error=False)
        lines = [entry.user_message for entry in instance.all_logs(done.run_id)]
    assert done.success == (code == 0)
    assert {"3 partitions to check.", "odd"} <= set(lines)
    failures = [e for e in done.all_events if e.event_type_value == "STEP_FAILURE"]
    assert len(failures) == code


@pytest.mark.parametrize("words", [SERVER, GRPC], ids=["code-server", "api grpc"])
def test_dagsters_own_page_without_its_folder_says_where_it_is(tmp_path: Path, words: list[str]) -> None:
    settings = Settings(data=str(tmp_path))
    told = where_runs_are(settings, words, {})
    assert told is not None
    assert f"`export DAGSTER_HOME={tmp_path / 'sample' / 'dagster'}`" in told
    assert where_runs_are(settings, words, {"DAGSTER_HOME": "/anywhere"}) is None
    assert where_runs_are(settings, ["/env/bin/medai", "run"], {}) is None
    assert where_runs_are(settings, ["/env/bin/dagster", "api", "execute_run"], {}) is None
