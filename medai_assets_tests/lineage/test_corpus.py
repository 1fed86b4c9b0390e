"""Passages and records are asked of the corpus's slices: no index of them is built, and a question reads what it needs."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from rich.tree import Tree
from starlette.testclient import TestClient

from medai_assets.commands.lineage_trees import impact_tree, trace_tree
from medai_assets.foundation.schemas import EXAMPLE, PASSAGE, REMOVED
from medai_assets.lineage import rows
from medai_assets.lineage.corpus import Corpus, Place
from medai_assets.lineage.impact import impact
from medai_assets.lineage.impact_targets import parse_target
from medai_assets.lineage.index import index_path
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.page.app import create_app
from medai_assets.lineage.rebuild import refresh
from medai_assets.lineage.trace import trace_number
from medai_assets.storage import Store, Stored
from medai_assets_tests.lineage.library import Library

SLICES, ROWS = 40, 5


def sliced(library: Library, ends: str = "") -> Stored:
    """The library's corpus as slices of a few passages each, the last of which end otherwise, and its data set again."""
    row = library.store.require("curated_corpus").table("passages").to_pylist()[0]
    with library.store.draft("curated_corpus") as draft:
        for number in range(SLICES):
            passages = [
                row | {"passage_id": f"p{number:020x}{n:04x}", "text": f"Passage {number}.{n}{ends * (number == 0)}",
                       "origins": [row["origins"][0] | {"record_id": f"fda:{number}-{n}", "slice": f"{number:03d}"}]}
                for n in range(ROWS)
            ]  # fmt: skip
            with library.store.draft("curated_slice", f"fda/{number:03d}") as part:
                part.write_table("passages", pa.Table.from_pylist(passages, schema=PASSAGE))
                part.write_table("removed", REMOVED.empty_table())
                draft.reference(part.publish(code_version="1"))
        corpus = draft.publish(code_version="1", data_version=f"corpus{ends}")
    examples = library.store.require("instruction_dataset").table("examples").to_pylist()
    examples = [one | {"passage_ids": [f"p{7:020x}{1:04x}"]} for one in examples]
    with library.store.draft("instruction_dataset") as draft:
        draft.write_table("examples", pa.Table.from_pylist(examples, schema=EXAMPLE))
        draft.write_table("removed", REMOVED.empty_table())
        return draft.publish(code_version="1", inputs=[corpus.input])


@pytest.fixture
def dataset(library: Library) -> Stored:
    library.materialize(train=False)
    return sliced(library)


def test_what_is_built_for_a_data_set_does_not_grow_with_the_corpus(
    library: Library, dataset: Stored
) -> None:
    with Lineage.of(library.settings) as lineage:
        refresh(lineage, dataset)
        index = lineage.index(dataset)
        tables = [row[0] for row in index.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: index.numbers(f"SELECT count(*) FROM {name}")[0] for name in tables}
        assert len(index.corpus) == SLICES * ROWS
    assert rows["passage"] == 1  # of two hundred: the one that examples rest on
    assert max(rows.values()) <= 22, rows


def test_every_passage_is_found_by_its_id_its_record_and_its_slice(library: Library, dataset: Stored) -> None:
    with Lineage.of(library.settings) as lineage:
        for asked, records, passages in (
            ("fda:39-4", 1, 1), (f"p{39:020x}{4:04x}", 1, 1), ("raw_fda[039]", ROWS, ROWS), ("fda", SLICES * ROWS, SLICES * ROWS),
        ):  # fmt: skip
            found = impact(lineage, asked, dataset).newest
            assert found is not None
            assert (found.records, found.passages) == (records, passages), asked


def test_a_passage_is_read_from_its_own_slice_alone(
    library: Library, dataset: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(store: Store, path: str) -> pq.ParquetFile:
        read.append(Path(path).parts[-4])
        return rows.opened(store, path)

    with Lineage.of(library.settings) as lineage:
        index = lineage.index(dataset)
        monkeypatch.setattr("medai_assets.lineage.corpus.opened", noted)
        (passage,) = lineage.passages(index, index.passages_of_example(0))
    assert passage.text == "Passage 7.1"
    assert read == ["fda%2F007"]


def test_a_passage_that_moved_to_another_slice_is_found_there(library: Library, dataset: Stored) -> None:
    with Lineage.of(library.settings) as lineage:
        corpus = lineage.index(dataset).corpus
        (row,) = corpus.take([Place(f"p{7:020x}{1:04x}", "fda/012")], ["text"])
        assert row["text"] == "Passage 7.1"
        assert corpus.take([Place("p" + "f" * 24, "fda/012")], ["text"]) == []


def test_the_same_examples_of_a_newer_corpus_tell_of_that_one(library: Library, dataset: Stored) -> None:
    with Lineage.of(library.settings) as lineage:
        refresh(lineage, dataset)
    built = index_path(library.folder, dataset.data_version).stat().st_mtime_ns
    again = sliced(library, ends=" More.")
    assert again.data_version == dataset.data_version
    with Lineage.of(library.settings) as lineage:
        corpus = lineage.index(lineage.dataset()).corpus
        (row,) = corpus.take([Place(f"p{0:020x}{0:04x}", "fda/000")], ["text"])
    assert row["text"] == "Passage 0.0 More."
    assert index_path(library.folder, dataset.data_version).stat().st_mtime_ns == built


def test_a_corpus_that_is_gone_holds_nothing() -> None:
    corpus = Corpus(None)
    assert (len(corpus), corpus.holding(["fda:aaa"]), corpus.places(["p1"])) == (0, set(), {})
    assert corpus.reach(parse_target("fda"), 5).records == 0


def test_slices_that_no_example_rests_on_have_a_page_all_the_same(library: Library, dataset: Stored) -> None:
    assert Corpus.behind(dataset).slices("fda") == {f"{number:03d}": ROWS for number in range(SLICES)}
    with TestClient(create_app(library.settings), base_url="http://127.0.0.1:3070") as page:
        assert page.get("/source/fda").text.count("/slice/fda/0") == 2 * SLICES, "by its key and by its count"
        told = page.get("/slice/fda/039").text
        assert "5 records in the corpus" in told
        assert "fda:39-4" in told
        assert str(page.get("/search?q=raw_fda[039]").url).endswith("/slice/fda/039")
        assert page.get("/slice/fda/040").status_code == 404


def test_where_the_corpus_is_gone_passages_are_not_known_rather_than_none(library: Library) -> None:
    dataset = library.materialize()
    corpus = library.store.require("curated_corpus")
    library.store.remove_version("curated_corpus", None, corpus.data_version)
    with Lineage.of(library.settings) as lineage:
        index = lineage.index(dataset)
        found = trace_number(lineage, index, index.numbers("SELECT example FROM example_record")[0])
        reached = impact(lineage, found.records[0].record_id)
    assert "passages  not known" in told(trace_tree(found))
    assert "passages not known" in told(impact_tree(reached))
    with TestClient(create_app(library.settings), base_url="http://127.0.0.1") as page:
        for address in (f"/example/{found.example.example_id}", f"/record/{found.records[0].record_id}"):
            assert "Not known: the curated corpus" in page.get(address).text


def told(tree: Tree) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(tree)
    return console.export_text()
