"""`medai serve`: the merged model behind an OpenAI-compatible endpoint on loopback."""

from __future__ import annotations

import json
import socket
import sys
from typing import Annotated

import typer
from rich.markup import escape

from medai_assets.commands import console
from medai_assets.commands.stored_models import (
    NOT_CLINICAL,
    ModelName,
    chosen_name,
    refuse_if_changed,
    require_trained,
    warn_if_tainted,
)
from medai_assets.foundation.child_processes import children_ended
from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.settings import get_settings
from medai_assets.storage import Store


def serve(
    model: ModelName = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8000,
    vllm: Annotated[
        bool | None,
        typer.Option(
            help="Answer with vLLM, or with transformers (--no-vllm); default: vLLM where it is installed."
        ),
    ] = None,
) -> None:
    """Serve the merged model to any OpenAI client until Ctrl-C: set base_url and model as printed, and any api_key.

    The system text it was trained with always comes first; a client's own follows it. A model that learned records
    withdrawn since says so here and in its name.
    """
    from medai_assets.serving.serve import LOOPBACK, serving
    from medai_assets.training.errors import TrainingError

    settings = get_settings()
    name = chosen_name(settings, model)
    trained = require_trained(Store(settings.store_root), "merged_model", name)
    refuse_if_changed(settings, trained.stored)
    withdrawn = warn_if_tainted(settings, trained.stored)
    with console.clear_errors(ExtraMissing):
        require("serve", "`medai serve`")
    port = _free_port(LOOPBACK, port)
    console.err.print(f"Loading {escape(trained.recipe.title)} …")
    with (
        console.ended_by_signal(),
        console.clear_errors(TrainingError),
        children_ended(),
        serving(trained.stored.local_path(), name, port=port, withdrawn=withdrawn, vllm=vllm) as endpoint,
    ):
        body = json.dumps(
            {"model": endpoint.model, "messages": [{"role": "user", "content": "What helps with a fever?"}]}
        )
        console.say(
            f"base_url  {endpoint.base_url}\nmodel     {endpoint.model}\nmade by   {endpoint.maker}\n"
        )
        console.say(
            f"curl {endpoint.base_url}/chat/completions -H 'Content-Type: application/json' -d '{escape(body)}'\n"
        )
        console.out.print(f"{NOT_CLINICAL} Ctrl-C ends it.")
        sys.stdout.flush()
        code = endpoint.ended()
    if code < 0:
        raise console.fail(
            f"the model server was killed by signal {-code}; if you did not kill it, memory ran out: "
            "close other programs and try again"
        )
    raise console.fail(f"the model server exited with code {code}; see its message above")


def _free_port(host: str, port: int) -> int:
    """The port, or a free one for 0; ends the command where another program listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise console.fail(
                f"port {port} on {host} is taken; choose another with --port, or --port 0 for a free one"
            ) from None
        return int(probe.getsockname()[1])
