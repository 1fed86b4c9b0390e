"""The Hugging Face hub's file protocol for data sets: repository facts, file tree, and files at a pinned revision.

A data set ``owner/name`` is the folder ``records/huggingface/owner__name`` with a README.md and data files. Its
revision is a digest of its files, so an edit is a new commit, as on the hub.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.foundation.yaml_files import parse_yaml
from medai_assets.sandbox.files import Handler, RecordFiles
from medai_assets.sandbox.replies import file_reply, json_reply

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)


class Hub(Handler):
    """The data sets below ``records/huggingface/``."""

    folder = "huggingface"

    def routes(self) -> list[Route]:
        api, files = "/api/datasets/{owner}/{name}", "/datasets/{owner}/{name}"
        return [
            Route(f"{api}/tree/{{revision}}", self.tree),
            Route(f"{api}/revision/{{revision}}", self.facts),
            Route(api, self.facts),
            Route(f"{files}/resolve/{{revision}}/{{path:path}}", self.file),
        ]

    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        return RecordFiles(self.files.root / query["dataset"].replace("/", "__")).digests("**/*")

    def folder_of(self, request: Request) -> Path | None:
        """The data set's folder when it exists and the revision asked for is its own."""
        owner, name = request.path_params["owner"], request.path_params["name"]
        folder = self.files.root / f"{owner}__{name}"
        if ".." in f"{owner}{name}" or not folder.is_dir():
            return None
        return folder if request.path_params.get("revision", "main") in ("main", commit(folder)) else None

    def facts(self, request: Request) -> Response:
        """``GET /api/datasets/{id}[/revision/{revision}]``."""
        folder = self.folder_of(request)
        if folder is None:
            return missing(request)
        identifier = "{owner}/{name}".format(**request.path_params)
        changed = RecordFiles(folder).newest_change("**/*")
        return json_reply(
            {
                "_id": commit(folder)[:24],
                "id": identifier,
                "author": identifier.partition("/")[0],
                "sha": commit(folder),
                "lastModified": changed.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "private": False,
                "gated": False,
                "disabled": False,
                "tags": [],
                "cardData": card(folder),
                "siblings": [{"rfilename": entry["path"]} for entry in entries(folder)],
            }
        )

    def tree(self, request: Request) -> Response:
        """``GET /api/datasets/{id}/tree/{revision}``: files with sizes and blob ids."""
        folder = self.folder_of(request)
        return missing(request) if folder is None else json_reply(entries(folder))

    def file(self, request: Request) -> Response:
        """``GET|HEAD /datasets/{id}/resolve/{revision}/{path}``."""
        folder = self.folder_of(request)
        if folder is None:
            return missing(request)
        path = (folder / request.path_params["path"]).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return missing(request, "EntryNotFound", "Entry not found")
        body = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        headers = {"X-Repo-Commit": commit(folder), "Accept-Ranges": "bytes"}
        return ranged(
            request, file_reply(request, body, "text/plain; charset=utf-8", changed, blob(body), headers)
        )


def ranged(request: Request, reply: Response) -> Response:
    """The part of a file a ``Range`` header asks for (RFC 9110 section 14, one range), else the reply as it is."""
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if asked is None or reply.status_code != 200:
        return reply
    size = len(reply.body)
    start, end = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    headers = {name: value for name, value in reply.headers.items() if name != "content-length"}
    if start >= size:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Response(bytes(reply.body[start : end + 1]), 206, headers)


def entries(folder: Path) -> list[dict[str, Any]]:
    """The files of a data set as the tree lists them."""
    listed = []
    for path in RecordFiles(folder).find("**/*"):
        body = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        listed.append({"type": "file", "oid": blob(body), "size": len(body), "path": name})
    return listed


def blob(body: bytes) -> str:
    """Git's object id of a file."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def commit(folder: Path) -> str:
    """A revision id that changes with any file of the data set."""
    listing = "\n".join(f"{entry['oid']} {entry['path']}" for entry in entries(folder))
    return hashlib.sha1(listing.encode(), usedforsecurity=False).hexdigest()


def card(folder: Path) -> dict[str, Any]:
    """The YAML block at the head of README.md, where the licence stands."""
    readme = folder / "README.md"
    match = FRONT_MATTER.match(readme.read_text()) if readme.is_file() else None
    return parse_yaml(match[1], str(readme)) if match else {}


def missing(request: Request, code: str = "RepoNotFound", message: str = "Repository not found") -> Response:
    """The hub says what is missing in a header; it answers 401 for repositories it will not show."""
    if "revision" in request.path_params and code == "RepoNotFound":
        code, message = "RevisionNotFound", "Invalid rev id"
    return json_reply({"error": message}, 404, {"X-Error-Code": code, "X-Error-Message": message})
