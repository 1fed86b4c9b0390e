"""The sandbox as one application, each upstream below its prefix and spoilt as planned; and running it: on a free loopback port
for the length of a run, or in the foreground for a person."""

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
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from medai_assets.foundation.files import make_owned, remove_abandoned, unfinished, write_whole
from medai_assets.foundation.kit import KitMissing
from medai_assets.foundation.yaml_files import YamlRefused
from medai_assets.sandbox.faults import Fault, FaultMiddleware, Faults
from medai_assets.sandbox.files import NOTE, PACKAGED, RecordUnreadable, handler_of
from medai_assets.sandbox.replies import json_reply
from medai_assets.settings import Settings
from medai_assets.sources.registry import ENDPOINTS
from medai_assets.storage.hashing import file_sha256


def create_app(records: Path, kit: Path | None, faults: Faults | None = None) -> Starlette:
    """The sandbox.

    Args:
        records: folder with a folder a source; a missing one is empty.
        kit: folder of the wheel with the two NLM files; without it the two NLM upstreams answer 503.
        faults: what is to go wrong; more can be added while it runs, also by ``POST /_faults``.
    """
    plan = faults or Faults()
    mounts = [
        Mount(f"/{one.sandbox.split('/')[0]}", routes=handler_of(one, records, kit).routes())
        for one in ENDPOINTS
    ]
    app = Starlette(
        routes=[_fault_route(plan), *mounts],
        middleware=[Middleware(FaultMiddleware, faults=plan)],
        exception_handlers={
            KitMissing: _without_kit,
            RecordUnreadable: _unreadable,
            YamlRefused: _unreadable,
        },
    )
    app.state.faults = plan
    return app


def _fault_route(plan: Faults) -> Route:
    """``/_faults``: POST adds one a line, DELETE clears."""

    async def edit_faults(request: Request) -> Response:
        if request.method == "DELETE":
            plan.clear()
        try:
            for line in (await request.body()).decode().splitlines():
                plan.add(Fault.parse(line.strip()))
        except ValueError as error:
            return json_reply({"error": str(error)}, 400)
        rules = [{"kind": rule.kind, "path": rule.path, "done": rule.done} for rule in plan.rules]
        return json_reply(rules)

    return Route("/_faults", edit_faults, methods=["GET", "POST", "DELETE"])


def _without_kit(request: Request, error: Exception) -> Response:
    return json_reply({"error": str(error)}, 503)


def _unreadable(request: Request, error: Exception) -> Response:
    """A person's typo: asking again would not help, so it is no error of the server's kind."""
    return json_reply({"error": str(error)}, 422)


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
        make_owned(target.parent)
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
