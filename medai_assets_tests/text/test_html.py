"""HTML becomes text whose structure can still be read."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.html import DEEPEST, TooNested, html_parts, html_to_text, is_boilerplate


def test_lists_become_lines_and_steps_keep_their_numbers() -> None:
    html = "<p>Do this:</p><ol><li>wash</li><li><p>dry</p></li></ol><ul><li>a<ul><li>b</li></ul></li></ul>"
    assert html_to_text(html) == "Do this:\n\n1. wash\n2. dry\n\n- a\n- b"


def test_tables_become_rows_with_spans_repeated() -> None:
    html = (
        "<table><caption>Doses</caption><tr><th>Age</th><th colspan=2>Dose</th></tr>"
        "<tr><td rowspan=2>2–5</td><td>5 mL</td><td>daily</td></tr><tr><td>10 mL</td><td>at night</td></tr></table>"
    )
    assert html_to_text(html).split("\n") == [
        "Doses",
        "Age | Dose | Dose",
        "2–5 | 5 mL | daily",
        "2–5 | 10 mL | at night",
    ]


def test_a_row_that_is_one_cell_is_a_sub_heading() -> None:
    html = "<table><tr><th>A</th><th>B</th></tr><tr><td colspan=2>Infections</td></tr><tr><td>x</td><td>1</td></tr></table>"
    assert html_to_text(html) == "A | B\nInfections\nx | 1"


def test_headers_repeated_in_cells_for_small_screens_are_dropped() -> None:
    html = "<table><tr><th>Age</th><th>Vaccine</th></tr><tr><td><span>Age</span><p>8 weeks</p></td><td>MenB</td></tr></table>"
    assert html_to_text(html) == "Age | Vaccine\n8 weeks | MenB"


def test_a_page_is_cut_at_its_headings() -> None:
    parts = html_parts("<p>Lead</p><h2>Symptoms</h2><p>Fever</p><h3>In babies</h3><p>Crying</p>")
    assert [(p.heading, p.level, p.text) for p in parts] == [
        ("", 0, "Lead"),
        ("Symptoms", 2, "Fever"),
        ("In babies", 3, "Crying"),
    ]


def test_navigation_scripts_and_review_dates_are_no_text() -> None:
    html = "<nav><a>Home</a></nav><script>x()</script><p>Text.</p><p>Page last reviewed: 3 May 2021</p><p>Back to top</p>"
    assert html_to_text(html) == "Text."


@pytest.mark.parametrize(
    "line", ["Last Reviewed: May 3, 2021", "Content source: National Center for Health", "Top of Page"]
)
def test_boilerplate_lines(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize("line", ["The wound should be reviewed after two days.", "Top up fluids often."])
def test_sentences_are_no_boilerplate(line: str) -> None:
    assert not is_boilerplate(line)


def test_plain_text_passes_through() -> None:
    assert html_to_text("No markup here.") == "No markup here."


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
def test_what_is_struck_out_goes(tag: str) -> None:
    assert html_to_text(f"<p>Take <{tag}>50</{tag}> 5 mg.</p>") == "Take 5 mg."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Take hydroxy<wbr>chloroquine.</p>", "Take hydroxychloroquine."),
        ("<p>Give <math><mi>x</mi><mo>=</mo><mn>5</mn></math> mg.</p>", "Give x=5 mg."),
        ("<p>About <math><msup><mn>10</mn><mn>6</mn></msup></math> cells.</p>", "About 10⁶ cells."),
    ],
)
def test_a_word_is_not_cut(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "html", ['<ol start="4"><li>Rinse.</li><li>Dry.</li></ol>', '<ol><li value="4">Rinse.</li><li>Dry.</li></ol>']
)  # fmt: skip
def test_a_list_keeps_its_numbers(html: str) -> None:
    assert html_to_text(html) == "4. Rinse.\n5. Dry."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Take <b>5</b> mg <em>twice</em> a day.</p>", "Take 5 mg twice a day."),
        ("<p>One<br>Two</p>", "One\nTwo"),
        ("<p>One</p>\n\n<p>Two</p>", "One\n\nTwo"),
        ("<dl><dt>Fever</dt><dd>38 °C or more</dd></dl>", "Fever\n38 °C or more"),
        ("<p>5 &lt; 10 &amp; 3 &gt; 2</p>", "5 < 10 & 3 > 2"),
        ("AT&amp;T", "AT&T"),
        ("<p>A<!-- no text -->B</p>", "AB"),
        ("<nhs-card><p>Rest.</p></nhs-card>", "Rest."),
        ('<p>Seen<span class="nhsuk-u-visually-hidden"> hidden</span></p><p hidden>Gone</p>', "Seen"),
        ('<div class="sr-only">Gone</div><div class="scroll-only">Stays</div>', "Stays"),
        ("<ol><li>Wash<ul><li>hands</li></ul></li><li>Dry</li></ol>", "1. Wash\n- hands\n2. Dry"),
        ('<ol start="-3"><li>Wash</li></ol>', "1. Wash"),
        ('<ol start="99999999"><li>Wash</li></ol>', "1. Wash"),
        ('<ol start="²"><li>Wash</li></ol>', "1. Wash"),
        ("<ul><li></li><li>Wash</li></ul>", "- Wash"),
        ("<li>Loose</li>", "- Loose"),
        ("<p>Before</p><ul><li>a</li></ul><p>After</p>", "Before\n\n- a\n\nAfter"),
        ("<h2>Causes</h2>", "Causes"),
        ("<h2></h2><p>Text</p>", "Text"),
        ("<p>Unclosed <b>bold <i>and", "Unclosed bold and"),
        ("<P>CAPITAL TAGS</P>", "CAPITAL TAGS"),
        ("<p>a\u00a0b\tc</p>", "a b c"),
        ("<style>p{}</style><p>x</p><script>y()</script>", "x"),
        ("", ""),
        (" \n ", ""),
        ("<p></p>", ""),
    ],
)
def test_pages_read_as_they_are_seen(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "line",
    [
        "Page last reviewed: 3 May 2021", "Next review due: 3 May 2024", "Last updated March 2, 2020", "Back to top",
        "On this page:",
        "Skip directly to site content", "Source: National Center for Immunization and Respiratory Diseases", "Print this page",
        "Figure 2.", "Related links", "Media last reviewed: 1 May 2021",
    ],
)  # fmt: skip
def test_lines_that_every_page_repeats(line: str) -> None:
    assert is_boilerplate(line)
    assert is_boilerplate(f"  {line.upper()} ")


@pytest.mark.parametrize(
    "line",
    [
        "Your treatment should be reviewed on the second day.", "Figure 2 shows the rash.", "Share the dose between two meals.",
        "See also a dentist if a tooth is loose.", "Skip the missed dose and go on as usual.", "Source: contaminated water", "",
        "Updated on the risks, most patients chose the tablets and none of them stopped.", "On this page: causes and symptoms",
        "Last reviewed by two authors, the evidence is that aspirin does not prevent a first stroke in healthy adults.",
    ],
)  # fmt: skip
def test_what_says_something_is_no_boilerplate(line: str) -> None:
    assert not is_boilerplate(line)


TAGS = st.sampled_from("p div b i span li ul ol h2 h4 td tr table br dl dt dd sup section a".split())


@given(st.lists(st.tuples(TAGS, st.booleans()), max_size=20))
def test_no_word_is_lost_and_none_changes_its_place(tags: list[tuple[str, bool]]) -> None:
    """Opened and closed anyhow, as long as no tag moves text out of a table."""
    words = [f"w{chr(97 + n)}w" for n in range(len(tags) + 1)]
    inside = [(t, c) for t, c in tags if t not in ("table", "tr", "td", "sup")]
    html = words[0] + "".join(f" <{'/' if c else ''}{t}> {word} " for (t, c), word in zip(inside, words[1:]))
    text = html_to_text(html)
    assert [w for w in text.split() if w in words] == words[: len(inside) + 1]


@given(
    st.lists(
        st.one_of(TAGS.map("<{}>".format), TAGS.map("</{}>".format), st.text(max_size=5)), max_size=30
    ).map("".join)
)
def test_any_page_is_read(html: str) -> None:
    text = html_to_text(html)
    assert text == text.strip("\n")
    assert text == "\n\n".join(t for p in html_parts(html) for t in (p.heading, p.text) if t)


@pytest.mark.parametrize("tag", ["div", "b", "ul", "blockquote"])
def test_nesting_beyond_any_page_is_refused(tag: str) -> None:
    assert html_to_text(f"<{tag}>" * DEEPEST + "x") in ("x", "- x")
    with pytest.raises(TooNested):
        html_to_text(f"<{tag}>" * (DEEPEST + 1) + "x")


@pytest.mark.parametrize(
    "unit", ["<p>", "<br>", "<li>", "</p>", "<", "&", "<a", "<p a='", "<!--", "<td>", "x<b></b>"]
)
def test_a_page_of_one_thing_takes_time_in_proportion(unit: str) -> None:
    begun = time.process_time()
    html_to_text(unit * 20_000)
    assert time.process_time() - begun < 20
