"""Walking openFDA's label search by ``search_after``.

What belongs here: the requests of one search and when the walk is at its end, whole, or wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from medai_assets.sources.collection import Collection
from medai_assets.sources.fda.labels import Labels, LabelsInvalid, LabelSource, set_ids
from medai_assets.transport.errors import ReplyInvalid, UpstreamRefused
from medai_assets.transport.reply import Reply
from medai_assets.transport.walks import require_new_entries

PAGE = 1000  # the API's maximum
WALKS = 2  # a list that changed while it was walked is walked once more
_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?')


class Walk:
    """The pages of one search.

    Args:
        span: first and last ``effective_time``.

    Attributes:
        missing: labels that the upstream announced but did not send, after two walks.
    """

    def __init__(self, context: Collection, span: tuple[str, str]) -> None:
        self._context = context
        self._search = f"effective_time:[{span[0]} TO {span[1]}]"
        self._seen: set[str] = set()
        self.missing = 0

    def has_nothing_new(self) -> bool:
        """Whether one request shows that the labels are those collected before.

        ``meta.last_updated`` is a date only, so it proves something only for what was collected after that day.
        """
        known = self._context.validators
        if known.get("last_updated", "9") >= known.get("collected_on", ""):
            return False
        reply = self._ask({"limit": "1"}, None)
        if reply.status != 200 or _facts(reply) != {n: known.get(n) for n in ("last_updated", "total")}:
            return False
        self._context.new_validators.update(known)
        return True

    def pages(self) -> list[LabelSource]:
        """All pages, each kept in the journal.

        Raises:
            ReplyInvalid: a cursor leads back, or a page stays damaged or repeats the one before whenever it is asked for.
        """
        sources: list[LabelSource] = []
        for walk in range(1, WALKS + 1):
            total = self._walk(walk, sources)
            self.missing = 0 if self._context.limit else max(0, total - len(self._seen))
            if not self.missing:
                break
        return sources

    def _walk(self, walk: int, sources: list[LabelSource]) -> int:
        """Append the pages of one walk; returns the total that the last page states."""
        context = self._context
        met = set[str]()  # of the labels of this walk
        expect = partial(_has_news, met)
        after, followed, total = "", set[str](), 0
        size = {"sort": "effective_time:asc", "limit": str(min(PAGE, context.limit or PAGE))}
        while True:
            name = f"walk-{walk}-after-{after}"
            asked = {**size, "search_after": after} if after else size
            reply = context.journal.reply(name, lambda asked=asked: self._ask(asked, expect))  # type: ignore[misc]
            if reply.status == 404:  # zero hits, or the end of a walk whose last page was full
                return total
            ids = _ids(reply)
            met |= ids
            self._seen |= ids
            sources.append(self._source(walk, name, reply))
            facts = _facts(reply)
            total = int(facts["total"])
            context.new_validators.update(facts, collected_on=reply.retrieved_at.date().isoformat())
            context.progress(len(self._seen), total, "labels received")
            after = _cursor(reply)
            if not after or len(self._seen) >= (context.limit or float("inf")):
                return total
            if after in followed:
                raise ReplyInvalid("fda", reply.url, "the Link header leads back to a page already read")
            followed.add(after)
            is_empty = next(iter(labels_of(reply)), None) is None
            require_new_entries(len(followed), 0, int(not is_empty), "fda", reply.url)

    def _ask(self, params: dict[str, str], expect: Callable[[Reply], object] | None) -> Reply:
        asked = {"search": self._search, **params}
        reply = self._context.http.get("drug/label.json", asked, expect=expect, accept=(404,))
        if reply.status == 404 and b"NOT_FOUND" not in reply.body:
            raise UpstreamRefused("fda", reply.url, "there is no label search here", "Check the address", 404)
        return reply

    def _source(self, walk: int, name: str, reply: Reply) -> LabelSource:
        """The page, to be read again from the journal: pages are too large to keep many in memory."""

        def gone() -> Reply:
            raise ReplyInvalid("fda", reply.url, f"the journal lost {name}", "Run the slice again")

        return LabelSource(
            lambda: labels_of(self._context.journal.reply(name, gone)),
            reply.url,
            reply.retrieved_at,
            walk=walk,
        )


def labels_of(reply: Reply) -> Labels:
    """The labels of a page, to be iterated.

    Raises:
        ReplyInvalid: it is not a page of labels.
    """
    try:
        return Labels([reply.body])
    except LabelsInvalid as error:
        raise ReplyInvalid("fda", reply.url, str(error)) from error


def _ids(reply: Reply) -> set[str]:
    try:
        return set_ids(labels_of(reply))
    except LabelsInvalid as error:
        raise ReplyInvalid("fda", reply.url, str(error)) from error


def _has_news(met: set[str], reply: Reply) -> None:
    """A page whose labels are all known to its walk is the one before, sent again."""
    if reply.status == 200 and (ids := _ids(reply)) and met.issuperset(ids):
        raise ReplyInvalid("fda", reply.url, "the page repeats labels that came before")


def _facts(reply: Reply) -> dict[str, str]:
    """When the data were last updated and how many labels match."""
    meta: dict[str, Any] = labels_of(reply).meta
    results = meta.get("results")
    total = results.get("total") if isinstance(results, dict) else None
    if not isinstance(total, int) or isinstance(total, bool):
        raise ReplyInvalid("fda", reply.url, "meta.results.total is not a number")
    return {"last_updated": str(meta.get("last_updated", "")), "total": str(total)}


def _cursor(reply: Reply) -> str:
    """``search_after`` of the ``Link`` header's next page, "" at the end. Only the cursor is taken from the link: the rest
    of the request is built anew, so it goes to the same host with the same search, and with the key."""
    link = _NEXT.search(reply.headers.get("Link", ""))
    query = parse_qs(urlsplit(link.group(1)).query) if link else {}
    return query.get("search_after", [""])[0]
