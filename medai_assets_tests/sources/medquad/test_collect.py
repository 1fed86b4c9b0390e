"""MedQuAD: three dialects, one record a pair, nothing out of the archive's folder, removed answers counted."""

from __future__ import annotations

import re
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from medai_assets.sandbox.faults import Fault, Faults
from medai_assets.sandbox.server import running_sandbox
from medai_assets.settings import Settings
from medai_assets.sources.collection import CollectionReport, collect_slice
from medai_assets.sources.medquad.collect import Archive, pairs_in
from medai_assets.sources.medquad.dialects import pairs_of
from medai_assets.sources.records import RawRecord, Rejected
from medai_assets.sources.registry import find_slice, sandbox_endpoints
from medai_assets.storage import Store
from medai_assets.transport.errors import CollectionFailed, ReplyInvalid
from medai_assets.transport.reply import Download

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document id="7" source="NIDDK" url="https://example.org/a?b=1&amp;c=2">
<Focus>Asthma</Focus>
<FocusAnnotations><Category>Disease</Category><UMLS><CUIs><CUI>C0004096</CUI></CUIs>
<SemanticTypes><SemanticType>T047</SemanticType></SemanticTypes><SemanticGroup>Disorders</SemanticGroup></UMLS>
<Synonyms><Synonym>Bronchial asthma</Synonym></Synonyms></FocusAnnotations>
<QAPairs>
<QAPair pid="1"><Question qid="7-1" qtype="information">What is Asthma ?</Question><Answer>A &lt; B &amp; C
  - wheeze</Answer></QAPair>
