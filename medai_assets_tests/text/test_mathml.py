"""Formulas on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from medai_assets.text.mathml import MATHML, mathml_text
from medai_assets.text.superscripts import settle

FORMULAS = {
    "<msup><mi>R</mi><mn>2</mn></msup><mo>=</mo><mn>0.74</mn>": "R²=0.74",
    "<msub><mi>T</mi><mn>2</mn></msub>": "T₂",
    "<msubsup><mi>T</mi><mn>2</mn><mo>∗</mo></msubsup>": "T₂∗",
    "<msubsup><mi>σ</mi><mi>CC</mi><mi>ex</mi></msubsup>": "σ_CC^ex",
    "<msup><mn>10</mn><mrow><mo>-</mo><mn>6</mn></mrow></msup>": "10⁻⁶",
    "<mfrac><mi>a</mi><mi>b</mi></mfrac>": "a/b",
    "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>": "(a+b)/2",
    "<msqrt><mn>2</mn></msqrt>": "√2",
    "<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>": "√(x+1)",
    "<mroot><mi>x</mi><mn>3</mn></mroot>": "³√x",
    "<mfenced><mi>X</mi></mfenced>": "(X)",
    '<mfenced open="[" close="]" separators=";"><mi>a</mi><mi>b</mi></mfenced>': "[a;b]",
    "<mover><mi>x</mi><mo>¯</mo></mover>": "x̄",
    "<mover><mi>p</mi><mo>^</mo></mover>": "p̂",
    "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>": "∑ᵢ₌₁ⁿ",
    "<mmultiscripts><mi>Tc</mi><mprescripts/><none/><mn>99</mn></mmultiscripts>": "⁹⁹Tc",
    "<mn>25.3</mn><mo>±</mo><mn>6.1</mn><mspace/><mtext>ms</mtext>": "25.3±6.1 ms",
    "<mi>a</mi><mo>\u2062</mo><mi>b</mi>": "ab",
    "<semantics><mi>x</mi><annotation>\\alpha</annotation></semantics>": "x",
    "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn></mtd></mtr></mtable>": "1, 2; 3",
    "<mrow> <mi>a</mi> <!-- no text --> </mrow>": "a",
    "<mo>&lt;</mo>": "<",
    "<newelement><mi>kept</mi></newelement>": "kept",
    "<msup/>": "",
    "<mfrac><mfrac><mi>a</mi><mi>b</mi></mfrac><mi>c</mi></mfrac>": "(a/b)/c",
    "<mfrac><msup><mi>x</mi><mn>2</mn></msup><mn>2.5</mn></mfrac>": "x²/2.5",
    "<mroot><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>3</mn></mroot>": "³√(a+b)",
    "<mover><mi>v</mi><mo>→</mo></mover>": "v⃗",
    "<mover><mi>AB</mi><mo>¯</mo></mover>": "AB^¯",
    "<munder><mi>lim</mi><mi>n</mi></munder>": "limₙ",
    "<msub><mi>C</mi><mtext>max</mtext></msub><mo>=</mo><mn>5</mn>": "C_max=5",
    "<mmultiscripts><mi>C</mi><mn>2</mn><none/><mprescripts/><mn>6</mn><mn>12</mn></mmultiscripts>": "₆¹²C₂",
    '<mfenced open="|" close="|"><mi>x</mi></mfenced>': "|x|",
    '<mfenced separators=""><mi>a</mi><mi>b</mi></mfenced>': "(ab)",
    "<mfenced/>": "()",
    "<mtext>  per   day </mtext>": " per day ",
    "<mn>1</mn><mo>,</mo><mn>000</mn>": "1,000",
    "<mfrac/>": "",
    "<msqrt/>": "√",
}


@pytest.mark.parametrize(("markup", "expected"), FORMULAS.items())
def test_a_formula_reads_as_it_is_meant(markup: str, expected: str) -> None:
    formula = etree.fromstring(f'<math xmlns="{MATHML}">{markup}</math>')
    assert settle(mathml_text(formula)) == expected


NAMES = (
    "mi mn mo mtext mrow msup msub msubsup mover munder munderover mmultiscripts mprescripts none mfrac msqrt mroot mfenced"
).split()
TREES = st.recursive(
    st.tuples(st.sampled_from(NAMES), st.text(alphabet="ax25+ \u2062", max_size=3)),
    lambda inner: st.tuples(st.sampled_from(NAMES), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def built(tree: tuple[str, object]) -> str:
    name, inside = tree
    return f"<{name}>{inside if isinstance(inside, str) else ''.join(map(built, inside))}</{name}>"  # type: ignore[call-overload]


@given(TREES)
def test_any_formula_is_one_line(tree: tuple[str, object]) -> None:
    text = settle(mathml_text(etree.fromstring(f'<math xmlns="{MATHML}">{built(tree)}</math>')))
    assert "\n" not in text
    assert "\u2062" not in text
    assert "\x02" not in text
