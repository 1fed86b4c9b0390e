"""Runs every case of ``fault_cases`` and tells what happened: the table in ``docs/collection.md``.

Each case starts from a slice that was collected well. Then the fault is put in and the slice is collected again from
scratch, which another code version makes sure of. What the client did is read off the sandbox's counts and the
report, never assumed. Where the collection stopped, the fault is taken away and the slice is collected once more.

Write the document anew with ``python -m medai_assets_tests.sources.fault_table``.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from medai_assets.sandbox.faults import KINDS
from medai_assets.sources.collection import CollectionReport
from medai_assets.transport.errors import CollectionFailed, UpstreamError
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.sources.fault_cases import CASES, PAGES, WORLDS, Case

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "collection.md"
KEYS = {
    name: SecretStr("a-key-that-must-not-be-seen")
    for name in ("openfda_api_key", "ncbi_api_key", "nhs_api_key", "hf_token")
}
ALLOWED_SHARE = 0.2  # of unreadable records, so that a single one does not stop these small slices


@dataclass(frozen=True)
class Outcome:
    """What a case came to."""

    ended: str  # recovers | sets aside | stops
    does: str
    reads: str
    kept: str
    lost: int  # records that are neither there nor set aside
    previous_stayed: bool = True
    repeated: int = 0  # finished requests that were made again after a stop


class Arena:
    """One sandbox with the records of every world, and what has been found in it so far."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.good: dict[str, CollectionReport] = {}
        self.first_cost: dict[str, int] = {}
        self.found: dict[Case, Outcome] = {}
        for world in WORLDS.values():
            world.fill(bench)

    def outcome(self, case: Case) -> Outcome:
        """Run a case, once."""
        if case not in self.found:
            self._prepare(case.upstream)
            self.bench.spoil(case.kind, case.path, count=case.count, after=case.after, value=case.value)
            try:
                self.found[case] = self._run(case)
            finally:
                self.bench.mend()
        return self.found[case]

    def _prepare(self, upstream: str) -> None:
        """The good version of the slice is there and current; nothing of it is left for a later run to share."""
        world = WORLDS[upstream]
        self.bench.forget()
        self.bench.requests()
        current = self.bench.store.current(world.slice.asset, world.slice.key)
        good = self.good.get(upstream)
        if good is None or current is None or current.data_version != good.stored.data_version:
            report = self.bench.collect(world.slice, code_version="good")
            self.first_cost.setdefault(upstream, self.bench.requests(world.counted))
            good = self.good.setdefault(upstream, report)
            assert report.stored.data_version == good.stored.data_version
        self.bench.forget()
        self.bench.requests()

    def _collect(self, case: Case) -> CollectionReport:
        settings = self.bench.settings.model_copy(update={"max_rejected_share": ALLOWED_SHARE, **KEYS})
        return self.bench.collect(WORLDS[case.upstream].slice, code_version=case.name, settings=settings)

    def _run(self, case: Case) -> Outcome:
        slice, good = WORLDS[case.upstream].slice, self.good[case.upstream]
        try:
            report = self._collect(case)
        except (UpstreamError, CollectionFailed) as error:
            return self._stopped(case, str(error))
        there = report.counts["records"]
        new = sum(_new_reasons(report, good).values())
        missing = good.counts["records"] - there
        kept = (
            f"all records but {missing}, which `rejected` names with the reason" if missing else "all records"
        )
        ended = "sets aside" if new else "recovers"
        assert self.bench.store.current(slice.asset, slice.key).data_version == report.stored.data_version  # type: ignore[union-attr]
        return Outcome(ended, _does(case, report, good), _reads(report, good), kept, max(0, missing - new))

    def _stopped(self, case: Case, message: str) -> Outcome:
        """The collection raised: the version before must be there, and the next attempt must go on."""
        world, good = WORLDS[case.upstream], self.good[case.upstream]
        current = self.bench.store.current(world.slice.asset, world.slice.key)
        struck, cost = self.bench.struck(), self.bench.requests(world.counted)
        self.bench.mend()
        again = self._collect(case)
        cost += self.bench.requests(world.counted)
        lost = good.counts["records"] - again.counts["records"]
        on = f"; the next run replays {_times(again.replayed, 'finished request')}" if again.replayed else ""
        asked = "asks once" if struck == 1 else f"asks {struck} times"
        if case.unfinished:
            asked = f"fetches the file {case.unfinished} times and {case.place} {struck} times"
        return Outcome(
            "stops",
            f"{asked}, then stops; the version before stays{on}",
            _readable(message),
            "all records, once the upstream is well again",
            lost,
            current is not None and current.data_version == good.stored.data_version,
            max(0, cost - struck - world.checks - case.unfinished - self.first_cost[case.upstream]),
        )


