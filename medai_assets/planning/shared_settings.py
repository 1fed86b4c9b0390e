"""Settings that decide what is made, as the hosts that share a data root hold them in common.

Each host reads its own variables and files; two that say different things would make the same partitions by turns. So the
store has a history of what held, entered by the host that runs: a host whose own settings changed enters them, and one whose
settings are not those that another host entered makes nothing until a person has said which ones are meant. A newer version of
this software counts as a change, an older one never does.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import orjson

from medai_assets.foundation.code_versions import locked
from medai_assets.foundation.plurals import few
from medai_assets.graph.graph import Graph
from medai_assets.planning.fingerprints import DATA_OF, benchmark_digests
from medai_assets.settings import Settings, variable
from medai_assets.sources.registry import SOURCES, slices
from medai_assets.storage import Store
from medai_assets.storage.entries import Entries, Noted
from medai_assets.training.errors import TrainingError

FOLDER = ".settings"  # hidden, so that it is no asset's
CODE = "code"
# Settings that decide what is made and have no file of their own.
DECIDING = (
    "preferences", "pretraining", "allow_datasets", "slice_limit", "judge_model", "teacher_model", "teacher_questions",
)  # fmt: skip
_UNREADABLE = (TrainingError, ValueError, AttributeError, OSError)  # what its own asset tells when it is made
_LONGEST = 60  # characters of a value that are told


class Entry(Noted, frozen=True, kw_only=True):
    """What held from then on: by file or variable the values, by stage and rule the version of the code."""

    values: dict[str, Any]


_ENTRIES = Entries(FOLDER, Entry, "settings")


class SettingsDiffer(Exception):
    """This host's settings are not those that another host entered; the message says which, and what to do."""


def are_shared(settings: Settings) -> bool:
    """Whether other hosts may work over the data root: a store that is no folder, or a host that was given a name."""
    return settings.is_remote or "host" in settings.model_fields_set


def agree(graph: Graph, store: Store) -> None:
    """Enter this host's settings where none are entered or its own have changed.

    Raises:
        SettingsDiffer: another host entered others.
        StoreError: the history cannot be read.
    """
    if not are_shared(graph.settings):
        return
    if problem := difference(graph, store):
        raise SettingsDiffer(problem)
    entries = _ENTRIES.all(store)
    if not entries or list(_differences(entries[-1].values, values(graph))):
        share(graph, store)


def share(graph: Graph, store: Store) -> None:
    """Enter this host's settings: they hold for all hosts from now on."""
    settings, person = graph.settings, graph.settings.actor
    with suppress(OSError, KeyError):  # a user id without a name, as in containers
        person = person or getpass.getuser()
    entry = Entry(at=store.now(), actor=person, host=settings.host, values=values(graph))
    _ENTRIES.add(store, entry)


def difference(graph: Graph, store: Store) -> str | None:
    """How this host's settings differ from those that another host entered, and what to do; None where all is well."""
    if not are_shared(graph.settings):
        return None
    entries = _ENTRIES.all(store)
    if not entries or entries[-1].host == graph.settings.host:
        return None
    last, here = entries[-1], values(graph)
    found = list(_differences(last.values, here))
    if not found or _is_upgrade(last.values, here):
        return None
    by = f" by {last.actor}" if last.actor else ""
    return (
        f"the settings of this host ({graph.settings.host}) are not those by which this store is made: {few(found, 5)}. Those "
        f"were entered on the host {last.host}{by} at {last.at[:16]}Z. Give this host the same, or let its own hold on all "
        "hosts with `medai settings --share`; until then it makes nothing"
    )


def values(graph: Graph) -> dict[str, Any]:
    """What this host's settings say, as JSON has it; what cannot be read is left out."""
    settings = graph.settings
    found: dict[str, Any] = {variable(name): getattr(settings, name) for name in DECIDING}
    found |= {
        variable("sources"): sorted(graph.sources),
        variable("base_models"): sorted(graph.base_models),
        variable("judge_url"): bool(settings.judge_url),
        variable("teacher_url"): bool(settings.teacher_url),
        "benchmark files": benchmark_digests(settings),
        CODE: {
            **{name: entry["version"] for name, entry in locked()["stages"].items()},
            **{f"rule {name}": entry["version"] for name, entry in locked()["rules"].items()},
        },
    }
    for name in (name for name in graph.sources if SOURCES[name].slices_of):
        found[variable(name)] = {one.key: one.query_digest for one in slices(name, settings)}
    for asset, read in DATA_OF.items():
        for partition in graph.partitions(asset) if asset in graph.nodes else ():
            if graph.nodes[asset].partitioned_by == "base_models" and partition not in graph.base_models:
                continue
            with suppress(*_UNREADABLE):
                found[f"{asset}[{partition}]" if partition else asset] = read(settings, partition or "")
    plain: dict[str, Any] = orjson.loads(orjson.dumps(msgspec.to_builtins(found)))
    return plain


def _differences(there: dict[str, Any], here: dict[str, Any]) -> Iterator[str]:
    for name in sorted(there.keys() | here.keys(), key=lambda name: (name == CODE, name)):
        before, now = there.get(name), here.get(name)
        if isinstance(before or now, dict):
            before, now = before or {}, now or {}
            for inner in sorted(before.keys() | now.keys()):
                if before.get(inner) != now.get(inner):
                    yield f"{name}: {inner} is {_told(before.get(inner))} there and {_told(now.get(inner))} here"
        elif before != now:
            yield f"{name} is {_told(before)} there and {_told(now)} here"


def _is_upgrade(there: dict[str, Any], here: dict[str, Any]) -> bool:
    """Whether all that differs is a newer version of the code."""
    before, now = there.get(CODE, {}), here[CODE]
    return {**there, CODE: {}} == {**here, CODE: {}} and all(
        now.get(name, -1) >= version for name, version in before.items()
    )


def _told(value: Any) -> str:
    if value in (None, "", [], {}):
        return "not set"
    if isinstance(value, list):
        value = ",".join(map(str, value))
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
