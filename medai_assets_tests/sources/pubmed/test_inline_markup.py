"""Inline markup on raw bytes: the same text as reading the document tree, whatever is nested in whatever."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from medai_assets.sources.pubmed.inline_markup import UnusualMarkup, plain_markup
from medai_assets.sources.pubmed.reference_reader import element_text
from medai_assets.sources.pubmed.tables import TEXT_ELEMENTS
from medai_assets_tests.sources.citations import article, read


def title(markup: str) -> str | None:
    """The title of an article with this markup, by both readers."""
    return read(article(title=markup))["title"]


EXAMPLES = {
    "10<sup>6</sup> CFU/ml": "10⁶ CFU/ml",
    "CO<sub>2</sub> and H<sub>2</sub>O": "CO₂ and H₂O",
    "<i>E. coli</i> <b>K<u>12</u></b>": "E. coli K12",
    "<b>Ca<sup><i>2+</i></sup></b>": "Ca²⁺",
    "x<sub>a<sub>b</sub></sub>": "x_(a_b)",
    "P<sub>&lt;0.05</sub>": "P_(<0.05)",
    "a &lt; b<sup>&amp;</sup> &gt; c": "a < b^& > c",
    "5<sup>th</sup> and 37 <sup>o</sup>C": "5th and 37 °C",
    "C<sub>max</sub>of": "C_(max)of",
    "C<sub>max</sub> <i>of</i>": "C_max of",
    "C<sub>max</sub><i>of</i>": "C_(max)of",
    "x<sup/>y<i/>": "xy",
    "<sup>13</sup>C-labelled": "¹³C-labelled",
    "before<?pmcsd ?> after": "before after",
    "before<!-- a > b --> after": "before after",
    "<i>a</i> <!-- x --> <i>b</i>": "a b",
    '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:msup><mml:mi>R</mml:mi><mml:mn>2</mml:mn></mml:msup>'
    "</mml:math> = 0.7": "R² = 0.7",
    "<mml:math><mml:msub><mml:mi>λ</mml:mi><mml:mtext>Lc</mml:mtext></mml:msub></mml:math>s": "λ_(Lc)s",
    "<DispFormula>a<sub>1</sub></DispFormula> b": "a₁ b",
    "α-<i>β</i> and &#x3b3;<sup>&#50;</sup>": "α-β and γ²",
    "<b>BACKGROUND</b>Text": "BACKGROUNDText",
}  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), EXAMPLES.items())
def test_markup_becomes_text_that_means_the_same(markup: str, expected: str) -> None:
    assert title(markup) == expected


TEXT = st.text(
    st.sampled_from("ab 12.,-+()/oCthn<>&\"'é×⁶ \n")
    | st.characters(codec="utf-8", categories=("L", "N", "P", "S")),
    max_size=6,
).map(escape)
MARKUP = st.recursive(
    TEXT,
    lambda inner: st.builds(
        "".join,
        st.lists(
            inner | st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["i", "b", "u", "sup", "sub"]), inner),
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(MARKUP)
def test_bytes_and_tree_give_the_same_text(markup: str) -> None:
    xml = f"<ArticleTitle>{markup}</ArticleTitle>".encode()
    fast = etree.fromstring(plain_markup(xml))
    assert len(fast) == 0
    words = (fast.text or "").replace("\n", " ").split(" ")
    assert (" ".join(filter(None, words)) or None) == element_text(etree.fromstring(xml))


@given(TEXT)
def test_bytes_without_markup_stay_as_they_are(text: str) -> None:
    xml = f"<ArticleTitle>{text}</ArticleTitle>".encode()
    assert plain_markup(xml) == xml


def test_an_element_within_any_text_element_is_noticed() -> None:
    for name in TEXT_ELEMENTS:
        with pytest.raises(UnusualMarkup):
            plain_markup(f"<X><{name} A='1'>text <New>more</New></{name}></X>".encode())
        assert plain_markup(f"<X><{name}/><Y/><{name} A='1'/><Y/></X>".encode())


@pytest.mark.parametrize(
    "markup",
    [
        "<![CDATA[a < b]]>",
        "<fancy>text</fancy>",
        "<Para>text</Para>",
        "<sup>a<Para/></sup>",
        "<b>a</b> text <Para>b</Para>",
        "text <Dose>1</Dose>",
        "<Dis>1</Dis>",
        "<i>a",
        "<i>a</b>",
        "</i>a",
    ],
)
def test_unknown_markup_is_never_dropped_in_silence(markup: str) -> None:
    with pytest.raises(UnusualMarkup):
        plain_markup(f"<ArticleTitle>{markup}</ArticleTitle>".encode())
