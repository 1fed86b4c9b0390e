"""Personal data is masked where patients write; published numbers and medicine stay."""

import time

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.personal_data import mask, mask_array

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
    ("Born 12 March 1975; birthday: 3/12/75.", "Born [DATE_OF_BIRTH]; birthday: [DATE_OF_BIRTH]."),
    ("Write to jane.doe+clinic@mail.example.co.uk", "Write to [EMAIL]"),
    ("Write to jane (at) example (dot) com", "Write to [EMAIL]"),
    ("NHS no. 943-476-5919 or 9434765919", "NHS no. [NHS_NUMBER] or 9434765919"),
    ("patient number 443322, passport A12345678", "patient number [RECORD_NUMBER], passport [RECORD_NUMBER]"),
    ("credit card 4111 1111 1111 1111", "credit card [RECORD_NUMBER]"),
    ("Tel: 020 7946 0958, ph 555-1234", "Tel: [PHONE], ph [PHONE]"),
    ("I live at 221B Baker Street", "I live at [ADDRESS]"),
    ("postcode SW1A 1AA, ZIP 90210", "postcode [ADDRESS], ZIP [ADDRESS]"),
    ("PO Box 12", "PO Box [ADDRESS]"),
    ("my IP is 10.0.0.1", "my IP is [IP_ADDRESS]"),
    ("my twitter @janedoe", "my twitter [URL]"),
    ("My name's Ann and my wife's name is Ana", "My name's [NAME] and my wife's name is [NAME]"),
    ("my name is jane.", "my name is [NAME]."),
    ("Pt: John Smith, 45 M", "Pt: [NAME], 45 M"),
    ("Mr. O'Brien and Mrs. de la Cruz", "Mr. [NAME] and Mrs. [NAME]"),
    ("my son Jack is 4, our daughter, Emily, 6", "my son [NAME] is 4, our daughter, [NAME], 6"),
    ("This is Mary from Leeds", "This is [NAME] from Leeds"),
    ("Name: Ana Lopez\nAge: 40", "Name: [NAME]\nAge: 40"),
    ("My name is Mary-Jane O'Neil and I have a rash", "My name is [NAME] and I have a rash"),
    ("Dear Dr. Smith, I cough.", "Dear Dr. [NAME], I cough."),
    ("I cough.\nRegards,\nPriya Patel", "I cough.\nRegards,\n[NAME]"),
    ("date of birth: 1975-03-12", "date of birth: [DATE_OF_BIRTH]"),
    ("DOB March 12, 1975", "DOB [DATE_OF_BIRTH]"),
    ("see http://www.facebook.com/jane.doe", "see [URL]"),
    ("IBAN GB29 NWBK 6016 1331 9268 19", "IBAN [RECORD_NUMBER]"),
    ("patient id: AB-12345", "patient id: [RECORD_NUMBER]"),
    ("my number is 07700 900123", "my number is [PHONE]"),
    ("I'm John, 45 and diabetic", "I'm [NAME], 45 and diabetic"),
    ("Prof. van der Berg saw me", "Prof. [NAME] saw me"),
    ("Mail JANE@EXAMPLE.ORG or j_d@x-y.co.uk", "Mail [EMAIL] or [EMAIL]"),
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
        "ISBN 978-3-16-148410-0, doi:10.1001/jama.2020.1234, ISRCTN12345678",
        "Ratio 1:1000, INR 2.0-3.0, 5-10-15 mg, 10 000 units, 100 000 000 cells/mL",
        "ICD-10 E11.9, SNOMED 38341003, LOINC 4548-4, CAS 50-78-2, HLA-B*57:01, EC 3.4.21.4",
        "She was born at 37 weeks. He takes B12 5MG.",
        "I am Diabetic, 45. I'm Pregnant, 20 weeks. I am Type 2 diabetic. This is March 12.",
        "Patient: Female, 34. Yours Faithfully",
        "my son has a fever and my mother takes Tylenol 500 mg",
        "Samaritans: 116 123; Childline: call 0800 1111; suicide lifeline: call 988 or 1-800-273-8255.",
        "St John's wort, Graves disease and Hodgkin lymphoma",
        "Call 111 or see a GP.",
        "Mix at 10@5 mL/h",
        "Sodium 135-145, WBC 4.0-11.0, ANC 1500/mm3, LDL 100-129 mg/dL",
        "Doses of 100-200-300-400 mg",
        "On 12/03/2020 the trial began; it ended 2021-05-01.",
        "Thanks, Doctor. Regards to all.",
        "",
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


PIECES = [text for text, _ in MASKED] + [
    "Take 5 mg twice a day.",
    "It hurts.",
    "é 日本",
    "[NAME]",
    "@",
    "555",
]


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
    st.sampled_from([" ", "\n", ". "]),
    st.booleans(),
)
def test_a_column_masks_what_each_text_alone_does_and_nothing_twice(
    pieces: list[str], gap: str, all_kinds: bool
) -> None:
    text = gap.join(pieces)
    masked, counts = mask(text, all_kinds)
    column, told = mask_array(pa.array([text, None, "x"], pa.large_string()).fill_null(""), all_kinds)
    assert (column.to_pylist(), told) == (
        [masked, "", "x"],
        [orjson.dumps(counts, option=orjson.OPT_SORT_KEYS).decode(), "{}", "{}"],
    )
    assert mask(masked, all_kinds) == (masked, {})
    kinds = (
        "NAME",
        "EMAIL",
        "PHONE",
        "URL",
        "SSN",
        "ADDRESS",
        "IP_ADDRESS",
        "DATE_OF_BIRTH",
        "NHS_NUMBER",
        "RECORD_NUMBER",
    )
    assert sum(counts.values()) == sum(masked.count(f"[{k}]") - text.count(f"[{k}]") for k in kinds)


@given(st.text(max_size=80))
def test_any_text_can_be_masked(text: str) -> None:
    masked, counts = mask(text, True)
    assert (masked == text) == (not counts)


@pytest.mark.parametrize(
    "unit", ["Mr ", "a@", "a.b@c.", "555-", "+1 555 ", "my son ", "Aa ", "my name is ", "1 Green ", "Dr. Aa "]
)
def test_one_thing_again_and_again_is_masked_in_time_in_proportion(unit: str) -> None:
    begun = time.process_time()
    mask(unit * 10_000, True)
    assert time.process_time() - begun < 20
