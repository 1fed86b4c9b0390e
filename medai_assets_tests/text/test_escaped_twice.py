"""What a publisher escaped twice reads as it was meant; signs that were meant stay."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.escaped_twice import unescape_again, unescape_again_array

PIECES = st.sampled_from(
    ["&lt;", "&#945;", "&#x3b1;", "&nbsp;", "&", ";", "<p>", "</p>", "<b>", "<", ">", "<sup>2</sup>", "<sub>",
     " b and c", "5", "\n", "R&D"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Pressure fell (P&lt;0.05).", "Pressure fell (P<0.05)."),
        ("The effect of &#945;-blockers, &#x3B2;-blockers", "The effect of α-blockers, β-blockers"),
        ("10<sup>6</sup> cells in H<sub>2</sub>O", "10⁶ cells in H₂O"),
        ("C<sub>max</sub> was 37<sup>o</sup>C", "C_max was 37°C"),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ('<p class="lead">One.</p>', "One."),
        ("One.<br/>Two.<br />Three.", "One.\nTwo.\nThree."),
        ("<i>E. coli</i> and <EM>S. aureus</EM>", "E. coli and S. aureus"),
        ("5&nbsp;mg", "5\u00a0mg"),
        ("&amp;lt;p&amp;gt;", "&lt;p&gt;"),
        ("x &notin; y", "x ∉ y"),
    ],
)
def test_references_and_tags_are_read_again_once(text: str, meant: str) -> None:
    assert unescape_again(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "R&D; AT&T; Q&A", "a <b and c> d", "x<y and y>z", "p<0.05", "<5 mg", "<http://example.org>", "<jane@example.org>",
        "the <placebo> arm", "Tom & Jerry; both", "&notit;", "&timesheet;", "&nosuchname;", "&;", "&#;", "",
    ],
)  # fmt: skip
def test_what_may_be_meant_stays(text: str) -> None:
    assert unescape_again(text) == text


@given(st.lists(PIECES, max_size=8).map("".join))
def test_no_row_of_a_column_is_missed(text: str) -> None:
    """The gate that spares Python lets nothing pass that would be read otherwise."""
    (found,) = unescape_again_array(pa.array([text], pa.large_string())).to_pylist()
    assert found.strip("\n") == unescape_again(text)


def test_a_column_keeps_its_type_its_order_and_what_is_null() -> None:
    for kind in (pa.string(), pa.large_string()):
        column = pa.array(["a", "P&lt;1", None, "&#945;"], kind)
        found = unescape_again_array(column)
        assert (found.type, found.to_pylist()) == (kind, ["a", "P<1", None, "α"])
