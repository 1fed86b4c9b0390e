"""Whatever a command starts ends with it, however the command ends: on its own, by a signal, or by SIGKILL.

Every process that it starts inherits a mark in its environment, whatever session or group it moves to. When the command
ends, so does every process with that mark; if the command is killed, a small guard process sees to it. A process that Python
started for us can also watch its parent (``exit_with_parent``).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

MARK = "MEDAI_STARTED_BY"
WITHIN = 5.0  # seconds from a signal until nothing is left
ORDERLY = 3.0  # of them, for processes to end as they wish
LOOK_SECONDS = 0.2
WATCH_SECONDS = 1.0  # between two looks at a parent
REMINDED_AFTER = 3.5  # seconds: by then what was heard has ended in order, and what has not was not
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(KeyboardInterrupt):
    """A signal asks this command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number
        self.at = time.monotonic()
        self.took = 0.0  # seconds from then until all had ended, or was waited for no longer


def boot_id() -> str:
    """What names this boot of the machine; "" where the system does not tell."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def process_start(pid: int) -> str:
    """When a process started, in words that no later process with the same id shares; "" when there is none.

    On Linux the boot's id and the kernel's ticks since boot, which no change of the clock moves; elsewhere seconds
    since the epoch.
    """
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        state, ticks = after_name[0], after_name[19]  # fields 3 and 22 of proc(5)
        return "" if state in "ZX" else f"{boot_id()}:{ticks}"
    except OSError:
        import psutil

        try:
            return f"{psutil.Process(pid).create_time():.0f}"
        except psutil.NoSuchProcess:
            return ""


@contextmanager
def children_ended() -> Iterator[None]:
    """What is started within the block is ended with it; SIGINT, SIGTERM and SIGHUP leave the block as ``Ended``.

    A SIGHUP that is ignored already, as under nohup, stays so; a SIGINT that is, as in a script's background job, does not,
    since what Dagster starts would then ignore SIGTERM too. Further signals change nothing while things end. When that takes
    longer than ``WITHIN``, or something is left, stderr has a word why.

    Python drops what is raised in a destructor or in a weak reference's callback, as they run throughout an import, a library
    may catch everything, and a signal that comes just before a call that waits is looked at only after it. Where the block
    goes on for longer than all may take to end in order, the signal is sent again.
    """
    asked: Ended | None = None
    left = threading.Event()

    def end(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if not left.is_set():
            asked = asked or Ended(number)
            raise asked

    before = {number: signal.getsignal(number) for number in ENDINGS}
    for number in before:
        if number != signal.SIGHUP or before[number] is not signal.SIG_IGN:
            signal.signal(number, end)
    heard, told = os.pipe()
    os.set_blocking(told, False)
    told_before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    threading.Thread(target=_remind, args=(heard, end, left), daemon=True).start()
    mark, outer = f"{os.getpid()} {process_start(os.getpid())}", os.environ.get(MARK)
    guard = subprocess.Popen(
        [sys.executable, "-m", __name__, mark],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.environ[MARK] = mark
    try:
        yield
    except Ended as ended:
        asked = asked or ended
        raise
    finally:
        left.set()
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(told_before)
        os.close(told)
        since = asked.at if asked else time.monotonic()
        # Some had their time already.
        outcome = end_marked(mark, max(0.5, ORDERLY - (time.monotonic() - since)))
        took = time.monotonic() - since
        if asked:
            asked.took = took
        _tell(took, *outcome)
        guard.kill()
        guard.wait()
        os.environ.pop(MARK)
        if outer is not None:
            os.environ[MARK] = outer
        for number, handler in before.items():
            signal.signal(number, handler)


def _remind(heard: int, end: Callable[[int, FrameType | None], None], left: threading.Event) -> None:
    """Send a signal that the block should end by again, until it has.

    Args:
        heard: the number of each signal comes here when it arrives, whatever Python does meanwhile; closed with the block.
        end: the block's handler; a signal that another one hears meanwhile is not ours.
        left: says that the block has been left.
    """
    with os.fdopen(heard, "rb", buffering=0) as numbers:
        while number := numbers.read(1):
            wait = REMINDED_AFTER if signal.getsignal(number[0]) is end else None
            while wait and not left.wait(wait):
                if signal.getsignal(number[0]) is end:
                    signal.pthread_kill(threading.main_thread().ident or 0, number[0])
                wait = LOOK_SECONDS


# What a library forks keeps the handlers, and must not tell us of its own signals.
os.register_at_fork(after_in_child=lambda: signal.set_wakeup_fd(-1))


def end_marked(mark: str, orderly: float = ORDERLY) -> tuple[list[int], list[int]]:
    """End all processes with a mark: by SIGTERM, and for good when they have not ended after ``orderly`` seconds.

    Returns:
        The ids of those that had to be killed, and of those that are there all the same.
    """
    import psutil

    asked, killed = set[int](), set[int]()
    deadline = time.monotonic() + orderly
    while found := _marked(mark):  # what they start meanwhile is found by the next look
        late = time.monotonic() - deadline
        if late > WITHIN:
            return sorted(killed), sorted(process.pid for process in found)
        for process in found:
            if late >= 0 or process.pid not in asked:
                _signalled(process, signal.SIGKILL if late >= 0 else signal.SIGTERM)
            (killed if late >= 0 else asked).add(process.pid)
        psutil.wait_procs(found, timeout=LOOK_SECONDS)
    return sorted(killed), []


def _tell(seconds: float, killed: list[int], left: list[int]) -> None:
    """Say why the end took long, and what is left."""
    if left:
        why = f"process {', '.join(map(str, left))} is still there after SIGKILL, waiting in the kernel as a rule for a disk"
    elif seconds > WITHIN:
        had = (
            f"process {', '.join(map(str, killed))} had to be killed" if killed else "all ended by themselves"
        )
        why = f"{had}, and the machine was busy"
    else:
        return
    with suppress(OSError):  # the terminal may be gone
        print(f"Ending took {seconds:.1f} seconds, not {WITHIN:.0f}: {why}.", file=sys.stderr, flush=True)


def _marked(mark: str) -> list[psutil.Process]:
    """Processes with a mark, but for multiprocessing's own tracker: it ends with those that it serves, and Python starts
    another, which knows nothing of what they give back, where it was ended before."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            marked = process.pid != os.getpid() and process.environ().get(MARK) == mark
            if marked and process.status() != psutil.STATUS_ZOMBIE and not _is_tracker(process):
                found.append(process)
        except (psutil.Error, OSError):
            continue  # another user's, or gone meanwhile
    return found


def _is_tracker(process: psutil.Process) -> bool:
    return any("multiprocessing.resource_tracker" in word for word in process.cmdline())


def _signalled(process: psutil.Process, number: int) -> None:
    import psutil

    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def guard(mark: str) -> None:
    """Wait until the process that the mark names is gone, then end what carries the mark."""
    pid, _, started = mark.partition(" ")
    while process_start(int(pid)) == started:
        time.sleep(LOOK_SECONDS)
    gone = time.monotonic()
    outcome = end_marked(mark)
    _tell(time.monotonic() - gone, *outcome)


def exit_with_parent(parent: int, grace: float) -> None:
    """From now on, when this process is no child of ``parent`` any more, end it: by SIGTERM, and for good ``grace``
    seconds later. A parent that is gone already counts.

    Args:
        parent: id of the process that started this one, told by it: asked for here, it might be gone already.
    """
    threading.Thread(target=_watch, args=(parent, grace), daemon=True).start()


def _watch(parent: int, grace: float) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    guard(sys.argv[1])