@contextmanager
def arena() -> Iterator[Arena]:
    """An arena that lives as long as the block."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as folder,
        workbench(Path(folder), patch, Path(folder) / "kit") as bench,
    ):
        for name, size in PAGES.items():
            patch.setattr(name, size)
        yield Arena(bench)


def _does(case: Case, report: CollectionReport, good: CollectionReport) -> str:
    parts = []
    if report.retries:
        times = f" ({report.retries} times)" if report.retries > 1 else ""
        told = case.kind == "too_many_requests" and report.waited_seconds >= case.value
        parts.append(f"{'waits as long as told and ' if told else ''}asks again{times}")
    further = report.requests - report.retries - good.requests
    if further > 0:
        parts.append(f"makes {_times(further, 'further request')}")
    if _new_reasons(report, good):
        parts.append("sets aside what it cannot read and goes on")
    return "; ".join(parts) or "reads on until the body is whole"


def _times(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


def _new_reasons(report: CollectionReport, good: CollectionReport) -> dict[str, int]:
    counted = {
        reason: count - good.rejected_reasons.get(reason, 0)
        for reason, count in sorted(report.rejected_reasons.items())
    }
    return {reason: count for reason, count in counted.items() if count > 0}


def _reads(report: CollectionReport, good: CollectionReport) -> str:
    reasons = ", ".join(f"{reason} ({count})" for reason, count in _new_reasons(report, good).items())
    shown = [f"retries: {report.retries}" * bool(report.retries), f"rejected: {reasons}" * bool(reasons)]
    return ", ".join(filter(None, shown)) or "nothing: the collection only takes longer"


def _readable(message: str) -> str:
    """An error message without what differs from run to run."""
    message = re.sub(r"\b(?!0{32})(?:[0-9a-f]{40}|[0-9a-f]{32})\b", "…", message)
    message = re.sub(r"(sandbox:/[^\s?)]*)\?[^\s)]*", r"\1?…", message)
    return message.replace("|", "\\|")


def table(where: Arena) -> str:
    """The table, one row a case, by upstream."""
    lines = [
        "| upstream | fault | where | what the client does | what the user reads | what is kept |",
        "|---|---|---|---|---|---|",
    ]
    for upstream, world in WORLDS.items():
        for case in (case for case in CASES if case.upstream == upstream):
            told = where.outcome(case)
            fault = case.kind.replace("_", " ") + (", always" if case.count is None else "")
            lines.append(
                f"| {world.title} | {fault} | {case.place} | {told.does} | {told.reads} | {told.kept} |"
            )
    return "\n".join(lines)


def document(where: Arena) -> str:
    """The whole of ``docs/collection.md``."""
    kinds = "\n".join(
        f"- *{kind.replace('_', ' ')}*: {text[0].lower() + text[1:].rstrip('.')}"
        for kind, text in KINDS.items()
    )
    return f"""{INTRODUCTION}
## The faults

{kinds}

## What happens

{table(where)}
"""


INTRODUCTION = """# Collection when things go wrong

This document is written by the tests (`python -m medai_assets_tests.sources.fault_table`), and a test compares it with
what they find. For every row a slice was collected well, the fault was put into the sandbox, and the slice was
collected again from scratch with the real client. "What the user reads" is the error message, or, where the
collection succeeded, what the asset's page shows beyond the usual.

Rules behind the rows:

- Asked again: 429, 500, 502, 503 and 504, a broken connection, a body cut short or not what its form promises. Pauses
  double with each attempt, with jitter, and are never shorter than `Retry-After` asks for. After six attempts, or when
  the deadline has come, the collection stops. Where three requests in a row brought replies that stayed wrong to the end,
  each further one is made once, until a reply is right again.
- Not asked again: any other status from 400 upwards. The message says what was refused and what to do.
- Nothing half-done is ever visible: the version before stays current until the new one is whole. What has arrived
  stays in the journal for a day, and the next run of the slice goes on from there. An entry that is damaged, or that led
  to a failure to read, is asked for again; `--from-scratch` asks for all of it.
- A redirect, or an address in a reply, is followed to the upstream's own hosts, and for downloads to those that the source
  names: never with the key or a person's address, never from https to http or into a private network, and never
  where two readers of addresses see different hosts. A redirected form that would be asked without its content is refused.
- A key that an upstream says back, in whatever spelling, is in nothing that is shown or kept; one that no request can carry
  (not ASCII, with blanks or line ends, longer than 8,192 characters) is refused by the name of its variable.
- Everything has an end: a request with all its attempts after five minutes, a download after an hour, a list after 10,000
  pages or at one that brings nothing new, what is packed at a hundred times its size.
- A record that cannot be read is set aside in the table `rejected` with its reason and payload; that table is part of
  the slice's version. Above a stated share (`MEDAI_MAX_REJECTED_SHARE`) the slice stops instead; so it does when it shrinks by
  more than `MEDAI_MAX_SHRINK_SHARE`.

To see a fault yourself: `medai sandbox`, then
`curl -d 'cut_connection:/nhs/*' http://127.0.0.1:3080/_faults`; `MEDAI_SANDBOX_URL=http://127.0.0.1:3080` makes
collections ask that sandbox.
"""


if __name__ == "__main__":
    with arena() as running:
        DOCUMENT.write_text(document(running))
