"""PubMed citations: sections by their labels, notices aside, evidence by publication type."""

from __future__ import annotations

from collections import Counter

import orjson
import pyarrow as pa
import pytest

from medai_assets.sources.pubmed.parse import candidates
from medai_assets_tests.corpus.builders import raw_batch, record

ARTICLE = """<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID><Article PubModel="Print">
<Journal><JournalIssue CitedMedium="Print"><PubDate><Year>2020</Year></PubDate></JournalIssue><Title>J</Title></Journal>
<ArticleTitle>{title}</ArticleTitle>{abstract}<Language>{language}</Language><PublicationTypeList>{types}</PublicationTypeList>
</Article>{corrections}{mesh}</MedlineCitation></PubmedArticle>"""


def article(pmid: str, *parts: tuple[str, str, str], title: str = "Does it work?", language: str = "eng",
            types: tuple[tuple[str, str], ...] = (), corrections: str = "", mesh: str = "") -> dict[str, object]:  # fmt: skip
    sections = "".join(
        "<AbstractText{}{}>{}</AbstractText>".format(
            f" Label={label!r}" if label else "", f" NlmCategory={category!r}" if category else "", text
        )
        for label, category, text in parts
    )
    payload = ARTICLE.format(
        pmid=pmid, title=title, language=language, corrections=corrections, mesh=mesh,
        abstract=f"<Abstract>{sections}</Abstract>" if parts else "",
        types="".join(f'<PublicationType UI="{ui}">{name}</PublicationType>' for ui, name in types),
    )  # fmt: skip
    return record(f"pubmed:{pmid}", payload, source="pubmed", payload_format="xml")


def read(*rows: dict[str, object]) -> tuple[pa.RecordBatch, dict[int, str], Counter[str]]:
    unmapped: Counter[str] = Counter()
    found, aside = candidates(raw_batch(rows), unmapped)
    return found, {row: reason.reason for row, reason in aside}, unmapped


def test_labels_become_sections() -> None:
    found, aside, _ = read(
        article("1", ("BACKGROUND", "BACKGROUND", "Much is known."), ("METHODS", "METHODS", "We did it."),
                ("KEY FINDINGS", "UNASSIGNED", "It works."), ("TAKE-HOME MESSAGE", "", "Use it."))
    )  # fmt: skip
    assert found["section"].to_pylist() == ["background", "methods", "results", "conclusions"]
    assert found["heading"].to_pylist() == ["Background", "Methods", "Key findings", "Take-home message"]
    assert found["text"].to_pylist() == ["Much is known.", "We did it.", "It works.", "Use it."]
    assert not aside


def test_an_unlabelled_abstract_is_one_section() -> None:
    found, _, _ = read(article("1", ("", "", "All in one piece.")))
    assert list(zip(found["section"].to_pylist(), found["heading"].to_pylist())) == [("abstract", "")]


def test_labels_in_the_running_text_cut_it_as_well() -> None:
    text = "Aim: To see. Materials and Methods: We looked at 5 mg: the dose. Results: It was good. Conclusion: Use it."
    found, _, _ = read(
        article("1", ("", "", text)), article("2", ("", "", "Results: one label only. The aim: none."))
    )
    assert found["section"].to_pylist() == ["objective", "methods", "results", "conclusions", "abstract"]
    assert found["heading"].to_pylist() == ["Aim", "Materials and Methods", "Results", "Conclusion", ""]
    assert found["text"].to_pylist()[1] == "We looked at 5 mg: the dose."


def test_neighbours_of_one_section_become_one_text_that_names_its_parts() -> None:
    found, _, _ = read(
        article(
            "1",
            ("DESIGN", "METHODS", "A trial."),
            ("SETTING", "METHODS", "A clinic."),
            ("RESULTS", "RESULTS", "Good."),
        )
    )
    assert found["text"].to_pylist() == ["A trial.\n\nSetting: A clinic.", "Good."]
    assert found["heading"].to_pylist() == ["Design", "Results"]


def test_labels_that_no_table_knows_are_counted() -> None:
    found, _, unmapped = read(
        article("1", ("WHIMSY", "", "Somebody smiled."), ("RESULTS", "RESULTS", "Good."))
    )
    assert unmapped == {"WHIMSY": 1}
    assert found["section"].to_pylist() == ["abstract", "results"]


def test_raised_digits_keep_their_meaning() -> None:
    found, _, _ = read(article("1", ("", "", "10<sup>6</sup> cells in H<sub>2</sub>O")))
    assert found["text"].to_pylist() == ["10⁶ cells in H₂O"]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"types": (("D016441", "Retracted Publication"),)}, "retracted"),
        ({"types": (("D016440", "Retraction of Publication"),)}, "retraction notice"),
        ({"types": (("D016425", "Published Erratum"),)}, "erratum"),
        ({"corrections": '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>x</RefSource>'
                         "</CommentsCorrections></CommentsCorrectionsList>"}, "retracted"),
    ],
)  # fmt: skip
def test_what_is_no_training_text(columns: dict[str, object], reason: str) -> None:
    found, aside, _ = read(
        article("1", ("", "", "Text of some length."), **columns), article("2", ("", "", "Good text."))
    )
    assert aside == {0: reason}
    assert found["document_id"].to_pylist() == ["pubmed:2"]


def test_what_the_collector_flagged_is_set_aside() -> None:
    flagged = article("1", ("", "", "Text.")) | {"flags": ["retracted"]}
    assert read(flagged)[1] == {0: "retracted"}


def test_a_citation_without_abstract_is_set_aside() -> None:
    assert read(article("1"))[1] == {0: "no abstract"}


def test_a_broken_record_does_not_spoil_the_others() -> None:
    broken = record("pubmed:9", "<PubmedArticle><oops", source="pubmed", payload_format="xml")
    found, aside, _ = read(article("1", ("", "", "Good text.")), broken)
    assert (found.num_rows, aside) == (1, {1: "unreadable"})


@pytest.mark.parametrize(
    ("types", "evidence"),
    [
        ((("D016454", "Review"), ("D016428", "Journal Article")), "review"),
        ((("D016449", "Randomized Controlled Trial"),), "trial"),
        ((("D017065", "Practice Guideline"), ("D016454", "Review")), "guideline"),
        ((("D002363", "Case Reports"),), "case_report"),
        ((("D016428", "Journal Article"),), "study"),
    ],
)
def test_evidence_is_the_strongest_publication_type(
    types: tuple[tuple[str, str], ...], evidence: str
) -> None:
    assert read(article("1", ("", "", "Text."), types=types))[0]["evidence"].to_pylist() == [evidence]


def test_subject_and_attributes_are_the_major_headings() -> None:
    mesh = (
        "<MeshHeadingList><MeshHeading><DescriptorName UI='D1' MajorTopicYN='N'>Humans</DescriptorName></MeshHeading>"
        "<MeshHeading><DescriptorName UI='D2' MajorTopicYN='Y'>Asthma</DescriptorName></MeshHeading></MeshHeadingList>"
    )
    found, _, _ = read(
        article(
            "1", ("", "", "Text."), mesh=mesh, types=(("D016454", "Review"), ("D016428", "Journal Article"))
        )
    )
    assert found["subject"].to_pylist() == ["Asthma"]
    assert orjson.loads(found["attributes"][0].as_py()) == {
        "mesh": ["Asthma"],
        "publication_types": ["Review"],
        "year": 2020,
    }


def test_only_english_articles_are_taken_for_english() -> None:
    found, _, _ = read(article("1", ("", "", "Text.")), article("2", ("", "", "Texto."), language="spa"))
    assert found["language"].to_pylist() == ["en", None]
