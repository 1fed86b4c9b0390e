"""The asset ``curated_corpus``: policy in, terms out; and the section tables are closed over the vocabulary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest

from medai_assets import sources
from medai_assets.corpus.curate.curation import publish_curated
from medai_assets.corpus.curate.funnel import FUNNEL, REASONS
from medai_assets.corpus.process.content import PassageDigest
from medai_assets.foundation.vocabularies import AUDIENCES, SECTIONS
from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.sources.fda.parse import LEFT_OUT
from medai_assets.sources.label_fields import FIELDS
from medai_assets.storage import Store, Stored
from medai_assets.text import headings
from medai_assets_tests.corpus.builders import (
    answer,
    processed,
    processed_slice,
    prose,
    questions,
    withdrawals,
)

SOURCES = Path(sources.__file__).parent


def published(store: Store, **policy: Any) -> Stored:
    rows = [answer("hf:a", prose(1)), answer("hf:b", prose(2), licence="LicenseRef-PubMed-Abstract")]
    with store.draft("withdrawals") as draft:
        draft.write_table("withdrawals", withdrawals())
        gone = draft.publish(code_version="1")
    with store.draft("benchmark_questions") as draft:
        draft.write_table("questions", questions())
        asked = draft.publish(code_version="1")
    with store.draft("curation_policy") as draft:
        draft.path("values.json").write_bytes(orjson.dumps(policy))
        values = draft.publish(code_version="1")
    return publish_curated(
        store, [processed_slice(store, rows)], withdrawals=gone, benchmarks=asked, policy=values,
        publishing={"code_version": "1", "inputs": [], "run_id": "r"},
    )  # fmt: skip


def test_the_policy_decides_and_the_terms_are_told(store: Store) -> None:
    stored = published(store, licence_policy="research", near_duplicate_jaccard=0.8, benchmark_ngram=13)
    told = stored.manifest.metadata
    assert told["most_restrictive"] == "LicenseRef-PubMed-Abstract"
    assert [(row["licence"], row["kept"], row["redistribution"]) for row in told["licences"]] == [
        ("CC0-1.0", 1, "yes"), ("LicenseRef-PubMed-Abstract", 1, "no"),
    ]  # fmt: skip


def test_refused_licences_stand_in_the_table(store: Store) -> None:
    told = published(store, licence_policy="own", own_licences=["CC0-1.0"]).manifest.metadata
    assert {row["licence"]: (row["kept"], row["refused"]) for row in told["licences"]} == {
        "CC0-1.0": (1, 0), "LicenseRef-PubMed-Abstract": (0, 1),
    }  # fmt: skip


def test_funnel_and_reasons_are_tables_of_their_own(store: Store) -> None:
    stored = published(store, licence_policy="open")
    assert stored.table("funnel").schema.equals(FUNNEL)
    assert stored.table("reasons").schema.equals(REASONS)


def test_the_content_of_passages_does_not_depend_on_order_or_batches() -> None:
    batch = processed([answer(f"hf:{n}", prose(n)) for n in range(6)]).passages
    whole, parts = PassageDigest(), PassageDigest()
    whole.add(batch)
    for rows in ([5, 0], [3], [1, 2, 4]):
        parts.add(batch.take(pa.array(rows)))
    assert whole.hexdigest() == parts.hexdigest()


@pytest.mark.parametrize("column", ["licence", "version", "record_id"])
def test_an_origin_is_content(column: str) -> None:
    one, two = PassageDigest(), PassageDigest()
    one.add(processed([answer("hf:1", prose(1))]).passages)
    changed = {"licence": "MIT"} if column == "licence" else {"version": "2"} if column == "version" else {}
    two.add(processed([answer("hf:2" if column == "record_id" else "hf:1", prose(1), **changed)]).passages)
    assert one.hexdigest() != two.hexdigest()


class TestSectionTables:
    def test_all_tables_lead_into_the_vocabulary(self) -> None:
        nhs = read_yaml(SOURCES / "nhs" / "sections.yaml")
        named = {field.section for field in FIELDS.values()}
        named |= {*nhs["aspects"].values(), *nhs["cards"].values()}
        named |= {*read_yaml(SOURCES / "medquad" / "sections.yaml").values()}
        named |= {section for section, _ in (*headings.PAGE_HEADINGS, *headings.PUBMED_LABELS)}
        named |= set(headings.PUBMED_CATEGORIES.values())
        assert named <= set(SECTIONS)

    def test_audiences_are_those_of_the_schema(self) -> None:
        assert {field.audience for field in FIELDS.values()} - {None} <= set(AUDIENCES)

    def test_no_field_is_both_read_and_left_out(self) -> None:
        assert not set(FIELDS) & LEFT_OUT

    @pytest.mark.parametrize(
        ("heading", "section"),
        [
            ("Call 999 or go to A&E now if:", "care_emergency"),
            ("Ask for an urgent GP appointment or call 111 if:", "care_urgent"),
            ("A pharmacist can help with hay fever", "care_pharmacist"),
            ("See a GP if:", "care_non_urgent"),
            ("When to call 911", "care_emergency"),
            ("Symptoms of flu", "symptoms"),
            ("How flu spreads", "causes"),
            ("How to treat flu yourself", "self_care"),
            ("Who is at higher risk?", "risk_factors"),
            ("Completely unheard of", None),
        ],
    )
    def test_page_headings(self, heading: str, section: str | None) -> None:
        assert headings.page_section(heading) == section
