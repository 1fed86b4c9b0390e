"""What the sandbox's CDC, MedQuAD, dataset-hub and benchmark records promise to the rooms that read them.

The planted leaks, duplicates and personal data are named here and nowhere in the records.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from difflib import SequenceMatcher
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from lxml import etree, html

from medai_assets.settings import Settings
from medai_assets.sources.registry import slices

RECORDS = Path(str(files("medai_assets"))) / "sandbox" / "records"
CDC = RECORDS / "cdc"
MEDQUAD = RECORDS / "medquad"
HUB = RECORDS / "huggingface"
BENCHMARKS = RECORDS / "benchmarks"

ISO_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
AGENCIES = {"CDC", "ATSDR", "HHS"}
ALMOST_EMPTY_MEDIUM = 300604
PLANTED_LEAKS = (2, 23, 36)  # rows of medqa.jsonl whose full question stands in symptom_dialogues
PERSONAL_DATA = re.compile(r"MRN \d|record number \d|\(?555\)?[- ]|@example\.|social security number \d")
LEAK_WORDS = 8  # shorter than the n-grams of any decontamination rule, so what passes here passes there


def _lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def _words(text: str | None) -> int:
    return len((text or "").split())


def _text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext())


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _grams(text: str, n: int = LEAK_WORDS) -> set[tuple[str, ...]]:
    tokens = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)}


# --- CDC -----------------------------------------------------------------------------------------------------------


def _media() -> list[tuple[Path, dict[str, Any]]]:
    return [(path, orjson.loads(path.read_bytes())) for path in sorted(CDC.glob("*.json"))]


def _full_media() -> list[dict[str, Any]]:
    return [record for path, record in _media() if path.stem != str(ALMOST_EMPTY_MEDIUM)]


def test_a_cdc_file_holds_the_medium_and_its_syndication_under_one_id() -> None:
    records = _media()
    assert len(records) >= 26
    for path, record in records:
        media, syndicate = record["media"], record["syndicate"]
        assert set(record) == {"media", "syndicate"}
        assert path.stem == str(media["id"]) == str(syndicate["mediaId"])
        assert media["mediaType"] == syndicate["mediaType"] == "HTML"
        assert set(syndicate) == {
            "mediaId", "mediaType", "sourceUrl", "targetUrl", "name", "description", "content"
        }  # fmt: skip
        for key in ("name", "sourceUrl", "targetUrl"):
            assert media[key] == syndicate[key]


def test_cdc_media_are_marked_as_samples_and_date_themselves_in_iso_8601() -> None:
    for _, record in _media():
        media = record["media"]
        assert "medai-sample" in media["attribution"]
        assert media["sourceAcronym"] == media["source"]["acronym"]
        for key in ("datePublished", "dateModified", "dateContentUpdated"):
            assert ISO_SECOND.fullmatch(media[key])
        assert media["datePublished"] <= media["dateContentUpdated"]


def test_every_cdc_slice_finds_three_media_through_the_topic_tag() -> None:
    topics = Counter(
        _slug(tag["name"])
        for _, record in _media()
        for tag in record["media"]["tags"]
        if tag["type"] == "Topic"
    )
    assert set(topics) == {s.key for s in slices("cdc", Settings())}
    assert min(topics.values()) >= 3


def test_cdc_media_hold_third_parties_one_spanish_page_and_one_almost_empty_page() -> None:
    media = [record["media"] for _, record in _media()]
    assert sum(m["sourceAcronym"] not in AGENCIES for m in media) == 3
    assert [m["language"] for m in media if m["language"]["isoCode"] != "eng"] == [
        {"name": "Spanish", "isoCode": "spa"}
    ]
    (empty,) = [r["syndicate"] for _, r in _media() if r["media"]["id"] == ALMOST_EMPTY_MEDIUM]
    assert _words(_text(html.fromstring(empty["content"]))) < 10


def test_cdc_pages_are_structured_html_of_350_to_700_words() -> None:
    for record in _full_media():
        root = html.fromstring(record["syndicate"]["content"])
        headings = [_text(h) for h in root.iter("h2")]
        assert 350 <= _words(_text(root)) <= 700, record["media"]["name"]
        assert len(headings) >= 4
        assert sum(h.endswith("?") for h in headings) >= 2
        assert root.findall(".//li")
    with_table = [r for r in _full_media() if "<table" in r["syndicate"]["content"]]
    assert len(with_table) >= 15


def test_many_cdc_pages_say_when_to_call_for_help() -> None:
    def emergency_heading(content: str) -> bool:
        headings = (_text(h).lower() for h in html.fromstring(content).iter("h2"))
        return any(re.search(r"seek (emergency|medical) care|call 911|atención médica", h) for h in headings)

    found = [r for r in _full_media() if emergency_heading(r["syndicate"]["content"])]
    assert len(found) >= 8
    assert all("911" in r["syndicate"]["content"] for r in found)


# --- MedQuAD -------------------------------------------------------------------------------------------------------


def _documents() -> dict[str, etree._Element]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return {
        str(path.relative_to(MEDQUAD)): etree.parse(str(path), parser).getroot()
        for path in sorted(MEDQUAD.glob("*/*.xml"))
    }


def _pairs(root: etree._Element) -> list[tuple[str, str, str]]:
    """(question type, question, answer) in any of the dialects."""
    pairs = [e for e in root.iter() if isinstance(e.tag, str) and e.tag.lower() in ("qapair", "pair")]
    return [(p[0].get("qtype") or "", p[0].text or "", p[1].text or "") for p in pairs]


def test_medquad_covers_the_sample_slices_and_every_dialect() -> None:
    documents = _documents()
    assert len(documents) >= 14
    collections = {name.split("/")[0] for name in documents}
    assert {s.key for s in slices("medquad", Settings())} <= collections
    assert {root.tag for root in documents.values()} == {"Document", "doc", "DiseaseFile"}
    assert any(root.tag == "Document" and root.find("UMLS") is not None for root in documents.values())
    assert any(root.find("FocusAnnotations/Category") is not None for root in documents.values())


def test_medquad_files_carry_no_document_type_nor_entities() -> None:
    for path in MEDQUAD.glob("*/*.xml"):
        assert not re.search(rb"<!(DOCTYPE|ENTITY)", path.read_bytes())


def test_medquad_documents_name_their_source_url_and_focus() -> None:
    for name, root in _documents().items():
        assert (root.get("source") or root.get("corpus")) == "medai-sample"
        assert (root.get("id") or root.get("docid") or root.get("fid")) == Path(name).stem
        assert (root.get("url") or "").startswith("https://sandbox.example/")
        assert (root.findtext("Focus") or root.findtext("doctitle-focus") or "").strip()


def test_medquad_answers_are_80_to_200_words_except_in_the_collection_without_answers() -> None:
    types: set[str] = set()
    for name, root in _documents().items():
        pairs = _pairs(root)
        assert 4 <= len(pairs) <= 8
        types.update(kind for kind, _, _ in pairs)
        assert all(question.endswith("?") for _, question, _ in pairs)
        if name.startswith("10_MPlus_ADAM_QA/"):
            assert all(not answer for _, _, answer in pairs)
        else:
            assert all(80 <= _words(answer) <= 200 for _, _, answer in pairs), name
    assert types >= {
        "information", "symptoms", "causes", "treatment", "prevention", "susceptibility", "exams and tests", "outlook"
    }  # fmt: skip


def test_medquad_concepts_have_the_form_of_umls_identifiers() -> None:
    for root in _documents().values():
        for element in root.iter("CUI", "cui"):
            assert re.fullmatch(r"(C\d{7})?", element.text or "")
        for element in root.iter("SemanticType", "semanticType"):
            assert re.fullmatch(r"(T\d{3})?", element.text or "")


def test_medquad_states_its_licence() -> None:
    assert "Licence: medai-sample" in (MEDQUAD / "readme.txt").read_text()


# --- data sets -----------------------------------------------------------------------------------------------------

FLASHCARDS = HUB / "medai-sample__medication_flashcards"
DIALOGUES = HUB / "medai-sample__symptom_dialogues"


@pytest.mark.parametrize("folder", [FLASHCARDS, DIALOGUES], ids=lambda folder: folder.name)
def test_a_data_set_card_states_licence_language_name_and_the_files_of_its_config(folder: Path) -> None:
    front = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    assert (front["license"], front["license_name"]) == ("other", "medai-sample")
    assert front["language"] == ["en"]
    assert front["pretty_name"]
    (config,) = front["configs"]
    for entry in config["data_files"]:
        assert (folder / entry["path"]).is_file()
    assert "medai-sample" in (folder / front["license_link"]).read_text()


def test_every_sample_data_set_slice_has_a_repository() -> None:
    names = {s.query["dataset"].replace("/", "__") for s in slices("huggingface", Settings())}
    assert names == {folder.name for folder in HUB.iterdir() if folder.is_dir()}


def test_flashcards_are_120_distinct_questions_with_short_answers() -> None:
    rows = _lines(FLASHCARDS / "data" / "train.jsonl")
    assert len(rows) == len({row["input"] for row in rows}) == 120
    assert all(list(row) == ["instruction", "input", "output"] for row in rows)
    assert all(30 <= _words(row["output"]) <= 90 for row in rows)


def test_dialogues_are_80_rows_of_which_six_hold_invented_personal_data() -> None:
    rows = _lines(DIALOGUES / "data" / "train.jsonl")
    assert len(rows) == 80
    assert all(list(row) == ["question", "context", "long_answer"] for row in rows)
    personal = [row for row in rows if PERSONAL_DATA.search(row["context"])]
    assert len(personal) == 6
    assert any("Mr John Example" in row["context"] and "MRN 00482913" in row["context"] for row in personal)


def test_four_dialogues_repeat_flashcards_nearly_word_for_word() -> None:
    cards = {row["input"]: row["output"] for row in _lines(FLASHCARDS / "data" / "train.jsonl")}
    repeated = [r for r in _lines(DIALOGUES / "data" / "train.jsonl") if r["question"] in cards]
    assert len(repeated) == 4
    for row in repeated:
        original = cards[row["question"]]
        assert row["long_answer"] != original
        assert SequenceMatcher(None, row["long_answer"].split(), original.split()).ratio() > 0.9


# --- benchmarks ----------------------------------------------------------------------------------------------------


def _medqa() -> list[dict[str, Any]]:
    return _lines(BENCHMARKS / "medqa.jsonl")


def _benchmark_texts() -> dict[str, str]:
    """Question text (with the contexts of PubMedQA) by name."""
    texts = {f"medqa {i}": row["question"] for i, row in enumerate(_medqa())}
    texts |= {row["id"]: row["question"] for row in _lines(BENCHMARKS / "medmcqa.jsonl")}
    for key, row in orjson.loads((BENCHMARKS / "pubmedqa.json").read_bytes()).items():
        texts[key] = "\n".join([row["QUESTION"], *row["CONTEXTS"]])
    return texts | {f"mmlu {i}": row[0] for i, row in enumerate(_mmlu())}


def _mmlu() -> list[list[str]]:
    with (BENCHMARKS / "mmlu" / "clinical_knowledge_test.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_medqa_has_40_questions_whose_answer_is_the_option_it_names() -> None:
    rows = _medqa()
    assert len(rows) == 40
    for row in rows:
        assert list(row["options"]) == ["A", "B", "C", "D"]
        assert len(set(row["options"].values())) == 4
        assert row["options"][row["answer_idx"]] == row["answer"]
    assert set(Counter(row["answer_idx"] for row in rows)) == {"A", "B", "C", "D"}


def test_medmcqa_counts_its_options_from_one() -> None:
    rows = _lines(BENCHMARKS / "medmcqa.jsonl")
    assert len(rows) == len({row["id"] for row in rows}) == 40
    assert {row["cop"] for row in rows} == {1, 2, 3, 4}
    assert all(len({row[key] for key in ("opa", "opb", "opc", "opd")}) == 4 for row in rows)
    assert all(row["exp"] and row["subject_name"] for row in rows)


def test_pubmedqa_has_20_questions_with_all_three_decisions() -> None:
    questions = orjson.loads((BENCHMARKS / "pubmedqa.json").read_bytes())
    assert len(questions) == 20
    assert all(key.isdigit() for key in questions)
    assert {row["final_decision"] for row in questions.values()} == {"yes", "no", "maybe"}
    for row in questions.values():
        assert len(row["CONTEXTS"]) == len(row["LABELS"])
        assert row["LONG_ANSWER"]


def test_mmlu_rows_are_question_four_options_and_a_letter() -> None:
    rows = _mmlu()
    assert len(rows) == 30
    assert all(len(row) == 6 and row[5] in "ABCD" and len(set(row[1:5])) == 4 for row in rows)


def test_only_the_planted_rows_share_text_with_a_benchmark_question() -> None:
    benchmark = {name: _grams(text) for name, text in _benchmark_texts().items()}
    leaks = set()
    for path in (p for p in RECORDS.rglob("*") if p.is_file() and BENCHMARKS not in p.parents):
        grams = _grams(path.read_text(encoding="utf-8"))
        leaks |= {(path, name) for name, wanted in benchmark.items() if wanted & grams}
    dialogues = DIALOGUES / "data" / "train.jsonl"
    assert leaks == {(dialogues, f"medqa {index}") for index in PLANTED_LEAKS}


def test_a_planted_row_holds_the_whole_benchmark_question() -> None:
    asked = [row["question"] for row in _lines(DIALOGUES / "data" / "train.jsonl")]
    for index in PLANTED_LEAKS:
        assert asked.count(_medqa()[index]["question"]) == 1
