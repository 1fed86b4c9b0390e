"""GitLab's raw file of the repository in which Crossref publishes Retraction Watch's table."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.files import RecordFiles
from medai_assets.sandbox.replies import file_reply

NAME = "retraction_watch.csv"


class RetractionTable:
    """The file below ``records/retraction_watch/``."""

    def __init__(self, records: Path) -> None:
        self.files = RecordFiles(records / "retraction_watch")

    def routes(self) -> list[Route]:
        return [Route(f"/crossref/retraction-watch-data/-/raw/main/{NAME}", self.table)]

    def table(self, request: Request) -> Response:
        path = self.files.root / NAME
        if not path.is_file():
            return Response("404 Not Found", 404, media_type="text/plain")
        changed = datetime.fromtimestamp(self.files.newest_change(NAME), UTC)
        return file_reply(request, path.read_bytes(), "text/plain; charset=utf-8", changed)
