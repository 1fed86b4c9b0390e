"""The NHS website through its content API, version 2: one slice a section.

The manifest lists every page with its date of change. Pages that changed are fetched, the others are copied from the
version before, so a refresh with nothing new costs the manifest alone. The payload is a page's JSON as it came: its
parts for each level of care, and the repetition of each section in it, are read when the corpus is processed.

Contract and terms: digital.nhs.uk/developer/api-catalogue/nhs-website-content. Cached content has to be refreshed at
least every seven days.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.nhs.source import page_path
from medai_assets.sources.one_record import fetch_or_reject, read_or_reject
from medai_assets.sources.records import Item, RawRecord, Rejected, licence_of
from medai_assets.storage import Stored
from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.reply import Reply
from medai_assets.transport.walks import Walk, confirmed_entries, require_new_entries

MANIFEST = "/manifest/pages/"
API_PREFIX = "/nhs-website-content"
TERMS = "https://developer.api.nhs.uk/terms"


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every page below the section, the changed ones fetched, the others as they were."""
    section = slice.query["section"]
    entries, unreadable = manifest(section, context)
    yield from unreadable
    wanted = dict(sorted(entries.items())[: context.limit])
    unchanged = held_unchanged(context.previous, wanted)
    done = 0
    for batch in context.copied(unchanged):
        done += batch.num_rows
        yield batch
    for path, entry in wanted.items():
        if record_id(path) not in unchanged:
            context.progress(done, len(wanted), f"page {path}")
            yield read_or_reject(partial(fetched, path, entry, context), record_id=record_id(path))
            done += 1
    context.progress(done, len(wanted), "pages")


class Entry(NamedTuple):
    """A page as the manifest lists it."""

    modified: str
    webpage: str | None


def manifest(section: str, context: Collection) -> tuple[dict[str, Entry], list[Rejected]]:
    """Pages below a section by path (``conditions/acne``), and the entries that could not be read.

    Raises:
        ReplyInvalid: it is no manifest, never stood still, or names no page of the section.
    """
    unreadable: dict[str, Rejected] = {}

    def walk(number: int) -> Walk:
        entries: dict[str, Any] = {}
        unreadable.clear()
        page = 1
        while True:
            context.progress(len(entries), None, f"manifest, page {page}")
            reply = _manifest_page(number, page, context)
            content, met = reply.json(), len(entries) + len(unreadable)
            for item in content["results"]:
                payload = json.dumps(item)
                read = read_or_reject(partial(entry_of, item), payload=payload, request=reply.url)
                if isinstance(read, Rejected):
                    unreadable[payload] = read
                else:
                    entries.update([read])
            if not content["pagination"].get("next"):
                return Walk(entries, content["pagination"].get("count", 0) - len(unreadable))
            require_new_entries(page, met, len(entries) + len(unreadable), "nhs", reply.url)
            page += 1

    found = confirmed_entries(walk, "nhs", MANIFEST)
    below = {path: entry for path, entry in found.items() if path.startswith(f"{section}/")}
    if not below:
        known = ", ".join(sorted({path.partition("/")[0] for path in found})) or "none at all"
        raise ReplyInvalid(
            "nhs", MANIFEST, f"the manifest names no page of {section}; it has pages of {known}"
        )
    return below, list(unreadable.values())


def _manifest_page(walk: int, page: int, context: Collection) -> Reply:
    def expected(reply: Reply) -> None:
        content = reply.json()
        for field, kind in (("pagination", dict), ("results", list)):
            if not isinstance(content, dict) or not isinstance(content.get(field), kind):
                raise ReplyInvalid(
                    "nhs", reply.url, f"the manifest's field {field!r} is missing or of another type"
                )
        own = str(content["pagination"].get("self", ""))
        if "page=" in own and not own.endswith(f"page={page}"):
            raise ReplyInvalid("nhs", reply.url, f"asked for page {page} of the manifest, received {own}")

    return context.journal.reply(
        f"walk-{walk}-manifest-{page}",
        lambda: context.http.get(MANIFEST, {"page": str(page)}, expect=expected),
    )