<QAPair pid="2"><Question qid="7-2" qtype="causes">What causes Asthma ?</Question><Answer> </Answer></QAPair>
</QAPairs></Document>"""
LOWER = """<doc docid="7" corpus="NINDS" url="https://example.org/n"><doctitle-focus>Chorea</doctitle-focus>
<umls><cui>C1</cui><semanticType></semanticType><semanticGroup></semanticGroup></umls>
<qaPairs><pair pid="1"><question qid="7-1" qtype="treatment">how ?</question><answer>so</answer></pair></qaPairs></doc>"""
DISEASE_FILE = """<DiseaseFile fid="7" source="CDC" url="https://example.org/c"><Focus>Taeniasis</Focus>
<UMLS><CUI></CUI><SemanticType></SemanticType><SemanticGroup></SemanticGroup></UMLS>
<QAPairs><QAPair pid="1"><Question qid="7-1" qtype="information">what ?</Question>
<Answer>that</Answer></QAPair></QAPairs></DiseaseFile>"""


def archive(path: Path, files: dict[str, str], licence: str = "Attribution 4.0 International") -> Archive:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("MedQuAD-master/LICENSE.txt", licence)
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content)
    return Archive(path, Download("sandbox:/master.zip", 1, "", datetime.now(UTC)))


def test_a_member_that_states_a_small_size_is_not_unpacked_whole(tmp_path: Path) -> None:
    packed = archive(tmp_path / "a.zip", {})
    with zipfile.ZipFile(packed.path, "a", zipfile.ZIP_DEFLATED) as files:
        files.writestr("MedQuAD-master/1_A_QA/1.xml", bytes(200 << 20))
        files.writestr("MedQuAD-master/1_A_QA/2.xml", DOCUMENT)
    whole = bytearray(packed.path.read_bytes())
    place = whole.rindex(b"PK\x01\x02", 0, whole.rindex(b"1.xml"))
    whole[place + 24 : place + 28] = (300).to_bytes(4, "little")
    packed.path.write_bytes(whole)
    tracemalloc.start()
    found = list(pairs_in(packed))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [item.record_id for item in found if isinstance(item, RawRecord)] == ["medquad:1_A_QA/2#1"]
    assert any(isinstance(item, Rejected) and item.record_id == "medquad:1_A_QA/1" for item in found)
    assert peak < 64 << 20


def in_folder(files: dict[str, str]) -> dict[str, str]:
    return {f"MedQuAD-master/1_A_QA/{name}": content for name, content in files.items()}


def test_a_pair_keeps_what_belongs_to_it(tmp_path: Path) -> None:
    record, empty = pairs_in(archive(tmp_path / "a.zip", in_folder({"0007.xml": DOCUMENT})), "1_A_QA")
    assert isinstance(record, RawRecord)
    assert (record.record_id, record.title) == ("medquad:1_A_QA/0007#1", "Asthma")
    assert (record.url, record.licence) == ("https://example.org/a?b=1&c=2", "CC-BY-4.0")
    root = etree.fromstring(record.payload)
    assert dict(root.attrib) == {"id": "7", "source": "NIDDK", "url": "https://example.org/a?b=1&c=2"}
    found = {e.tag: (e.text or "").strip() for e in root.iter() if len(e) == 0}
    assert found["CUI"] == "C0004096"
    assert (found["Synonym"], found["Category"], found["SemanticGroup"]) == (
        "Bronchial asthma",
        "Disease",
        "Disorders",
    )
    assert found["Answer"] == "A < B & C\n  - wheeze"
    assert root.find(".//Question").get("qtype") == "information"
    assert isinstance(empty, Rejected)
    assert (empty.reason, empty.expected, empty.record_id) == ("empty answer", True, "medquad:1_A_QA/0007#2")


@pytest.mark.parametrize(
    ("content", "focus", "question"),
    [
        (DOCUMENT, "Asthma", "What is Asthma ?"),
        (LOWER, "Chorea", "how ?"),
        (DISEASE_FILE, "Taeniasis", "what ?"),
    ],
)
def test_the_dialects_give_one_form(content: str, focus: str, question: str) -> None:
    pair = pairs_of(content.encode())[0]
    root = etree.fromstring(pair.payload)
    assert root.tag == "Document"
    assert (root.get("id"), root.get("source") in ("NIDDK", "NINDS", "CDC")) == ("7", True)
    assert (root.findtext("Focus"), root.findtext(".//Question")) == (focus, question)
    assert [e.tag for e in root.iter("QAPair")] == ["QAPair"]


def test_a_number_used_twice_in_a_file_names_two_records() -> None:
    twice = DOCUMENT.replace('pid="2"', 'pid="1"')
    assert [pair.pid for pair in pairs_of(twice.encode())] == ["1", "1.2"]


@given(
    answer=st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\r"), min_size=1)
)
def test_the_answers_text_is_kept_to_the_letter(answer: str) -> None:
    document = etree.fromstring(DOCUMENT.encode())
    document.find(".//Answer").text = answer
    pair = pairs_of(etree.tostring(document))[0]
    assert etree.fromstring(pair.payload).findtext(".//Answer") == answer


@pytest.mark.parametrize("name", ["MedQuAD-master/../evil.xml", "MedQuAD-master/1_A_QA/..\\..\\evil.xml"])
def test_no_path_leads_out_of_the_archive(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    packed = archive(tmp_path / "in" / "a.zip", {name: DOCUMENT})
    collection = name.split("/")[1]
    (item,) = pairs_in(packed, collection)
    assert isinstance(item, Rejected)
    assert item.reason == "unsafe path"
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "a.zip"]


def test_a_file_that_is_no_xml_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    files = {"1.xml": "<Document", "2.xml": "<Other url='x'/>", "3.xml": LOWER, "4.xml": '<Document id="1"/>'}
    items = list(pairs_in(archive(tmp_path / "a.zip", in_folder(files)), "1_A_QA"))
    assert [getattr(item, "reason", "record") for item in items] == [
        "unreadable record (XMLSyntaxError)",
        "unreadable record (ValueError)",
        "record",
        "unreadable record (ValueError)",
    ]
    assert "'Other'" in (items[1].detail or "")  # type: ignore[union-attr]


def test_an_entity_of_the_outside_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("planted")
    evil = f'<!DOCTYPE d [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>{LOWER.replace("so", "&e;")}'
    assert "planted" not in str(
        list(pairs_in(archive(tmp_path / "a.zip", in_folder({"1.xml": evil})), "1_A_QA"))
    )


def test_what_is_no_archive_or_has_no_such_collection_is_said(tmp_path: Path) -> None:
    packed = archive(tmp_path / "a.zip", in_folder({"1.xml": LOWER}))
    with pytest.raises(CollectionFailed, match="no collection '2_B_QA'; it has 1_A_QA"):
        list(pairs_in(packed, "2_B_QA"))
    packed.path.write_text("<html>")
    with pytest.raises(ReplyInvalid, match="not a zip archive"):
        list(pairs_in(packed, "1_A_QA"))


@pytest.mark.real_data
def test_the_real_archive(real_data: Path) -> None:
    """Against a count of the pairs by pattern, which knows nothing of the parser."""
    path = real_data / "MedQuAD-master.zip"
    packed = Archive(path, Download("u", 1, "", datetime.now(UTC)))
    with zipfile.ZipFile(path) as files:
        texts = {n: files.read(n).decode() for n in files.namelist() if n.endswith(".xml")}
    for collection in {name.split("/")[1] for name in texts}:
        files_of = [text for name, text in texts.items() if f"/{collection}/" in name]
        xml = "".join(files_of)
        without = sum(
            not re.search(r"<(?:QAPair|pair)[ >]", text) for text in files_of
        )  # told of, one by one
        pairs = len(re.findall(r"<(?:QAPair|pair)[ >]", xml))
        answers = len(re.findall(r"<(?:A|a)nswer>\s*[^\s<]", xml))
        found = Counter(type(item).__name__ for item in pairs_in(packed, collection))
        assert (found["RawRecord"], found.total()) == (answers, pairs + without), collection


# against the sandbox


@pytest.fixture
def collect(settings: Settings, store: Store, unhurried: None) -> Iterator[tuple[Settings, Store, Faults]]:
    faults = Faults()
    with running_sandbox(settings, faults) as base:
        yield settings.with_endpoints(sandbox_endpoints(base)), store, faults


def run(world: tuple[Settings, Store, Faults], collection: str) -> CollectionReport:
    settings, store, _ = world
    return collect_slice(
        find_slice("medquad", collection, Settings()), settings=settings, store=store, code_version="1"
    )


def test_the_archive_is_fetched_once_and_asked_after_with_one_request(
    collect: tuple[Settings, Store, Faults],
) -> None:
    first, other = run(collect, "5_NIDDK_QA"), run(collect, "9_CDC_QA")
    assert (first.requests, other.requests) == (2, 1)
    assert first.licences == {"LicenseRef-medai-sample": first.counts["records"]}
    again = run(collect, "5_NIDDK_QA")
    assert (again.requests, again.unchanged, again.counts) == (1, True, first.counts)


def test_a_collection_without_answers_is_listed_and_has_no_records(
    collect: tuple[Settings, Store, Faults],
) -> None:
    report = run(collect, "10_MPlus_ADAM_QA")
    assert report.counts["records"] == 0
    assert report.rejected_reasons == {"empty answer": report.counts["rejected"]}
    assert run(collect, "10_MPlus_ADAM_QA").rejected_reasons == report.rejected_reasons


def test_an_archive_cut_short_is_fetched_again(collect: tuple[Settings, Store, Faults]) -> None:
    collect[2].add(Fault.parse("truncated_file:/github/codeload/*:1:1"))
    report = run(collect, "5_NIDDK_QA")
    assert (report.counts["records"] > 0, report.retries) == (True, 1)


@pytest.mark.parametrize(
    ("was", "becomes", "reason", "is_expected"),
    [
        pytest.param("QAPair", "Pair", "unreadable record (ValueError)", False, id="pairs of another form"),
        pytest.param("Answer", "Reply", "no answer", False, id="answers of another form"),
        pytest.param("<QAPairs>.*</QAPairs>", "<QAPairs>\n</QAPairs>", "no question in the file", True, id="no pairs"),
    ],
)  # fmt: skip
def test_a_file_that_gives_no_record_is_counted(
    tmp_path: Path, was: str, becomes: str, reason: str, is_expected: bool
) -> None:
    changed = re.sub(was, becomes, DOCUMENT, flags=re.DOTALL)
    found = list(pairs_in(archive(tmp_path / "a.zip", in_folder({"0007.xml": changed})), "1_A_QA"))
    assert found
    assert {(one.reason, one.expected) for one in found if isinstance(one, Rejected)} == {
        (reason, is_expected)
    }
    assert not [one for one in found if isinstance(one, RawRecord)]
