"""The whole sandbox as one application: each upstream below its prefix, spoilt as planned."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from medai_assets.foundation.kit import KitMissing
from medai_assets.foundation.yaml_files import YamlRefused
from medai_assets.sandbox.faults import Fault, FaultMiddleware, Faults
from medai_assets.sandbox.files import RecordUnreadable, handler_of
from medai_assets.sandbox.replies import json_reply
from medai_assets.sources.registry import ENDPOINTS


def create_app(records: Path, kit: Path | None, faults: Faults | None = None) -> Starlette:
    """The sandbox.

    Args:
        records: folder with a folder a source; a missing one is empty.
        kit: folder of the wheel with the two NLM files; without it the two NLM upstreams answer 503.
        faults: what is to go wrong; more can be added while it runs, also by ``POST /_faults``.
    """
    plan = faults or Faults()
    mounts = [
        Mount(f"/{one.sandbox.split('/')[0]}", routes=handler_of(one, records, kit).routes())
        for one in ENDPOINTS
    ]
    app = Starlette(
        routes=[_fault_route(plan), *mounts],
        middleware=[Middleware(FaultMiddleware, faults=plan)],
        exception_handlers={
            KitMissing: _without_kit,
            RecordUnreadable: _unreadable,
            YamlRefused: _unreadable,
        },
    )
    app.state.faults = plan
    return app


def _fault_route(plan: Faults) -> Route:
    """``/_faults``: POST adds one a line, DELETE clears."""

    async def edit_faults(request: Request) -> Response:
        if request.method == "DELETE":
            plan.clear()
        try:
            for line in (await request.body()).decode().splitlines():
                plan.add(Fault.parse(line.strip()))
        except ValueError as error:
            return json_reply({"error": str(error)}, 400)
        rules = [{"kind": rule.kind, "path": rule.path, "done": rule.done} for rule in plan.rules]
        return json_reply(rules)

    return Route("/_faults", edit_faults, methods=["GET", "POST", "DELETE"])


def _without_kit(request: Request, error: Exception) -> Response:
    return json_reply({"error": str(error)}, 503)


def _unreadable(request: Request, error: Exception) -> Response:
    """A person's typo: asking again would not help, so it is no error of the server's kind."""
    return json_reply({"error": str(error)}, 422)
