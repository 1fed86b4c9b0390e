"""Running the sandbox: a server on a free loopback port for the length of a run, or in the foreground for a person."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette

from medai_assets.foundation.files import remove_abandoned, unfinished, write_whole
from medai_assets.sandbox.app import create_app
from medai_assets.sandbox.faults import Faults
from medai_assets.sandbox.files import NOTE, PACKAGED
from medai_assets.settings import Settings
from medai_assets.storage.hashing import file_sha256

START_SECONDS = 10.0


@contextmanager
def running_sandbox(settings: Settings, faults: Faults | None = None) -> Iterator[str]:
    """The base address of a sandbox that lives as long as the context, or of ``settings.sandbox_url``.

    Raises:
        RuntimeError: the server did not start in time.
    """
    if settings.sandbox_url and faults is None:
        yield settings.sandbox_url.rstrip("/")
        return
    app = create_app(prepare_records(settings.sandbox_records), settings.kit_dir, faults)
    with serving(app) as base:
        yield base


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The base address of an application on a free loopback port, served by a thread of this process.

    Raises:
        RuntimeError: the server did not start in time.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True, name="sandbox")
    thread.start()
    try:
        _wait_until_started(server)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=START_SECONDS)
        listener.close()


def serve(settings: Settings, port: int = 3080, faults: Faults | None = None) -> None:
    """Serve in the foreground until interrupted."""
    app = create_app(prepare_records(settings.sandbox_records), settings.kit_dir, faults)
    uvicorn.run(app, host="127.0.0.1", port=port, lifespan="off")


def prepare_records(target: Path, packaged: Path = PACKAGED) -> Path:
    """Bring the packaged records to the user's folder; what the user edited or deleted stays so.

    A note beside them keeps the digest of each file as it was copied: a file that still has it is the package's and
    follows the package; any other is the user's. The folder appears whole: a page and a run may start at the same moment.
    """
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(target.parent)
        draft = unfinished(target)
        _follow(packaged, draft)
        try:
            draft.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    _follow(packaged, target)
    return target


def _follow(packaged: Path, target: Path) -> None:
    """Copy what is new in the package, or was changed there and not by the user."""
    note = target / NOTE
    copied: dict[str, str] = orjson.loads(note.read_bytes()) if note.exists() else {}
    before = dict(copied)
    for source in sorted(path for path in packaged.rglob("*") if path.is_file()):
        name, digest = source.relative_to(packaged).as_posix(), file_sha256(source)
        if copied.get(name) != digest and _is_ours(target / name, copied.get(name)):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            write_whole(target / name, source.read_bytes())
            copied[name] = digest
    if copied != before:
        write_whole(note, orjson.dumps(copied))


def _is_ours(path: Path, copied: str | None) -> bool:
    """Whether a file may be written: never copied and absent, or as it was copied."""
    if not path.exists():
        return copied is None
    return copied is not None and file_sha256(path) == copied


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the sandbox did not start within {START_SECONDS:g} s")
        time.sleep(0.005)
