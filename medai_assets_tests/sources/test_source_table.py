"""The document tells the sources as they are registered."""

from medai_assets.sources.registry import SOURCES
from medai_assets.sources.source_table import DOCUMENT, generated


def test_every_source_has_a_row_with_its_terms() -> None:
    rows = generated().splitlines()[2:]
    for source in SOURCES.values():
        (row,) = (row for row in rows if f"`{source.asset}`" in row)
        assert source.terms in row
        assert source.attribution in row
        assert "any of the policy's" in row or all(f"`{licence}`" in row for licence in source.licences)


def test_the_document_is_what_the_sources_say() -> None:
    assert generated() in DOCUMENT.read_text(encoding="utf-8"), (
        "run `python -m medai_assets.sources.source_table`"
    )
