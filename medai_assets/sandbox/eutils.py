"""NCBI E-utilities over the real citations of the kit: esearch, efetch and epost for db=pubmed, with their quirks.

Behaviour after NCBI's manual (NBK25499) and replies users have recorded: the bound of 9,999, errors with status 200,
a raw newline inside JSON, missing identifiers left out without a word.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from medai_assets.sandbox.eutils_query import QuerySyntaxError, find, within
from medai_assets.sandbox.pubmed_index import PubmedIndex
from medai_assets.sandbox.replies import json_reply, posted_form, whole_number

BOUND = 9_999  # of PubMed; the manual says 10,000
DATE_TYPES = {"edat": "entered", "mdat": "revised", "pdat": "published"}
XML = "text/xml; charset=UTF-8"
PROLOGUE = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2024//EN"'
    ' "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_240101.dtd">\n<PubmedArticleSet>\n'
)
TOO_FAR = (
    "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998. For PubMed, ESearch can only retrieve"
    " the first 9,999 records matching the query. To obtain more than 9,999 PubMed records, consider using EDirect."
)
TOO_MANY = (
    "For PubMed, ESearch can only retrieve the first 9,999 records matching the query."
    " To obtain more than 9,999 PubMed records, consider using EDirect."
)
NO_IDS = "ID list is empty! In it there are neither IDs nor accessions."
EXPIRED = "Unable to obtain query #{key}"


class Refusal(Exception):
    """An error that E-utilities reports in the body."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.status = status


