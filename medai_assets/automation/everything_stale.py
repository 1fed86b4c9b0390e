"""The job ``everything_stale``: on Dagster's page what `medai run` is on the command line.

"Materialize all" makes every partition of every base model again; this makes what is stale, in the order and with the reasons
of the plan. "Materialize all" cannot be taken away, and Dagster's pages have no place for a link of others, so one to the job is
put before the end of each page's own HTML, on its way out.
"""

import signal
import subprocess
import sys

import dagster as dg
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COMMAND = [sys.executable, "-m", "medai_assets.cli", "run"]


@dg.op(
    description="Runs `medai run`; each partition that it makes is a run of its own, and its lines stand in this run's log."
)
def what_is_stale(context: dg.OpExecutionContext) -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                context.log.info(line.rstrip())
        finally:
            if running.poll() is None:  # this run was ended: what it started ends in order
                running.send_signal(signal.SIGTERM)
    if running.returncode:
        raise dg.Failure(f"`medai run` ended with exit code {running.returncode}; its lines above say why")


@dg.job(
    description="Makes what is missing or stale and nothing else, as `medai run` does. Use this in place of “Materialize all”, "
    "which makes every slice and every base model again."
)
def everything_stale() -> None:
    what_is_stale()


# Dagster finds the code location of a job that is asked for by its name alone.
ADDRESS = f"/guess/{everything_stale.name}/playground"
WORDS = "Make what is stale"
# Above the graph, below Dagster's own dialogs.
_STYLE = (
    "position:fixed;bottom:12px;left:50%;transform:translateX(-50%);z-index:5;padding:7px 14px;border-radius:8px;"
    "background:#4f43dd;color:#fff;font:500 14px system-ui,sans-serif;text-decoration:none"
)
_END = b"</body>"
_LINK = f'<a href="{ADDRESS}" style="{_STYLE}">{WORDS}</a>'.encode()


def with_stale_link(app: ASGIApp) -> ASGIApp:
    """The application, each of whose HTML pages has the link; all else passes as it is."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        is_page = False

        async def sent(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                is_page &= "content-encoding" not in headers
                if is_page:
                    del headers["content-length"]
            elif is_page and message["type"] == "http.response.body":
                message["body"] = message.get("body", b"").replace(_END, _LINK + _END)
            await send(message)

        await app(scope, receive, sent)

    return served
