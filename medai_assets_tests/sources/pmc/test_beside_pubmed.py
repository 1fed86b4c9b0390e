"""An article of PMC and its PubMed citation: one passage where they say the same, and one retraction for both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from medai_assets.corpus.curate.benchmarks import publish_benchmarks
from medai_assets.corpus.curate.curation import publish_curated
from medai_assets.corpus.process.by_slice import process_source
from medai_assets.foundation.slices import Slice
from medai_assets.storage import Stored
from medai_assets.withdrawals.table import publish_withdrawals
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.small_kit import citation, write_kit
from medai_assets_tests.sources.pmc.articles import SLICE, edit, jats, put

CITATIONS = Slice("pubmed_bulk", "update", {"tree": "updatefiles", "first": "1", "last": "9999"}, "")
PMID, NUMBER = 1_007_701, 7701
ABSTRACT = (
    "Oral rehydration solution holds glucose and sodium in equal amounts, since the intestine takes both up together and "
    "water follows them; so it replaces what is lost with acute diarrhoea, although the diarrhoea itself goes on."
)
BODY = "Oral rehydration solution is given in small sips, and any that is left after 24 hours is thrown away by the carer."
PUBLISHING: dict[str, Any] = {"code_version": "1", "inputs": [], "run_id": ""}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    kit = write_kit(
        tmp_path / "kit", [], [citation(PMID, "On fluids", ABSTRACT), citation(5, "Other", "Other words.")]
    )
    with workbench(tmp_path, monkeypatch, kit) as bench:
        abstract = f"<abstract><p>{ABSTRACT}</p></abstract>"
        put(bench, NUMBER, jats(f"<sec><title>Introduction</title><p>{BODY}</p></sec>", abstract=abstract))
        yield bench


def curated(bench: Bench) -> tuple[Stored, Stored]:
    """The curated corpus of both sources, and the withdrawals."""
    raw = [bench.collect(one, force_shrink=True).stored for one in (SLICE, CITATIONS)]
    processed = [
        process_source(bench.store, name, [one], publishing=PUBLISHING).stored
        for name, one in zip(("pmc", "pubmed_bulk"), raw)
    ]
    withdrawals = publish_withdrawals(bench.store, raw, bench.settings.take_downs_file, PUBLISHING)
    with bench.store.draft("curation_policy") as draft:
        draft.path("values.json").write_bytes(orjson.dumps({"licence_policy": "research"}))
        policy = draft.publish(data_version="1", **PUBLISHING)
    benchmarks = publish_benchmarks(bench.store, [], PUBLISHING)
    return (
        publish_curated(
            bench.store,
            processed,
            withdrawals=withdrawals,
            benchmarks=benchmarks,
            policy=policy,
            publishing=PUBLISHING,
        ),
        withdrawals,
    )


def test_an_abstract_that_both_have_is_one_passage_under_the_open_licence(bench: Bench) -> None:
    corpus, _ = curated(bench)
    rows = {row["text"]: row for row in corpus.table("passages").to_pylist()}
    assert [o["record_id"] for o in rows[ABSTRACT]["origins"]] == ["pmc:PMC7701", f"pubmed:{PMID}"]
    assert rows[ABSTRACT]["origins"][0]["licence"] == "CC-BY-4.0"
    assert [o["record_id"] for o in rows[BODY]["origins"]] == ["pmc:PMC7701"]


@pytest.mark.parametrize("who", ["NLM's metadata", "a notice with a DOI", "PubMed"])
def test_whoever_reports_the_retraction_neither_text_is_used(bench: Bench, who: str) -> None:
    if who == "NLM's metadata":
        edit(bench.records / "pmc/PMC7701.1/PMC7701.1.xml", {"is_retracted": True})
    elif who == "a notice with a DOI":
        link = "<related-article related-article-type='retracted-article' ext-link-type='doi' xlink:href='10.1000/7701'/>"
        put(bench, 7702, jats(number=7702, kind="retraction", related=link))
    else:
        notice = (
            '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>J</RefSource>'
        )
        retracted = citation(PMID, "On fluids", ABSTRACT).replace(
            "<MeshHeadingList>", f"{notice}</CommentsCorrections></CommentsCorrectionsList><MeshHeadingList>"
        )
        write_kit(bench.kit, [], [retracted, citation(5, "Other", "Other words.")])
    corpus, withdrawals = curated(bench)
    assert {"pmc:PMC7701", f"pubmed:{PMID}"} <= set(withdrawals.table("withdrawals")["record_id"].to_pylist())
    assert not {ABSTRACT, BODY} & set(corpus.table("passages")["text"].to_pylist())
