"""One record, one try: whatever goes wrong while a record is read costs that record, never its neighbours.

What belongs here: the one place where an exception of reading becomes a rejected row. A collector hands it each record with
the function that reads it; what a record may hold stands with the sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from functools import partial
from typing import Any, Protocol, TypeVar

from medai_assets.sources.records import Rejected
from medai_assets.transport.errors import CollectionFailed, ReplyInvalid, UpstreamError, UpstreamRefused
from medai_assets.transport.reply import Reply

Read = TypeVar("Read")


class Records(Sized, Protocol):
    """Several records, as a list or as a record batch."""

    def __getitem__(self, part: slice, /) -> Any: ...


Several = TypeVar("Several", bound=Records)
# About the slice or this machine, not about one record.
PASSED_ON = (UpstreamError, CollectionFailed, MemoryError, OSError)
_LONGEST_DETAIL = 500


def read_or_reject(
    read: Callable[[], Read],
    *,
    record_id: str | None = None,
    place: str = "",
    payload: str | bytes | None = None,
    request: str | None = None,
) -> Read | Rejected:
    """What ``read`` makes of one record, or its rejection.

    Args:
        read: reads the record to its end; a generator has to be exhausted inside.
        record_id: if it is known before the record is read.
        place: of the record in what came ("record 7 of page-3"), where it has no id yet.
        payload: the record as it came.

    Raises:
        UpstreamError, CollectionFailed, MemoryError, OSError: they are about more than one record.
    """
    try:
        return read()
    except PASSED_ON:
        raise
    except Exception as error:
        return Rejected(
            reason=f"unreadable record ({type(error).__name__})",
            record_id=record_id,
            detail=f"{place + ': ' if place else ''}{words_of(error)}",
            payload=payload.decode("utf-8", "backslashreplace") if isinstance(payload, bytes) else payload,
            request=request,
        )


def fetch_or_reject(
    ask: Callable[[], Reply],
    read: Callable[[Reply], Read | Rejected],
    *,
    record_id: str,
    unreadable: str,
    gone: str,
) -> Read | Rejected:
    """The record of a page that a list names, or why there is none.

    Args:
        ask: for the page. read: its reply. unreadable, gone: the reasons where the reply is no page, and where there is none.

    Raises:
        UpstreamRefused: for another reason than that this one address has no page.
    """
    try:
        reply = ask()
    except ReplyInvalid as error:
        return Rejected(reason=unreadable, record_id=record_id, detail=str(error), request=error.url)
    except UpstreamRefused as error:
        if error.status not in (404, 410, None):  # None: this one address cannot be asked
            raise
        reason = gone if error.status else "cannot be asked for"
        return Rejected(reason=reason, record_id=record_id, detail=str(error), request=error.url)
    return read_or_reject(partial(read, reply), record_id=record_id, payload=reply.body, request=reply.url)


def read_by_bisection(
    records: Several, read: Callable[[Several], Read], refuse: Callable[[Several, Exception], Read]
) -> Iterator[Read]:
    """What ``read`` makes of records that are read together, in their order; halves are tried apart where it raises.

    Args:
        read: reads all of them, and has no effect but its result.
        refuse: what stands for a single record that cannot be read, given as one of its kind.

    Raises:
        UpstreamError, CollectionFailed, MemoryError, OSError: as of ``read_or_reject``.
    """
    if not len(records):
        return
    try:
        whole = read(records)
    except PASSED_ON:
        raise
    except Exception as error:
        if len(records) == 1:
            yield refuse(records, error)
            return
    else:
        yield whole
        return
    middle = len(records) // 2
    for half in (records[:middle], records[middle:]):
        yield from read_by_bisection(half, read, refuse)


def words_of(error: Exception) -> str:
    """An exception's class and words, short enough for a table."""
    return f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL]
