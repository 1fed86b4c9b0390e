"""Keeping keys out of everything that is stored or shown.

A key goes into a request and nowhere else. Every URL, header, message and log line passes through ``Secrets`` first.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from medai_assets.foundation.plain_text import plain_line

PUT_IN_PLACE = "[removed]"
# Parameter names that carry a key or a person's address at one of the upstreams, whatever their value.
_PRIVATE_PARAMETERS = {
    "api_key",
    "apikey",
    "api-key",
    "key",
    "subscription-key",
    "token",
    "access_token",
    "email",
}
# NCBI repeats the key, or the caller's IP address, in the body of its rate-limit error.
_CALLER = re.compile(r'("api-?_?key"\s*:\s*")[^"]*(")', re.IGNORECASE)
_RUN = re.compile(r"[^\s'\"<>()]+")  # whole, so that a run of slashes is looked at once
_PERSON = re.compile(r"(https?://)[^/?#\s'\"<>@]{1,200}@", re.IGNORECASE)  # name and password before a host
_SHORTEST = 6  # bytes of a value whose encoded forms are looked for: a shorter one's stand in any text
# Each has to be named: what is said in one of them passes no filter of those above it.
_LOGS = [
    f"urllib3.{name}" for name in ("connection", "connectionpool", "response", "poolmanager", "util.retry")
]
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def is_loopback(url: str) -> bool:
    """Whether the address is this machine, where the sandbox runs."""
    return _host(url) in _LOOPBACK


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # what an upstream calls an address may be none
        return None


class Secrets:
    """The values that must not be seen, and how to take them out of text, bytes and URLs."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.values = frozenset(value for value in values if value)
        known = sorted(self.values, key=len, reverse=True)
        found = sorted({form for v in known for form in _spellings(v)}, key=len, reverse=True)
        pattern = "|".join([*map(re.escape, found), *map(_escaped, known)]) or "(?!)"
        self._in_text = re.compile(pattern, re.IGNORECASE)
        self._in_bytes = re.compile(pattern.encode("utf-8", "surrogatepass"), re.IGNORECASE)
        wide = (b"\0?".join(re.escape(c.encode("utf-8", "surrogatepass")) for c in form) for form in found)
        self._in_wide = re.compile(b"|".join(wide) or b"(?!)", re.IGNORECASE)

    def text(self, text: str) -> str:
        """The text without any secret, and without keys in the URLs it quotes."""
        text = self._in_text.sub(PUT_IN_PLACE, text)
        text = _PERSON.sub(r"\1", text)
        text = _CALLER.sub(rf"\g<1>{PUT_IN_PLACE}\g<2>", text)
        return _RUN.sub(_with_public_parameters, text)

    def stand_in(self, text: str) -> bool:
        """Whether the text holds one of them, in any spelling."""
        return self._in_text.search(text) is not None

    def body(self, body: bytes) -> bytes:
        """A reply's body as it came, unless it repeats a secret back to us, also in UTF-16 where the secret is ASCII."""
        body = self._in_bytes.sub(PUT_IN_PLACE.encode(), body)
        return self._in_wide.sub(PUT_IN_PLACE.encode(), body) if b"\0" in body else body

    def url(self, url: str) -> str:
        """The URL as it may be stored: private parameters dropped, the sandbox's address written ``sandbox:``."""
        url = _without_private_parameters(_PERSON.sub(r"\1", url))
        if is_loopback(url):
            parts = urlsplit(url)
            url = urlunsplit(("sandbox", "", parts.path, parts.query, ""))
        return self._in_text.sub(PUT_IN_PLACE, url)


def _spellings(value: str) -> Iterator[str]:
    """The value as it stands in text, in JSON, in a URL, and in base64 at each of its three offsets."""
    quoted = json.dumps(value)[1:-1]
    yield from (value, quoted, quoted.replace("/", "\\/"), json.dumps(value, ensure_ascii=False)[1:-1])
    yield from (quote(value, safe=""), quote_plus(value), quote(value))
    data = value.encode("utf-8", "surrogatepass")
    if len(data) < _SHORTEST:
        return
    yield data.hex()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # Letters at both ends also depend on what stands beside the value.
            letters = encode(bytes(offset) + data).decode().rstrip("=")
            yield letters[(offset * 8 + 5) // 6 : len(letters) - (1 if (offset + len(data)) % 3 else 0)]


def _escaped(value: str) -> str:
    """A pattern of the value with any of its characters escaped, once or again, as an encoder of URLs, JSON or HTML may."""
    return "".join(map(_escaped_or_not, value)) if len(value) >= _SHORTEST else "(?!)"


def _escaped_or_not(character: str) -> str:
    code = ord(character)
    percent = "".join(f"%(?:25){{0,2}}{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    quoted = r"\\{0,3}" if character in "\"'/\\" else ""
    hexadecimal = f"u{code:04x}" if code > 255 else f"(?:u{code:04x}|x{code:02x})"
    return (
        f"(?:{quoted}{re.escape(character)}|{percent}|\\\\{{1,2}}{hexadecimal}"
        f"|&#0{{0,5}}{code};|&#x0{{0,5}}{code:x};)"
    )


def _with_public_parameters(run: re.Match[str]) -> str:
    """A run of characters without the keys of the address that begins with its first slash."""
    before, slash, address = run[0].partition("/")
    return before + _without_private_parameters(slash + address)


def _without_private_parameters(url: str) -> str:
    head, mark, query = url.partition("?")
    if not mark:
        return url
    names = (part.partition("=")[0].lower() for part in query.split("&"))
    if not any(name in _PRIVATE_PARAMETERS for name in names):
        return url
    kept = [
        (n, v) for n, v in parse_qsl(query, keep_blank_values=True) if n.lower() not in _PRIVATE_PARAMETERS
    ]
    return f"{head}?{urlencode(kept)}" if kept else head


class RedactingFilter(logging.Filter):
    """Takes keys out of urllib3's log lines, which quote addresses and headers. One for all clients."""

    def __init__(self) -> None:
        super().__init__()
        self._values: set[str] = set()
        self._secrets = Secrets()

    def hide(self, values: Iterable[str]) -> None:
        """Take these values out too, from now on."""
        self._values.update(values)
        self._secrets = Secrets(self._values)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._secrets.text(plain_line(record.getMessage())), ()
        record.exc_info = None  # it repeats the lines of a reply's head that are no headers
        return True


_FILTER = RedactingFilter()


def hide_in_logs(values: Iterable[str]) -> None:
    """Keep these values, and every key in a quoted URL, out of the log of the HTTP library."""
    _FILTER.hide(values)
    for name in _LOGS:
        logging.getLogger(name).addFilter(_FILTER)  # adding it again changes nothing
