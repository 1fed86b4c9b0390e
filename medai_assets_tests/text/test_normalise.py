"""One normaliser: repairs what is damaged, changes no number, unit or sign, and does nothing twice."""

import time

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


@pytest.mark.parametrize(
    ("damaged", "repaired"),
    [
        ("donâ€™t", "don’t"),
        ("â‰¥ 65 years", "≥ 65 years"),
        ("Â±5 mg, Â½ tablet", "±5 mg, ½ tablet"),
        ("Î±-blocker", "α-blocker"),
        ("StraÃŸe", "Straße"),
        ("ﬁbrosis of the ﬂank", "fibrosis of the flank"),
        ("\ufeffIbuprofen", "Ibuprofen"),
        ("\u200bIbu\u200dprofen\u2060", "Ibuprofen"),
        ("\u202egnol\u202c", "gnol"),
        ("one\u2028two\u2029three\x0bfour\x0cfive", "one\ntwo\nthree\nfour\nfive"),
        ("donâ€™t\x0bstop\x0cnow", "don’t\nstop\nnow"),
        ("and so on\x85", "and so on…"),
        ("5\u202fmg\u3000a\u2003day", "5 mg a day"),
        ("1\u00a0000 mg", "1 000 mg"),
        ("a\x00b\x1fc\x7f", "abc"),
        ("a\n \n \n\n b", "a\n\nb"),
        ("", ""),
        (" \n\t\u00a0 ", ""),
    ],
)
def test_what_publishers_files_bring_is_repaired(damaged: str, repaired: str) -> None:
    assert normalise(damaged) == repaired


@pytest.mark.parametrize(
    "text",
    [
        "Ménière’s disease, Sjögren’s and Guillain–Barré…", "“Café” and fiancé’s", "São Paulo, Île-de-France, Ângela", "garçon “x”",
        "40 µg and 40 μg", "−5 °C, 2·5 mg, 1⁄2", "№ 5 ℃ Ⅳ ㎎ ™ ®", "ＡＢＣ １２", "a ‐ ‑ ‒ – — ― b", "5′ 3″", "①②",
        "日本", "🤒 fever", "NÃO TOME", "BEHÇET", "x² ≤ 10⁻⁶", "pâté – naïve",
    ],
)  # fmt: skip
def test_words_of_other_languages_and_signs_stay(text: str) -> None:
    assert normalise(text) == text


@given(st.text(max_size=120))
def test_no_gap_is_left_to_close(text: str) -> None:
    found = normalise(text)
    assert not any(
        gap in found for gap in ("  ", " \n", "\n ", "\n\n\n", "\r", "\t", "\u00a0", "\u200b", "\u00ad")
    )
    assert found == found.strip(" \n")


@given(st.text(alphabet="abz09.,;:%()+-/<=>±≤≥µμ°²½⁶₂→–—“”’€×", max_size=60))
def test_signs_and_letters_stay_in_their_order(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_column_keeps_its_type_and_what_is_null(kind: pa.DataType) -> None:
    found = normalise_array(pa.array(["a", None, "Â±5", " b", ""], kind))
    assert (found.type, found.to_pylist()) == (kind, ["a", None, "±5", "b", ""])


@pytest.mark.parametrize("unit", [" ", " \n", "\u00a0", "Â", "\u00ad", "e\u0301", "â€™", "\ufffd", "\r\n\t"])
def test_one_thing_again_and_again_takes_time_in_proportion(unit: str) -> None:
    begun = time.process_time()
    normalise(f"a{unit * 30_000}b")
    assert time.process_time() - begun < 20
