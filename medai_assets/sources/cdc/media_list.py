"""CDC's media list: reading it whole, or only what changed since the version before.

What belongs here: paging, the envelope every reply comes in, and when a refresh may skip the whole list. What a media
becomes stands in ``cdc.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from medai_assets.sources.collection import Collection
from medai_assets.sources.records import Rejected
from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.reply import Reply
from medai_assets.transport.walks import Walk, confirmed_entries, require_new_entries

MEDIA = "/resources/media"
PAGE = 100  # the API's default and customary maximum
UPDATED = "dateContentUpdated"


class MediaList:
    """The HTML media of one topic, by their number. ``unreadable`` fills while the list is read."""

    def __init__(self, topic: str, context: Collection) -> None:
        self.context = context
        self.query = {"topic": topic, "mediaTypes": "HTML", "sort": "id"}
        self._unreadable: dict[bytes, Rejected] = {}

    @property
    def unreadable(self) -> list[Rejected]:
        """Entries of the list that are no media."""
        return list(self._unreadable.values())

    def validators(self, media: Mapping[int, Mapping[str, Any]]) -> dict[str, str]:
        """What a later refresh needs: the topic's name, and the newest date if every media states one."""
        dates = [item.get(UPDATED) for item in media.values()]
        known = {"topic": self.query["topic"]}
        return known | {"since": max(map(str, dates))[:10]} if dates and all(dates) else known

    def refreshed(self, held: Mapping[int, Any]) -> dict[int, Any] | None:
        """The list made from the version before and what was updated since; None when that does not add up.

        It does when their union has as many media as the API counts: then nothing was taken away. Two requests.
        """
        since = self.context.validators.get("since")
        if not held or not since:
            return None
        changed = self._walk("changed", {"contentUpdatedSinceDate": f"{since}T00:00:00Z"})
        count = self._page("count", {"max": "1", "pagenum": "1"}, 1)["meta"]["pagination"]["total"]
        united: dict[int, Any] = {**held, **changed.entries}
        return united if len(united) == count and len(changed.entries) == changed.total else None

    def whole(self) -> dict[int, Any]:
        """Every media of the topic."""
        return dict(confirmed_entries(lambda number: self._walk(f"walk-{number}", {}), "cdc", MEDIA))

    def _walk(self, name: str, further: Mapping[str, str]) -> Walk:
        self._unreadable.clear()
        entries: dict[Any, Any] = {}
        page = 1
        while True:
            self.context.progress(len(entries), None, f"media list, page {page}")
            params = {**further, "max": str(PAGE), "pagenum": str(page)}
            content, met = (
                self._page(f"{name}-page-{page}", params, page),
                len(entries) + len(self._unreadable),
            )
            for item in content["results"]:
                if is_media(item):
                    entries[item["id"]] = item
                else:
                    self._set_aside(item)
            paging = content["meta"]["pagination"]
            if not paging.get("nextUrl") or not content["results"]:
                return Walk(entries, paging["total"] - len(self._unreadable))
            require_new_entries(page, met, len(entries) + len(self._unreadable), "cdc", MEDIA)
            page += 1

    def _page(self, name: str, params: Mapping[str, str], page: int) -> dict[str, Any]:
        def expected(reply: Reply) -> None:
            content = checked_envelope(reply)
            paging = content["meta"].get("pagination")
            if not isinstance(content["results"], list) or not isinstance(paging, dict):
                raise ReplyInvalid("cdc", reply.url, "the media list has no results or no pagination")
            if not isinstance(paging.get("total"), int) or paging.get("pageNum") != page:
                said = f"total {paging.get('total')!r}, page {paging.get('pageNum')!r}"
                raise ReplyInvalid("cdc", reply.url, f"asked for page {page}; the pagination says {said}")

        query = {**self.query, **params}
        found: dict[str, Any] = self.context.journal.reply(
            name, lambda: self.context.http.get(MEDIA, query, expect=expected)
        ).json()
        return found

    def _set_aside(self, item: Any) -> None:
        text = json.dumps(item).encode()
        self._unreadable[text] = Rejected(
            reason="media with a field of another type",
            detail="id must be a number, source an object",
            payload=text.decode(),
        )


def is_media(item: Any) -> bool:
    """Whether an entry has what a record needs."""
    return (
        isinstance(item, dict)
        and isinstance(item.get("id"), int)
        and isinstance(item.get("source"), dict)
        and isinstance(item.get("language") or {}, dict)
    )


def checked_envelope(reply: Reply) -> dict[str, Any]:
    """The reply's ``{meta, results}``; its own status counts as well as HTTP's.

    Raises:
        ReplyInvalid: it is no such object, or says that something went wrong.
    """
    content = reply.json()
    if not isinstance(content, dict) or not isinstance(content.get("meta"), dict) or "results" not in content:
        raise ReplyInvalid("cdc", reply.url, "the reply has no meta or no results")
    status = content["meta"].get("status", 200)
    if status != 200:
        said = [message.get("userMessage", "") for message in content["meta"].get("message") or []]
        raise ReplyInvalid(
            "cdc", reply.url, f"the reply says status {status}: {' '.join(said) or 'no message'}"
        )
    return content
