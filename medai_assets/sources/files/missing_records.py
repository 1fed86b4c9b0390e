"""Records that a person's files no longer hold, as withdrawals: what a model learned from them is told as tainted.

A publisher says what it retracts; here the file itself says it, by lacking what stood there. What cannot be told for
certain is not withdrawn: a record whose row can no longer be read may still be meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from medai_assets.sources.records import Withdrawal
from medai_assets.storage import Stored

DIGEST = "#sha256="  # in a record's request, between its file's address and the digest of what stood in it


class Kept:
    """What the files hold now.

    Attributes:
        places: of each record that stands there, sound or not, by its id.
        unreadable: files that hold something of which nobody knows which record it is.
    """

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.unreadable: set[str] = set()

    def may_hold(self, record_id: str, address: str) -> bool:
        """Whether the record is there, or may be among what could not be read of its file."""
        return record_id in self.places or any(address.endswith(f"/{name}") for name in self.unreadable)


def withdrawals(last: Stored, kept: Kept, told: Callable[[str], str]) -> Iterator[Withdrawal]:
    """Of the records that the version before had and the files lack, and those told before that are not back.

    Args:
        told: an address as lineage tells it; versions once named files by their place on the machine that read them.
    """
    for row in last.table("withdrawals").to_pylist():
        if row["record_id"] not in kept.places:
            yield Withdrawal(**row | {"evidence": told(row["evidence"])})
    for row in last.table("records", columns=["record_id", "request"]).to_pylist():
        address = row["request"].rpartition(DIGEST)[0]
        if not kept.may_hold(row["record_id"], address):
            yield Withdrawal(
                record_id=row["record_id"],
                kind="deletion",
                reason="no longer in its file, or the file is gone",
                reported_by="files",
                evidence=told(address),
            )
