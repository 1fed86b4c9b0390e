"""The lineage page beside Dagster's: a process of its own that `medai ui` starts, and that ends with it.

Only its socket is opened at once. What costs the processor is loaded when Dagster's page is there or somebody asks,
so that the start of that page is not slowed; whoever asks earlier waits in the socket's queue.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys

from medai_assets.foundation.child_processes import exit_with_parent
from medai_assets.foundation.guard import TOKEN

LOOK_SECONDS = 0.5  # between two looks whether Dagster's page is there
GRACE_SECONDS = 3.0  # for answers under way when the page has ended


def start_sidecar(host: str, port: int, page: tuple[str, int], token: str) -> None:
    """Serve the lineage page at ``host`` and ``port`` until this process ends, whatever it becomes by ``os.exec``.

    Args:
        page: host and port where Dagster's page will be.
        token: what whoever asks must bring.

    Raises:
        OSError: the address cannot be had; ``errno.EADDRINUSE`` when something listens there already.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        words = [listener.fileno(), os.getpid(), *page]
        subprocess.Popen(
            [sys.executable, "-m", "medai_assets.lineage.page.sidecar", *map(str, words)],
            env=os.environ | {TOKEN: token},  # no command line, which others see
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what goes wrong is told on standard error
            start_new_session=True,  # Ctrl-C is for Dagster's page, which takes its time to end
        )


def wait_for_first_request(listener: socket.socket, page: tuple[str, int]) -> None:
    """Until somebody asks for the lineage page, or Dagster's page answers."""
    while not select.select([listener], [], [], LOOK_SECONDS)[0]:
        try:
            socket.create_connection(page, timeout=LOOK_SECONDS).close()
            return
        except OSError:
            continue  # it is not there yet


def main(words: list[str]) -> None:
    """``python -m medai_assets.lineage.page.sidecar SOCKET PARENT HOST PORT``, with the token in MEDAI_UI_TOKEN."""
    descriptor, parent, host, port = words
    token = os.environ.pop(TOKEN)
    exit_with_parent(int(parent), GRACE_SECONDS)
    listener = socket.socket(fileno=int(descriptor))
    wait_for_first_request(listener, (host, int(port)))

    from medai_assets.lineage.page.server import serve_on
    from medai_assets.settings import get_settings

    serve_on(listener, get_settings(), token)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Exception as error:  # a process of its own: nobody else would tell
        print(f"medai: the lineage page ended ({error!r}); `medai lineage` serves it again", file=sys.stderr)
        raise SystemExit(1) from None
