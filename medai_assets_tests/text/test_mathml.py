"""Formulas on one line."""

from __future__ import annotations

import pytest
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
}


@pytest.mark.parametrize(("markup", "expected"), FORMULAS.items())
def test_a_formula_reads_as_it_is_meant(markup: str, expected: str) -> None:
    formula = etree.fromstring(f'<math xmlns="{MATHML}">{markup}</math>')
    assert settle(mathml_text(formula)) == expected
