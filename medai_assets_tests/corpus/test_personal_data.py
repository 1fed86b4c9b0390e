"""Personal data is masked where patients write; published numbers and medicine stay."""

import pyarrow as pa
import pytest

from medai_assets.corpus.personal_data import mask, mask_array

MASKED = [
    ("Hello, my name is John Smith and I cough.", "Hello, my name is [NAME] and I cough."),
    ("Write to jane.doe@example.org please", "Write to [EMAIL] please"),
    ("Call me at 555-123-4567 today", "Call me at [PHONE] today"),
    ("Ring (020) 555 0100 or +44 20 7946 0958", "Ring [PHONE] or [PHONE]"),
    ("MRN: 12345678, DOB 12/03/1975", "MRN: [RECORD_NUMBER], DOB [DATE_OF_BIRTH]"),
    ("My NHS number is 943 476 5919.", "My NHS number is [NHS_NUMBER]."),
    ("SSN 123-45-6789", "SSN [SSN]"),
    ("I live at 12 Green Street, Apt 4", "I live at [ADDRESS]"),
    ("It hurts a lot. Thanks, Mary", "It hurts a lot. Thanks, [NAME]"),
    ("Mrs Jones was seen by Dr. Patel.", "Mrs [NAME] was seen by Dr. [NAME]."),
    ("Hi, I'm Sarah, 34, with a rash.", "Hi, I'm [NAME], 34, with a rash."),
    ("Name: Ana Lopez\nAge: 40", "Name: [NAME]\nAge: 40"),
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_masks_what_identifies_a_person(text: str, masked: str) -> None:
    assert mask(text, True)[0] == masked


@pytest.mark.parametrize(
    "text",
    [
        "Call Poison Help at 1-800-222-1222, or 911, 999, 111.",
        "Take the brand name Tylenol 500 mg every 4-6 hours.",
        "Blood pressure was 120/80, then 140-90; glucose 100-200-300 mg/dL.",
        "In 2019-2020, 1,234,567 people had type 2 diabetes.",
        "Hello Doctor, thank you. My leg hurts.",
        "Crohn disease and Parkinson disease are named after physicians.",
        "HbA1c fell from 8.5% to 7.0% (p=0.001).",
        "NCT01234567 and PMID 12345678",
    ],
)
def test_leaves_medicine_and_published_numbers_alone(text: str) -> None:
    assert mask(text, True) == (text, {})


def test_whole_columns_miss_nothing_that_single_texts_show() -> None:
    texts = [text for text, _ in MASKED]
    assert mask_array(pa.array(texts, pa.large_string()), True)[0].to_pylist() == [
        masked for _, masked in MASKED
    ]


def test_published_texts_lose_only_e_mail_addresses() -> None:
    text = "Dr. Smith (smith@uni.edu), call 555-123-4567."
    assert mask(text, False) == ("Dr. Smith ([EMAIL]), call 555-123-4567.", {"EMAIL": 1})


def test_columns_are_masked_like_single_texts_and_counted_by_kind() -> None:
    texts = ["a@b.org and c@d.org", "nothing here", "my name is Ann Lee, 555-123-4567"]
    column, counts = mask_array(pa.array(texts, pa.large_string()), True)
    assert column.to_pylist() == [mask(t, True)[0] for t in texts]
    assert counts == ['{"EMAIL":2}', "{}", '{"NAME":1,"PHONE":1}']
