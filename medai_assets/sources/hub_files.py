"""The hub's file protocol: what a data set has at a revision, and whether a file that came is the one listed.

What belongs here: ``/api/datasets/<id>/revision/<revision>`` (facts and commit), ``/api/datasets/<id>/tree/<commit>`` (files with
size and digest, in pages) and ``/datasets/<id>/resolve/<commit>/<path>`` (a file).
What does not: which files are wanted (``huggingface/collect.py``, ``benchmark_sets.py``).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from medai_assets.sources.collection import Collection
from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.reply import Download, Reply
from medai_assets.transport.walks import require_new_entries

_LARGEST_FILE = 8 << 30  # bytes
_PIECE = 1 << 20
_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?')


class Sibling(msgspec.Struct):
    """A file's name in the facts."""

    rfilename: str


class Facts(msgspec.Struct):
    """What the hub says about a set at one revision; ``sha`` is the commit, ``cardData`` the card's YAML block."""

    sha: str
    siblings: list[Sibling]
    cardData: dict[str, Any] | None = None  # spelled as the hub does


class _Large(msgspec.Struct):
    oid: str  # SHA-256 of the content


class Entry(msgspec.Struct):
    """A file in the tree: ``oid`` is git's object id, and for large files ``lfs`` has the content's own digest."""

    type: str
    path: str
    oid: str
    size: int
    lfs: _Large | None = None


def facts(context: Collection, identifier: str, revision: str) -> Facts:
    """The set at a revision; raises UpstreamRefused when there is no such set or revision."""
    path = f"api/datasets/{identifier}/revision/{quote(revision, safe='')}"
    return facts_of(context.journal.reply("facts", lambda: context.http.get(path, expect=facts_of)))


def facts_of(reply: Reply) -> Facts:
    """Raises ReplyInvalid naming the field when the reply is not what the hub promises."""
    found: Facts = _decoded(reply, Facts)
    return found


def listing(context: Collection, identifier: str, commit: str) -> dict[str, Entry]:
    """Every file of a commit by its path."""
    found: dict[str, Entry] = {}
    cursor, page = "", 0
    while True:
        params = {"recursive": "true"} | ({"cursor": cursor} if cursor else {})
        path = f"api/datasets/{identifier}/tree/{commit}"
        reply = context.journal.reply(
            f"tree-{cursor}",
            lambda path=path, params=params: context.http.get(path, params, expect=_entries),  # type: ignore[misc]
        )
        met = len(found)
        found.update((entry.path, entry) for entry in _entries(reply))
        link = _NEXT.search(reply.headers.get("Link", ""))
        cursor = parse_qs(urlsplit(link.group(1)).query).get("cursor", [""])[0] if link else ""
        if not cursor:
            return {path: entry for path, entry in found.items() if entry.type == "file"}
        page += 1
        require_new_entries(page, met, len(found), "hub", reply.url)


def fetch(context: Collection, identifier: str, commit: str, entry: Entry) -> tuple[Path, Download]:
    """A file on disk, compared with the size and digest that the tree lists."""
    address = f"datasets/{identifier}/resolve/{commit}/{quote(entry.path)}"
    path = context.journal.file(
        entry.path,
        lambda to: context.http.download(
            address, to, max_bytes=_LARGEST_FILE, check=lambda file: difference(file, entry)
        ),
    )
    return path, context.journal.download(entry.path)


def difference(path: Path, entry: Entry) -> str | None:
    """What is wrong with a file, or None when it is the one listed."""
    size = path.stat().st_size
    if size != entry.size:
        return f"the file has {size:,} bytes, the hub lists {entry.size:,}"
    digest = hashlib.sha256() if entry.lfs else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    if digest.hexdigest() != (entry.lfs.oid if entry.lfs else entry.oid):
        return "the file's digest is not the one the hub lists"
    return None


def _entries(reply: Reply) -> list[Entry]:
    found: list[Entry] = _decoded(reply, list[Entry])
    return found


def _decoded(reply: Reply, kind: Any) -> Any:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except msgspec.DecodeError as error:
        raise ReplyInvalid(
            "hub", reply.url, f"the hub's reply is not in the documented form: {error}"
        ) from error
