"""Settings that decide what is made, as the hosts that share a data root hold them in common.

Each host reads its own variables and files; two that say different things would make the same partitions by turns. So the
store has a history of what held, entered by the host that runs. Where the last entry is its own, whatever has changed on it is
entered, an older release as well. Where it is another host's, one whose settings differ makes nothing until a person has said which
ones are meant; only a newer release is taken without a word (see ``_is_upgrade``).
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
    """Enter this host's settings where none are entered, or where others are and it may enter its own.

    Raises:
        SettingsDiffer: another host entered others.
        StoreError: the history cannot be read.
    """
    if not are_shared(graph.settings):
        return
    last, here = _last(store), values(graph)
    if problem := _difference(last, here, graph.settings):
        raise SettingsDiffer(problem)
    if last is None or last.values != here:
        _enter(here, graph.settings, store)


def share(graph: Graph, store: Store) -> None:
    """Enter this host's settings: they hold for all hosts from now on."""
    _enter(values(graph), graph.settings, store)


def difference(graph: Graph, store: Store) -> str | None:
    """How this host's settings differ from those that another host entered, and what to do; None where all is well."""
    if not are_shared(graph.settings):
        return None
    return _difference(_last(store), values(graph), graph.settings)


def _last(store: Store) -> Entry | None:
    entries = _ENTRIES.all(store)
    return entries[-1] if entries else None


def _enter(here: dict[str, Any], settings: Settings, store: Store) -> None:
    person = settings.actor
    with suppress(OSError, KeyError):  # a user id without a name, as in containers
        person = person or getpass.getuser()
    _ENTRIES.add(store, Entry(at=store.now(), actor=person, host=settings.host, values=here))


def _difference(last: Entry | None, here: dict[str, Any], settings: Settings) -> str | None:
    if last is None or last.host == settings.host or last.values == here or _is_upgrade(last.values, here):
        return None
    found = list(_differences(last.values, here))
    if not found:
        return None
    by = f" by {last.actor}" if last.actor else ""
    return (
        f"the settings of this host ({settings.host}) are not those by which this store is made: {few(found, 5)}. Those "
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
    """Whether all that differs comes of a newer release of the code.

    A newer one has no stage or rule in an older version, and one in a newer version or, if none, only more of them: so of
    two releases at most one is the newer, and one that only drops some is not. It may drop and add settings too: those that
    both know have to be the same, also within the values of a file (policy, mixture, recipes). Slices and benchmark files
    are not a release's.
    """
    before, now = there.get(CODE, {}), here[CODE]
    steps = [now[name] - before[name] for name in before.keys() & now.keys()]
    if min(steps, default=0) < 0 or not (max(steps, default=0) > 0 or before.keys() < now.keys()):
        return False
    return all(
        _same_where_both(there[name], here[name])
        if name.partition("[")[0] in DATA_OF
        else there[name] == here[name]
        for name in (there.keys() & here.keys()) - {CODE}
    )


def _same_where_both(there: Any, here: Any) -> bool:
    """Whether values are the same under every name that both have."""
    if isinstance(there, dict) and isinstance(here, dict):
        return all(_same_where_both(there[name], here[name]) for name in there.keys() & here.keys())
    return bool(there == here)


def _told(value: Any) -> str:
    if value in (None, "", [], {}):
        return "not set"
    if isinstance(value, list):
        value = ",".join(map(str, value))
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
