"""A retraction reaches every record that is the same article, whichever of its names the notice uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import ALIAS, WITHDRAWAL
from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.rows import dois
from medai_assets.sources.take_downs import add_take_down
from medai_assets.storage import Store, Stored
from medai_assets.withdrawals.erase import same_article
from medai_assets.withdrawals.table import publish_withdrawals, under_all_names
from medai_assets_tests.sources.citations import article

PUBLISHING: dict[str, Any] = {"code_version": "1", "inputs": [], "run_id": ""}
NAMES = [
    {"record_id": "pmc:PMC1", "name": "pubmed:11"},
    {"record_id": "pmc:PMC1", "name": "doi:10.1000/one"},
    {"record_id": "pmc:PMC2", "name": "pubmed:12"},
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def slice_with(
    store: Store, asset: str, withdrawals: list[dict[str, Any]], aliases: list[dict[str, str]]
) -> Stored:
    with store.draft(asset, "s") as draft:
        draft.write_table("withdrawals", pa.Table.from_pylist(withdrawals, schema=WITHDRAWAL))
        if aliases:
            draft.write_table("aliases", pa.Table.from_pylist(aliases, schema=ALIAS))
        return draft.publish(data_version="1", **PUBLISHING)


def withdrawn(store: Store, row: dict[str, Any], take_downs: Path) -> list[tuple[str, str, str | None]]:
    told = {
        "reason": "r",
        "version": None,
        "reported_by": "s",
        "reported_at": None,
        "evidence": "pmc:PMC9",
    } | row
    raw = [slice_with(store, "raw_pubmed", [told], []), slice_with(store, "raw_pmc", [], NAMES)]
    table = publish_withdrawals(store, raw, take_downs, PUBLISHING).table("withdrawals")
    return [(r["record_id"], r["kind"], r["evidence"]) for r in table.to_pylist()]


@pytest.mark.parametrize("named", ["pmc:PMC1", "pubmed:11", "doi:10.1000/one"])
def test_by_pmcid_pmid_and_doi_the_same_two_records_are_withdrawn(
    store: Store, tmp_path: Path, named: str
) -> None:
    found = withdrawn(store, {"record_id": named, "kind": "retraction"}, tmp_path / "none.csv")
    assert found == [("pmc:PMC1", "retraction", "pmc:PMC9"), ("pubmed:11", "retraction", "pmc:PMC9")]


def test_retraction_watch_withdraws_a_citation_of_pubmed_by_its_doi_alone(
    store: Store, tmp_path: Path
) -> None:
    cited = article(
        31, in_data='<ArticleIdList><ArticleId IdType="doi">10.1000/Three.</ArticleId></ArticleIdList>'
    )
    aliases = dois(read_citations([cited, article(32)]).citations).to_pylist()
    raw = [slice_with(store, "raw_pubmed", [], aliases)]
    listed = {
        "record_id": "doi:10.1000/three",
        "kind": "retraction",
        "reported_by": "retraction_watch",
        "reason": "r",
    }
    rows = under_all_names([dict.fromkeys(WITHDRAWAL.names) | listed], raw)
    assert [row["record_id"] for row in rows] == ["pubmed:31"]


def test_a_retraction_of_a_record_reaches_another_that_has_the_same_doi(store: Store, tmp_path: Path) -> None:
    row = {"record_id": "pubmed:11", "kind": "retraction"}
    by_doi = [{"record_id": record, "name": "doi:10.1000/3"} for record in ("pmc:PMC1", "pubmed:11")]
    raw = [slice_with(store, "raw_pmc", [], by_doi)]
    rows = under_all_names([dict.fromkeys(WITHDRAWAL.names) | row], raw)
    assert {row["record_id"] for row in rows} == {"pmc:PMC1", "pubmed:11"}


def test_a_doi_that_nobody_holds_withdraws_nothing(store: Store, tmp_path: Path) -> None:
    assert withdrawn(store, {"record_id": "doi:10.1000/x", "kind": "retraction"}, tmp_path / "none.csv") == []


def test_what_pubmed_deletes_from_its_index_stays_in_pmc(store: Store, tmp_path: Path) -> None:
    found = withdrawn(store, {"record_id": "pubmed:11", "kind": "deletion"}, tmp_path / "none.csv")
    assert [record for record, _, _ in found] == ["pubmed:11"]


def test_a_persons_take_down_is_of_the_record_that_they_named(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "take_downs.csv"
    add_take_down(file, "pmc:PMC2", "asked for", "a person")
    found = withdrawn(store, {"record_id": "pubmed:99", "kind": "retraction"}, file)
    assert [record for record, _, _ in found] == ["pmc:PMC2", "pubmed:99"]


def test_the_same_article_in_another_source_is_told_of_a_record_by_pmid_pmcid_and_doi(store: Store) -> None:
    """A take-down is of the record that it names; what else is that article is told and stays."""
    held = {"raw_pmc": ["pmc:PMC1", "pmc:PMC2"], "raw_pubmed": ["pubmed:11", "pubmed:31"]}
    aliases = {"raw_pmc": [*NAMES, {"record_id": "pmc:PMC2", "name": "doi:10.1000/3"}],
               "raw_pubmed": [{"record_id": "pubmed:31", "name": "doi:10.1000/3"}]}  # fmt: skip
    for asset, records in held.items():
        with store.draft(asset, "s") as draft:
            draft.write_table("records", pa.table({"record_id": records}))
            draft.write_table("aliases", pa.Table.from_pylist(aliases[asset], schema=ALIAS))
            draft.publish(data_version="1", **PUBLISHING)
    assert same_article(store, "pmc:PMC1") == ["pubmed:11"]
    assert same_article(store, "pubmed:11") == ["pmc:PMC1"]
    assert same_article(store, "pubmed:31") == ["pmc:PMC2"]
    assert same_article(store, "pmc:PMC2") == ["pubmed:31"], "pubmed:12 is nowhere held"
    assert same_article(store, "fda:aaa") == []
