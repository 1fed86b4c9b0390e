"""Asking an upstream for one small reply of each kind, and comparing it with the contract.

What belongs here: the asking, through the same client as every collection, at the same pace, but once. What a reply has to look
like stands in ``contract.py`` and in the folders of the sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from medai_assets.foundation.plain_text import plain_line
from medai_assets.settings import Settings
from medai_assets.sources.contract import Contract, Difference, ReplyRequest, RequestContext
from medai_assets.sources.one_record import words_of
from medai_assets.sources.registry import slices, upstream
from medai_assets.sources.source import Source
from medai_assets.transport.errors import UpstreamError
from medai_assets.transport.http import Http
from medai_assets.transport.reply import Reply

SECONDS = 30.0  # for one reply: who looks does not wait as long as who collects


@dataclass(frozen=True, slots=True)
class ReplyCheck:
    """What one kind of reply showed.

    Attributes:
        problem: why there is nothing to compare, "" where there is.
        differences: what the upstream's reply lost, or has in another kind than recorded.
        further: fields that are new.
    """

    contract: Contract
    problem: str = ""
    differences: tuple[Difference, ...] = ()
    further: tuple[str, ...] = ()


def check_upstream(source: Source, settings: Settings, *, large: bool = False) -> Iterator[ReplyCheck]:
    """Each kind of reply of a source, asked for once; none where the source asks no service.

    Args:
        large: ask also for what is too large to be fetched only for a look.
    """
    contracts = source.kinds_of_reply()
    if not contracts:
        return
    hurried = replace(
        upstream(source.name, settings), attempts=1, deadline=SECONDS, download_deadline=SECONDS
    )
    earlier: dict[str, bytes] = {}
    context = RequestContext(settings, slices(source.name, settings)[0].query, earlier)
    with Http(hurried) as http:
        for contract in contracts:
            if contract.small or large:
                yield _looked_at(contract, context, http, earlier)


def _looked_at(
    contract: Contract, context: RequestContext, http: Http, earlier: dict[str, bytes]
) -> ReplyCheck:
    try:
        asked = contract.ask(context)
    except LookupError as error:
        return ReplyCheck(contract, f"not asked for: {plain_line(str(error))}")
    except Exception as error:  # it is made of earlier replies, which may hold anything
        return ReplyCheck(
            contract, f"not asked for: the replies before it are odd ({plain_line(words_of(error))})"
        )
    try:
        reply = _reply(http, asked)
        trees = [_headers(reply)] if asked.method == "HEAD" else contract.trees(reply.body)
    except UpstreamError as error:
        advice = f". {error.advice}" if error.status in (401, 403) else ""
        return ReplyCheck(contract, f"{error.problem}{advice}")
    except Exception as error:  # whatever a parser or an archive says of what came
        return ReplyCheck(contract, f"it cannot be read ({plain_line(words_of(error))})")
    earlier[contract.name] = reply.body
    lacking = [
        Difference(f"header {name}", "is missing") for name in contract.headers if name not in reply.headers
    ]
    new = () if asked.method == "HEAD" else tuple(contract.further(trees))
    return ReplyCheck(contract, "", (*lacking, *contract.differences(trees)), new)


def _reply(http: Http, asked: ReplyRequest) -> Reply:
    if asked.method == "HEAD":
        return http.head(asked.path)
    if asked.method == "POST":
        return http.post(asked.path, asked.params)
    return http.get(asked.path, asked.params or None, first=asked.first)


def _headers(reply: Reply) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.headers.items()}
