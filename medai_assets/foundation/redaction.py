"""Keeping keys out of everything that is stored or shown.

A key goes into a request and nowhere else. Every URL, header, message and log line passes through ``Secrets`` first.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property, lru_cache
from html import escape
from html.entities import html5
from itertools import islice
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from medai_assets.foundation.many_texts import patterns_for
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
# name and password before a host
_PERSON = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://)[^/?#\s'\"<>@]{1,200}@", re.IGNORECASE)
_SHORTEST = 6  # bytes of a value: a shorter one stands in any text
_UTF_8 = ("utf-8", "surrogatepass")
# bytes that are searched at a time, and of the next that are searched with them
_PART, _OVERLAP = (
    1 << 18,
    1 << 14,
)
# Of a spelling, so many bytes of its middle are looked for first: keys of one kind begin alike.
_MIDDLE = 32
_TOGETHER = 2_000  # of these in one pattern; a key has some six hundred spellings
_OF_URL = re.compile("%(?:25)?[0-9A-F]{2}")
_NESTED = 4  # escapes of escapes, as in JSON within a URL
_Places = list[tuple[int, int]]
_Read = Callable[[re.Match[bytes]], bytes]
_BLANK = re.compile(rb"[\x00-\x20\x7f]")  # also zero bytes, so that UTF-16 is read too
_TAG = re.compile(rb"<[^<>]{0,200}>")
_BLANKS = bytes((*range(0x21), 0x7F))
# Each has to be named: what is said in one of them passes no filter of those above it.
_LOGS = [
    f"urllib3.{name}" for name in ("connection", "connectionpool", "response", "poolmanager", "util.retry")
]
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Variables that hold a key, as its user's own libraries call them: AWS_SECRET_ACCESS_KEY, WANDB_API_KEY, PGPASSWORD, …
# MEDAI_SIGNING_KEY is the path of a file, which messages have to name.
_NAMES_A_KEY = re.compile(
    r"(?!MEDAI_SIGNING_KEY$)(?:.*_|PG)?(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|CONNECTION_STRING)(?:_ID)?"
)
_OF_A_KEY = 8  # characters of such a value at least; fewer say "yes" or "none"


def is_loopback(url: str) -> bool:
    """Whether the address is this machine, where the sandbox runs."""
    return _host(url) in _LOOPBACK


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # what an upstream calls an address may be none
        return None


class Secrets:
    """The values that must not be seen, and how to take them out of text, bytes and URLs.

    A value is found in any case and written forwards or backwards, with any of its characters escaped as an encoder of URLs, JSON
    or HTML may, in hexadecimal, base64 or base32, also of what such an encoder or base64 wrote before, and with blanks, line ends,
    tags, invisible or zero bytes in between.
    What has fewer than ``_SHORTEST`` bytes is no secret: some endpoints want the word EMPTY for a key.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.values = frozenset(value for value in values if len(value.encode(*_UTF_8)) >= _SHORTEST)
        self._written = {form.lower() for value in self.values for form in _plainly(value)}
        forms = self._written | {form.lower() for value in self.values for form in _encoded(value)}
        forms |= {form.replace(b"\\", b"") for form in self._written}
        readings = (reading for form in forms for reading, _ in _readings(form))
        self._reduced = frozenset(reading for reading in readings if len(reading) >= _SHORTEST)

    def text(self, text: str) -> str:
        """The text without any secret, and without keys in the URLs it quotes."""
        text = _PERSON.sub(r"\1", self.hidden(text))
        text = _CALLER.sub(rf"\g<1>{PUT_IN_PLACE}\g<2>", text)
        return _RUN.sub(_with_public_parameters, text)

    def stand_in(self, text: str) -> bool:
        """Whether the text holds one of them, in any spelling."""
        return any(self._spans(text.encode(*_UTF_8)))

    def body(self, body: bytes) -> bytes:
        """A reply's body as it came, unless it repeats a secret back to us, in whatever encoding (in UTF-16 where it is ASCII)."""
        kept, end = list[bytes](), 0
        for start, stop in sorted(self._spans(body)):
            if stop > end:
                kept += [body[end:start], PUT_IN_PLACE.encode()] if start >= end else []
                end = stop
        return b"".join([*kept, body[end:]]) if kept else body

    def url(self, url: str) -> str:
        """The URL as it may be stored: private parameters dropped, the sandbox's address written ``sandbox:``."""
        url = _without_private_parameters(_PERSON.sub(r"\1", url))
        if is_loopback(url):
            parts = urlsplit(url)
            url = urlunsplit(("sandbox", "", parts.path, parts.query, ""))
        return self.hidden(url)

    def hidden(self, text: str) -> str:
        """The text without any secret, and otherwise as it is."""
        return self.body(text.encode(*_UTF_8)).decode(*_UTF_8) if self.values else text

    @cached_property
    def _any_reduced(self) -> list[re.Pattern[bytes]]:
        """One of them finds something wherever one of some thousand spellings stands, and seldom elsewhere."""
        import re2

        middles = {form[max(0, len(form) - _MIDDLE) // 2 :][:_MIDDLE] for form in self._reduced}
        return patterns_for([re2.escape(middle) for middle in sorted(middles)], _TOGETHER)

    def _spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where they stand, as first byte and the one after the last; a part of the data at a time."""
        for begin in range(0, len(data) if self.values else 0, _PART):
            part = data[begin : begin + _PART + _OVERLAP].lower()
            yield from ((begin + start, begin + stop) for start, stop in _found(self._written, part))
            for number, (reduced, _) in enumerate(_readings(part)):
                if any(pattern.search(reduced) for pattern in self._any_reduced):
                    _, places = next(
                        islice(_readings(part, [(at, at + 1) for at in range(len(part))]), number, None)
                    )
                    for start, stop in _found(self._reduced, reduced):
                        yield begin + places[start][0], begin + places[stop - 1][1]


@contextmanager
def told_without_keys() -> Iterator[None]:
    """What is raised within is told without any key of the environment, which whoever was asked may have said back.

    The exception is the same, or, where a key stands in its words or in those of its causes, one of its kind without them.
    """
    try:
        yield
    except Exception as error:
        secrets = secrets_of_environment()
        if not secrets.stand_in("".join(traceback.format_exception(error))):
            raise
        raise _like(error, secrets) from None


def _like(error: Exception, secrets: Secrets) -> Exception:
    words = secrets.text(str(error))
    if isinstance(error, OSError) and error.filename is not None:  # its args lack the file's name
        return type(error)(error.errno, secrets.text(error.strerror or ""), secrets.text(str(error.filename)))
    with suppress(Exception):  # a class of another library, which may be made otherwise
        args = (secrets.text(value) if isinstance(value, str) else value for value in error.args)
        if str(clean := type(error)(*args)) == words:
            return clean
    return RuntimeError(f"{type(error).__name__}: {words}")


def secrets_of_environment() -> Secrets:
    """Every key that the environment's variables hold, whatever library reads it."""
    return _secrets(
        frozenset(
            value
            for name, value in os.environ.items()
            if len(value) >= _OF_A_KEY and _NAMES_A_KEY.fullmatch(name)
        )
    )


@lru_cache(maxsize=1)
def _secrets(values: frozenset[str]) -> Secrets:
    return Secrets(values)


def _found(forms: Iterable[bytes], data: bytes) -> Iterator[tuple[int, int]]:
    for form in forms:
        at = data.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = data.find(form, at + len(form))


def _readings(data: bytes, places: _Places | None = None) -> Iterator[tuple[bytes, _Places]]:
    """Lower-case data without what stands in a word unseen and with its escapes read, as often as they are nested.

    Each reading beside those before it: "100%" before a key is no escape of the key's first letters.

    Args:
        places: for each byte, the first one of the whole and the one after the last that it was read from; kept up where given.
    """
    told: bytes | None = None
    for _ in range(_NESTED):
        before = data
        for begins, pattern, stands_for in _UNSEEN_OR_ESCAPED:
            if begins in data:
                if (stands_for is not _nothing or pattern is _TAG) and data != told:
                    yield (told := data), places or []
                if places is not None:
                    places = _carried(places, pattern, stands_for, data)
                data = data.translate(None, _BLANKS) if pattern is _BLANK else pattern.sub(stands_for, data)
        if data != told:
            yield (told := data), places or []
        if data == before:
            return


def _carried(places: _Places, pattern: re.Pattern[bytes], stands_for: _Read, data: bytes) -> _Places:
    """The places of what is left of the data when the pattern's matches are replaced."""
    kept, end = _Places(), 0
    for found in pattern.finditer(data):
        kept += places[end : found.start()]
        kept += [(places[found.start()][0], places[found.end() - 1][1])] * len(stands_for(found))
        end = found.end()
    return kept + places[end:]


def _nothing(_: re.Match[bytes]) -> bytes:
    return b""


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16)]).lower()


