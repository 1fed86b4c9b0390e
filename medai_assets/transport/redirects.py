"""Where a reply, or an address in a reply, may lead the client.

An upstream's own hosts are asked with everything that is meant for it. Another host gets a download at most: no body, no key,
no address of a person, and only when the source names it, at the usual port. https never becomes http, and nothing leads into
a private network, by number or by name, unless the upstream itself stands there.
"""

from __future__ import annotations

import ipaddress
import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from medai_assets.transport.upstreams import Upstream, secrets_of

_PORTS = {"http": 80, "https": 443}
PRIVATE = "it is an address of a private network"
# RFC 6052, and the compatible addresses of RFC 4291.
_CARRY_IPV4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
_TRANSLATED_LOCALLY = ipaddress.ip_network("64:ff9b:1::/48")  # RFC 8215; into what, only its network knows
# A host and a port. With anything else (a backslash, an @) parsers disagree on which host it is.
_PLACE = re.compile(r"[\w.-]*(?::\d{1,5})?|\[[\da-f:.]+\](?::\d{1,5})?", re.ASCII | re.IGNORECASE)


def problem_of(method: str, asked: str, target: str, upstream: Upstream) -> str:
    """Why a request may not follow from the address that was asked to the one that the reply names, "" when it may."""
    if problem := no_address(target):
        return problem
    before, after = urlsplit(asked), urlsplit(target)
    if after.scheme not in _PORTS:
        return f"the scheme {after.scheme!r} is not http or https"
    if (before.scheme, after.scheme) == ("https", "http"):
        return "it would leave https for http"
    if is_own(target, upstream) or _origin(asked) == _origin(target):
        return ""
    at_usual_port = after.port in (None, _PORTS[after.scheme])
    if before.hostname == after.hostname and (before.scheme, after.scheme) == ("http", "https"):
        return "" if at_usual_port else "it is another port of the host"
    if method not in ("GET", "HEAD"):
        return "a form, with the key and the address in it, is sent to no other host"
    host = after.hostname or ""
    if is_private(host) and not stands_in_private(upstream):
        return PRIVATE
    if not any(fnmatchcase(host, pattern) for pattern in upstream.downloads_from):
        named = ", ".join(upstream.downloads_from) or "none"
        return f"it is another host, and those that the source names for downloads are {named}"
    if not at_usual_port and not stands_in_private(upstream):
        return "it is a port at which no files are served"
    if secrets_of(upstream).stand_in(target):
        return "it holds the key or the address of a person"
    return ""


def no_address(url: str) -> str:
    """Why nothing is asked at this text, "" where it is an address that every parser reads in the same way."""
    try:
        parts = urlsplit(url)
        # "////x" has no host for urlsplit and is resolved to the host x by who follows it.
        is_plain = (
            _PLACE.fullmatch(parts.netloc)
            and (parts.port or 0) >= 0
            and (parts.netloc or not parts.path.startswith("//"))
        )
    except ValueError:
        is_plain = False
    return "" if is_plain else "it is not a plain host address"


def is_own(url: str, upstream: Upstream) -> bool:
    """Whether the address is at one of the upstream's own endpoints: same scheme, host and port."""
    return any(_origin(url) == _origin(own) for own in (upstream.base_url, *upstream.endpoints))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = _PORTS.get(parts.scheme) if parts.port is None else parts.port
    return parts.scheme, parts.hostname, port


def is_private(host: str) -> bool:
    """Whether a name or a number is known to be of a private network, of this machine, or of no host at all."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False  # a name; what it resolves to is looked at when it is connected to
    if isinstance(number, ipaddress.IPv6Address):  # it may stand for one of IPv4
        if number in _TRANSLATED_LOCALLY:
            return True
        carries = any(number in network for network in _CARRY_IPV4)
        embedded = ipaddress.IPv4Address(number.packed[-4:]) if carries else None
        number = number.ipv4_mapped or number.sixtofour or embedded or number
    return not number.is_global or number.is_multicast


def stands_in_private(upstream: Upstream) -> bool:
    """Whether the upstream's own address is of a private network, so that others there may be asked too."""
    return is_private(urlsplit(upstream.base_url).hostname or "")


def is_named(host: str, upstream: Upstream) -> bool:
    """Whether it is a host of the upstream's own, which the person who set its address may place anywhere."""
    return host in {urlsplit(own).hostname for own in (upstream.base_url, *upstream.endpoints)}
