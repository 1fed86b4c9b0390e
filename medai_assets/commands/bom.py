"""`medai bom` and `medai bundle`: what a data set and its models are made of, for whoever answers for them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medai_assets.commands import console
from medai_assets.commands.lineage import answering
from medai_assets.foundation.extras import ExtraMissing

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
