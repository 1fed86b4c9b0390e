"""Data sets of the Hugging Face hub, read as files of one commit.

What belongs here: which files of a set are its training data, and one record a row. The hub's file protocol (``hub_files.py``)
is spoken with the project's own HTTP client rather than through the ``datasets`` library, so that one code path with one set of
limits, retries and journal serves the hub and the sandbox, and no set's own script is ever run. Files are read row by row.

A slice's query is ``{"dataset": "owner/name"}``, with ``"config"`` for one of several configurations and ``"revision"`` for a
commit or tag; without one, the commit that ``main`` names when the collection begins is used throughout, and kept in the manifest.

Which sets are known is in ``catalogue.yaml``. One is refused when its licence is not clear, when it holds questions that models
are measured with, or when its use raises a question only its user can answer: naming it in ``MEDAI_ALLOW_DATASETS`` does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import orjson

from medai_assets.foundation.redaction import Secrets
from medai_assets.foundation.slices import Slice
from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.sources import hub_files
from medai_assets.sources.collection import Collection
from medai_assets.sources.hub_files import Entry, Facts
from medai_assets.sources.huggingface.rows import ENDINGS, FileInvalid, Row, rows_of
from medai_assets.sources.id_spellings import row_key
from medai_assets.sources.one_record import read_or_reject
from medai_assets.sources.records import SAMPLE_LICENCE, Item, RawRecord, Rejected
from medai_assets.transport.errors import CollectionFailed, Misread, ReplyInvalid

NO_LICENCE = "LicenseRef-None-Stated"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One set.

    Args:
        columns: those a row has to have.
        licence: of the text, in the words of ``schemas.LICENCES``.
        attribution: whom to name.
        terms: what a user should know before training on it.
        key: the column that identifies a row, "" when there is none (then the row's content does).
        files: patterns of the data files by configuration; "" is the configuration when none is named. Empty = as the card says.
        refused: why it is not collected unless it is named explicitly; "" when it may be.
        refused_configurations: the same for single configurations.
        flags: put on each record.
    """

    id: str
    columns: tuple[str, ...]
    licence: str
    attribution: str
    terms: str = ""
    key: str = ""
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: str = ""
    refused_configurations: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


CATALOGUE = {
    name: msgspec.convert({"id": name, **told}, Dataset)
    for name, told in read_yaml(Path(__file__).with_name("catalogue.yaml")).items()
}


def dataset_named(identifier: str, configuration: str, allowed: tuple[str, ...]) -> Dataset:
    """The set, if it may be collected. A set that is not in the catalogue has to be named explicitly too.

    Args:
        allowed: sets the user names explicitly (``MEDAI_ALLOW_DATASETS``).

    Raises:
        CollectionFailed: it is refused; the message says why and how to decide otherwise.
    """
    known = CATALOGUE.get(identifier)
    if known is None:
        reason = "it is not in the catalogue, so nobody has looked at its licence and at what it contains"
    else:
        reason = known.refused or known.refused_configurations.get(configuration, "")
    if reason and identifier not in allowed:
        raise CollectionFailed(
            f"the data set {identifier}{f' ({configuration})' if configuration else ''} is refused: {reason}. "
            f"If you have looked into it, name it in MEDAI_ALLOW_DATASETS"
        )
    return known or Dataset(
        identifier, columns=(), licence=NO_LICENCE, attribution=f"Hugging Face data set {identifier}"
    )


# The card's licence tags to the identifiers of schemas.LICENCES.
_TAGS = {
    "mit": "MIT",
    "apache-2.0": "Apache-2.0",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "cc0-1.0": "CC0-1.0",
    "medai-sample": SAMPLE_LICENCE,
}
_SAYS_NOTHING = {"", "cc", "other", "unknown"}  # of the hub's tags: which licence it is
_NOT_TRAINING = ("test", "valid", "dev", "eval")  # beginnings of the names of other splits


