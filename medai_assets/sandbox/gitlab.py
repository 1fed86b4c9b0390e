"""GitLab's raw file of the repository in which Crossref publishes Retraction Watch's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.files import Handler
from medai_assets.sandbox.replies import file_reply

NAME = "retraction_watch.csv"


class RetractionTable(Handler):
    """The file below ``records/retraction_watch/``."""

    folder = "retraction_watch"

    def routes(self) -> list[Route]:
        return [Route(f"/crossref/retraction-watch-data/-/raw/main/{NAME}", self.table)]

    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        return self.files.digests("*.csv")

    def table(self, request: Request) -> Response:
        path = self.files.root / NAME
        if not path.is_file():
            return Response("404 Not Found", 404, media_type="text/plain")
        changed = self.files.newest_change(NAME)
        return file_reply(request, path.read_bytes(), "text/plain; charset=utf-8", changed)
