"""NLM's bulk files: in number order, md5 compared, of each citation the text that counts, and little asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.sandbox.server import serving
from medai_assets.settings import NO_LIMIT, Settings
from medai_assets.sources.collection import CollectionReport
from medai_assets.sources.registry import find_slice
from medai_assets.transport.errors import ReplyInvalid
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.sources.citations import article
from medai_assets_tests.sources.nlm_tree import NlmTree

UPDATES = Slice("pubmed_bulk", "update-0001", {"tree": "updatefiles", "first": "1", "last": "50"}, "")
RETRACTED = '<PublicationType UI="D016441">Retracted Publication</PublicationType>'


class Library:
    """A tree, and a bench whose collections read it."""

    def __init__(self, bench: Bench, tree: NlmTree, base: str) -> None:
        self.bench, self.tree = bench, tree
        endpoints = {**bench.settings.endpoints, "ncbi_ftp": base}
        self.settings = bench.settings.with_endpoints(endpoints)

    def collect(self, wanted: Slice = UPDATES, **further: Any) -> CollectionReport:
        self.tree.asked.clear()
        return self.bench.collect(wanted, settings=self.settings.model_copy(update=further))

    def titles(self, wanted: Slice = UPDATES) -> dict[str, str]:
        return {row["record_id"]: row["title"] for row in self.bench.rows(wanted)}

    def withdrawn(self, wanted: Slice = UPDATES) -> list[tuple[str, str]]:
        return [(row["record_id"], row["kind"]) for row in self.bench.rows(wanted, "withdrawals")]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    tree = NlmTree()
    with workbench(tmp_path, monkeypatch) as bench, serving(tree.app()) as base:
        yield Library(bench, tree, base)


def test_files_are_read_in_number_order_and_the_newest_text_counts(library: Library) -> None:
    library.tree.put("updatefiles", 11, article(1, title="Newer"), article(3))
    library.tree.put("updatefiles", 9, article(1, title="Old"), article(2))
    report = library.collect()
    assert library.titles() == {"pubmed:1": "Newer", "pubmed:2": "A title.", "pubmed:3": "A title."}
    assert report.requests == 1 + 2 * 2  # the listing, and each file with its md5


def test_deletions_and_retractions_become_withdrawals(library: Library) -> None:
    library.tree.put("updatefiles", 1, article(1), article(2), article(3, types=RETRACTED))
    library.tree.put("updatefiles", 2, article(4), deleted="1 99")
    library.collect()
    assert list(library.titles()) == ["pubmed:2", "pubmed:3", "pubmed:4"]
    assert library.withdrawn() == [
        ("pubmed:1", "deletion"),
        ("pubmed:3", "retraction"),
        ("pubmed:99", "deletion"),
    ]
    deletion = library.bench.rows(UPDATES, "withdrawals")[0]
    assert deletion["evidence"] == "sandbox:/pubmed/updatefiles/pubmed21n0002.xml.gz"


def test_several_versions_of_a_citation_are_one_record(library: Library) -> None:
    library.tree.put("updatefiles", 1, article(1, version=2, title="Two"), article(1, version=1, title="One"))
    library.collect()
    assert [(r["version"], r["title"]) for r in library.bench.rows(UPDATES)] == [("2.20210607", "Two")]


def test_only_the_slices_files_of_the_newest_year(library: Library) -> None:
    library.tree.put("updatefiles", 50, article(1))
    library.tree.put("updatefiles", 51, article(2))
    library.tree.put("updatefiles", 3, article(3), year=20)
    library.collect()
    assert list(library.titles()) == ["pubmed:1"]


def test_a_slice_the_tree_does_not_reach_yet_is_empty(library: Library) -> None:
    library.tree.put("updatefiles", 60, article(1))
    assert library.collect().counts["records"] == 0


def test_a_refresh_with_nothing_new_is_one_request(library: Library) -> None:
    library.tree.put("updatefiles", 1, article(1), deleted="7")
    first = library.collect()
    again = library.collect()
    assert (again.requests, again.unchanged) == (1, True)
    assert again.stored.data_version == first.stored.data_version


def test_without_dates_in_the_listing_a_refresh_compares_the_md5(library: Library) -> None:
    library.tree.dated = False
    library.tree.put("updatefiles", 1, article(1))
    library.collect()
    again = library.collect()
    assert again.unchanged
    assert dict(library.tree.asked) == {"listing": 1, "pubmed21n0001.xml.gz.md5": 1}


def test_a_touched_file_with_the_same_md5_is_not_fetched_again(library: Library) -> None:
    library.tree.put("updatefiles", 1, article(1), day=1)
    library.collect()
    library.tree.put("updatefiles", 1, article(1), day=2)
    assert library.collect().unchanged
    assert library.tree.asked["pubmed21n0001.xml.gz"] == 0


def further_files(tree: NlmTree) -> None:
    tree.put("updatefiles", 2, article(2, title="Revised"), article(7), article(5), deleted="3 6")
    tree.put("updatefiles", 3, article(8, types=RETRACTED))


def test_further_files_come_on_top_of_what_is_there(library: Library) -> None:
    records = [article(1), article(2, types=RETRACTED), article(3), article(4, types=RETRACTED)]
    library.tree.put("updatefiles", 1, *records, deleted="5 6")
    library.collect()
    further_files(library.tree)
    report = library.collect()
    assert library.tree.asked["pubmed21n0001.xml.gz"] == 0
    assert report.requests == 1 + 2 * 2
    assert library.titles()["pubmed:2"] == "Revised"
    assert list(library.titles()) == [f"pubmed:{n}" for n in (1, 2, 4, 5, 7, 8)]
    expected = [(3, "deletion"), (4, "retraction"), (6, "deletion"), (8, "retraction")]
    assert library.withdrawn() == [(f"pubmed:{pmid}", kind) for pmid, kind in expected]


def test_a_replaced_citation_loses_the_doi_of_its_old_text(library: Library) -> None:
    library.tree.put(
        "updatefiles", 1, article(1, in_data=doi("10.1000/OLD")), article(2, in_data=doi("10.1000/two."))
    )
    library.collect()
    library.tree.put(
        "updatefiles", 2, article(1, in_data=doi("10.1000/new")), article(3, in_data=doi("none"))
    )
    on_top = library.collect()
    assert sorted((row["record_id"], row["name"]) for row in on_top.stored.table("aliases").to_pylist()) == [
        ("pubmed:1", "doi:10.1000/new"),
        ("pubmed:2", "doi:10.1000/two"),
    ]


def doi(text: str) -> str:
    return f'<ArticleIdList><ArticleId IdType="doi">{text}</ArticleId></ArticleIdList>'


def test_coming_on_top_gives_the_same_version_as_collecting_all_at_once(
    library: Library, tmp_path: Path
) -> None:
    library.tree.put("updatefiles", 1, article(1), article(2), article(3), deleted="5 6")
    library.collect()
    further_files(library.tree)
    on_top = library.collect()
    at_once = library.bench.collect(replace(UPDATES, key="at-once"), settings=library.settings)
    assert on_top.stored.data_version == at_once.stored.data_version


def test_a_changed_file_has_all_read_again(library: Library) -> None:
    library.tree.put("updatefiles", 1, article(1), article(2))
    library.tree.put("updatefiles", 2, article(3))
    library.collect()
    library.tree.put("updatefiles", 1, article(1, title="Changed"), article(2), day=9)
    library.collect()
    assert library.titles() == {"pubmed:1": "Changed", "pubmed:2": "A title.", "pubmed:3": "A title."}


def test_a_wrong_md5_keeps_the_file_out_and_names_it(library: Library) -> None:
    library.tree.put("updatefiles", 1, article(1))
    library.tree.stated = {"pubmed21n0001.xml.gz": ["0" * 32] * 9}
    with pytest.raises(ReplyInvalid, match=r"announced was 0{32}.*pubmed21n0001"):
        library.collect()
    library.tree.stated = {}
    assert library.collect().counts["records"] == 1


def test_an_md5_that_was_replaced_meanwhile_is_asked_for_once_more(library: Library) -> None:
    library.tree.put("updatefiles", 1, article(1))
    library.tree.stated = {"pubmed21n0001.xml.gz": ["0" * 32]}
    assert library.collect().counts["records"] == 1


def test_a_file_that_ends_inside_a_record_is_refused_though_its_md5_fits(library: Library) -> None:
    library.tree.put("updatefiles", 1, article(1))
    name, (date, packed) = library.tree.files["updatefiles"].popitem()
    library.tree.files["updatefiles"][name] = (date, packed[:-20])
    with pytest.raises(ReplyInvalid, match="not a PubMed file"):
        library.collect()
    assert library.bench.store.current("raw_pubmed_bulk", UPDATES.key) is None


def test_a_killed_collection_goes_on_with_the_next_file(library: Library) -> None:
    for number in (1, 2, 3):
        library.tree.put("updatefiles", number, article(number))
    whole = library.tree.files["updatefiles"].pop("pubmed21n0002.xml.gz")
    library.tree.files["updatefiles"]["pubmed21n0002.xml.gz"] = (whole[0], b"")
    library.tree.stated = {"pubmed21n0002.xml.gz": ["1" * 32] * 9}
    with pytest.raises(ReplyInvalid):
        library.collect()
    library.tree.files["updatefiles"]["pubmed21n0002.xml.gz"] = whole
    library.tree.stated = {}
    assert library.collect().replayed == 1  # the first file; what told the digests is asked for again
    assert library.tree.asked["pubmed21n0001.xml.gz"] == 0
    assert len(library.titles()) == 3


def test_a_limit_takes_no_more_files_than_it_needs(library: Library) -> None:
    for number in (1, 2, 3):
        library.tree.put("updatefiles", number, article(10 * number), article(10 * number + 1), deleted="99")
    report = library.collect(slice_limit=3)
    assert list(library.titles()) == ["pubmed:10", "pubmed:11", "pubmed:20"]
    assert "pubmed21n0003.xml.gz" not in library.tree.asked
    assert report.requests == 5
    assert library.collect(slice_limit=3).requests == 1


def test_a_broken_record_is_set_aside_with_its_payload(library: Library) -> None:
    broken = article(5).replace(b"</Abstract>", b"")
    library.tree.put("updatefiles", 1, *(article(n) for n in range(10, 40)), broken)
    report = library.collect()
    assert report.counts == {"records": 30, "rejected": 1, "withdrawals": 0}
    [row] = library.bench.rows(UPDATES, "rejected")
    assert row["payload"].encode() == broken
    assert row["reason"] == "unreadable citation"


def test_a_folder_without_pubmed_files_is_an_error_that_says_so(library: Library) -> None:
    with pytest.raises(ReplyInvalid, match="names no file pubmedYYnNNNN"):
        library.collect()


@pytest.mark.kit
@pytest.mark.slow
def test_the_real_update_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kit_dir: Path) -> None:
    wanted = find_slice("pubmed_bulk", "update-sample", Settings())
    with workbench(tmp_path, monkeypatch, kit_dir) as bench:
        report = bench.collect(wanted)
        assert report.counts == {
            "records": 20_783,
            "rejected": 0,
            "withdrawals": 27,
        }  # 5 further versions, 20 deletions, 3 withdrawn by their titles alone
        assert report.flags["retracted"] == 4
        assert bench.collect(wanted).requests == 1


def test_of_a_thousand_live_files_a_slice_fetches_its_own_whole_and_later_only_what_is_new(
    library: Library,
) -> None:
    """1,000 files as NLM's tree has them; of the live slices, whose limit is none, one is collected and refreshed."""
    live = library.settings.model_copy(update={"profile": "live"})
    baseline, update = (find_slice("pubmed_bulk", key, live) for key in ("baseline-0001", "update-1301"))
    for number in range(1, 901):
        library.tree.put(
            "baseline", number, *(article(number * 100 + n) for n in range(13 if number <= 50 else 1))
        )
    for number in range(1301, 1400):
        library.tree.put("updatefiles", number, article(number), day=2)

    whole = library.collect(baseline, profile="live")
    assert whole.counts["records"] == 50 * 13 > 600
    assert whole.requests == 1 + 2 * 50
    fetched = [library.tree.files["baseline"][f"pubmed21n{number:04d}.xml.gz"][1] for number in range(1, 51)]
    overhead = whole.bytes - sum(map(len, fetched))  # the list of the folder, and a digest for each file
    assert 0 < overhead < 900 * 200 + 50 * 100

    updates = library.collect(update, profile="live")
    assert updates.requests == 1 + 2 * 50
    library.tree.put("updatefiles", 1400, article(1400), day=3)
    assert library.collect(update, profile="live").requests == 1  # it belongs to the next slice


def test_a_live_update_file_that_comes_later_is_fetched_alone(library: Library) -> None:
    live = library.settings.model_copy(update={"profile": "live"})
    wanted = find_slice("pubmed_bulk", "update-1301", live)
    for number in range(1301, 1341):
        library.tree.put("updatefiles", number, article(number))
    library.collect(wanted, profile="live")
    library.tree.put("updatefiles", 1341, article(1341), article(1301, title="Revised"), day=3)
    later = library.collect(wanted, profile="live")
    assert dict(library.tree.asked) == {
        "listing": 1, "pubmed21n1341.xml.gz": 1, "pubmed21n1341.xml.gz.md5": 1,
    }  # fmt: skip
    assert (later.requests, later.counts["records"]) == (3, 41)
    assert library.titles(wanted)["pubmed:1301"] == "Revised"
    # another limit is another slice
    assert library.collect(wanted, profile="live", slice_limit=600).requests > 3
    assert library.collect(wanted, profile="live", slice_limit=NO_LIMIT).counts["records"] == 41
