"""Work inside a stage that may be done in several places: the same function over many jobs, each repeated where its worker dies.

A job and its result are names (of versions in the store), so that they may travel; a function publishes what it makes and
may be called again. What belongs here: where functions run. What does not: any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
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
        WorkerKilled: the worker of a job was killed each time.
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

    if not ray.is_initialized():
        ray.init(address=address, log_to_driver=False)
    remote: Any = ray.remote(max_retries=ATTEMPTS - 1)(function)
    left = {remote.remote(job): job for job in jobs}
    try:
        for reference in list(left):
            yield ray.get(reference)
            del left[reference]
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.WorkerCrashedError as error:
        raise _killed(left[reference]) from error
    finally:
        for reference in left:  # none, unless one failed or the caller wants no more
            ray.cancel(reference)


def _killed(job: object) -> WorkerKilled:
    return WorkerKilled(
        f"the worker of {job} was killed {ATTEMPTS} times; probably for lack of memory; set MEDAI_WORKERS to fewer "
        "workers, so that each has more"
    )
