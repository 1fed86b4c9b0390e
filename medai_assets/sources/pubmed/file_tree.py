"""NLM's tree of PubMed files: what a folder lists, and files fetched whole with their md5 compared.

``https://ftp.ncbi.nlm.nih.gov/pubmed/baseline/`` and ``/updatefiles/`` hold ``pubmedYYnNNNN.xml.gz`` with ``….md5``
beside each; numbers go on from the baseline into the update files, and each December all begins anew with the next YY.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from medai_assets.sources.collection import Collection
from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.reply import Download, Reply

LARGEST_FILE = 2 << 30  # bytes; the largest so far have about 100 MB
_ENTRY = re.compile(r'href="(?P<name>pubmed(?P<year>\d\d)n(?P<number>\d{4,5})\.xml\.gz)"')
_STAMP = re.compile(r"[^<\r\n]*")
_MD5 = re.compile(rb"\b[0-9a-fA-F]{32}\b")


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file of the tree; ``stamp`` is the listing's date and size, "" when it shows none."""

    tree: str
    name: str
    number: int
    stamp: str

    @property
    def path(self) -> str:
        return f"pubmed/{self.tree}/{self.name}"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that came whole."""

    file: TreeFile
    path: Path
    fetched: Download


def listing(context: Collection, tree: str, first: int, last: int) -> list[TreeFile]:
    """The tree's files with numbers from ``first`` to ``last``, in number order, of the newest year only.

    Never answered from the journal: a file that came meanwhile belongs to the slice.

    Raises:
        ReplyInvalid: the page lists no PubMed file at all.
    """
    reply = context.http.get(f"pubmed/{tree}/")
    entries = _entries(reply.body.decode("utf-8", "replace"))
    if not entries:
        raise ReplyInvalid(
            reply.source, reply.url, "the listing names no file pubmedYYnNNNN.xml.gz; has the tree moved?"
        )
    year = max(entry["year"] for entry, _ in entries)
    files = [
        TreeFile(tree, entry["name"], int(entry["number"]), stamp)
        for entry, stamp in entries
        if entry["year"] == year
    ]
    return sorted((f for f in files if first <= f.number <= last), key=lambda f: f.number)


def _entries(page: str) -> list[tuple[re.Match[str], str]]:
    """Each link to a file, and what stands on its line behind the link; one pass over the page."""
    links = list(_ENTRY.finditer(page))
    ends = [link.start() for link in links[1:]] + [len(page)]
    found: list[tuple[re.Match[str], str]] = []
    for link, end in zip(links, ends):
        closing = page.find("</a>", link.end(), end)
        if closing >= 0 and (stamp := _STAMP.match(page, closing + len("</a>"), end)):
            found.append((link, " ".join(stamp[0].split())))
    return found


def stated_md5(context: Collection, file: TreeFile) -> str:
    """The md5 NLM states for a file, kept in the journal. Raises ReplyInvalid when its file holds none."""
    name = f"{file.path}.md5"
    reply = context.journal.reply(name, lambda: context.http.get(name, expect=_digest))
    return _digest(reply)


def fetch(context: Collection, file: TreeFile) -> LocalFile:
    """The file on disk, from the journal or downloaded and compared with its md5.

    When they differ the md5 is asked for once more: NLM replaces the two one after the other.

    Raises:
        ReplyInvalid: they still differ.
    """
    try:
        return _download(context, file)
    except ReplyInvalid:
        stated = stated_md5(context, file)
        context.journal.forget(f"{file.path}.md5")
        if stated_md5(context, file) == stated:
            context.journal.forget(f"{file.path}.md5")
            raise
        return _download(context, file)


def _download(context: Collection, file: TreeFile) -> LocalFile:
    md5 = stated_md5(context, file)
    path = context.journal.file(
        file.path,
        lambda to: context.http.download(file.path, to, md5=md5, max_bytes=LARGEST_FILE),
    )
    return LocalFile(file, path, context.journal.download(file.path))


def _digest(reply: Reply) -> str:
    found = _MD5.search(reply.body)
    if not found:
        raise ReplyInvalid(reply.source, reply.url, f"no md5 in {reply.body[:80]!r}")
    return found.group().decode().lower()
