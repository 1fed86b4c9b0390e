"""Publishers send some abstracts and titles escaped twice; what a person reads is told from what was meant as mark-up."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.sources.pubmed.parse import candidates
from medai_assets.sources.pubmed.rows import items_of
from medai_assets.text.normalise import normalise
from medai_assets_tests.sources.citations import article

MARKUP = re.compile(r"&[a-z#0-9]+;|</?[a-z]")


def read(text: str, title: str = "A title.") -> tuple[str, str]:
    """Title and text of the one passage of an abstract."""
    record = article(title=title, abstract=f"<Abstract><AbstractText>{text}</AbstractText></Abstract>")
    slice = Slice("pubmed", "pain", {"term": "pain"}, "")
    batch = next(iter(items_of([record], slice, "request", datetime(2026, 1, 1, tzinfo=UTC))))
    assert isinstance(batch, pa.RecordBatch)
    [row] = candidates(batch, Counter())[0].to_pylist()
    return normalise(row["title"]), normalise(row["text"])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Pressure fell (P&amp;lt;0.05) in adults.", "Pressure fell (P<0.05) in adults."),
        ("&lt;p&gt;It rose to 10&lt;sup&gt;6&lt;/sup&gt; per ml.&amp;nbsp;&lt;/p&gt;", "It rose to 10⁶ per ml."),
        ("Drug X lowers H&lt;sub&gt;2&lt;/sub&gt;O loss.", "Drug X lowers H₂O loss."),
    ],
)  # fmt: skip
def test_what_was_escaped_twice_reads_as_it_was_meant(text: str, plain: str) -> None:
    assert read(text)[1] == plain


def test_a_title_escaped_twice_reads_as_it_was_meant() -> None:
    assert read("Pressure fell.", title="Effect of &amp;#945;-blockers.")[0] == "Effect of α-blockers."


def test_html_escaped_twice_leaves_no_tag() -> None:
    text = read("&lt;h4&gt;Background&lt;/h4&gt;Drug X was given. &lt;p&gt;It worked.&lt;/p&gt;")[1]
    assert "Drug X was given." in text
    assert not MARKUP.search(text)


def test_signs_that_were_meant_stay() -> None:
    text = "Values &lt; 5 and &gt; 3; a &lt;b and c&gt; d; R&amp;D."
    assert read(text)[1] == "Values < 5 and > 3; a <b and c> d; R&D."
