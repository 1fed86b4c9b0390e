"""Serving the lineage page on loopback for one person."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from medai_assets.lineage.page.app import create_app
from medai_assets.settings import Settings

HOST = "127.0.0.1"


def serve(settings: Settings, port: int, token: str, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; ``tell`` is given the address, with the token in it, once it is bound.

    Args:
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.create_server((HOST, port))
    tell(f"http://{HOST}:{listener.getsockname()[1]}/?token={token}")
    serve_on(listener, settings, token)


def serve_on(listener: socket.socket, settings: Settings, token: str) -> None:
    """Serve on a socket that listens already, until interrupted."""
    config = uvicorn.Config(
        create_app(settings, token), log_level="warning", lifespan="off", access_log=False
    )
    uvicorn.Server(config).run(sockets=[listener])
