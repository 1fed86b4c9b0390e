"""JATS articles become sections of text: what is kept, what is left out, and that numbers stay what they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.sources.document import Document, SetAside
from medai_assets.sources.pmc.article import DEEPEST, UnreadableArticle, read_article, record_names
from medai_assets.sources.pmc.parse import parse
from medai_assets_tests.sources.pmc.articles import jats

MATH = "<mml:math><mml:msup><mml:mn>10</mml:mn><mml:mn>6</mml:mn></mml:msup></mml:math>"
TEX = r"<tex-math>\documentclass{minimal}$$10^6$$</tex-math>"
TABLE = (
    "<table-wrap><label>Table 2.</label><caption><title>Sodium in serum</title></caption><table><thead>"
    "<tr><th>Group</th><th>Sodium (mmol/L)</th></tr></thead><tbody><tr><td>Adults</td><td>135 to 145<sup>a</sup></td></tr>"
    "</tbody></table><table-wrap-foot><fn><label>a</label><p>Limits differ between laboratories.</p></fn></table-wrap-foot>"
    "</table-wrap>"
)
FIGURE = "<fig><label>Fig. 1</label><caption><p>CAPTION</p></caption><graphic xlink:href='a.jpg'/></fig>"


def document(body: str, **further: str) -> Document:
    parsed = parse(jats(body, **further))  # type: ignore[arg-type]
    assert isinstance(parsed, Document), parsed
    return parsed


def text(paragraph: str) -> str:
    (section,) = document(f"<p>{paragraph}</p>").sections
    return section.text


def ref(words: str) -> str:
    return f'<xref ref-type="bibr" rid="r">{words}</xref>'


def fig(words: str) -> str:
    return f'<xref ref-type="fig" rid="f">{words}</xref>'


def test_sections_keep_their_titles_and_say_what_they_stand_in() -> None:
    found = document(
        "<sec sec-type='methods'><title>Methods</title><p>All.</p><sec><title>Setting</title><p>A clinic.</p></sec></sec>"
        "<sec><title>Discussion</title><p>So it is.</p></sec><sec><title>Foot care</title><p>Daily.</p></sec>"
    )
    assert [(s.section, s.heading, s.text, s.attributes.get("context")) for s in found.sections] == [
        ("methods", "Methods", "All.", None),
        ("methods", "Setting", "A clinic.", "Methods"),
        ("research", "Discussion", "So it is.", None),
        ("other", "Foot care", "Daily.", None),
    ]
    assert found.unmapped == ["Foot care"]


def test_what_stands_within_a_paragraph_of_an_abstract_is_said_once() -> None:
    items = "<list list-type='bullet'><list-item><p>Rest.</p></list-item><list-item><p>Drink.</p></list-item></list>"
    abstract = f"<abstract><sec><title>Conclusions</title><p>Two things help:{items}</p></sec></abstract>"
    (found,) = [s for s in document("<p>Body.</p>", abstract=abstract).sections if s.heading == "Conclusions"]
    assert found.text == "Two things help:\n- Rest.\n- Drink."


def test_what_a_study_concluded_is_taken_from_its_abstract_alone() -> None:
    abstract = (
        "<abstract><sec><title>Aim</title><p>To ask.</p></sec><sec><title>Conclusions</title><p>It helps.</p></sec></abstract>"
        "<abstract abstract-type='graphical'><p>GRAPHICAL</p></abstract><trans-abstract><p>AUTRE</p></trans-abstract>"
    )
    found = document("<sec><title>Conclusion</title><p>We believe.</p></sec>", abstract=abstract)
    assert [(s.section, s.text) for s in found.sections] == [
        ("objective", "To ask."),
        ("conclusions", "It helps."),
        ("research", "We believe."),
    ]


@pytest.mark.parametrize(
    ("paragraph", "plain"),
    [
        (f"known [{ref('1')},{ref('2')}–{ref('4')}]. It", "known. It"),
        (f"known.<sup>{ref('1')},{ref('2')}</sup> It", "known. It"),
        (f"known.{ref('<sup>12</sup>')} It", "known. It"),
        (f"known ({ref('Moss et al., 2004')}; {ref('Reed 2005')}). It", "known. It"),
        (f"{ref('Moss (2004)')} found", "Moss (2004) found"),
        (f"as Moss ({ref('2004')}) found", "as Moss found"),
        (f"grew ({fig('Fig. 1')}A) and {fig('Figure 2')} shows", "grew and Figure 2 shows"),
        ("see <xref ref-type='table'>Table 2</xref>", "see Table 2"),
        ("dose (5 mg) [sic] of 1,2", "dose (5 mg) [sic] of 1,2"),
        ("10<sup>6</sup> cells, CO<sub>2</sub>, m<sup>−2</sup>", "10⁶ cells, CO₂, m⁻²"),
        (
            f"about <inline-formula><alternatives>{TEX}{MATH}</alternatives></inline-formula> cells",
            "about 10⁶ cells",
        ),
        (f"if <inline-formula><italic>n</italic> = {MATH}, so</inline-formula> it", "if n = 10⁶, so it"),
        (f"so <disp-formula><label>(1)</label>{TEX}{MATH}</disp-formula> it", "so\n\n10⁶\n\nit"),
        ("a <inline-formula>10<sup>−3</sup> mol</inline-formula> b", "a 10⁻³ mol b"),
        ("<bold>not</bold> <italic>E. coli</italic> <named-content>x</named-content>", "not E. coli x"),
        ("kept<strike>struck</strike> &lt;b&gt; &amp; so", "kept <b> & so"),
    ],
)
def test_words_in_a_paragraph(paragraph: str, plain: str) -> None:
    assert text(paragraph) == plain


def test_tables_are_rows_of_text_with_their_header_and_what_stands_below() -> None:
    assert text(TABLE).splitlines() == [
        "Table 2. Sodium in serum",
        "",
        "Group | Sodium (mmol/L)",
        "Adults | 135 to 145^a",
        "",
        "^a Limits differ between laboratories.",
    ]


def test_lists_keep_their_marks() -> None:
    item = "<list-item><p>{}</p></list-item>"
    body = f"<list list-type='order'>{item.format('One.')}{item.format('Two.')}</list>"
    (section,) = document(f"<sec><title>Steps</title><p>So:</p>{body}</sec>").sections
    assert section.text.split() == ["So:", "1.", "One.", "2.", "Two."]


@pytest.mark.parametrize(
    "left_out",
    [
        FIGURE,
        "<supplementary-material><p>CAPTION</p></supplementary-material>",
        "<fn><p>CAPTION</p></fn>",
        "<sec><title>Conflicts of interest</title><p>CAPTION</p></sec>",
        "<sec><title>Supplementary materials</title><p>CAPTION</p></sec>",
        f"<boxed-text><permissions/>{'<p>CAPTION</p>'}</boxed-text>",
        TABLE.replace("<label>Table 2.</label>", "<permissions/><label>CAPTION</label>"),
        "<table-wrap><caption><p>CAPTION</p></caption><graphic xlink:href='t.jpg'/></table-wrap>",
        f"<p>CAPTION <inline-formula>{TEX}</inline-formula> was given.</p>",
        "<p>CAPTION <inline-graphic xlink:href='sign.gif'/> 5 mg.</p>",
        f"<p>CAPTION <inline-formula>{MATH} and {TEX}</inline-formula></p>".replace(MATH, "x"),
        TABLE.replace("Adults", "<inline-graphic xlink:href='sign.gif'/>").replace("Table 2.", "CAPTION"),
    ],
)
def test_what_is_no_text_for_a_reader_is_left_out(left_out: str) -> None:
    found = document(f"<sec><title>Results</title><p>Kept.</p>{left_out}</sec>")
    assert [s.text for s in found.sections] == ["Kept."]


def test_what_was_lost_with_a_formula_is_told() -> None:
    assert document(f"<p>Kept.</p><p>Give {TEX} mg.</p>").flags == ["block_left_out"]
    assert document(f"<p>Kept.</p>{FIGURE}").flags == []


def test_a_table_that_its_spans_blow_up_is_left_out() -> None:
    row = "<tr><td rowspan='50' colspan='50'>1</td><td>2</td></tr>"
    found = document(f"<p>Kept.</p><table-wrap><table>{row * 40}</table></table-wrap>")
    assert [section.text for section in found.sections] == ["Kept."]
    assert found.flags == ["block_left_out"]


def test_references_sub_articles_and_back_matter_are_no_part_of_it() -> None:
    whole = jats("<p>Kept.</p>").replace(
        "</body>",
        "</body><back><ack><p>THANKS</p></ack><ref-list><ref><mixed-citation>A REFERENCE</mixed-citation></ref></ref-list></back>"
        "<sub-article><body><p>REVIEW</p></body></sub-article>",
    )
    found = parse(whole)
    assert isinstance(found, Document)
    assert [s.text for s in found.sections] == ["Kept."]


def test_the_namespace_of_the_newest_jats_makes_no_difference() -> None:
    plain, named = (
        parse(jats(TABLE, namespace=n)) for n in ("", 'xmlns="https://jats.nlm.nih.gov/ns/archiving/1.4/"')
    )
    assert isinstance(plain, Document)
    assert plain == named


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("editorial", "kind of article"), ("correction", "kind of article"), ("", "kind of article")],
)
def test_other_kinds_of_articles_are_set_aside(kind: str, reason: str) -> None:
    found = parse(jats(kind=kind))
    assert isinstance(found, SetAside)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ("<article><p></article>", "not well-formed"),
        ("<html><body/></html>", "not an article"),
        ('<!DOCTYPE article [<!ENTITY a "b">]><article/>', "entities"),
        ('<!DOCTYPE article SYSTEM "x.dtd"><article><p>&nbsp;</p></article>', "names an entity"),
        ('<!DOCTYPE article [<!ENTITY a SYSTEM "file:///etc/passwd">]><article>&a;</article>', "entities"),
        (jats("<p>" * DEEPEST + "</p>" * DEEPEST), "nested"),
        (jats("<p>" * 1000 + "</p>" * 1000), "not well-formed"),
        ("", "not well-formed"),
        ("\ud800", "not well-formed"),
    ],
)
def test_what_may_not_be_read_is_set_aside_with_the_reason(spoilt: str, why: str) -> None:
    with pytest.raises(UnreadableArticle, match=why):
        read_article(spoilt)
    found = parse(spoilt)
    assert isinstance(found, SetAside)
    assert found.reason == "unreadable"


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        ("pmc", "7701", "pmc:PMC7701"),
        ("pmcid", "PMC7701.2", "pmc:PMC7701"),
        ("pmid", "00012", "pubmed:12"),
        ("doi", "10.1000/ABC", "doi:10.1000/abc"),
        ("uri", "https://doi.org/10.1000/abc.", "doi:10.1000/abc"),
    ],
)
def test_articles_are_named_in_one_way(kind: str, value: str, name: str) -> None:
    assert list(record_names(kind, value)) == [name]


@pytest.mark.parametrize(
    ("kind", "value"), [("pmid", "0"), ("uri", "https://example.org"), ("issn", "1"), ("pmc", "")]
)
def test_what_names_no_article_names_none(kind: str, value: str) -> None:
    assert list(record_names(kind, value)) == []


WORD = st.integers(0, 10_000).map("w{}".format)


def _wrapped(kept: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Blocks within each other, with what is left out between them."""
    inside = st.lists(kept, max_size=3).map("".join)
    left_out = st.sampled_from(
        (FIGURE, "<fn><p>CAPTION</p></fn>", "<ref-list><title>CAPTION</title></ref-list>")
    )
    return st.one_of(
        inside.map(lambda x: f"<p>{x}</p>"),
        inside.map(lambda x: f"<list><list-item>{x}</list-item></list>"),
        inside.map(lambda x: f"<disp-quote>{x}</disp-quote>"),
        inside.map(lambda x: f"<styled-content><bold>{x}</bold></styled-content>"),
        st.tuples(inside, left_out).map("".join),
    )


