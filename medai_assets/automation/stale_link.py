"""A link on each of Dagster's pages to the job that makes what is stale.

Dagster's graph has one button, "Materialize all", which cannot be taken away and makes every slice and base model again. Its
page has no place for a link of others either, so this one is put before the end of the page's own HTML, on its way out.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from medai_assets.automation.everything_stale import everything_stale

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
