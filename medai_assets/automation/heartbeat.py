"""A run whose database several hosts share holds a lease in the store while it lives, so that any of them sees it die.

The run's tag names the lease and the store that it lies in. A tag that names none says nothing of the run: it has not begun
its work, or is past it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medai_assets.storage.lease import Lease, forget, is_held, leased, store_id

if TYPE_CHECKING:
    import dagster as dg

    from medai_assets.storage import Store

HEARTBEAT_TAG = ".dagster/medai_heartbeat"
PAST = "past"


def is_shared(instance: dg.DagsterInstance) -> bool:
    """Whether other hosts may write the instance's database: all but a file of its own folder.

    What lies in the folder tells nothing: it may be from before the runs went to a server.
    """
    return "sqlite" not in type(instance.run_storage).__name__.lower()


@contextmanager
def beating(instance: dg.DagsterInstance, store: Store, host: str) -> Iterator[dict[str, str]]:
    """Hold a lease for a run within the block; yields the tag that the run is to have, none where no other host sees it."""
    if not is_shared(instance):
        yield {}
        return
    name = f"run:{uuid.uuid4().hex}"
    try:
        with leased(store, name, Lease(host, f"a run on the host {host}")):
            yield {HEARTBEAT_TAG: f"{store_id(store)}/{name}"}
    finally:
        forget(store, name)


@contextmanager
def beating_step(instance: dg.DagsterInstance, run: dg.DagsterRun, store: Store, host: str) -> Iterator[None]:
    """The same for a step of a run that is under way and holds none."""
    if run.tags.get(HEARTBEAT_TAG, PAST) != PAST:
        yield
        return
    with beating(instance, store, host) as tags:
        if tags:
            instance.add_run_tags(run.run_id, tags)
        try:
            yield
        finally:
            if tags:
                instance.add_run_tags(run.run_id, {HEARTBEAT_TAG: PAST})


def has_stopped(tags: Mapping[str, str], store: Store) -> bool:
    """Whether the run with these tags named a lease of this store that nobody holds any more."""
    of, _, name = tags.get(HEARTBEAT_TAG, PAST).partition("/")
    return bool(name) and of == store_id(store) and not is_held(store, name)