def _character(escape: re.Match[bytes]) -> bytes:
    """What a number in hexadecimal or, with a second group, in decimal stands for, in lower case; as it is where for nothing."""
    code = int(escape[1], 16) if escape[1] else int(escape[2])
    return chr(code).lower().encode(*_UTF_8) if code <= sys.maxunicode else escape[0]


def _named(escape: re.Match[bytes]) -> bytes:
    """What a name of HTML stands for, in lower case; as it is where for nothing."""
    meant = html5.get(f"{escape[1].decode()};")
    return meant.lower().encode(*_UTF_8) if meant else escape[0]


# What stands within a word unseen (a terminal's sequences, blanks, tags, invisible characters), and escapes, by how they begin.
_UNSEEN_OR_ESCAPED: tuple[tuple[bytes, re.Pattern[bytes], _Read], ...] = (
    (b"\x1b", re.compile(rb"\x1b\[[0-?]{0,64}[@-~]"), _nothing),
    (b"", _BLANK, _nothing),
    (b"\xc2", re.compile(rb"\xc2[\x80-\xa0\xad]"), _nothing),
    (b"\xe2", re.compile(rb"\xe2(?:\x80[\x80-\x8f\xa8-\xaf]|\x81[\x9f-\xaf])"), _nothing),
    (b"\xef\xbb\xbf", re.compile(rb"\xef\xbb\xbf"), _nothing),
    (b"\\", re.compile(rb"\\[nrtbf]"), _nothing),
    (b"\\u", re.compile(rb"\\u([0-9a-f]{4})"), _character),
    (b"\\x", re.compile(rb"\\x([0-9a-f]{2})"), _character),
    (b"\\", re.compile(rb"\\"), _nothing),
    (b"%", re.compile(rb"%([0-9a-f]{2})"), _byte),
    (b"<", _TAG, _nothing),
    (b"&", re.compile(rb"&([a-z]{2,12});"), _named),
    (b"&#", re.compile(rb"&#(?:x0{0,5}([0-9a-f]{1,6})|0{0,5}([0-9]{1,7}));"), _character),
)


