"""What a user may name to `impact`: a record, an address, a slice, a source or a passage."""

from __future__ import annotations

import re
from typing import NamedTuple

import pyarrow.compute as pc

from medai_assets.foundation.samples import without_sandbox
from medai_assets.sources.record_ids import canonical_record_id
from medai_assets.sources.registry import SOURCES, is_record_id, of_record
from medai_assets.storage import Store

AUTHORED = "authored"  # source of what a person wrote for the project
KNOWN = (*SOURCES, AUTHORED)
_PASSAGE_ID = re.compile(r"p[0-9a-f]{24}")
_SLICE = re.compile(r"(?:raw_)?(?P<source>[a-z_]+)\[(?P<key>.+)\]")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:/")
_DIGEST = re.compile(r"[0-9a-f]{16,}")  # the version of a record whose id may itself hold "@"
_FORMS = (
    "a record (pubmed:31031480, fda:<set_id>, with @<version> for one version), its url, a slice (raw_fda[2024]), "
    "a source (fda) or a passage id"
)


class TargetError(ValueError):
    """What was named is none of the things that have an impact."""


def slice_label(source: str, key: str) -> str:
    """A slice by the asset that holds it; authored texts lie with the code, in no asset."""
    return f"{AUTHORED}[{key}]" if source == AUTHORED else f"raw_{source}[{key}]"


class Target(NamedTuple):
    """One thing whose impact is asked for."""

    what: str  # record | url | slice | source | passage
    name: str
    detail: str | None = None  # version of a record, key of a slice

    def __str__(self) -> str:
        if self.what == "slice":
            return slice_label(self.name, self.detail or "")
        return f"{self.name}@{self.detail}" if self.detail else self.name


def parse_target(text: str) -> Target:
    """Understand what the user wrote.

    Raises:
        TargetError: it is none of the forms; the message lists them.
    """
    text = without_sandbox(text.strip())
    if text.removeprefix("raw_") in KNOWN:
        return Target("source", text.removeprefix("raw_"))
    if (match := _SLICE.fullmatch(text)) and match["source"] in KNOWN:
        return Target("slice", match["source"], match["key"])
    if _PASSAGE_ID.fullmatch(text):
        return Target("passage", text)
    if _ADDRESS.match(text) and not of_record(text):
        return Target("url", text)
    if ":" in text:
        record, at, version = text.rpartition("@")
        if not at or (is_record_id(text) and not _DIGEST.fullmatch(version)):
            return Target("record", text)
        return Target("record", record, version or None)
    raise TargetError(f"{text!r} is not something whose impact can be traced; give {_FORMS}")


def record_named(store: Store, text: str) -> str:
    """The id of the one record that is meant by its id or by its publisher's page.

    Raises:
        TargetError: something else is named, or no record or more than one of the current raw slices has that page.
    """
    try:
        return canonical_record_id(text)
    except ValueError:
        target = parse_target(text)
    if target.what == "record" and target.detail is None:
        return target.name
    if target.what != "url":
        what = "single version" if target.what == "record" else target.what
        raise TargetError(
            f"{target} is a {what}; withdraw whole records, each by its id (without @<version>) or its url. "
            "A source is left out by MEDAI_SOURCES"
        )
    bare = target.name.rstrip("/")
    found = {
        record
        for asset in store.assets()
        if asset.startswith("raw_")
        for partition in store.partitions(asset)
        if (stored := store.current_if_kept(asset, partition)) is not None
        for record in stored.table(
            "records", columns=["record_id"], filter=pc.field("url").isin([bare, f"{bare}/"])
        )["record_id"].to_pylist()
    }
    if len(found) != 1:
        which = (
            f"{len(found)} records: {', '.join(sorted(found)[:5])}" if found else "no record collected here"
        )
        raise TargetError(f"{target.name} is the page of {which}; name one by its id")
    value: str = found.pop()
    return value
