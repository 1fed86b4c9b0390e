"""One normaliser: repairs what is damaged, changes no number, unit or sign, and does nothing twice."""

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medai_assets.text.normalise import normalise, normalise_array

# Letters, damage, odd spaces, invisible characters, combining marks: what real files mix.
AWKWARD = st.text(
    alphabet=st.sampled_from(
        list(
            "abZ 09.\n\t\r-|é×µÂÃâ€™œ\u00a0\u00ad\u2009\u200b\ufeff\u0301\u0327\u0085\u2028½⁶²Åé\ufb01\ufffd\u0080\u0099"
        )
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    "text",
    [
        "10⁶ cells/mL",
        "½ tablet",
        "5 µg ± 0.2",
        "H₂O and CO₂",
        "“quoted” – 2–4 mg",
        "≥18 years",
        "１２",
        "ﬀ".replace("ﬀ", "ff"),
        "x² + y³",
    ],
)
def test_leaves_numbers_units_quotes_and_signs_alone(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("damaged", "repaired"),
    [
        ("10 Â°C", "10 °C"),
        ("Âµg", "µg"),
        ("fiÃ©vre", "fiévre"),
        ("Cafe\u0301", "Café"),
        ("4\u00a0mg\u2009daily", "4 mg daily"),
        ("self\u00adcare", "selfcare"),
        ("a\r\nb", "a\nb"),
        ("a \n\n\n  b", "a\n\nb"),
        ("  a  b\t c ", "a b c"),
    ],
)
def test_repairs_encodings_and_white_space(damaged: str, repaired: str) -> None:
    assert normalise(damaged) == repaired


@given(AWKWARD)
@example("Ã\u00ad©")
@example("e\u200b\u0301")
@example("Â\u200b²")
def test_is_idempotent_on_awkward_text(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(max_size=200))
@example("Î\x1f¡")
def test_is_idempotent_on_any_text(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.lists(st.one_of(AWKWARD, st.text(max_size=60)), max_size=8))
@example(["Â\xa00"])
def test_whole_columns_are_normalised_like_single_texts(texts: list[str]) -> None:
    column = pa.array(texts, pa.large_string())
    assert normalise_array(column).to_pylist() == [normalise(text) for text in texts]


@given(st.text(max_size=200))
def test_digits_survive(text: str) -> None:
    plain = "".join(c for c in text if c in "0123456789")
    assert "".join(c for c in normalise(text) if c in "0123456789") == plain
