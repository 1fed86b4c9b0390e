"""The job ``everything_stale``: on Dagster's page what `medai run` is on the command line.

"Materialize all" makes every partition of every base model again; this makes what is stale, in the order and with the reasons
of the plan.
"""

import signal
import subprocess
import sys

import dagster as dg

COMMAND = [sys.executable, "-m", "medai_assets.cli", "run"]


@dg.op(
    description="Runs `medai run`; each partition that it makes is a run of its own, and its lines stand in this run's log."
)
def what_is_stale(context: dg.OpExecutionContext) -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                context.log.info(line.rstrip())
        finally:
            if running.poll() is None:  # this run was ended: what it started ends in order
                running.send_signal(signal.SIGTERM)
    if running.returncode:
        raise dg.Failure(f"`medai run` ended with exit code {running.returncode}; its lines above say why")


@dg.job(
    description="Makes what is missing or stale and nothing else, as `medai run` does. Use this in place of “Materialize all”, "
    "which makes every slice and every base model again."
)
def everything_stale() -> None:
    what_is_stale()
