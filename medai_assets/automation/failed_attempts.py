"""What failed already: so that the sensor repeats a failure only when something has moved.

A failed run leaves no receipt, so what it was made from is identified by a digest of its stage's code version, of what
lies outside the graph, and of its parents' versions: as a tag where we start the run, else as last seen by a tick.
Level-triggered like staleness itself: neither a lost cursor nor a tick that was missed changes the answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from medai_assets.automation.orphaned_runs import DIED_TAG, PARTITION_TAG
from medai_assets.foundation.files import write_whole
from medai_assets.graph.graph import PartitionId
from medai_assets.planning.staleness import PartitionState, Staleness

if TYPE_CHECKING:
    import dagster as dg

TRIED_TAG = ".dagster/medai_tried"
REASON_TAG, INTERRUPTED = "dagster/failure_reason", "UNEXPECTED_TERMINATION"  # as a stopped page leaves it
MOST_DEATHS = 3  # the machine may have stopped; after that it may be the run that kills its process
LATEST = 300  # failed runs looked back at; an older failure is tried once more
SEEN_FILE = "seen_by_sensor.json"


@dataclass(frozen=True)
class Attempt:
    """A run of a partition that failed, was cancelled, or died."""

    number: int  # of its run in Dagster's database: later runs have higher ones, whatever the clock says
    at: float  # seconds since the epoch
    tried: str | None  # digest it was started with, where known
    died: bool  # its process went away; the stage itself said nothing


def failed_attempts(instance: dg.DagsterInstance) -> dict[PartitionId, list[Attempt]]:
    """Unsuccessful runs by partition, newest first."""
    import dagster as dg

    ended_badly = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])
    found: dict[PartitionId, list[Attempt]] = defaultdict(list)
    for record in instance.get_run_records(ended_badly, limit=LATEST):
        run = record.dagster_run
        died = DIED_TAG in run.tags or run.tags.get(REASON_TAG) == INTERRUPTED
        attempt = Attempt(
            record.storage_id, record.create_timestamp.timestamp(), run.tags.get(TRIED_TAG), died
        )
        for key in run.asset_selection or ():
            found[PartitionId(key.to_user_string(), run.tags.get(PARTITION_TAG))].append(attempt)
    return found


def last_made(
    instance: dg.DagsterInstance,
    states: dict[PartitionId, PartitionState],
    attempts: dict[PartitionId, list[Attempt]],
) -> dict[PartitionId, int]:
    """Numbers of the runs that made the current versions, where there were unsuccessful ones and Dagster knows them."""
    import dagster as dg

    receipts = {t: s.receipt for t, s in states.items() if s.needs_run and t in attempts}
    runs = {t: r.run_id for t, r in receipts.items() if r is not None and r.run_id}
    if not runs:
        return {}
    records = instance.get_run_records(dg.RunsFilter(run_ids=sorted(set(runs.values()))))
    numbers = {record.dagster_run.run_id: record.storage_id for record in records}
    return {target: numbers[run] for target, run in runs.items() if run in numbers}


def failed_on_current_inputs(
    staleness: Staleness,
    states: dict[PartitionId, PartitionState],
    attempts: dict[PartitionId, list[Attempt]],
    seen: DigestLog,
    made: Mapping[PartitionId, int],
) -> set[PartitionId]:
    """Partitions that need a run, but whose last run failed at just what they would be made from now.

    A run that died is repeated, until ``MOST_DEATHS`` of them have died one after the other.

    Args:
        made: numbers of the runs that made the current versions; the clock decides only where they are not known.
    """
    found = set()
    for target, state in states.items():
        if not state.needs_run:
            continue
        done = datetime.fromisoformat(state.receipt.finished_at).timestamp() if state.receipt else 0.0
        if done > staleness.now.timestamp():  # the clock was set back since
            done = 0.0
        tries = attempts.get(target, ())
        since = [a for a in tries if (a.number > made[target] if target in made else a.at > done)]
        now = staleness.digest(target)
        latest = [a for a in since[:MOST_DEATHS] if (a.tried or seen.at(target, a.at)) == now]
        seen.note(target, now, staleness.now.timestamp())
        if latest[:1] == since[:1] != [] and (
            not since[0].died or sum(a.died for a in latest) == MOST_DEATHS
        ):
            found.add(target)
    return found


class DigestLog:
    """From when on a tick saw which digest of a partition that needed a run; kept in a small file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seen: dict[str, list[tuple[float, str]]] = {}
        self._changed = False
        if file.exists():
            self._seen = {
                k: [(at, digest) for at, digest in v] for k, v in json.loads(file.read_text()).items()
            }

    def at(self, target: PartitionId, moment: float) -> str | None:
        """The digest last seen up to a moment, None when no tick had looked."""
        before = [digest for since, digest in self._seen.get(str(target), ()) if since <= moment]
        return before[-1] if before else None

    def note(self, target: PartitionId, digest: str, moment: float) -> None:
        known = self._seen.setdefault(str(target), [])
        if known and known[-1][0] > moment:  # the clock was set back; what was seen was seen before now
            known[:] = [(min(at, moment), earlier) for at, earlier in known]
            self._changed = True
        if not known or known[-1][1] != digest:
            known.append((moment, digest))
            del known[:-10]
            self._changed = True

    def save(self) -> None:
        """Write what was noted, whole or not at all."""
        if not self._changed:
            return
        write_whole(self.file, json.dumps(self._seen).encode())
