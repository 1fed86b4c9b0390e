"""`medai bom` and `medai bundle`: what a data set and its models are made of, for whoever answers for them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from medai_assets.commands import console
from medai_assets.commands.lineage import answering
from medai_assets.foundation.extras import ExtraMissing
from medai_assets.foundation.plurals import counted
from medai_assets.settings import get_settings

Version = Annotated[
    str, typer.Argument(help="A data set version: current, previous, or its first characters.")
]


def bom(
    version: Version = "current",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write to; default: here.")] = Path(),
) -> None:
    """Write the bill of materials of a data set version and its models: CycloneDX, SPDX, and the EU's public summary."""
    from medai_assets.trust.bom.documents import documents
    from medai_assets.trust.bom.facts import collect_facts

    with answering() as lineage, console.clear_errors(ExtraMissing):
        written = documents(collect_facts(lineage, lineage.dataset(version)))
        out.mkdir(parents=True, exist_ok=True)
        for name, data in written.items():
            console.write_file(out / name, data.decode())


def bundle(
    version: Version = "current",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder, or file ending in .zip; default: bundle-VERSION.zip here."),
    ] = None,
) -> None:
    """Write all that an auditor needs into one zip or folder of pages that open offline: cards, report, bills, withdrawals.

    With MEDAI_SIGNING_KEY it is signed, and `medai verify BUNDLE --key KEY.pub` shows that it is genuine and unchanged.
    """
    from medai_assets.trust.bundle.bundle import NoPlace, write_bundle
    from medai_assets.trust.envelope import NotTrusted, load_signer

    settings = get_settings()
    with answering(settings) as lineage, console.clear_errors(ExtraMissing, NoPlace, NotTrusted):
        dataset = lineage.dataset(version)
        out = out or Path(f"bundle-{dataset.data_version[:12]}.zip")
        signer = load_signer(settings.signing_key) if settings.signing_key else None
        names = write_bundle(lineage, dataset, out, signer)
    console.say(escape(f"{out}: {counted(len(names), 'file')}; open index.html in it, no network is needed."))
    if signer is None:
        console.say_on_stderr(
            "[yellow]Not signed[/]: whoever receives it cannot tell it from a forged one. "
            "`medai keygen keys/steward.pem`, then MEDAI_SIGNING_KEY=keys/steward.pem"
        )