@dataclass(frozen=True, slots=True)
class _Origin:
    """What all rows of a file share."""

    dataset: Dataset
    licence: str
    language: str | None
    request: str
    retrieved_at: datetime
    flags: tuple[str, ...] = field(default=())


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every row of the training files once.

    Raises:
        CollectionFailed: the set is refused.
        Misread: its card's licence has changed, or it has no such files.
        ReplyInvalid: the hub's reply or a file is not as promised.
    """
    query = slice.query
    configuration = query.get("config", "")
    dataset = dataset_named(query["dataset"], configuration, context.settings.allow_datasets)
    facts = hub_files.facts(context, dataset.id, query.get("revision", "main"))
    if copy := context.unchanged("revision", facts.sha):
        yield copy
        return
    licence = licence_of_card(dataset, facts)
    wanted = files_of(dataset, configuration, facts)
    listed = hub_files.listing(context, dataset.id, facts.sha)
    count, is_empty = 0, True
    if missing := [name for name in wanted if name not in listed]:
        raise ReplyInvalid(
            "hub", dataset.id, f"its facts name {missing[0]}, its tree at {facts.sha} does not"
        )
    for name in wanted:
        for item in _items(listed[name], dataset, licence, facts, context):
            count, is_empty = count + isinstance(item, RawRecord), False
            if context.limit is not None and count > context.limit:
                return
            yield item
    if is_empty:
        raise ReplyInvalid("hub", dataset.id, f"there is no row in {', '.join(wanted)[:300]}")


def licence_of_card(dataset: Dataset, facts: Facts) -> str:
    """The licence of the rows: the catalogue's, as long as the card does not contradict it.

    Raises:
        Misread: the card now states another licence than the one the catalogue was written from.
    """
    card = facts.cardData or {}
    said = card.get("license") or ""
    several = [str(tag) for tag in (said if isinstance(said, list) else [said]) if tag]
    tags = [
        tag for tag in [*several, str(card.get("license_name") or "")] if tag.lower() not in _SAYS_NOTHING
    ]
    stated = {_TAGS.get(tag.lower(), tag) for tag in tags}
    if dataset.licence == NO_LICENCE:
        return next(iter(stated)) if len(stated) == 1 and stated <= {*_TAGS.values()} else NO_LICENCE
    if stated - {dataset.licence}:
        raise Misread(
            f"the card of {dataset.id} states the licence {' and '.join(sorted(stated))}, the catalogue says {dataset.licence}: "
            "look at what has changed and correct sources/huggingface/catalogue.yaml"
        )
    return dataset.licence


def files_of(dataset: Dataset, configuration: str, facts: Facts) -> list[str]:
    """The training files, in order: by the catalogue's patterns, else by the card's, else every data file of no other split.

    Raises:
        Misread: there are none; the message lists the data files there are.
    """
    present = [s.rfilename for s in facts.siblings if s.rfilename.lower().endswith(ENDINGS)]
    patterns = dataset.files.get(configuration) or _patterns_of_card(facts.cardData or {}, configuration)
    if patterns:
        found = [name for name in present if any(fnmatch(name, pattern) for pattern in patterns)]
    else:
        found = [name for name in present if not name.rsplit("/", 1)[-1].lower().startswith(_NOT_TRAINING)]
    if not found:
        raise Misread(
            f"{dataset.id} {configuration} has no training files; it has {', '.join(present) or 'none'}"
        )
    return sorted(found)


def _patterns_of_card(card: dict[str, Any], configuration: str) -> list[str]:
    """The paths of the training split in the card's ``configs`` block, which lists files in several spellings."""
    for entry in card.get("configs") or []:
        if configuration in (entry.get("config_name"), ""):
            files = entry.get("data_files", [])
            listed = files if isinstance(files, list) else [files]
            paths = [f.get("path", []) if isinstance(f, dict) else f for f in listed
                     if not isinstance(f, dict) or f.get("split", "train") == "train"]  # fmt: skip
            return [p for path in paths for p in (path if isinstance(path, list) else [path])]
    return []


def _items(entry: Entry, dataset: Dataset, licence: str, facts: Facts, context: Collection) -> Iterator[Item]:
    name = entry.path
    path, fetched = hub_files.fetch(context, dataset.id, facts.sha, entry)
    context.progress(0, None, f"rows of {name}")
    languages = (facts.cardData or {}).get("language")
    language = languages[0] if isinstance(languages, list) and len(languages) == 1 else languages
    origin = _Origin(
        dataset,
        licence,
        language if isinstance(language, str) else None,
        fetched.url,
        fetched.retrieved_at,
        dataset.flags,
    )
    try:
        for number, row in enumerate(rows_of(path, name, dataset.key or "id"), 1):
            yield read_or_reject(
                partial(_item, row, origin, context.http.secrets),
                place=f"row {number:,} of {name}",
                payload=row if isinstance(row, bytes) else repr(row),
                request=origin.request,
            )
    except FileInvalid as error:
        context.journal.forget(name)
        raise ReplyInvalid(
            "hub", fetched.url, str(error), "Run the slice again: it is fetched anew"
        ) from error


def _item(row: Row | bytes, origin: _Origin, secrets: Secrets) -> RawRecord | Rejected:
    dataset = origin.dataset
    if isinstance(row, bytes):
        return Rejected(reason="not a row", payload=row.decode("utf-8", "replace"), request=origin.request)
    payload = orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS)
    if (without := secrets.body(payload)) != payload:
        return Rejected(
            reason="says the key back", payload=without.decode("utf-8", "replace"), request=origin.request
        )
    missing = [column for column in dataset.columns if column not in row]
    if missing:
        return Rejected(
            reason=f"no column {missing[0]}",
            detail=", ".join(missing),
            payload=payload.decode(),
            request=origin.request,
        )
    if not any(isinstance(value, str) and value.strip() for value in row.values()):
        return Rejected(reason="no text", payload=payload.decode(), request=origin.request)
    key = str(row[dataset.key]) if dataset.key in row else hashlib.sha256(payload).hexdigest()[:16]
    return RawRecord(
        record_id=f"hf:{row_key(f'{dataset.id}/{key}')}",
        payload=payload,
        payload_format="json",
        url=f"https://huggingface.co/datasets/{dataset.id}",
        request=origin.request,
        retrieved_at=origin.retrieved_at,
        licence=origin.licence,
        attribution=dataset.attribution,
        language=origin.language,
        flags=origin.flags,
        sample=origin.licence == SAMPLE_LICENCE,
    )
