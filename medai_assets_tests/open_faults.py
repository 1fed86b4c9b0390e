"""Faults that are known and not yet mended: each is a test that has to fail until its issue is done.

The mark is strict, and names the exception that is seen today: a test that fails for another reason, such as a name that
has moved, is an error, and one that begins to pass is too, so that its mark is taken away with the fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

Raised = type[BaseException] | tuple[type[BaseException], ...]


def open_fault(
    issue: str, seen: str, raises: Raised = AssertionError, *, when: bool = True
) -> pytest.MarkDecorator:
    """The mark of a test whose fault is open.

    Args:
        issue: short title of the issue that will mend it.
        seen: what is seen today, in a few words.
        raises: what the test raises today.
        when: whether it is seen on this machine at all.
    """
    return pytest.mark.xfail(when, strict=True, raises=raises, reason=f"issue: {issue}: {seen}")


@contextmanager
def short_of_recursion() -> Iterator[None]:
    """Recursion without end as a failed assertion: showing its thousand frames would take pytest a minute."""
    try:
        yield
    except RecursionError as error:
        raise AssertionError(f"RecursionError: {error}") from None
