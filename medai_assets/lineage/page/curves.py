"""Training's curves, drawn by TensorBoard within this page: behind its guard, and gone when it ends.

Each training keeps its files in a scratch folder with a hash for a name. TensorBoard names runs by folders, so it is shown a
folder of links that are named as people speak of them: the adapter, when it began and, once it is made, its version.
"""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.foundation.files import make_owned
from medai_assets.settings import Settings
from medai_assets.storage.errors import label

PLACE = "/curves"
LOOK_SECONDS = 15  # between two looks of TensorBoard for new points
_TRAININGS = ("training", "preferences")  # folders of the work folder with one for each training
_FOREIGN = re.compile(r" https://[^ ;]+(?= |;|$)")  # hosts that TensorBoard would let its pages ask
_EVENTS = "events.out.tfevents."  # a file of TensorBoard; the second in which it was begun follows


class Curves:
    """An ASGI endpoint that answers as TensorBoard does; it is loaded when somebody asks for the first time."""

    def __init__(self, settings: Settings) -> None:
        self.work_dir, self.lock = settings.work_dir, threading.Lock()

    async def answer(self, request: Request) -> Response:
        """TensorBoard's answer, or a sentence where it is not installed."""
        if request.url.path == PLACE:
            return RedirectResponse(f"{PLACE}/")
        return await run_in_threadpool(self._answer, request, await request.body())

    def _answer(self, request: Request, body: bytes) -> Response:
        if find_spec("tensorboard") is None:
            return PlainTextResponse(f"{_sentence()}\n", 503)
        from werkzeug.test import create_environ, run_wsgi_app

        with self.lock:
            name_runs(self.work_dir)
            app = self._app
        environ = create_environ(
            request.url.path.removeprefix(PLACE),
            query_string=request.url.query,
            method=request.method,
            headers=list(request.headers.items()),
            data=body,
        )
        chunks, status, headers = run_wsgi_app(app, environ, buffered=True)
        cleaned = {name: _FOREIGN.sub("", value) for name, value in headers.items()}
        return Response(b"".join(chunks), int(status.partition(" ")[0]), cleaned)

    @cached_property
    def _app(self) -> Any:
        from tensorboard import assets, default, program

        made: list[Any] = []

        class Inside(program.TensorBoardServer):  # type: ignore[misc]
            """No server of its own: what it would serve is kept."""

            def __init__(self, app: Any, flags: Any) -> None:
                made.append(app)

            def serve_forever(self) -> None:
                return

            def get_url(self) -> str:
                return PLACE

        board = program.TensorBoard(
            default.get_static_plugins(), assets.get_default_assets_zip_provider(), Inside
        )
        folder = str(self.work_dir / "curves")
        board.configure(logdir=folder, load_fast="false", reload_interval=LOOK_SECONDS, window_title="medai")
        board.launch()
        return made[0]


def _sentence() -> str:
    try:
        require("train", "the page of training's curves")
    except ExtraMissing as missing:
        return str(missing)
    return "curves are drawn by TensorBoard, which is not installed here; `pip install tensorboard` adds it"


def name_runs(work_dir: Path) -> Path:
    """The folder of links, one for each training whose files lie here; those of trainings that are gone are removed."""
    folder = work_dir / "curves"
    make_owned(folder)
    wanted = dict(
        named for one in _TRAININGS for place in sorted(work_dir.glob(f"{one}/*")) if (named := _run(place))
    )
    for link in folder.iterdir():
        if link.is_symlink() and wanted.get(link.name) != link.readlink():
            link.unlink()
    for name, target in wanted.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target, target_is_directory=True)
    return folder


def _run(place: Path) -> tuple[str, Path] | None:
    """What a training is called, and where its files lie as seen from the folder of links; None where it has written none."""
    files = [path.name for path in place.glob(f"tensorboard/{_EVENTS}*")]
    try:
        lineage = orjson.loads((place / "job.json").read_bytes())["lineage"]
        began = datetime.fromtimestamp(
            min(int(name.removeprefix(_EVENTS).split(".")[0]) for name in files), UTC
        )
        result = place / "result.json"
        version = orjson.loads(result.read_bytes()).get("data_version", "") if result.exists() else ""
    except (OSError, ValueError, KeyError):
        return None
    words = (label(lineage["asset"], lineage["partition"]), f"{began:%Y-%m-%d %H.%M}", version[:12])
    return " ".join(filter(None, words)), Path("..", *place.parts[-2:], "tensorboard")
