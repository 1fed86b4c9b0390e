"""NLM's file tree over HTTPS: PubMed's baseline and update files, which are the two real files of the kit."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.pubmed_index import BASELINE, UPDATE, FromKit, kit_member, kit_wheel
from medai_assets.sandbox.replies import file_reply

FOLDERS = {"baseline": BASELINE, "updatefiles": UPDATE}


class FileTree(FromKit):
    """``/pubmed/baseline/`` and ``/pubmed/updatefiles/``."""

    def routes(self) -> list[Route]:
        return [
            Route("/pubmed/{folder}/", self.listing),
            Route("/pubmed/{folder}/{name}", self.file),
        ]

    def listing(self, request: Request) -> Response:
        """The index page of a folder, in the form NLM's server writes."""
        folder = request.path_params["folder"]
        if folder not in FOLDERS:
            return not_found()
        name = FOLDERS[folder]
        changed, size = self.facts(name)
        entries = {name: f"{size / 1e6:3.0f}M", f"{name}.md5": " 60 "}
        if folder == "updatefiles":
            entries[name.replace(".xml.gz", "_stats.html")] = "586 "
        lines = [
            f'<a href="{entry}">{entry}</a>  {changed:%Y-%m-%d %H:%M}  {text}'
            for entry, text in entries.items()
        ]
        page = (
            f"<!DOCTYPE HTML>\n<html>\n<head>\n<title>Index of /pubmed/{folder}</title>\n</head>\n<body>\n"
            f"<h1>Index of /pubmed/{folder}</h1>\n<pre>Name                    Last modified      Size  <hr>"
            '<a href="/pubmed/">Parent Directory</a>                             -   \n'
            '<a href="README.txt">README.txt</a>              2019-12-13 14:50  4.7K  \n'
            + "\n".join(lines)
            + "\n<hr></pre>\n</body></html>\n"
        )
        return Response(page, media_type="text/html;charset=UTF-8")

    def file(self, request: Request) -> Response:
        """One file: the citations, their md5 in the form NLM writes it, or the statistics page."""
        name, folder = request.path_params["name"], request.path_params["folder"]
        archive = FOLDERS.get(folder)
        if archive is None or archive.partition(".")[0] not in name:
            return not_found()
        changed, _ = self.facts(archive)
        if name == archive:
            return file_reply(
                request,
                kit_member(self.kit, archive),
                "application/x-gzip",
                changed,
                digest(self.kit, archive),
            )
        if name == f"{archive}.md5":
            text = f"MD5({archive})= {digest(self.kit, archive)}\n".encode()
            return file_reply(request, text, "text/plain", changed)
        if folder == "updatefiles" and name.endswith("_stats.html"):
            return Response(f"<html><body>Statistics of {archive}</body></html>", media_type="text/html")
        return not_found()

    def facts(self, name: str) -> tuple[datetime, int]:
        """When the file was written and its size in bytes."""
        with zipfile.ZipFile(kit_wheel(self.kit)) as wheel:
            member = wheel.getinfo(f"data/{name}")
        return datetime(*member.date_time, tzinfo=UTC), member.file_size


@lru_cache(maxsize=4)
def digest(kit: Path | None, name: str) -> str:
    """The md5 of one of the two files."""
    return hashlib.md5(kit_member(kit, name), usedforsecurity=False).hexdigest()


def not_found() -> Response:
    return Response("<h1>Not Found</h1>", 404, media_type="text/html")
