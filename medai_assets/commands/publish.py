"""`medai publish`: data set, adapter, merged model and report to a folder or the hub, as one version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from medai_assets.commands import console
from medai_assets.serving.gguf import TYPES
from medai_assets.settings import get_settings


def publish(
    recipe: Annotated[
        str, typer.Argument(help="The recipe whose models are published, as in `medai train`.")
    ],
    to: Annotated[
        str,
        typer.Option("--to", help="A folder (with a slash: ./out), or the owner of repositories on the hub."),
    ],
    prefix: Annotated[str, typer.Option("--prefix", help="Prefix of the repositories' names.")] = "medai",
    gguf: Annotated[
        str | None,
        typer.Option(
            "--gguf",
            help=f"The merged model as a GGUF file too, in a repository of its own: {', '.join(TYPES)}; "
            "needs llama.cpp's converter on PATH.",
        ),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Public repositories; default: private.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would go where; send nothing.")
    ] = False,
) -> None:
    """Publish data set, adapter, merged model and report as one version, with cards, Croissant, licences and lineage.

    The hub's token is read from HF_TOKEN. Nothing goes out while the evaluation's gate is closed, or when a model learned
    a record that is withdrawn.
    """
    from medai_assets.evaluation.gate import GateClosed
    from medai_assets.foundation.extras import ExtraMissing
    from medai_assets.sources.take_downs import TakeDownError
    from medai_assets.storage import StoreError
    from medai_assets.training.errors import TrainingError
    from medai_assets.trust.envelope import NotTrusted
    from medai_assets.trust.publication import NotPublishable, gather, with_gguf
    from medai_assets.trust.publishing import require_leave, to_folder, to_hub

    if gguf not in (None, *TYPES):
        raise console.fail(f"--gguf takes {', '.join(TYPES)}, not {escape(repr(gguf))}", console.USAGE)
    settings = get_settings()
    with console.clear_errors(
        NotPublishable, GateClosed, NotTrusted, StoreError, ExtraMissing, TakeDownError, TrainingError
    ):
        found = gather(settings, recipe, prefix, gguf)
        for one in found.repositories if dry_run else ():
            size = sum(len(f) if isinstance(f, bytes) else f.stat().st_size for f in one.files.values())
            more = " and the GGUF file to be made" if any(n.endswith(".gguf") for n in one.files) else ""
            console.say(
                escape(f"{one.kind} {one.name}: {len(one.files)} files, {size / 2**20:.1f} MiB{more}")
            )
        to_a_folder = "/" in to or to in (".", "..")
        if dry_run:
            if not to_a_folder:
                require_leave(found, to, public=public)
            console.out.print(f"would be version {found.version}; nothing was sent")
            return
        with with_gguf(settings, found) as found:
            sent = map(str, to_folder(found, Path(to))) if to_a_folder else to_hub(found, to, public=public)
            for place in sent:
                console.say(escape(place))
        console.out.print(f"published as {found.version}")
