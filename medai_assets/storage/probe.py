"""A look at a store before work is given to it: can it be written and read, does it create a file once, what is its clock."""

from __future__ import annotations

import time
import uuid

from medai_assets.storage.errors import StoreError
from medai_assets.storage.lease import FOLDER, store_clock
from medai_assets.storage.store import Store


def probe(store: Store) -> float:
    """Write, read and remove a small file, and create it a second time.

    Returns:
        How far the store's clock is ahead of this machine's, in seconds; S3 dates by whole seconds.

    Raises:
        StoreError: one of them failed; says which, for which store, and what to look at.
    """
    path, data = f"{store.root}/{FOLDER}/.probe-{uuid.uuid4().hex}", b"probe"
    doing = "written"
    try:
        store.create_file(path, data)
        doing = "read"
        same = store.filesystem.cat_file(path) == data
        doing = "asked to create a file that is there"
        twice = store.create_file(path, b"other")
        doing = "told to remove a file"
        store.filesystem.rm_file(path)
        doing = "asked for its clock"
        ahead = store_clock(store) - time.time()
    except StoreError:  # a remote store's faults are one sentence already
        raise
    except Exception as error:  # of any kind that a store's client has
        words = " ".join(str(error).split()) or type(error).__name__
        raise StoreError(
            f"the store {store.url} cannot be {doing} ({type(error).__name__}: {words}); look at its address, the "
            "network, and the permissions of the keys in use"
        ) from error
    if not same:
        raise StoreError(f"the store {store.url} returned different bytes from those written")
    if twice:
        raise StoreError(
            f"the store {store.url} lets a file be created twice, so two hosts could make one partition at once; let "
            "only one host write to it, or use a store with conditional writes"
        )
    return ahead
