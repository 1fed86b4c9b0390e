"""What can go wrong between us and an upstream, as exceptions a person can act on.

What belongs here: the exception types that every source module raises. Messages never hold a key: whoever raises
one has passed its text through ``redaction.Secrets``.
"""

from __future__ import annotations

from typing import Self

from medai_assets.foundation.plain_text import plain_line

_LONGEST = 1000  # characters of what an upstream's data tell in a message


class UpstreamError(Exception):
    """Base of all errors about an upstream.

    Args:
        source: name of the upstream.
        url: what was asked, keys removed.
        problem: what was found, in one sentence.
        advice: what the reader can do about it, "" when there is nothing.
        status: HTTP status, None when there was no reply.
    """

    def __init__(
        self, source: str, url: str, problem: str, advice: str = "", status: int | None = None
    ) -> None:
        # An upstream's own words, in a message for a terminal.
        url, problem = plain_line(url)[:_LONGEST], plain_line(problem)[:_LONGEST]
        super().__init__(source, url, problem, advice, status)  # all of them, so that it survives pickling
        self.source = source
        self.url = url
        self.problem = problem
        self.advice = advice
        self.status = status

    def advised(self, advice: str) -> Self:
        """The same error, with advice where it had none."""
        return type(self)(self.source, self.url, self.problem, self.advice or advice, self.status)

    def __str__(self) -> str:
        said = f"{self.source}: {self.problem}"
        if self.url:
            said += f" ({self.url})"
        return f"{said}. {self.advice}" if self.advice else said


class UpstreamRefused(UpstreamError):
    """The upstream said no (a 4xx other than 429): asking again would not help."""


class UpstreamUnavailable(UpstreamError):
    """The upstream could not be had within the attempts, the allowance or the time there is."""


class ReplyInvalid(UpstreamError):
    """A reply came, but not what the contract promises; the message names the field or the check."""


class CollectionFailed(Exception):
    """A slice was not published: unreadable, shrunk, or overtaken by a take-down. The version before stays current."""

    def __init__(self, message: str) -> None:
        super().__init__(plain_line(message)[: 4 * _LONGEST])  # it repeats what a library or an upstream said


class Misread(CollectionFailed):
    """What came could not be used, or too little of it; none of it is answered from the journal at the next try."""
