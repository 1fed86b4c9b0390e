"""A media's language is the same in its record and in its document."""

from __future__ import annotations

import orjson
import pytest

from medai_assets.sources.cdc.parse import language_of, parse
from medai_assets.sources.document import Document


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        ({"isoCode": "eng"}, "en"),
        ({"isoCode": "TGL"}, "tl"),
        ({"isoCode": "ger"}, "de"),
        ({"isoCode": "es"}, "es"),
        ({"isoCode": "que"}, None),  # no first two letters are taken for a language
        ("spa", "es"),
        ({}, None),
        (None, None),
    ],
)
def test_it_is_known_by_its_code_or_not_at_all(stated: object, known: str | None) -> None:
    media = {"id": 1, "name": "Flu", "language": stated}
    assert language_of(media) == known
    document = parse(orjson.dumps({"media": media, "syndicate": {"content": "<p>Flu spreads.</p>"}}).decode())
    assert isinstance(document, Document)
    assert document.language == known
