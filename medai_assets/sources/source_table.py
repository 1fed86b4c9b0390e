"""The sources as a Markdown table, for docs/data.md: ``python -m medai_assets.sources.source_table``."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from medai_assets.foundation.licences import LICENCES
from medai_assets.sources.registry import SOURCES
from medai_assets.sources.source import Source

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "data.md"
BEGIN, END = "<!-- sources -->\n", "<!-- end of sources -->"


def generated() -> str:
    """One row for each source, or for neighbours that share publisher and terms."""
    rows = [
        "| asset | what | licence id | terms that matter | attribution kept in every row |",
        "|---|---|---|---|---|",
    ]
    shared = groupby(SOURCES.values(), key=lambda source: (source.publisher, source.terms))
    return "\n".join([*rows, *(_row(list(group)) for _, group in shared)]) + "\n"


def _row(sources: list[Source]) -> str:
    first = sources[0]
    assets = ", ".join(f"`{source.asset}`" for source in sources)
    titles = "; ".join(source.title for source in sources)
    every = set(first.licences) == set(LICENCES)
    licences = "any of the policy's" if every else ", ".join(f"`{licence}`" for licence in first.licences)
    return f"| {assets} | {titles} ({first.publisher}) | {licences} | {first.terms} | {first.attribution} |"


def main() -> None:
    """Renew the document."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}{generated()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
