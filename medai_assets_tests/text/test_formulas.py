"""Scripts and formulas of pages on the line: no power becomes a number, no dose of a footnote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.html import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("10<sup>6</sup> cells", "10⁶ cells"),
        ("10<sup>-6</sup> M and 10<sup>−6</sup> M", "10⁻⁶ M and 10⁻⁶ M"),
        ("25 kg/m<sup>2</sup>", "25 kg/m²"),
        ("SpO<sub>2</sub> of 92%", "SpO₂ of 92%"),
        ("CD4<sup>+</sup> T cells, Ca<sup>2+</sup>", "CD4⁺ T cells, Ca²⁺"),
        ("C<sub>max</sub> and t<sub>1/2</sub>", "C_max and t_(1/2)"),
        ("the 5<sup>th</sup> day of the 1<sup>st</sup> week", "the 5th day of the 1st week"),
        ("Advil<sup>®</sup> and Tylenol<sup>TM</sup>", "Advil® and Tylenol™"),
        ("fever of 38<sup>o</sup>C", "fever of 38°C"),
        ("<sup>99m</sup>Tc scan", "⁹⁹ᵐTc scan"),
        ("PM<sub>2.5</sub>", "PM₂.₅"),
        ("x<sup>a</sup>b", "x^(a)b"),
        ("take 5 mg<sup>*</sup>", "take 5 mg*"),
        ("take 5 mg<sup>a</sup>", "take 5 mg^a"),
        ("a<sup></sup>b", "ab"),
    ],
)
def test_scripts_of_a_page(html: str, text: str) -> None:
    assert html_to_text(f"<p>{html}</p>") == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<msup><mn>10</mn><mn>6</mn></msup>", "10⁶"),
        ("<msub><mi>C</mi><mi>max</mi></msub>", "C_max"),
        ("<msubsup><mi>T</mi><mn>2</mn><mn>3</mn></msubsup>", "T₂³"),
        ("<mfrac><mi>a</mi><mi>b</mi></mfrac>", "a/b"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a+b)/2"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", "√(x+1)"),
        ("<msqrt><mn>2</mn></msqrt>", "√2"),
        ("<semantics><mi>x</mi><annotation>\\alpha</annotation></semantics>", "x"),
        ("<mi>x</mi><!-- no text --><mo>=</mo> <mn>5</mn>", "x=5"),
        ("<msup><mi>x</mi></msup>", "x"),
        ("<mfrac><mi>a</mi></mfrac>", "a"),
    ],
)
def test_formulas_of_a_page(markup: str, text: str) -> None:
    assert html_to_text(f"<p>Where <math>{markup}</math> holds.</p>") == f"Where {text} holds."


@given(base=st.integers(0, 10**6), exponent=st.integers(-999, 999), tag=st.sampled_from(["sup", "sub"]))
def test_a_script_never_becomes_digits_of_its_base(base: int, exponent: int, tag: str) -> None:
    text = html_to_text(f"<p>{base}<{tag}>{exponent}</{tag}></p>")
    assert "".join(c for c in text if c.isascii()) == str(base)
