"""One materialization as a Dagster run, in a worker process that has loaded the definitions once."""

from __future__ import annotations

import os
import signal
import time
import traceback
import warnings
from dataclasses import dataclass

from medai_assets.graph import PartitionId

PID_TAG = "medai/pid"
WHY_TAG = "medai/why"


@dataclass(frozen=True)
class Outcome:
    """How one materialization ended."""

    target: PartitionId
    succeeded: bool
    run_id: str
    seconds: float
    error: str | None = None


def start_worker() -> None:
    """Interrupts end the run under way as Dagster ends it; warnings of preview features stay out of the terminal."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warnings.filterwarnings("ignore", module="dagster|medai_assets")


def materialize(target: PartitionId, why: str) -> Outcome:
    """Run Dagster's own asset job for one partition and report how it ended; errors are told, never raised."""
    import dagster as dg

    from medai_assets.definitions import defs
    from medai_assets.instance import open_instance
    from medai_assets.settings import get_settings

    started = time.monotonic()
    with open_instance(get_settings()) as instance:
        job = defs.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(target.asset)],
            partition_key=target.partition,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={PID_TAG: str(os.getpid()), WHY_TAG: why[:200]},
        )
        error = None if result.success else _first_error(result)
    return Outcome(target, result.success, result.run_id, time.monotonic() - started, error)


def _first_error(result: object) -> str:
    """The innermost message of the failed step: what a person can act on."""
    for event in result.all_events:  # type: ignore[attr-defined]
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            while error.cause and "_RemoteTraceback" not in error.cause.message:
                error = error.cause
            return error.message.strip()
    return "the run failed before its step began; see the run in the UI"


def describe_crash(target: PartitionId, error: BaseException) -> Outcome:
    """An outcome for a worker that died or could not start."""
    told = "".join(traceback.format_exception_only(error)).strip()
    return Outcome(target, False, "", 0.0, told)
