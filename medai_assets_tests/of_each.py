"""One test over many cases that look alike: hundreds of parametrised tests cost more than what they look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

Case = TypeVar("Case")


def of_each(cases: Mapping[str, Case]) -> Callable[[Callable[[Case], None]], Callable[[], None]]:
    """Have a test look at every case; the first at fault is named."""

    def decorate(test: Callable[[Case], None]) -> Callable[[], None]:
        def over_all() -> None:
            for name, case in cases.items():
                try:
                    test(case)
                except Exception as error:
                    error.add_note(f"This was {name}.")
                    raise

        over_all.__name__, over_all.__doc__ = test.__name__, test.__doc__
        return over_all

    return decorate
