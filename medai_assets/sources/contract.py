"""What an upstream's replies look like, as small recorded ones, and how another reply differs from them, field by field.

A source keeps its recorded replies in a folder ``contract``, written for this project in the form that the upstream states.
Its client, its sandbox and the live upstream (``medai doctor --reach``) are all held to them. A field is named by its path
(``results.openfda.brand_name``); one that a recorded reply leaves out of a single record may be missing everywhere.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson
from lxml import etree

from medai_assets.foundation.plain_text import plain_line
from medai_assets.settings import Settings
from medai_assets.transport.transfer import LOOKED_AT, unpacked

Tree = Any  # what JSON can say; the other forms are brought to it
Place = tuple[str, ...]
_MASKS = ((re.compile(r"\b[0-9a-f]{32}\b"), "md5"), (re.compile(r"\d"), "9"))
_LINK = re.compile(r'<a href="([^"]{1,200})"')
_KINDS = {
    str: "text",
    bool: "true or false",
    int: "number",
    float: "number",
    dict: "object",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """A request for one reply: a path below the upstream's address or a whole URL; ``first`` bytes of it, if not all."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    method: Literal["GET", "HEAD", "POST"] = "GET"
    first: int | None = None


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What a request may be made of: the settings, a slice's query, and the replies before, by the name of their contract."""

    settings: Settings
    query: Mapping[str, str]
    earlier: Mapping[str, bytes]

    def json(self, name: str) -> Any:
        """An earlier reply; raises LookupError when it did not come."""
        return orjson.loads(self._body(name))

    def found(self, name: str, pattern: str) -> str:
        """The first group of a pattern in an earlier reply; raises LookupError when it did not come or has nothing like it."""
        if (match := re.search(pattern, self._body(name).decode("utf-8", "replace"))) is None:
            raise LookupError(f"{name} holds nothing like {pattern}")
        return match[1]

    def _body(self, name: str) -> bytes:
        if name not in self.earlier:
            raise LookupError(f"it is found through {name}, which did not come")
        return self.earlier[name]


