"""What comes whole and is not what was asked for is refused, with what was expected; it never becomes an empty slice."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.sources.huggingface.rows import rows_of
from medai_assets.sources.pubmed.bulk import contents_of
from medai_assets.sources.pubmed.split import BrokenXml
from medai_assets.transport.errors import Misread, ReplyInvalid
from medai_assets_tests.sources.answering import Collect, Page, ids
from medai_assets_tests.sources.citations import article

OLD = (
    b'<?xml version="1.0"?><MedlineCitationSet>'
    + article().replace(b"<PubmedArticle>", b"").split(b"<PubmedData>")[0]
    + b"</MedlineCitationSet>"
)
ROWS = ["A1", "A2"]
CONDITIONS = Slice("nhs", "conditions", {"section": "conditions"}, "")
MEDQUAD = "github/abachaa/MedQuAD/archive/refs/heads/master.zip"
PAIRS = (
    '<Document id="1" url="https://x/1"><QAPairs><QAPair pid="1"><Question>Why?</Question><Answer>So.</Answer></QAPair>'
    "</QAPairs></Document>"
)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(OLD, id="the older MedlineCitationSet"),
        pytest.param(b"<html><body>The service has moved.</body></html>", id="a page of HTML"),
        pytest.param(b"<html><!-- no <PubmedArticleSet> today --></html>", id="a page that mentions one"),
        pytest.param(b"<!--<PubmedArticleSet>-->" * 2_000, id="comments alone"),
        pytest.param(b"", id="nothing"),
        pytest.param(OLD.decode().encode("utf-16"), id="UTF-16"),
    ],
)
def test_a_file_without_citations_is_refused(content: bytes) -> None:
    with pytest.raises(BrokenXml, match="expected the element PubmedArticleSet, found"):
        contents_of(io.BytesIO(content))


def test_a_file_that_only_deletes_is_a_pubmed_file() -> None:
    only = (
        b'<?xml version="1.0"?><PubmedArticleSet><DeleteCitation><PMID Version="1">7</PMID></DeleteCitation>'
        b"</PubmedArticleSet>"
    )
    assert list(contents_of(io.BytesIO(only)).deleted) == [(7, 1)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.json", b'{"question":"Q1","answer":"A1"}\n{"question":"Q2","answer":"A2"}\n'),
        ("bom.jsonl", b'\xef\xbb\xbf{"question":"Q1","answer":"A1"}\n{"question":"Q2","answer":"A2"}\n'),
        ("bom.json", b'\xef\xbb\xbf[{"question":"Q1","answer":"A1"},{"question":"Q2","answer":"A2"}]'),
        ("nan.jsonl", b'{"question":"Q1","answer":"A1","s":NaN}\n{"question":"Q2","answer":"A2","s":1}\n'),
        ("nan.json", b'[{"question":"Q1","answer":"A1","s":NaN},{"question":"Q2","answer":"A2","s":1}]'),
        ("data.json", b'{"data":[{"question":"Q1","answer":"A1"},{"question":"Q2","answer":"A2"}],"version":"1"}'),
        ("semicolon.csv", b"question;answer\nQ1;A1\nQ2;A2\n"),
    ],
)  # fmt: skip
def test_rows_in_the_forms_that_the_field_reads(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert [row.get("answer") if isinstance(row, dict) else None for row in rows_of(path, name)] == ROWS


@pytest.mark.parametrize(
    ("listing", "told"),
    [
        pytest.param(
            {"results": [], "pagination": {"count": 0}}, "it has pages of none at all", id="an empty manifest"
        ),
        pytest.param(
            {
                "results": [{"url": "https://x/baby/b/", "dateModified": "2025-01-01"}],
                "pagination": {"count": 1},
            },
            "it has pages of baby",
            id="a manifest of another section",
        ),
    ],
)
def test_a_section_without_pages_is_no_fresh_slice(
    collect: Collect, listing: dict[str, Any], told: str
) -> None:
    with pytest.raises(ReplyInvalid, match=f"names no page of conditions; {told}"):
        collect(CONDITIONS, {"nhs/manifest/pages": json.dumps(listing).encode()})


def hub(rows: bytes, **changed: Any) -> dict[str, bytes]:
    """A data set of one file at one commit; ``tree`` replaces what the tree lists."""
    name, commit, at = "medai-sample/symptom_dialogues", "a" * 40, "data/train.jsonl"
    digest = hashlib.sha1(b"blob %d\0" % len(rows) + rows, usedforsecurity=False).hexdigest()
    facts = {"sha": commit, "siblings": [{"rfilename": at}], "cardData": changed.get("card", {})}
    tree = changed.get("tree", [{"type": "file", "path": at, "oid": digest, "size": len(rows)}])
    return {
        f"hf/api/datasets/{name}/revision/main": json.dumps(facts).encode(),
        f"hf/api/datasets/{name}/tree/{commit}": json.dumps(tree).encode(),
        f"hf/datasets/{name}/resolve/{commit}/{at}": rows,
    }


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        pytest.param(hub(b""), r"no row in data/train\.jsonl", id="an empty file"),
        pytest.param(
            hub(b"{}", tree=[]), r"its facts name data/train\.jsonl", id="a file that the tree lacks"
        ),
        pytest.param(
            hub(b"{}", card={"configs": 7}),
            "not in the form that its collector expects .TypeError",
            id="a card of another form",
        ),
    ],
)
def test_a_data_set_that_holds_nothing_is_no_fresh_slice(
    collect: Collect, pages: dict[str, bytes], told: str
) -> None:
    with pytest.raises(ReplyInvalid, match=told):
        collect(Slice("huggingface", "flashcards", {"dataset": "medai-sample/symptom_dialogues"}, ""), pages)


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ("has no training files", {"revision": {"sha": "a" * 40, "siblings": [], "cardData": {}}}),
        ("the hub lists -1", {"tree": [{"type": "file", "path": "data/train.jsonl", "oid": "0" * 40, "size": -1}]}),
        ("the hub lists 10,000,", {"tree": [{"type": "file", "path": "data/train.jsonl", "oid": "0", "size": 10**4000}]}),
    ],
)  # fmt: skip
def test_what_led_to_a_wrong_file_is_asked_for_again_once_the_hub_is_well(
    collect: Collect, told: str, wrong: dict[str, Any]
) -> None:
    wanted = Slice("huggingface", "flashcards", {"dataset": "medai-sample/symptom_dialogues"}, "")
    sound = hub(b'{"question": "Why?", "context": "Flu.", "long_answer": "So."}\n')
    spoilt = {
        path: json.dumps(wrong[part]).encode() for path in sound for part in wrong if f"/{part}/" in path
    }
    with pytest.raises((ReplyInvalid, Misread), match=told) as caught:
        collect(wanted, sound | spoilt)
    assert len(str(caught.value)) < 2_000
    assert len(ids(collect(wanted, sound))) == 1


def test_a_bulk_export_without_parts_is_no_fresh_slice(collect: Collect) -> None:
    label = {"export_date": "2026-01-01", "total_records": 0, "partitions": []}
    pages = {"fda-download/download.json": json.dumps({"results": {"drug": {"label": label}}}).encode()}
    with pytest.raises(ReplyInvalid, match="it lists no partitions"):
        collect(Slice("fda", "2024", {"effective_time": "2024", "via": "bulk"}, ""), pages)


@pytest.mark.parametrize("damaged", ["LICENSE.txt", "1.xml"])
def test_a_zip_with_a_damaged_member_is_told(collect: Collect, damaged: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        for name, content in (("LICENSE.txt", "Attribution 4.0"), ("C/1.xml", PAIRS), ("C/2.xml", PAIRS)):
            files.writestr(f"MedQuAD-master/{name}", content)
    content = packed.getvalue()
    place = content.index(f"MedQuAD-master/{'C/' if damaged == '1.xml' else ''}{damaged}".encode())
    pages = {MEDQUAD: content[: place - 30] + b"XX" + content[place - 28 :]}
    wanted = Slice("medquad", "C", {"collection": "C"}, "")
    if damaged == "1.xml":
        assert ids(collect(wanted, pages)) == ["medquad:C/2#1"]
    else:
        with pytest.raises(ReplyInvalid, match="its licence cannot be read"):
            collect(wanted, pages)


@pytest.mark.parametrize(
    ("key", "modified"),
    [(f"metadata/PMC7701.{'9' * 5_000}.json", "2025-01-01T00:00:00Z"), ("metadata/PMC7701.1.json", "0001-01-01T00:00:00+14:00")],
)  # fmt: skip
def test_a_listed_object_of_odd_numbers_is_told(collect: Collect, key: str, modified: str) -> None:
    listed = f"<Contents><Key>{key}</Key><LastModified>{modified}</LastModified><ETag>1</ETag></Contents>"
    page = f"<ListBucketResult>{listed}<IsTruncated>false</IsTruncated></ListBucketResult>".encode()
    wanted = Slice("pmc", "77", {"first": "77", "last": "77"}, "")
    told = "names no article" if modified.startswith("2025") else "the list of objects cannot be read"
    with pytest.raises(ReplyInvalid, match=told):
        collect(wanted, {"pmc": page})


def test_an_empty_page_that_names_a_next_one_is_told(collect: Collect) -> None:
    page = {"meta": {"last_updated": "2026-01-01", "results": {"total": 5}}, "results": []}
    link = {"Link": '<https://x/drug/label.json?search_after=20240101>; rel="next"'}
    with pytest.raises(ReplyInvalid, match="brings no new entry"):
        collect(
            Slice("fda", "2024", {"effective_time": "2024"}, ""),
            {"fda/drug/label.json": (json.dumps(page).encode(), link)},
        )


def test_a_list_that_leads_round_and_round_is_told(collect: Collect) -> None:
    entries = [{"url": "https://x/conditions/b/", "dateModified": "2025-01-01"}]
    manifest = {"results": entries, "pagination": {"count": 1, "next": "https://x/manifest/pages/?page=2"}}
    with pytest.raises(ReplyInvalid, match="brings no new entry"):
        collect(CONDITIONS, {"nhs/manifest/pages": json.dumps(manifest).encode()})
    link = {"Link": '<https://x/tree?cursor=again>; rel="next"'}
    pages: dict[str, Page] = dict(hub(b"{}"))
    tree = next(path for path in pages if "/tree/" in path)
    with pytest.raises(ReplyInvalid, match="brings no new entry"):
        collect(
            Slice("huggingface", "flashcards", {"dataset": "medai-sample/symptom_dialogues"}, ""),
            pages | {tree: (pages[tree], link)},
        )
