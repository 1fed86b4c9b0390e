"""NLM's bucket of PMC articles: ListObjectsV2, metadata and XML, as Amazon serves them without a log-in.

The record files are ``records/pmc/<PMCID>.<version>/<PMCID>.<version>.json`` and ``….xml``; the MD5 in the metadata is filled
in from the XML that lies there, unless the file states one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.files import Handler
from medai_assets.sandbox.replies import file_reply, whole_number
from medai_assets.sources.pmc.listing import belongs

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
BUCKET = "pmc-oa-opendata"
MOST_KEYS = 1000


class Bucket(Handler):
    """The objects of the record folder, by key."""

    folder = "pmc"

    def routes(self) -> list[Route]:
        return [Route("/", self.listing), Route("/{key:path}", self.object)]

    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        """Articles whose PMCIDs are the slice's."""
        for name in self.files.digests("PMC*/*"):
            if belongs(name.removeprefix("PMC").partition(".")[0], query):
                yield name

    def listing(self, request: Request) -> Response:
        """``?list-type=2``: keys with the prefix, after ``start-after``, at most a thousand."""
        asked = request.query_params
        most = whole_number(asked.get("max-keys"), MOST_KEYS)
        if asked.get("list-type") != "2" or most is None or most < 0:
            return _error(400, "InvalidArgument", "only ListObjectsV2 is answered")
        prefix, after = asked.get("prefix", ""), asked.get("start-after", "")
        keys = [key for key in self.keys() if key.startswith(prefix) and key > after]
        shown = keys[: min(most, MOST_KEYS)]
        rows = "".join(f"<Contents>{self._facts(key)}</Contents>" for key in shown)
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="{NAMESPACE}"><Name>{BUCKET}</Name>'
            f"<Prefix>{escape(prefix)}</Prefix><StartAfter>{escape(after)}</StartAfter><KeyCount>{len(shown)}</KeyCount>"
            f"<MaxKeys>{min(most, MOST_KEYS)}</MaxKeys><IsTruncated>{str(len(shown) < len(keys)).lower()}</IsTruncated>"
            f"{rows}</ListBucketResult>"
        )
        return Response(body, media_type="application/xml")

    def object(self, request: Request) -> Response:
        key = request.path_params["key"]
        found = self._object(key)
        if found is None:
            return _error(404, "NoSuchKey", "The specified key does not exist.")
        body, modified = found
        kind = "application/json" if key.endswith(".json") else "binary/octet-stream"
        return file_reply(request, body, kind, modified, _md5(body))

    def keys(self) -> list[str]:
        """Keys of all metadata, in the order of their bytes."""
        return sorted(f"metadata/{path.name}" for path in self.files.find("PMC*/PMC*.json"))

    def _facts(self, key: str) -> str:
        body, modified = self._object(key) or (b"", datetime.now(UTC))
        stamp = modified.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return (
            f'<Key>{escape(key)}</Key><LastModified>{stamp}</LastModified><ETag>"{_md5(body)}"</ETag>'
            f"<Size>{len(body)}</Size><StorageClass>STANDARD</StorageClass>"
        )

    def _object(self, key: str) -> tuple[bytes, datetime] | None:
        """Body and date of an object; the metadata change with every object of the article."""
        folder, _, file = key.rpartition("/")
        name = file.rpartition(".")[0]
        place = self.files.root / name
        if folder not in ("metadata", name) or not (place / file).is_file() or "/" in name or ".." in name:
            return None
        if not file.endswith(".json"):
            return (place / file).read_bytes(), _modified(place / file)
        content = dict(self.files.json(place / file))
        article = place / f"{name}.xml"
        dates = [_modified(place / file)]
        if article.is_file():
            content.setdefault("xml_url", f"s3://{BUCKET}/{name}/{name}.xml?md5={_md5(article.read_bytes())}")
            dates.append(_modified(article))
        return orjson.dumps(content), max(dates)


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _error(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, media_type="application/xml")
