"""Bodies that arrive with status 200 and are wrong all the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson


def truncated_file(path: str, body: bytes, seen: int) -> bytes:
    """A file that ends in the middle, with a Content-Length that fits it."""
    return body[: len(body) // 2]


def invalid_json(path: str, body: bytes, seen: int) -> bytes:
    """A JSON body that ends in the middle, with a Content-Length that fits it."""
    return body[: len(body) * 2 // 3]


def wrong_md5(path: str, body: bytes, seen: int) -> bytes:
    """An md5 that is not the file's."""
    return re.sub(rb"[0-9a-f]{32}", b"0" * 32, body)


def changed_types(path: str, body: bytes, seen: int) -> bytes:
    """Fields of the first record have other types than the contract says."""
    if path.endswith(".jsonl"):
        first, _, rest = body.partition(b"\n")
        return orjson.dumps(dict.fromkeys(orjson.loads(first), 7)) + b"\n" + rest
    content = orjson.loads(body)
    _change_first(path, content)
    return orjson.dumps(content)


def moving_total(path: str, body: bytes, seen: int) -> bytes:
    """The total grows by one with every page."""
    content = orjson.loads(body)
    if path.startswith("/fda/"):
        content["meta"]["results"]["total"] += seen
    elif path.startswith("/nhs/manifest"):
        content["pagination"]["count"] += seen
    elif path.startswith("/cdc"):
        content["meta"]["pagination"]["total"] += seen
    elif path.startswith("/eutils"):
        content["esearchresult"]["count"] = str(int(content["esearchresult"]["count"]) + seen)
    return orjson.dumps(content)


def _change_first(path: str, content: Any) -> None:
    """Give fields that a client relies on another type, in place."""
    if path.startswith("/fda/"):
        content["results"][0] |= {"set_id": 7, "effective_time": ["2024"], "openfda": "none"}
    elif path.startswith("/nhs/manifest"):
        content["results"][0] |= {"url": None, "dateModified": 1_700_000_000}
    elif path.startswith("/nhs"):
        content |= {"name": {"en": "a name"}, "url": ["an address"]}
    elif path.endswith("/syndicate"):
        content["results"] |= {"content": ["a list"], "mediaId": "seven"}
    elif path.startswith("/cdc"):
        content["results"][0] |= {"id": "seven", "source": "CDC"}
    elif path.startswith("/eutils"):
        content["esearchresult"] |= {"count": None, "idlist": {}}


Corruption = Callable[[str, bytes, int], bytes]
CORRUPTIONS: dict[str, Corruption] = {
    function.__name__: function
    for function in (truncated_file, invalid_json, wrong_md5, changed_types, moving_total)
}
