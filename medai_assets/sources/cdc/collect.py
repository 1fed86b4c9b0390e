"""CDC's content syndication, version 2: one slice a topic, HTML media only.

The media list says what there is and when its content changed; the HTML comes from ``syndicate``, one request a media.
A refresh asks for what was updated since the version before and for the total; only when the two do not add up is the
whole list read again. The payload is ``{"media": …, "syndicate": …}``, both as they came.

Contract: the API's documentation page, tools.cdc.gov/api. Content of other organisations is marked ``third_party``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from html import unescape
from typing import Any

import orjson

from medai_assets.foundation.slices import Slice
from medai_assets.sources.cdc.parse import language_of
from medai_assets.sources.collection import Collection
from medai_assets.sources.one_record import fetch_or_reject, read_or_reject
from medai_assets.sources.records import Item, RawRecord, Rejected, licence_of
from medai_assets.transport.errors import ReplyInvalid, UpstreamRefused
from medai_assets.transport.reply import Reply
from medai_assets.transport.walks import Walk, confirmed_entries, require_new_entries

TOPICS = "/resources/topics"
OWN = {"CDC", "ATSDR", "HHS"}  # whose text is a work of the United States government
DATES = ("dateSyndicationUpdated", "dateContentUpdated", "dateModified", "datePublished")
NOTICE = "free of charge on the agency's website; no endorsement by CDC, ATSDR or HHS is implied"


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every HTML media of the topic, changed ones fetched, the others as they were."""
    topic = context.validators.get("topic") or topic_name(slice.query["topic"], context)
    held = previous_media(context)
    media_list = MediaList(topic, context)
    media = media_list.refreshed(held) or media_list.whole()
    yield from media_list.unreadable
    wanted = dict(sorted(media.items())[: context.limit])
    keep = {number for number, item in wanted.items() if item == held.get(number)}
    yield from context.copied(map(record_id, keep))
    for done, (number, item) in enumerate(wanted.items()):
        if number not in keep:
            context.progress(done, len(wanted), f"media {number}")
            yield read_or_reject(partial(fetched, number, item, context), record_id=record_id(number))
    if len(wanted) == len(media):
        context.new_validators.update(media_list.validators(media))
    context.progress(len(wanted), len(wanted), "media")


def topic_name(slug: str, context: Collection) -> str:
    """The API's own name of a topic, e.g. ``Heart Disease & Stroke`` for ``heart-disease-stroke``.

    Raises:
        UpstreamRefused: the API has no such topic; the message lists those it has.
    """

    def expected(reply: Reply) -> None:
        if not isinstance(checked_envelope(reply)["results"], list):
            raise ReplyInvalid("cdc", reply.url, "the topics are not a list")

    params = {"showChild": "true", "max": "0"}
    reply = context.journal.reply("topics", lambda: context.http.get(TOPICS, params, expect=expected))
    names = {topic_slug(name): name for name in _names(reply.json()["results"])}
    if slug not in names:
        raise UpstreamRefused(
            "cdc", reply.url, f"there is no topic {slug!r}; the topics are {', '.join(sorted(names))}"
        )
    return names[slug]


def _names(topics: list[Any]) -> Iterator[str]:
    """Names of topics and their sub-topics; the API writes ``&`` as an entity in some."""
    for topic in topics:
        if isinstance(topic, dict) and isinstance(topic.get("name"), str):
            yield unescape(topic["name"])
            inner = topic.get("items")
            yield from _names(inner if isinstance(inner, list) else [])


def topic_slug(name: str) -> str:
    """Lower case, words joined by hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def previous_media(context: Collection) -> dict[int, dict[str, Any]]:
    """The media objects of the version before by their number."""
    if context.previous is None:
        return {}
    payloads = context.previous.table("records", columns=["payload"])["payload"].to_pylist()
    return {media["id"]: media for media in (orjson.loads(payload)["media"] for payload in payloads)}


def record_id(number: int) -> str:
    """Record id of a media."""
    return f"cdc:{number}"


def fetched(number: int, media: Mapping[str, Any], context: Collection) -> RawRecord | Rejected:
    """A media with its HTML as a record, or why it is none."""
    address = f"{MEDIA}/{number}/syndicate"
    return fetch_or_reject(
        lambda: context.journal.reply(
            f"syndicate-{number}-{version_of(media)}",
            lambda: context.http.get(address, expect=checked_envelope),
        ),
        partial(as_record, number, media),
        record_id=record_id(number),
        unreadable="syndicated content is not JSON",
        gone="media listed but not there",
    )


def as_record(number: int, media: Mapping[str, Any], reply: Reply) -> RawRecord | Rejected:
    """The record of a media and the reply to its ``syndicate`` request."""
    results = reply.json()["results"]
    syndicate = results[0] if isinstance(results, list) and results else results
    payload = orjson.dumps({"media": media, "syndicate": syndicate})
    content = syndicate.get("content") if isinstance(syndicate, dict) else None
    if not isinstance(content, str) or not content.strip():
        problem = f"content is {type(content).__name__}, not text" if content else "there is no content"
        return Rejected(
            reason="nothing syndicated",
            record_id=record_id(number),
            detail=problem,
            payload=payload.decode(),
            request=reply.url,
        )
    source = media["source"]
    foreign = source.get("acronym") not in OWN
    otherwise = "LicenseRef-Third-Party" if foreign else "LicenseRef-US-Government-Work"
    licence, sample = licence_of(str(media.get("attribution") or ""), otherwise)
    return RawRecord(
        record_id=record_id(number),
        payload=payload,
        payload_format="json",
        url=media.get("targetUrl") or media.get("sourceUrl") or media.get("persistentUrl") or "",
        request=reply.url,
        retrieved_at=reply.retrieved_at,
        licence=licence,
        attribution=attribution_of(media, sample),
        version=version_of(media),
        title=media.get("name"),
        language=language_of(media),
        updated_at=version_of(media)[:10] or None,
        flags=["third_party"] if foreign else [],
        sample=sample,
    )


def version_of(media: Mapping[str, Any]) -> str:
    """The newest statement of when the content changed; the API leaves most of these dates empty."""
    return max((media[name] for name in DATES if isinstance(media.get(name), str)), default="")


def attribution_of(media: Mapping[str, Any], sample: bool) -> str:
    """Whom to name, with the notice CDC asks for; what the media itself states comes first."""
    stated = media.get("attribution")
    if sample:
        return str(stated)
    named = f"{media['source'].get('name') or 'CDC'} ({media['source'].get('acronym') or 'CDC'}); {NOTICE}"
    return f"{stated}. {named}" if stated else named


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
