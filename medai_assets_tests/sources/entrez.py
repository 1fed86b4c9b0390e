"""A small E-utilities on loopback whose answers a test can bend: history, the bound, date and number ranges in the term."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.replies import posted_form
from medai_assets_tests.sources.citations import article, citation_set

_RANGE = re.compile(r'"?([\d/]+)"?(?:\[\w+\])? ?: ?"?([\d/]+)"?\[(edat|mdat|uid)\]')


@dataclass
class Entry:
    """A citation, when it was entered and when it was last revised (YYYY/MM/DD)."""

    record: bytes
    entered: str = "2020/01/01"
    revised: str = "2020/01/02"


@dataclass
class Entrez:
    """Every term finds every entry within the ranges it names.

    Attributes:
        bound: most PMIDs a query gives.
        withheld: PMIDs that EFetch leaves out.
        instead: replies given in place of the right one, by utility, first come first used; None lets one pass.
        forgets: how many EFetch requests from the history are answered as expired.
        counted_too_many: by how much ESearch's count is too high.
    """

    bound: int = 9_999
    entries: dict[int, Entry] = field(default_factory=dict)
    withheld: set[int] = field(default_factory=set)
    instead: dict[str, list[Response | None]] = field(default_factory=dict)
    forgets: int = 0
    counted_too_many: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    history: list[list[int]] = field(default_factory=list)

    def put(self, *pmids: int, entered: str = "2020/01/01", **further: str) -> None:
        for pmid in pmids:
            self.entries[pmid] = Entry(article(pmid, **further), entered)

    def app(self) -> Starlette:
        paths = {"esearch": self._search, "efetch": self._fetch}
        return Starlette(
            routes=[Route(f"/{name}.fcgi", use, methods=["POST"]) for name, use in paths.items()]
        )

    def requests(self) -> Counter[str]:
        return Counter(name for name, _ in self.asked)

    async def _search(self, request: Request) -> Response:
        form = await self._noted("esearch", request)
        if bent := self._bent("esearch"):
            return bent
        found = sorted(self._matching(form["term"]), reverse=True)
        given = found[: min(self.bound, int(form["retmax"]))]
        self.history.append(found[: self.bound])
        result = {
            "count": str(len(found) + self.counted_too_many),
            "idlist": [str(pmid) for pmid in given],
            "webenv": "MCID_1",
            "querykey": str(len(self.history)),
        }
        return Response(json.dumps({"esearchresult": result}), media_type="application/json")

    async def _fetch(self, request: Request) -> Response:
        form = await self._noted("efetch", request)
        if bent := self._bent("efetch"):
            return bent
        if "WebEnv" in form:
            if self.forgets:
                self.forgets -= 1
                return Response("<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>", 400)
            start = int(form["retstart"])
            pmids = self.history[int(form["query_key"]) - 1][start : start + int(form["retmax"])]
        else:
            pmids = [int(text) for text in form["id"].split(",")]
        there = [p for p in pmids if p in self.entries and p not in self.withheld]
        return Response(citation_set(*(self.entries[p].record for p in there)), media_type="text/xml")

    async def _noted(self, utility: str, request: Request) -> dict[str, str]:
        form = dict(await posted_form(request))
        self.asked.append((utility, form))
        return form

    def _bent(self, utility: str) -> Response | None:
        planned = self.instead.get(utility)
        return planned.pop(0) if planned else None

    def _matching(self, term: str) -> Iterator[int]:
        ranges = _RANGE.findall(term)
        for pmid, entry in self.entries.items():
            facts = {"edat": entry.entered, "mdat": entry.revised}
            if all(
                int(low) <= pmid <= int(high) if tag == "uid" else low <= facts[tag] <= f"{high}/99"
                for low, high, tag in ranges
            ):
                yield pmid