class Eutils:
    """The three utilities, with one history for all clients."""

    def __init__(self, kit: Path | None) -> None:
        self.index = PubmedIndex(kit)
        self.history: dict[str, list[list[int]]] = {}

    def routes(self) -> list[Route]:
        methods = ["GET", "POST"]
        return [
            Route("/esearch.fcgi", self.esearch, methods=methods),
            Route("/efetch.fcgi", self.efetch, methods=methods),
            Route("/epost.fcgi", self.epost, methods=methods),
        ]

    async def esearch(self, request: Request) -> Response:
        """Find PMIDs; with ``usehistory=y`` keep them on the server."""
        params = await parameters(request)
        try:
            result = await run_in_threadpool(self.search, params)
        except Refusal as refusal:
            return search_error(str(refusal), params)
        if params.get("retmode") == "json":
            return json_reply({"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result})
        return Response(search_xml(result), media_type=XML)

    def search(self, params: Mapping[str, str]) -> dict[str, Any]:
        """The ``esearchresult`` object; numbers are strings, as NCBI writes them."""
        if not params.get("term"):
            raise Refusal("Empty term and query_key - nothing todo")
        start, wanted = whole_number(params.get("retstart"), 0), whole_number(params.get("retmax"), 20)
        if start is None or wanted is None or start >= BOUND:
            raise Refusal(TOO_FAR)
        pmids = self.index.newest_first(self.matching(params))
        if params.get("rettype") == "count":
            return {"count": str(len(pmids))}
        kept = pmids[:BOUND]
        page = kept[start : start + min(wanted, BOUND)]
        result: dict[str, Any] = {"count": str(len(pmids)), "retmax": str(len(page)), "retstart": str(start)}
        if params.get("usehistory") == "y":
            result |= self.remember(kept, params.get("WebEnv"))
        result |= {"idlist": [str(pmid) for pmid in page], "translationset": []}
        result["querytranslation"] = params["term"]
        if wanted > BOUND:
            result["warninglist"] = {
                "phrasesignored": [],
                "quotedphrasesnotfound": [],
                "outputmessages": [TOO_MANY],
            }
        return result

    def matching(self, params: Mapping[str, str]) -> set[int]:
        """PMIDs of the term, within the dates asked for."""
        try:
            found = find(params["term"], self.index)
        except QuerySyntaxError as error:
            raise Refusal(f"Search Backend failed: {error}") from error
        field = DATE_TYPES.get(params.get("datetype", "edat"), "entered")
        if "mindate" in params and "maxdate" in params:
            found &= within(field, params["mindate"], params["maxdate"], self.index)
        if params.get("reldate", "").isdigit():
            first = date.today() - timedelta(days=int(params["reldate"]))
            found &= within(field, first.strftime("%Y/%m/%d"), "3000", self.index)
        return found

    def remember(self, pmids: list[int], environment: str | None) -> dict[str, str]:
        """Keep a list; a known environment gets a further query key, anything else a new one."""
        if environment not in self.history:
            environment = f"MCID_{secrets.token_hex(16)}"
            self.history[environment] = []
        self.history[environment].append(pmids)
        return {"querykey": str(len(self.history[environment])), "webenv": environment}

    async def epost(self, request: Request) -> Response:
        """Keep the PMIDs the client sends."""
        params = await parameters(request)
        good, bad = identifiers(params.get("id", ""))
        if not good:
            return Response(f"<ePostResult><ERROR>{NO_IDS}</ERROR></ePostResult>", 400, media_type=XML)
        kept = self.remember(good, params.get("WebEnv"))
        invalid = "".join(f"<Id>{escape(text)}</Id>" for text in bad)
        return Response(
            "<?xml version='1.0' encoding='UTF-8' ?>\n<ePostResult>"
            + (f"<InvalidIdList>{invalid}</InvalidIdList>" if bad else "")
            + f"<QueryKey>{kept['querykey']}</QueryKey><WebEnv>{kept['webenv']}</WebEnv></ePostResult>",
            media_type=XML,
        )

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
            good, _ = identifiers(params.get("id", ""))
            if not good:
                raise Refusal(NO_IDS, 400)
            return good
        kept = self.history.get(params["WebEnv"], [])
        key = whole_number(params.get("query_key"), 1) or 0
        if not 0 < key <= len(kept):
            raise Refusal(EXPIRED.format(key=params.get("query_key", "1")), 400)
        start, wanted = whole_number(params.get("retstart"), 0), whole_number(params.get("retmax"), BOUND)
        if start is None or wanted is None or start >= min(len(kept[key - 1]), BOUND):
            raise Refusal(
                f"Cannot retrieve history data: OUT OF RANGE. Parameter retstart={start} + 1 is greater than number of"
                f" records available in history. History includes {len(kept[key - 1])} IDs.",
                400,
            )
        return kept[key - 1][start : min(start + wanted, BOUND)]

    def documents(self, pmids: list[int]) -> Iterator[bytes]:
        """The document set; a PMID that does not exist is simply not in it."""
        yield PROLOGUE.encode()
        for citation in self.index.citations(dict.fromkeys(pmids)):
            yield citation + b"\n"
        yield b"</PubmedArticleSet>"


async def parameters(request: Request) -> dict[str, str]:
    """Parameters of the address and of a posted form together."""
    return {**request.query_params, **(await posted_form(request))}


def identifiers(text: str) -> tuple[list[int], list[str]]:
    """Well-formed and malformed items of a comma-separated list."""
    items = [item.strip() for item in text.split(",") if item.strip()]
    return [int(item) for item in items if item.isdigit()], [item for item in items if not item.isdigit()]


def search_error(message: str, params: Mapping[str, str]) -> Response:
    """An error with status 200; in JSON a newline of the message stays raw, which is not valid JSON."""
    if params.get("retmode") == "json":
        body = '{"header":{"type":"esearch","version":"0.3"},"esearchresult":{"ERROR":"' + message + '"}}'
        return Response(body, media_type="application/json; charset=UTF-8")
    return Response(f"<eSearchResult><ERROR>{escape(message)}</ERROR></eSearchResult>", media_type=XML)


def search_xml(result: Mapping[str, Any]) -> str:
    """The XML form of an esearch result."""
    names = {
        "count": "Count",
        "retmax": "RetMax",
        "retstart": "RetStart",
        "querykey": "QueryKey",
        "webenv": "WebEnv",
    }
    parts = [f"<{tag}>{result[name]}</{tag}>" for name, tag in names.items() if name in result]
    if "idlist" in result:
        parts.append("<IdList>" + "".join(f"<Id>{pmid}</Id>" for pmid in result["idlist"]) + "</IdList>")
        parts.append(f"<QueryTranslation>{escape(result['querytranslation'])}</QueryTranslation>")
    for message in result.get("warninglist", {}).get("outputmessages", []):
        parts.append(f"<WarningList><OutputMessage>{escape(message)}</OutputMessage></WarningList>")
    return "<?xml version='1.0' encoding='UTF-8' ?>\n<eSearchResult>" + "".join(parts) + "</eSearchResult>"
