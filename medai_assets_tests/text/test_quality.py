"""Quality measures, and thresholds that take out fragments and leave medicine."""

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_assets.corpus.process.signatures import sketch
from medai_assets.text.quality import LONGEST_WORD, Measures, as_json, measure, verdicts
from medai_assets_tests.corpus.builders import prose


def measured(*texts: str) -> Measures:
    column = pa.array(texts, pa.large_string())
    sketched = sketch(column)
    return measure(column, sketched.words, sketched.total, sketched.distinct)


def test_shares_are_of_what_is_not_space() -> None:
    found = measured("ab 12 %%")
    assert (found.letters[0], found.digits[0], found.symbols[0]) == (2 / 6, 2 / 6, 2 / 6)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ibuprofen tablets.", "too short"),
        ("The study of 200 patients was (ABSTRACT TRUNCATED AT 250 WORDS)", "truncated"),
        ("Symptoms include fever, cough and ... read more", "truncated"),
        ("12.5 13.7 99.1 100.2 83.4 a 77.7 1234.5 6 88 90", "few letters"),
        ("a-b/c*d (e) [f] {g} <h> =i= +j+ #k# @l@ m; n: o, p. q!", "many symbols"),
        ("take one tablet every day with water and food " * 12, "repetition"),
        ("C A B D E F G H I J K", "odd words"),
        ("The code of the report is " + "QUJD" * 501 + " as it came.", "odd words"),
    ],
)
def test_what_is_no_passage(text: str, reason: str) -> None:
    assert verdicts(measured(text)) == [reason]


def test_a_run_without_a_space_is_counted_within_its_own_text_and_bytes_are_what_counts() -> None:
    most, several = "a" * LONGEST_WORD, "é" * (LONGEST_WORD // 2)
    texts = [most, most, most + "a", "", f"{most} {most}", several, several + "é", "", "b"]
    assert measured(*texts).endless.tolist() == [
        len(max(t.split() or [""], key=len).encode()) > LONGEST_WORD for t in texts
    ]
    assert measured(*texts).endless.sum() == 2


@pytest.mark.parametrize(
    "text",
    [
        "Adults: 1 to 2 tablets (500 mg) every 4–6 h; max. 8 tablets/24 h.",
        "Mean HbA1c was 7.1% (95% CI 6.8–7.4; p<0.001) vs 8.0% (95% CI 7.7–8.3).",
        "Do not take with grapefruit juice.",
        "Age | Dose\n2–3 years | 5 mL\n4–5 years | 7.5 mL\n6–11 years | 10 mL",
        "- fever\n- a stiff neck\n- a rash that does not fade",
        prose(5),
    ],
)
def test_medical_text_passes(text: str) -> None:
    assert verdicts(measured(text)) == [None]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Take it with water.", "too short"),
        ("Take it with some water.", None),
        ("Fever, cough, tiredness and many other signs…", "truncated"),
        ("Fever, cough, tiredness and many other signs […] (continued)", "truncated"),
        ("He said: “wait for a day…”", None),
        ("Read more about it on the page of fever", None),
        ("Symptoms of fever, of cough and of flu. Read more", "truncated"),
        ("A cohort of 5 men. (ABSTRACT TRUNCATED)", "truncated"),
        ("a | 1.0\nb | 2.5\nc | 3.5\nd | 4.5\ne | 5.5", None),
        ("5 10 15 20 25 30 35 40 45 50 55 60", "few letters"),
        ("Эта таблетка принимается два раза в день", None),
        ("The sequence ATGCATGCATGCATGCATGCATGCATGC was read in all of them.", None),
        ("otorhinolaryngological hepatosplenomegaly oesophagogastroduodenoscopy immunohistochemical assay", "odd words"),
        ("Take one tablet. " * 8, None),
        ("", "too short"),
        (" \n ", "too short"),
    ],
)  # fmt: skip
def test_near_misses_of_each_measure(text: str, reason: str | None) -> None:
    assert verdicts(measured(text)) == [reason]


@pytest.mark.parametrize(
    ("text", "complete", "table"),
    [
        ("Take it with food.", True, False), ("Is it safe?", True, False), ("Take it with food", False, False),
        ("He said “stop.”", True, False), ("It fell by 5%", True, False), ("Do this:\n- rest\n- drink", True, False),
        ("Do this:\n1. rest", True, False), ("Age | Dose\n2 | 5 mL", True, True), ("Age |Dose", False, False),
        ("(see above) ", True, False),
    ],
)  # fmt: skip
def test_what_a_text_says_of_its_end_and_form(text: str, complete: bool, table: bool) -> None:
    (told,) = map(orjson.loads, as_json(measured(text)))
    assert (told["complete"], told["table"]) == (complete, table)


def test_a_text_of_a_million_letters_is_counted_as_any_other() -> None:
    short, long = (measured(f"{'word ' * n}5 mg.") for n in (300, 300_000))
    assert long.letters[0] > short.letters[0] > 0.99
    assert long.symbols[0] < 0.001


@settings(max_examples=25)
@given(st.lists(st.text(max_size=60), max_size=6))
def test_a_text_is_measured_as_if_it_stood_alone(texts: list[str]) -> None:
    found = measured(*texts)
    assert verdicts(found) == [verdicts(measured(text))[0] for text in texts]
    assert as_json(found) == [as_json(measured(text))[0] for text in texts]
    shares = found.letters + found.digits + found.symbols
    assert all(share == 0 or abs(share - 1) < 1e-9 for share in shares.tolist())


@pytest.mark.real_data
def test_hardly_any_real_answer_is_thrown_away(real_data) -> None:
    """Filters for web text drop a third of these."""
    import re
    import zipfile

    archive = zipfile.ZipFile(real_data / "MedQuAD-master.zip")
    answers = [
        " ".join(text.split())
        for name in archive.namelist()[::5]
        if name.endswith(".xml")
        for text in re.findall(r"<[Aa]nswer>([^<]{40,})", archive.read(name).decode())
    ]
    dropped = [v for v in verdicts(measured(*answers)) if v]
    assert len(answers) > 500
    assert len(dropped) / len(answers) < 0.03