def entry_of(item: Any) -> tuple[str, Entry]:
    """Path and entry of one item of the manifest.

    Raises:
        TypeError: its address or its date is not text.
        ValueError: its address is none.
    """
    for name in ("url", "dateModified"):
        if not isinstance(item, dict) or not isinstance(item.get(name), str):
            raise TypeError(f"a manifest entry whose {name} is not text")
    webpage = item.get("webpage")
    return path_of(item["url"]), Entry(item["dateModified"], webpage if isinstance(webpage, str) else None)


def path_of(url: str) -> str:
    """``conditions/acne`` of a page's API address, which may or may not carry the API's own prefix."""
    return urlsplit(url).path.removeprefix(API_PREFIX).strip("/")


def record_id(path: str) -> str:
    """Record id of a page."""
    return f"nhs:{page_path(path)}"


def held_unchanged(previous: Stored | None, wanted: Mapping[str, Entry]) -> set[str]:
    """Ids of the records whose manifest date is the one they were fetched with."""
    if previous is None:
        return set()
    held = previous.table("records", columns=["record_id", "version"])
    versions = dict(zip(held["record_id"].to_pylist(), held["version"].to_pylist(), strict=True))
    return {
        record_id(path) for path, entry in wanted.items() if versions.get(record_id(path)) == entry.modified
    }


def fetched(path: str, entry: Entry, context: Collection) -> RawRecord | Rejected:
    """A page as a record, or why it is none."""
    return fetch_or_reject(
        lambda: context.journal.reply(
            f"page-{path}", lambda: context.http.get(f"/{path}/", expect=lambda reply: reply.json())
        ),
        partial(as_record, path, entry),
        record_id=record_id(path),
        unreadable="page is not JSON",
        gone="page listed but not there",
    )


def as_record(path: str, entry: Entry, reply: Reply) -> RawRecord | Rejected:
    """The record of a page's reply; what a page must have is a name, a date and some content."""
    page = reply.json()
    problem = problem_of(page)
    if problem:
        return Rejected(
            reason="page without a field it must have",
            record_id=record_id(path),
            detail=problem,
            payload=reply.body.decode("utf-8", "replace"),
            request=reply.url,
        )
    stated = str(page.get("license") or "")
    licence, sample = licence_of(stated, "OGL-UK-3.0" if stated == TERMS else "LicenseRef-Third-Party")
    return RawRecord(
        record_id=record_id(path),
        payload=reply.body,
        payload_format="json",
        url=page.get("webpage") or entry.webpage or f"https://www.nhs.uk/{path}/",
        request=reply.url,
        retrieved_at=reply.retrieved_at,
        licence=licence,
        attribution=attribution_of(page, sample),
        version=entry.modified,
        title=page["name"],
        language="en",
        updated_at=page["dateModified"][:10],
        flags=["third_party"] if licence == "LicenseRef-Third-Party" else [],
        sample=sample,
    )


def problem_of(page: Any) -> str:
    """What keeps a page from being a record, "" when nothing does."""
    if not isinstance(page, dict):
        return "the page is not an object"
    for field in ("name", "dateModified"):
        if not isinstance(page.get(field), str):
            return f"{field} is {type(page.get(field)).__name__}, not text"
    parts = [page.get(field) for field in ("hasPart", "mainEntityOfPage")]
    if not any(isinstance(part, list) for part in parts):
        return "neither hasPart nor mainEntityOfPage is a list"
    return ""


def attribution_of(page: Mapping[str, Any], sample: bool) -> str:
    """Whom to name: the API's terms ask for the words "From www.nhs.uk"."""
    stated = page.get("copyrightHolder") or ""
    holder = stated.get("name", "") if isinstance(stated, dict) else str(stated)
    return (
        holder if sample else f"From www.nhs.uk. {holder or 'Crown Copyright'}, Open Government Licence v3.0"
    )
