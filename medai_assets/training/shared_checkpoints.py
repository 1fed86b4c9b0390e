"""Checkpoints of an unfinished training in the store, where hosts share no disk, so that another host goes on from them.

What belongs here: bringing them, putting them while the training runs, and removing them when it has ended.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from medai_assets.storage import Input, Store, StoreError
from medai_assets.storage.errors import DamagedVersion
from medai_assets.training.checkpoints import FINGERPRINT, is_whole, written

ASSET = "training_checkpoint"  # a stored version, and none of Dagster's assets: it is scratch work
STEP = "step"  # of the newest, in the receipt
LOOK_SECONDS = 5.0  # how often a new checkpoint is looked for; they are minutes apart


class SharedCheckpoints:
    """The checkpoints of one training, on this host and in the store.

    Args:
        key: what is trained, from what and how; hosts that train the same have the same.
        inputs: the stored versions that the weights come of.
        work_dir: the training's own folder on this host; checkpoints lie in `checkpoints` below it.
    """

    def __init__(
        self, store: Store, key: str, inputs: Sequence[Input], code_version: str, work_dir: Path
    ) -> None:
        self.store, self.key, self.inputs, self.code_version = store, key, list(inputs), code_version
        self.work_dir, self.folder = work_dir, work_dir / "checkpoints"
        self._put: set[str] = set()

    @contextmanager
    def kept(self, say: Callable[[str], None]) -> Iterator[None]:
        """Bring what another host left, and put each new checkpoint into the store while the block runs, the last one also
        where it ends with an error.

        Args:
            say: told what was brought, and what could not be put; training goes on all the same.
        """
        try:
            if brought := self.fetch():
                say(f"going on from what another host left in the store: {', '.join(brought)}")
        except DamagedVersion as error:
            say(
                f"what another host left in the store is damaged and was removed; training goes on without it: {error}"
            )
        ended = threading.Event()
        watch = threading.Thread(target=self._watch, args=(ended, say), name="checkpoints", daemon=True)
        watch.start()
        try:
            yield
        finally:
            ended.set()
            watch.join()
            self._try_to_put(say)

    def fetch(self) -> list[str]:
        """Bring the checkpoints that the store has, unless this host has as late ones itself; returns their names.

        Raises:
            DamagedVersion: one is not as it was put; it is removed, since it is no use to any host.
            StoreError: the store cannot be read.
        """
        stored = self.store.current_if_kept(ASSET, self.key)
        if stored is None:
            return []
        try:
            source = stored.local_path()
        except DamagedVersion:
            self.store.remove_version(ASSET, self.key, stored.data_version)
            raise
        there = written(source / "checkpoints")
        whole = [path for path in written(self.folder) if is_whole(path)]
        if not there or (whole and _step(whole[-1]) >= _step(there[-1])):
            return []
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(source / "checkpoints", self.folder)
        shutil.copyfile(source / FINGERPRINT, self.work_dir / FINGERPRINT)
        self._put = {path.name for path in there}
        return [path.name for path in there]

    def put(self) -> bool:
        """Put what this host has, where a checkpoint of it is new and the store has no later one; says whether it did.

        The best one so far goes with the newest: whoever goes on needs both.
        """
        whole = [path for path in written(self.folder) if is_whole(path)]
        if not whole or whole[-1].name in self._put:
            return False
        step, there = _step(whole[-1]), self.store.current_if_kept(ASSET, self.key)
        if there is not None and there.facts.get(STEP, 0) > step:
            return False  # this host was thought dead, and another is further
        with self.store.draft(ASSET, self.key) as draft:
            for path in whole:
                shutil.copytree(path, draft.path(f"checkpoints/{path.name}"))
            shutil.copyfile(self.work_dir / FINGERPRINT, draft.path(FINGERPRINT))
            stored = draft.publish(code_version=self.code_version, inputs=self.inputs, metadata={STEP: step})
        self._put = {path.name for path in whole}
        for version in self.store.versions(ASSET, self.key):
            if version != stored.data_version:
                self.store.remove_version(ASSET, self.key, version)
        return True

    def forget(self) -> None:
        """Remove them from the store; for when the model is there."""
        with suppress(FileNotFoundError):
            self.store.filesystem.rm(self.store.home(ASSET, self.key), recursive=True)

    def _watch(self, ended: threading.Event, say: Callable[[str], None]) -> None:
        while not ended.wait(LOOK_SECONDS):
            self._try_to_put(say)

    def _try_to_put(self, say: Callable[[str], None]) -> None:
        try:
            self.put()
        except FileNotFoundError:
            return  # the trainer removed an old one meanwhile; the next look meets what there is then
        except (StoreError, OSError, shutil.Error) as error:
            say(f"a checkpoint could not be put into the store, and is tried again: {error}")


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])
