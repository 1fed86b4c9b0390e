"""A small tree of PubMed files on loopback, in the form NLM's server gives it, that a test can change at will."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets_tests.sources.citations import citation_set


@dataclass
class NlmTree:
    """Files by tree and name; ``asked`` counts requests by path.

    Attributes:
        dated: whether the listing shows date and size.
        stated: md5 to state instead of the right one, by name; each is used up by one request.
    """

    files: dict[str, dict[str, tuple[str, bytes]]] = field(
        default_factory=lambda: {"baseline": {}, "updatefiles": {}}
    )
    dated: bool = True
    stated: dict[str, list[str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def put(
        self, tree: str, number: int, *records: bytes, year: int = 21, day: int = 1, deleted: str = ""
    ) -> None:
        """Write a file of so many citations, on a day of June."""
        packed = gzip.compress(citation_set(*records, deleted=deleted), mtime=0)
        self.files[tree][f"pubmed{year}n{number:04d}.xml.gz"] = (f"2021-06-{day:02d} 14:05", packed)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/pubmed/{tree}/", self._listing),
                Route("/pubmed/{tree}/{name}", self._file),
            ]
        )

    def _listing(self, request: Request) -> Response:
        self.asked["listing"] += 1
        lines = [
            '<a href="/pubmed/">Parent Directory</a>  -',
            '<a href="README.txt">README.txt</a>  2019-12-13 14:50  4.7K',
        ]
        for name, (date, packed) in self.files[request.path_params["tree"]].items():
            facts = f"{date}  {len(packed)}" if self.dated else ""
            lines.append(f'<a href="{name}">{name}</a>  {facts}  ')
            lines.append(f'<a href="{name}.md5">{name}.md5</a>  {date}   60  ')
        return Response(
            "<html><body><pre>" + "\n".join(lines) + "\n</pre></body></html>", media_type="text/html"
        )

    def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.asked[name] += 1
        files = self.files[request.path_params["tree"]]
        if name in files:
            return Response(files[name][1], media_type="application/x-gzip")
        archive = name.removesuffix(".md5")
        if archive not in files:
            return Response("Not Found", 404)
        digest = hashlib.md5(files[archive][1], usedforsecurity=False).hexdigest()
        planned = self.stated.get(archive)
        return Response(f"MD5({archive})= {planned.pop(0) if planned else digest}\n", media_type="text/plain")
