"""What the store says when something that should be there is not, or has changed since it was written."""

from __future__ import annotations


class StoreError(Exception):
    """Stored content that should be there is not, or cannot be read."""


class DamagedVersion(StoreError):
    """A file of a version is gone, or is not as it was written."""


def label(asset: str, partition: str | None) -> str:
    """An asset partition as a person names it."""
    return asset if partition is None else f"{asset}[{partition}]"


def damaged_current(path: str, name: str) -> StoreError:
    """``current.json`` repeats the newest receipt, so no work is lost with it."""
    return StoreError(
        f"{path} is damaged; copy the newest file of the folder receipts beside it over it, or remove it and run "
        f"`medai run`, which makes {name} again"
    )


def damaged_receipt(path: str) -> StoreError:
    return StoreError(
        f"{path} is damaged; remove it: it only records one earlier run, and nothing is made from it"
    )


def damaged_version(path: str, directory: str, maker: str) -> DamagedVersion:
    """Content is stored again only where its folder is gone.

    Args:
        maker: the asset partition whose run makes it, which for what is kept by reference is another.
    """
    return DamagedVersion(
        f"{path} is missing or has changed since it was written; remove the folder {directory} and run {_again(maker)}"
    )


def gone_version(directory: str, maker: str) -> StoreError:
    return StoreError(f"the stored version {directory} is gone; run {_again(maker)}")


def overtaken(name: str, run_id: str) -> StoreError:
    by = f"run {run_id}" if run_id else "another run"
    return StoreError(
        f"{by} made {name} while this one was making it, perhaps from newer inputs, so that version stays current. "
        "Run `medai run` again to make whatever is stale now"
    )


def changed_meanwhile(name: str) -> StoreError:
    return StoreError(
        f"a version of {name} was changed by another process while rows were taken out of it, so these rows are still "
        "there; run the same command again"
    )


def disk_full(home: str, name: str) -> StoreError:
    return StoreError(
        f"the disk that holds {home} is full (or a quota was met) while {name} was written; free some space, or set "
        "MEDAI_DATA to a folder on a larger disk, and run `medai run` again: what was there before is still there"
    )


def _again(maker: str) -> str:
    return f"`medai run --force --select '{maker}'`, which makes it again"
