"""A process that ends with the one that started it, however that one ended: Ctrl-C, SIGTERM or SIGKILL."""

from __future__ import annotations

import os
import signal
import threading
import time

WATCH_SECONDS = 1.0


def end_with(parent: int, grace: float) -> None:
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
