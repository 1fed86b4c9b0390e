"""Dagster's page with a guard in front: `medai ui` runs this module where `dagster dev` runs the bare web server.

Dagster's web server knows neither a token nor a list of hosts and offers no place for either, so the application that it
hands to uvicorn is wrapped on the way. `is_guarded` asks a page whether that worked.
"""

from __future__ import annotations

import http.client
import os
import sys
from typing import Any

from medai_assets.foundation.guard import TOKEN, Guard, names_of

CODE = ("-m", "medai_assets.definitions")
_NO_NAME_OF_OURS = "guard.invalid"  # RFC 2606: never anybody's


def command(host: str, port: int) -> list[str]:
    """The command line of the page; its token is taken from the environment."""
    return [sys.executable, "-m", __name__, host, str(port)]


def is_guarded(host: str, port: int) -> bool:
    """Whether a page that answers refuses a name that is not its own.

    Raises:
        OSError: nothing answers there yet.
    """
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/server_info", headers={"Host": _NO_NAME_OF_OURS})
        return connection.getresponse().status == http.client.MISDIRECTED_REQUEST
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def main(host: str, port: str, workspace: str = "") -> None:
    """``python -m medai_assets.automation.guarded_page HOST PORT [WORKSPACE.yaml]``, with the token in MEDAI_UI_TOKEN."""
    import uvicorn
    from dagster_webserver import cli

    from medai_assets.automation.everything_stale import with_stale_link

    token = os.environ.pop(TOKEN)  # no run needs it
    serve = uvicorn.run

    def serve_guarded(app: Any, **options: Any) -> None:
        guard = Guard(with_stale_link(app), names_of(host), token, posted=("/graphql",))
        serve(guard, **options)

    uvicorn.run = serve_guarded
    sys.argv = ["dagster-webserver", *(("-w", workspace) if workspace else CODE), "-h", host, "-p", port]
    cli.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
