"""Which records must no longer be used now: the current withdrawals, and take-downs entered since."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from medai_assets.foundation.rows import WithdrawalRow
from medai_assets.sources.take_down_history import take_downs_in_force
from medai_assets.storage import Store, Stored

ASSET = "withdrawals"
TAKE_DOWN = "take_down"  # the kind of the user's own


class Withdrawn:
    """Withdrawals by record; a withdrawal of one version leaves the record's other versions alone."""

    def __init__(self, rows: list[WithdrawalRow]) -> None:
        self._rows: dict[str, list[WithdrawalRow]] = defaultdict(list)
        for row in rows:
            self._rows[row["record_id"]].append(row)

    @classmethod
    def now(
        cls, store: Store, take_downs: Path | None = None, withdrawals: Stored | None = None
    ) -> Withdrawn:
        """Withdrawals of the store's current table, take-downs in its history, and those of the user's file when it is given.

        Args:
            withdrawals: a version to take in place of the current one, which it is about to become.

        Raises:
            TakeDownError: the user's file cannot be read.
        """
        rows = take_downs_in_force(store, take_downs)
        current = withdrawals or store.current(ASSET)
        if current is not None:
            entered = {row["record_id"] for row in rows}  # in the table too, once `withdrawals` is made
            known = current.table("withdrawals").to_pylist()
            rows += [r for r in known if r["kind"] != TAKE_DOWN or r["record_id"] not in entered]
        return cls(rows)

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def record_ids(self) -> list[str]:
        return sorted(self._rows)

    @property
    def rows(self) -> list[WithdrawalRow]:
        """All withdrawals by record id, the user's own first."""
        listed = [row for record_id in self.record_ids for row in self._rows[record_id]]
        return sorted(listed, key=lambda row: row["kind"] != TAKE_DOWN)

    def of(self, record_id: str) -> list[WithdrawalRow]:
        """Withdrawals of a record, whatever their version."""
        return list(self._rows.get(record_id, ()))

    def find(self, record_id: str, version: str) -> WithdrawalRow | None:
        """The withdrawal that covers this version of a record, None when there is none."""
        found = self._rows.get(record_id, ())
        return next((row for row in found if row["version"] in (None, "", version)), None)

    def reason(self, record_id: str, version: str) -> str | None:
        """Why this version of a record must no longer be used, None when it may."""
        row = self.find(record_id, version)
        return None if row is None else f"{row['kind'].replace('_', '-')}: {row['reason']}"