def _plainly(value: str) -> Iterator[bytes]:
    """The value as it stands in text, JSON and URLs, forwards and backwards; bytes are put into lower case letter by letter."""
    for known in {value, value.lower(), value.upper()}:
        yield from (known.encode(*_UTF_8), known[::-1].encode(*_UTF_8))
    data = value.encode(*_UTF_8)
    yield from (json.dumps(value)[1:-1].encode(), quote(data, safe="").encode(), quote_plus(data).encode())


def _encoded(value: str) -> Iterator[bytes]:
    """The value in hexadecimal, base64 and base32, as it stands in whatever was encoded."""
    data = value.encode(*_UTF_8)
    cases = (value, value.lower(), value.upper())
    escaped = (one for case in cases for one in _escaped(case))
    spelled = {*_plainly(value), *escaped, *_letters(base64.b64encode, 6, data), data.hex().encode()}
    for one in {*spelled, value.encode("utf-16-le", "surrogatepass")}:
        yield from (one.hex().encode(), one.hex(":").encode())
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield from _letters(encode, 6, one)
        for encode in (base64.b32encode, base64.b32hexencode):
            yield from _letters(encode, 5, one)


def _escaped(value: str) -> Iterator[bytes]:
    """The value as encoders of URLs, of JSON and of HTML write it, within another such text, and with every character escaped."""
    data, inner = value.encode(*_UTF_8), json.dumps(value)[1:-1]
    whole = "".join(f"%{byte:02X}" for byte in data)
    in_url = quote(data, safe=""), quote_plus(data), whole, quote(inner, safe="")
    for url in {*in_url, *(quote(one, safe="") for one in in_url)}:
        yield from (url.encode(), _OF_URL.sub(lambda escaped: escaped[0].lower(), url).encode())
    yield from (json.dumps(inner)[1:-1].encode(), escape(value).encode(*_UTF_8))
    yield "".join(f"\\u{ord(character):04x}" for character in value).encode()


def _letters(encode: Callable[[bytes], bytes], bits: int, data: bytes) -> Iterator[bytes]:
    """Letters of ``bits`` each that hold nothing but the data, at whatever offset these begin."""
    for offset in range(3 if bits == 6 else 5):
        # Letters at both ends also depend on what stands beside the data.
        letters = encode(bytes(offset) + data)
        yield letters[-(-offset * 8 // bits) : (offset + len(data)) * 8 // bits]


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
