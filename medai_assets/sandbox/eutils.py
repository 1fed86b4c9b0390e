"""NCBI E-utilities over the real citations of the kit: esearch and efetch for db=pubmed, with their quirks.

Behaviour after NCBI's manual (NBK25499) and replies users have recorded: the bound of 9,999, errors with status 200,
a raw newline inside JSON, missing identifiers left out without a word.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from medai_assets.sandbox.pubmed_index import FromKit, PubmedIndex, QuerySyntaxError
from medai_assets.sandbox.replies import json_reply, posted_form, whole_number

BOUND = 9_999  # of PubMed; the manual says 10,000
XML = "text/xml; charset=UTF-8"
PROLOGUE = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2024//EN"'
    ' "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_240101.dtd">\n<PubmedArticleSet>\n'
)
NO_IDS = "ID list is empty! In it there are neither IDs nor accessions."
EXPIRED = "Unable to obtain query #{key}"


class Refusal(Exception):
    """An error that E-utilities reports in the body."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.status = status


class Eutils(FromKit):
    """The two utilities, with one history for all clients."""

    def __init__(self, kit: Path | None) -> None:
        super().__init__(kit)
        self.index = PubmedIndex(kit)
        self.history: dict[str, list[int]] = {}

    def routes(self) -> list[Route]:
        methods = ["GET", "POST"]
        return [
            Route("/esearch.fcgi", self.esearch, methods=methods),
            Route("/efetch.fcgi", self.efetch, methods=methods),
        ]

    async def esearch(self, request: Request) -> Response:
        """Find PMIDs; with ``usehistory=y`` keep them on the server."""
        params = await parameters(request)
        try:
            result = await run_in_threadpool(self.search, params)
        except Refusal as refusal:  # the newline of its message stays raw, which is not valid JSON
            body = (
                f'{{"header":{{"type":"esearch","version":"0.3"}},"esearchresult":{{"ERROR":"{refusal}"}}}}'
            )
            return Response(body, media_type="application/json; charset=UTF-8")
        return json_reply({"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result})

    def search(self, params: Mapping[str, str]) -> dict[str, Any]:
        """The ``esearchresult`` object; numbers are strings, as NCBI writes them."""
        if not params.get("term"):
            raise Refusal("Empty term and query_key - nothing todo")
        try:
            pmids = self.index.find(params["term"])
        except QuerySyntaxError as error:
            raise Refusal(f"Search Backend failed: {error}") from error
        kept = pmids[:BOUND]
        page = kept[: whole_number(params.get("retmax"), 20)]
        result: dict[str, Any] = {"count": str(len(pmids)), "retmax": str(len(page)), "retstart": "0"}
        if params.get("usehistory") == "y":
            result |= self.remember(kept)
        return result | {
            "idlist": [str(pmid) for pmid in page],
            "translationset": [],
            "querytranslation": params["term"],
        }

    def remember(self, pmids: list[int]) -> dict[str, str]:
        """Keep a list for efetch, each in an environment of its own."""
        environment = f"MCID_{secrets.token_hex(16)}"
        self.history[environment] = pmids
        return {"querykey": "1", "webenv": environment}

    async def efetch(self, request: Request) -> Response:
        """Citations as XML, from the history or for the identifiers sent."""
        params = await parameters(request)
        try:
            pmids = self.asked_for(params)
        except Refusal as refusal:
            body = f'<?xml version="1.0" encoding="UTF-8" ?>\n<eFetchResult>\n\t<ERROR>{refusal}</ERROR>\n</eFetchResult>'
            return Response(body, refusal.status, media_type=XML)
        return StreamingResponse(self.documents(pmids), media_type=XML)

    def asked_for(self, params: Mapping[str, str]) -> list[int]:
        """PMIDs of an efetch request, in order; of the history only what lies below the bound."""
        if "WebEnv" not in params:
            good = [int(item) for item in params.get("id", "").split(",") if item.strip().isdigit()]
            if not good:
                raise Refusal(NO_IDS, 400)
            return good
        kept = self.history.get(params["WebEnv"])
        if kept is None:
            raise Refusal(EXPIRED.format(key=params.get("query_key", "1")), 400)
        start, wanted = whole_number(params.get("retstart"), 0), whole_number(params.get("retmax"), BOUND)
        if start is None or wanted is None or start >= len(kept):
            raise Refusal(
                f"Cannot retrieve history data: OUT OF RANGE. Parameter retstart={start} + 1 is greater than number of"
                f" records available in history. History includes {len(kept)} IDs.",
                400,
            )
        return kept[start : start + wanted]

    def documents(self, pmids: list[int]) -> Iterator[bytes]:
        """The document set; a PMID that does not exist is simply not in it."""
        yield PROLOGUE.encode()
        for citation in self.index.citations(dict.fromkeys(pmids)):
            yield citation + b"\n"
        yield b"</PubmedArticleSet>"


async def parameters(request: Request) -> dict[str, str]:
    """Parameters of the address and of a posted form together."""
    return {**request.query_params, **(await posted_form(request))}
