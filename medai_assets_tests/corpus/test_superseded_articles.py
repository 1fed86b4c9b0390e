"""Articles that are retracted, withdrawn, replaced or in doubt teach nothing, by whatever sign PubMed says so."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.sources.pubmed.parse import candidates
from medai_assets.sources.pubmed.rows import items_of
from medai_assets_tests.sources.citations import article

SOUND = (
    '<Abstract><AbstractText Label="OBJECTIVES" NlmCategory="OBJECTIVE">To assess the effects of drug X on acute pain in '
    'adults.</AbstractText><AbstractText Label="CONCLUSIONS" NlmCategory="CONCLUSIONS">Drug X at a dose of 10 mg relieves '
    "acute pain in most adults and causes few adverse events compared with placebo.</AbstractText></Abstract>"
)
PUBMED = Slice("pubmed", "pain", {"term": "pain"}, "")


def passages(record: bytes) -> list[str]:
    """Texts that a citation gives after collection and reading."""
    found: list[str] = []
    for item in items_of([record], PUBMED, "request", datetime(2026, 1, 1, tzinfo=UTC)):
        if isinstance(item, pa.RecordBatch):
            found += candidates(item, Counter())[0]["text"].to_pylist()
    return found


def corrected(ref_type: str) -> str:
    return (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{ref_type}"><RefSource>J Test. 2021</RefSource>'
        '<PMID Version="1">900999</PMID></CommentsCorrections></CommentsCorrectionsList>'
    )


@pytest.mark.parametrize(
    "title",
    [
        "WITHDRAWN: Drug X for acute pain in adults.",
        "Retracted: Is drug X effective for acute pain in adults?",
        "RETRACTED ARTICLE: Drug X for acute pain in adults.",
    ],
)
def test_an_article_withdrawn_by_its_title_gives_no_passage(title: str) -> None:
    assert passages(article(title=title, abstract=SOUND)) == []


@pytest.mark.parametrize(
    "text",
    [
        "This article has been withdrawn at the request of the authors. The publisher's policy on withdrawal of articles "
        "is on its web pages.",
        "The publisher has temporarily removed this article. A replacement will appear in which the reason is given, or "
        "the article will be reinstated.",
    ],
)
def test_an_article_withdrawn_by_its_text_gives_no_passage(text: str) -> None:
    assert passages(article(abstract=f"<Abstract><AbstractText>{text}</AbstractText></Abstract>")) == []


@pytest.mark.parametrize(
    "title",
    [
        "Retracted hamstring muscles in adults with cerebral palsy.",
        "Correction of anaemia in dialysis.",
        "Withdrawn behaviour in preschool children.",
    ],
)
def test_a_title_that_only_sounds_like_a_withdrawal_is_kept(title: str) -> None:
    assert len(passages(article(title=title, abstract=SOUND))) == 2


@pytest.mark.parametrize(
    "ref_type",
    [
        "RetractedandRepublishedIn",
        "CorrectedandRepublishedIn",
        "RepublishedIn",
        "ExpressionOfConcernIn",
        "UpdateIn",
    ],
)
def test_a_text_that_is_replaced_or_doubted_gives_no_passage(ref_type: str) -> None:
    assert passages(article(abstract=SOUND, in_citation=corrected(ref_type))) == []


@pytest.mark.parametrize(
    "ref_type", ["CommentIn", "ErratumIn", "RepublishedFrom", "UpdateOf", "AssociatedPublication"]
)
def test_a_text_that_is_commented_on_or_replaces_another_is_kept(ref_type: str) -> None:
    assert len(passages(article(abstract=SOUND, in_citation=corrected(ref_type)))) == 2


@pytest.mark.parametrize(
    "title",
    [
        "Correction: Drug X for acute pain in adults.",
        "Erratum to: Drug X for acute pain in adults.",
        "Corrigendum: Drug X for acute pain in adults.",
    ],
)
def test_a_correction_notice_gives_no_passage(title: str) -> None:
    text = "In the article, the dose in the second table was given as 10 mg and should read 1 mg."
    assert (
        passages(article(title=title, abstract=f"<Abstract><AbstractText>{text}</AbstractText></Abstract>"))
        == []
    )