@dataclass(frozen=True, slots=True)
class Contract:
    """One kind of reply of an upstream.

    Args:
        file: the recorded reply; its ending says the form: json, jsonl, xml, csv (its headings count), html (its links),
            txt (its lines), head (headers alone).
        stated_at: the page on which the upstream states the form.
        place: pattern of the path at which it is served, below the address of ``endpoint``.
        ask: the request for one.
        small: whether it may be asked for only to look at it.
        endpoint: by name; default: the source's first.
        headers: which it bears where there is more than it holds.
        open_below: fields below which the upstream may add what nobody lists, such as the sections of a label.
        inside: of a zip, the member that this is the form of, and of those beside it; ``gzip`` for a single packed file.
    """

    file: Path
    stated_at: str
    place: str
    ask: Callable[[RequestContext], ReplyRequest]
    small: bool = True
    endpoint: str = ""
    headers: tuple[str, ...] = ()
    open_below: tuple[str, ...] = ()
    inside: str = ""

    @property
    def name(self) -> str:
        """Of the recorded reply."""
        return self.file.name

    @property
    def files(self) -> list[Path]:
        """The recorded reply, and those beside it (``page-1.json``) that show what another may lack."""
        return [self.file, *sorted(self.file.parent.glob(f"{self.file.stem}-*{self.file.suffix}"))]

    def recorded(self) -> list[Tree]:
        """The recorded replies as trees."""
        return [tree_of(file.read_bytes(), file.suffix) for file in self.files]

    def trees(self, body: bytes) -> list[Tree]:
        """A reply as it travels, as trees: one, or one for each member of a zip that has this form.

        Raises:
            ValueError: it is not of this form.
        """
        if not self.inside:
            return [tree_of(body, self.file.suffix)]
        most = LOOKED_AT if self.small else 8 * LOOKED_AT  # a part of openFDA's has 130 MB as it travels
        if self.inside == "gzip":
            return [tree_of(unpacked(gzip.open(io.BytesIO(body)), most), self.file.suffix)]
        folder = self.inside.rpartition("/")[0]
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = [name for name in archive.namelist() if name.rpartition("/")[0] == folder]
            chosen = [name for name in names if name.endswith(self.file.suffix)]
            return [tree_of(unpacked(archive.open(name), most), self.file.suffix) for name in chosen]

    def differences(self, reply: list[Tree]) -> list[Difference]:
        """What a reply lost, or has in another kind than recorded."""
        return differences(self.recorded(), reply)

    def further(self, reply: list[Tree]) -> list[str]:
        """Fields of a reply that the recorded one does not have, beside those that the upstream may add."""
        return further(self.recorded(), reply, self.open_below)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not as recorded."""

    field: str
    problem: str

    def __str__(self) -> str:
        return plain_line(f"{self.field} {self.problem}")  # names are as the upstream writes them


@dataclass(slots=True)
class _PathCounts:
    """A path over a whole reply: in how many objects it stands, as what, and how many objects stand there."""

    times: int = 0
    kinds: set[str] = field(default_factory=set)
    objects: int = 0


def tree_of(body: bytes, form: str) -> Tree:
    """A reply's fields as a tree.

    Raises:
        ValueError: it is not of this form; the message says what it is.
    """
    text = body.decode("utf-8-sig", "replace")
    if form == ".xml":
        return _of_xml(body)
    if form == ".csv":
        return dict.fromkeys(filter(None, next(csv.reader(text.splitlines()[:1]), [])), "")
    if form in (".html", ".txt"):
        return dict.fromkeys(
            map(_masked, _LINK.findall(text) if form == ".html" else text.split("\n")[:1]), ""
        )
    try:
        read = [orjson.loads(part) for part in (body.splitlines() if form == ".jsonl" else [body])]
    except orjson.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error}); it begins {text[:60]!r}") from error
    return read if form == ".jsonl" else read[0]


def differences(recorded: list[Tree], reply: list[Tree]) -> list[Difference]:
    """What a reply lost, or has in another kind than the recorded one."""
    known, met = _fields(recorded), _fields(reply)
    found = []
    for path, one in known.items():
        due, has = met[path[:-1]].objects if path[:-1] in met else 0, met.get(path, _PathCounts())
        if path and one.times == known[path[:-1]].objects and has.times < due:
            problem = f"is missing from {due - has.times} of {due}" if has.times else "is missing"
            found.append(Difference(_shown(path), problem + _instead(path, known, met)))
        elif odd := sorted(has.kinds - _understood(one.kinds)):
            problem = f"is {' and '.join(odd)}, not {' or '.join(sorted(one.kinds))}"
            found.append(Difference(_shown(path), problem))
    return found


def further(recorded: list[Tree], reply: list[Tree], open_below: tuple[str, ...] = ()) -> list[str]:
    """Fields of a reply that the recorded one does not have, beside those that the upstream may add."""
    known = _fields(recorded)
    new = [_shown(path) for path in _fields(reply) if path not in known and path[:-1] in known]
    return [name for name in new if not name.startswith(tuple(f"{below}." for below in open_below))]


def _shown(path: Place) -> str:
    return plain_line(".".join(path)) or "the reply"


def _instead(path: Place, known: Mapping[Place, _PathCounts], met: Mapping[Place, _PathCounts]) -> str:
    """The names that are new beside a lost one: it may have been renamed."""
    new = [other[-1] for other in met if other and other not in known and other[:-1] == path[:-1]]
    return f"; new beside it: {', '.join(new[:5])}" if new else ""


def _understood(kinds: set[str]) -> set[str]:
    """Kinds that a client of these takes too: a list may be empty, and what holds nothing says nothing of its kind."""
    every = set(_KINDS.values())
    if kinds == {"null"}:
        return {*every, "empty list", *(f"list of {kind}" for kind in every)}
    if kinds - {"null"} == {"empty list"}:
        return kinds | {f"list of {kind}" for kind in every}
    return kinds | ({"empty list"} if any("list" in kind for kind in kinds) else set())


def _fields(trees: list[Tree]) -> dict[Place, _PathCounts]:
    """Every field of replies of one kind by its path; a whole reply is ()."""
    found: dict[Place, _PathCounts] = {}

    def walk(path: Place, value: Tree) -> None:
        met = found.setdefault(path, _PathCounts())
        met.times += 1
        members = value if isinstance(value, list) else [value]
        kinds = {_KINDS.get(type(member), "list") for member in members}
        met.kinds |= (
            kinds if members is not value else {f"list of {kind}" for kind in kinds} or {"empty list"}
        )
        for member in members:
            if isinstance(member, dict):
                met.objects += 1
                for key, below in member.items():
                    walk((*path, str(key)), below)

    for tree in trees:
        walk((), tree)
    return found


def _of_xml(body: bytes) -> Tree:
    """Elements as objects in lists, attributes as texts; what an element says is no field."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"it is not XML ({error})") from error
    return {_name(root): [_of_element(root)]}


def _of_element(element: etree._Element) -> dict[str, Tree]:
    found: dict[str, Tree] = {f"@{etree.QName(name).localname}": "" for name in element.attrib}
    for child in element.iterchildren(etree.Element):
        found.setdefault(_name(child), []).append(_of_element(child))
    return found


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _masked(text: str) -> str:
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text.strip()
