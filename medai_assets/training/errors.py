"""Errors of training as a person reads them: what happened in one sentence, then what to do."""

from __future__ import annotations

from pathlib import Path

_NO_MEMORY_TEXTS = ("can't allocate memory", "not enough memory", "out of memory")


class TrainingError(Exception):
    """Training cannot go on; the message says why and what to do, in a sentence each.

    Args:
        problem: what was found, without a final full stop.
        advice: what the reader can do about it.
    """

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(problem, advice)
        self.problem = problem
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.problem}. {self.advice}" if self.advice else f"{self.problem}."


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that host or device memory ran out (torch raises several types for it)."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(text in str(error).lower() for text in _NO_MEMORY_TEXTS)


def disk_full(folder: Path, what: str) -> TrainingError:
    """The error for a disk that filled up while ``what`` was written under ``folder``."""
    return TrainingError(
        f"The disk that holds {folder} is full (or a quota was met) while writing {what}",
        "Free some space, or set MEDAI_DATA to a folder on a larger disk, and run the same command again: "
        "finished checkpoints are kept and training goes on from the last one.",
    )
