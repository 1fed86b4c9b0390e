"""Work inside a stage that may be done in several places: the same function over many jobs, each repeated where its worker dies.

A job and its result are names (of versions in the store), so that they may travel; a function publishes what it makes and
may be called again. What belongs here: where functions run. What does not: any of them.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Literal, TypeVar

from medai_assets.foundation.extras import require

Job = TypeVar("Job")
Result = TypeVar("Result")
ATTEMPTS = 3  # at a job whose worker is killed; a job that raises is not repeated


@dataclass(frozen=True)
class Engine:
    """Where jobs run.

    Attributes:
        name: ``local``: processes of this machine; ``ray``: tasks of a Ray cluster.
        workers: processes at most; 1 = this process. address: of the cluster.
    """

    name: Literal["local", "ray"] = "local"
    workers: int = 1
    address: str = "auto"


LOCAL = Engine()


def run(function: Callable[[Job], Result], jobs: Sequence[Job], engine: Engine) -> Iterator[Result]:
    """Results of a function of a module's top level, in the order of the jobs.

    Args:
        jobs: what can be pickled. When one raises, or the caller stops, those that have not begun are not.

    Raises:
        Exception: what a job raises.
        WorkerKilled: the worker of a job, or its node, was killed each time.
        ClusterFailed: Ray's cluster is not there, or went away.
        ExtraMissing: Ray is asked for and not installed.
    """
    if engine.name == "ray":
        yield from _with_ray(function, jobs, engine.address)
    elif engine.workers <= 1 or len(jobs) <= 1:
        yield from map(function, jobs)
    else:
        yield from _in_processes(function, jobs, engine.workers)


class WorkerKilled(Exception):
    """A job's worker was killed as often as it was tried."""


class ClusterFailed(Exception):
    """A Ray cluster does not do its part; the message says which and what to do."""


def _in_processes(function: Callable[[Job], Result], jobs: Sequence[Job], workers: int) -> Iterator[Result]:
    results: dict[int, Result] = {}
    given = 0
    for _ in range(ATTEMPTS):
        left = [number for number in range(len(jobs)) if number not in results and number >= given]
        with ProcessPoolExecutor(min(workers, len(left)), mp_context=get_context("forkserver")) as pool:
            try:
                futures = {pool.submit(function, jobs[number]): number for number in left}
                for future in as_completed(futures):
                    results[futures[future]] = future.result()
                    while given in results:
                        yield results.pop(given)
                        given += 1
                return
            except (
                BrokenProcessPool
            ):  # which worker was killed is not known: all that is not done is done again
                continue
            except BaseException:  # also an interruption, and a caller that wants no more
                pool.shutdown(cancel_futures=True)
                raise
    raise _killed(jobs[given])


def _with_ray(function: Callable[[Job], Result], jobs: Sequence[Job], address: str) -> Iterator[Result]:
    require("ray", "MEDAI_ENGINE=ray")
    import ray

    faults = ray.exceptions
    if not ray.is_initialized():
        try:
            _reach(address)
            ray.init(address=address, log_to_driver=False)
        except (OSError, RuntimeError, ValueError, faults.RayError) as error:
            raise _failed(address, error) from error
    remote: Any = ray.remote(max_retries=ATTEMPTS - 1)(function)
    left = {remote.remote(job): job for job in jobs}
    try:
        for reference in list(left):
            yield ray.get(reference)
            del left[reference]
    except faults.RayTaskError as error:
        raise error.cause from error
    except (faults.WorkerCrashedError, faults.OutOfMemoryError, faults.NodeDiedError) as error:
        raise _killed(left[reference]) from error
    except faults.RayError as error:
        raise _failed(address, error) from error
    finally:
        with suppress(faults.RayError):
            for reference in left:  # none, unless one failed or the caller wants no more
                ray.cancel(reference)


def _reach(address: str) -> None:
    """Fail where nothing listens: Ray itself would try for many minutes. ``auto`` it looks up itself."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host:
        socket.create_connection((host, int(port)), timeout=15.0).close()


def _failed(address: str, error: Exception) -> ClusterFailed:
    said = f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
    return ClusterFailed(
        f"the Ray cluster of MEDAI_RAY_ADDRESS={address} failed ({said}); look whether it runs, or set "
        "MEDAI_ENGINE=local. What was finished is kept"
    )


def _killed(job: object) -> WorkerKilled:
    return WorkerKilled(
        f"the worker of {job} was killed {ATTEMPTS} times; probably for lack of memory; set MEDAI_WORKERS to fewer "
        "workers, so that each has more"
    )