BLOCKS = st.recursive(WORD.map("<p>{} </p>".format), _wrapped, max_leaves=12)


@given(BLOCKS)
def test_every_word_of_the_text_comes_once_and_in_order_and_no_caption(block: str) -> None:
    found = document(f"<sec><title>Results</title><p>first</p>{block}</sec>")
    (section,) = found.sections
    assert re.findall(r"w\d+", section.text) == re.findall(r"w\d+", block)
    assert "CAPTION" not in section.text


@given(st.integers(0, 99), st.integers(0, 99), st.sampled_from(["sup", "sub"]))
def test_a_raised_or_lowered_number_never_joins_the_one_before(base: int, small: int, tag: str) -> None:
    assert re.findall(r"[0-9]+", text(f"x {base}<{tag}>{small}</{tag}> y")) == [str(base)]


@given(
    st.text(max_size=200),
    st.sampled_from(("<p>", "</sec>", "<xref ref-type='bibr'>", "&#x1;", "<td>", "<mml:math>")),
)
def test_whatever_stands_in_the_body_is_read_or_set_aside(words: str, markup: str) -> None:
    assert isinstance(parse(jats(f"<sec><p>{words}{markup}{words}</p></sec>")), Document | SetAside)


@given(
    st.lists(
        st.sampled_from(
            [ref("1"), ref("2004"), fig("Fig. 1"), "(", ")", "[", "]", ", ", "–", " word ", "<sup>", "</sup>"]
        )
    )
)
def test_no_mark_of_a_pointer_is_left(pieces: list[str]) -> None:
    parsed = parse(jats(f"<p>kept {''.join(pieces)}</p>"))
    if isinstance(parsed, Document):
        assert all(not re.search("[\ue000-\uf8ff]", section.text) for section in parsed.sections)
