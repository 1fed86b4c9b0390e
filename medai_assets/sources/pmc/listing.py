"""What NLM's bucket holds: one metadata object an article version, listed in the order of their keys.

The PMC Cloud Service (bucket ``pmc-oa-opendata``) replaced packages, file lists and the OA web service: since August 2026
NLM serves no archive any more, each object by itself. Its README.txt says: ``metadata/PMC<id>.<version>.json`` and
``PMC<id>.<version>/PMC<id>.<version>.xml``; a change to any object of an article version changes the metadata's ETag and
last modified date, since they hold the MD5 of each. The list is Amazon's ListObjectsV2 (``list-type=2``, ``prefix``,
``start-after``, ``max-keys``). Looked up in stored copies of these pages; the bucket itself was not reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from lxml import etree

from medai_assets.sources.collection import Collection
from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.reply import Reply
from medai_assets.transport.walks import require_new_entries

FOLDER = "metadata/PMC"
PAGE = 1000  # keys; Amazon sends no more
# By which a list is taken to be older than it is, so that no change falls between two.
SLACK = timedelta(hours=1)
_KEY = re.compile(r"metadata/PMC([1-9][0-9]{0,14})\.([1-9][0-9]{0,5})\.json")


@dataclass(frozen=True, slots=True)
class Entry:
    """One article version in the list; ``number`` is the PMCID without its letters."""

    number: str
    version: int
    etag: str
    modified: datetime

    @property
    def name(self) -> str:
        """What NLM names its objects by, e.g. ``PMC13901.1``."""
        return f"PMC{self.number}.{self.version}"

    @property
    def record_id(self) -> str:
        return f"pmc:PMC{self.number}"


def belongs(number: str, query: Mapping[str, str]) -> bool:
    """Whether an article is one of a slice: its PMCID's first digits lie between the slice's first and last."""
    first, last = query["first"], query["last"]
    return first <= number[: len(first)] and number[: len(last)] <= last and len(number) >= len(first)


class ObjectList:
    """The list of one slice, page by page. ``strange`` fills with keys that are no article version."""

    def __init__(self, context: Collection, query: Mapping[str, str]) -> None:
        self._context = context
        self._query = query
        self.strange: list[str] = []
        # When its first page was sent, by the upstream's clock, less the slack.
        self.as_of: datetime | None = None

    def articles(self) -> Iterator[list[Entry]]:
        """The versions of each article, in the order of keys, in which they stand together.

        Raises:
            ReplyInvalid: a page is no list, does not go on where the one before ended, or none names an article.
        """
        held: list[Entry] = []
        for entry in self._entries():
            if held and held[0].number != entry.number:
                yield held
                held = []
            held.append(entry)
        if not held:  # every slice has articles, so a list without any is none of it
            first, last = self._query["first"], self._query["last"]
            raise ReplyInvalid(
                "pmc", FOLDER, f"the list names no article whose PMCID begins with {first} to {last}"
            )
        yield held

    def _entries(self) -> Iterator[Entry]:
        after: str | None = FOLDER + self._query["first"]
        page = 0
        while after is not None:
            rows, after = self._page(after)
            page += 1
            if after is not None:
                require_new_entries(page, 0, len(rows), "pmc", FOLDER)
            for key, etag, modified in rows:
                found = _KEY.fullmatch(key)
                if found is None:
                    self.strange.append(key)
                elif found[1][: len(self._query["last"])] > self._query["last"]:
                    return
                elif belongs(found[1], self._query):
                    yield Entry(found[1], int(found[2]), etag, modified)

    def _page(self, after: str) -> tuple[list[tuple[str, str, datetime]], str | None]:
        """Rows of one page, and the key after which the next begins; None at the end.

        Never answered from the journal: what was changed meanwhile, or mended, belongs to the slice.
        """
        params = {"list-type": "2", "prefix": FOLDER, "start-after": after, "max-keys": str(PAGE)}
        reply = self._context.http.get("", params, expect=lambda reply: _read(reply, after))
        rows, truncated = _read(reply, after)
        if self.as_of is None:
            self.as_of = _sent(reply) - SLACK
        return rows, rows[-1][0] if truncated and rows else None


def _read(reply: Reply, after: str) -> tuple[list[tuple[str, str, datetime]], bool]:
    """Key, ETag and date of each object of a page, and whether there are more; raises ReplyInvalid."""

    def invalid(problem: str) -> ReplyInvalid:
        return ReplyInvalid("pmc", reply.url, problem)

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(reply.body, parser)
        rows = [
            (
                _text(item, "Key"),
                _text(item, "ETag").strip('"'),
                datetime.fromisoformat(_text(item, "LastModified")).astimezone(UTC),
            )
            for item in root.iterfind("{*}Contents")
        ]
    except (etree.XMLSyntaxError, ValueError, OverflowError) as error:
        raise invalid(f"the list of objects cannot be read ({error})") from error
    if etree.QName(root).localname != "ListBucketResult":
        raise invalid(f"this is not a list of objects but {etree.QName(root).localname[:40]!r}")
    keys = [key for key, _, _ in rows]
    if keys != sorted(set(keys)) or (keys and keys[0] <= after):
        raise invalid(f"asked for keys after {after!r}; the page begins again or is out of order")
    truncated = _text(root, "IsTruncated") == "true"
    if truncated and not rows:
        raise invalid("the list says that it goes on, and shows nothing")
    return rows, truncated


def _text(element: etree._Element, name: str) -> str:
    found = element.find(f"{{*}}{name}")
    if found is None or not found.text:
        raise ValueError(f"{name} is missing")
    value: str = found.text
    return value


def _sent(reply: Reply) -> datetime:
    """When a reply was sent by the upstream's clock, by ours where it does not say."""
    try:
        return parsedate_to_datetime(reply.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return reply.retrieved_at
