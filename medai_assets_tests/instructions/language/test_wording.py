"""Pages say "you"; people say "I". Names keep their capitals only where they are names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.language import wording


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("you have a high temperature", "I have a high temperature"),
        ("you are short of breath, or bring up blood", "I am short of breath, or bring up blood"),
        ("your lips look blue", "my lips look blue"),
        ("asthma wakes you at night", "asthma wakes me at night"),
        ("stings give you large reactions each time", "stings give me large reactions each time"),
        ("you're worried about your child", "I'm worried about my child"),
        ("you were stung in the mouth", "I was stung in the mouth"),
        ("you have chest pain or are short of breath", "I have chest pain or am short of breath"),
        ("you or your child has swelling around the ear", "my child has swelling around the ear"),
        (
            "you or someone else might be having a heart attack",
            "someone with me might be having a heart attack",
        ),
        ("you think you or your child have missed a dose", "I think my child has missed a dose"),
        ("you cannot look after yourself", "I cannot look after myself"),
        ("there is a rash that does not fade", "there is a rash that does not fade"),
        ("you’ve had a head injury", "I've had a head injury"),
        ("you’re losing weight without trying to", "I'm losing weight without trying to"),
        ("you can’t swallow your own saliva", "I can’t swallow my own saliva"),
        ("you'll need an operation", "I'll need an operation"),
        ("you aren't able to pass urine", "I am not able to pass urine"),
        ("you weren't wearing a seat belt", "I wasn't wearing a seat belt"),
        ("You have a fever above 39 °C", "I have a fever above 39 °C"),
        ("you do not feel better after 7 days", "I do not feel better after 7 days"),
        ("your baby is under 3 months old and you think they have a fever",
         "my baby is under 3 months old and I think they have a fever"),
        ("you are pregnant and your waters break", "I am pregnant and my waters break"),
        ("you're pregnant, think you might be pregnant or are breastfeeding",
         "I'm pregnant, think I might be pregnant or am breastfeeding"),
        ("you are sick, and are losing weight", "I am sick, and am losing weight"),
        ("you have chest pain that spreads to your arm and you are sweating",
         "I have chest pain that spreads to my arm and I am sweating"),
        ("the pain stops you sleeping", "the pain stops me sleeping"),
        ("someone hurts you or you are afraid of them", "someone hurts me or I am afraid of them"),
        ("tests show you have high cholesterol", "tests show I have high cholesterol"),
        ("you feel like you might faint", "I feel like I might faint"),
        ("you take warfarin and hit your head", "I take warfarin and hit my head"),
        ("your eyes hurt and light bothers you", "my eyes hurt and light bothers me"),
        ("your doctor told you to stop", "my doctor told me to stop"),
        ("you need someone to stay with you", "I need someone to stay with me"),
        ("your partner's symptoms are like yours", "my partner's symptoms are like mine"),
        ("you, or someone you care for, have symptoms", "I, or someone I care for, have symptoms"),
        ("you cannot keep down any fluids", "I cannot keep down any fluids"),
        ("you are hoarse for more than 3 weeks", "I have been hoarse for more than 3 weeks"),
        ("your child is unwell for two days", "my child has been unwell for two days"),
        ("you are not able to eat for a day", "I am not able to eat for a day"),
        ("you're hoarse for over 3 weeks", "I have been hoarse for over 3 weeks"),
        ("you are waiting for tests", "I am waiting for tests"),
    ],
)  # fmt: skip
def test_words_to_you_become_words_of_me(said: str, told: str) -> None:
    assert wording.first_person(said) == told


@pytest.mark.parametrize(
    "said",
    [
        "you have any of these symptoms",
        "it began after a blow",
        "they have a fit",
        "a sore scalp",
        "none of those apply",
        "you have had this before",
        "you have any of the following symptoms",
        "you have one of the symptoms listed above",
        "their breathing is fast",
        "it's stopping you from sleeping",
        "sudden loss of vision",
        "chest pain lasting more than 15 minutes",
        "a temperature of 102 °F (39 °C)",
        "any of the following",
        "fever",
        "",
    ],
)
def test_what_points_elsewhere_or_states_nothing_is_given_back_as_none(said: str) -> None:
    assert wording.first_person(said) is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("you have any bleeding that isn't a period", "I have some bleeding that isn't a period"),
        ("you notice any changes to your breasts", "I notice some changes to my breasts"),
        ("you see any blood in your pee", "I see some blood in my pee"),
        ("you have not had any pain relief", "I have not had any pain relief"),
        ("you haven’t had any vaccinations", "I haven’t had any vaccinations"),
        ("you have never had any vaccinations", "I have never had any vaccinations"),
        ("you no longer have any feeling in your leg", "I no longer have any feeling in my leg"),
        ("you can hardly see any light", "I can hardly see any light"),
        ("you have not been vaccinated, or have any doubt about it",
         "I have not been vaccinated, or have some doubt about it"),
        ("you have any of your stitches left", "I have any of my stitches left"),
    ],
)  # fmt: skip
def test_any_is_some_in_a_statement_and_stays_any_in_what_is_denied(said: str, told: str) -> None:
    assert wording.first_person(said) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("you or your partner have a sexually transmitted infection",
         "my partner has a sexually transmitted infection"),
        ("you or your baby have been in contact with someone with chickenpox",
         "my baby has been in contact with someone with chickenpox"),
        ("you or a family member have had a similar reaction", "a family member has had a similar reaction"),
        ("you or your child are unwell", "my child is unwell"),
        ("you or your children are unwell", "my children are unwell"),
        ("you or your parents have had skin cancer", "my parents have had skin cancer"),
        ("you or someone near you has collapsed", "someone with me has collapsed"),
        ("your lips or fingers are blue", "my lips or fingers are blue"),
    ],
)  # fmt: skip
def test_whoever_stands_in_for_you_has_a_verb_of_their_own(said: str, told: str) -> None:
    assert wording.first_person(said) == told


@pytest.mark.parametrize(
    "said", ["you have lumps that do not go away and are hard", "you get spots which itch or are bleeding"]
)
def test_lumps_that_are_hard_do_not_make_a_hard_person(said: str) -> None:
    told = wording.first_person(said)
    assert told is None or " am " not in told


STATEMENTS = st.lists(
    st.sampled_from(
        "you your you're yourself You have are were do any or and not child someone lips blue , ( ) 38.5 °C – that never".split()
    )
).map(" ".join) | st.text(max_size=60)


@given(STATEMENTS)
def test_whatever_is_told_speaks_to_nobody_and_is_told_the_same_again(said: str) -> None:
    told = wording.as_told(said)
    if told is not None:
        assert not re.search(r"\b(?:you|your|yours|yourself)\b", told, re.IGNORECASE)
        assert wording.as_told(told) == told


def test_on_a_page_about_children_they_are_the_child() -> None:
    assert wording.of_child("they are drowsy") == "your child is drowsy"
    assert wording.of_child("their lips look blue") == "your child's lips look blue"
    assert wording.of_child("they have a fit") == "your child has a fit"
    assert wording.of_child("you think they are drowsy") == "you think they are drowsy"
    assert wording.of_child("theirs is worse") == "theirs is worse"


@pytest.mark.parametrize(
    ("name", "text", "within"),
    [
        ("Kidney Stones in Adults", "small kidney stones in adults", "kidney stones in adults"),
        ("Bell's Palsy", "a palsy of the face", "Bell's palsy"),
        ("DVT (deep vein thrombosis)", "", "DVT (deep vein thrombosis)"),
        ("Lyme Disease", "ticks carry Lyme disease", "Lyme disease"),
        ("Carbon monoxide poisoning", "CO is a gas", "carbon monoxide poisoning"),
        ("Type 2 diabetes", "It is a disease.", "type 2 diabetes"),
        ("Long COVID", "Some have long COVID for months.", "long COVID"),
        ("STIs", "How STIs are passed on", "STIs"),
        ("Parkinson’s Disease", "Parkinson’s disease gets worse.", "Parkinson’s disease"),
        ("Athlete's foot", "This is called athlete's foot.", "athlete's foot"),
        ("Legionnaires' disease", "You can get Legionnaires' disease from water.", "Legionnaires' disease"),
        ("Non-Hodgkin lymphoma", "A kind of non-Hodgkin lymphoma is rare.", "non-Hodgkin lymphoma"),
        ("Guillain-Barré syndrome", "Most people with Guillain-Barré syndrome recover.", "Guillain-Barré syndrome"),
        ("Sjögren's syndrome", "It dries the eyes.", "Sjögren's syndrome"),
        ("Ebola virus disease", "Outbreaks of Ebola are rare. The virus spreads.", "Ebola virus disease"),
        ("Hepatitis A", "Hepatitis A is a virus. A vaccine against hepatitis A helps.", "hepatitis A"),
        ("Hepatitis A vaccine", "You may need a hepatitis A vaccine to travel.", "hepatitis A vaccine"),
        ("Vitamin A", "Having a lot of vitamin A is harmful.", "vitamin A"),
        ("Vitamin B12 or folate deficiency anaemia", "", "vitamin B12 or folate deficiency anaemia"),
        ("E. coli infection", "Some foods, e.g. salad, carry E. coli.", "E. coli infection"),
        ("Haemophilia", "HAEMOPHILIA\nhaemophilia is inherited", "haemophilia"),
        ("Recovering from a Stroke", "a stroke changes life; recovering takes time", "recovering from a stroke"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_title_within_a_sentence(name: str, text: str, within: str) -> None:
    assert wording.in_sentence(name, text) == within


def test_the_page_decides_on_the_article() -> None:
    assert wording.with_article("stroke", "Signs of a stroke. A stroke is serious.") == "a stroke"
    assert wording.with_article("asthma", "Asthma is common. Treating asthma.") == "asthma"
    assert wording.with_article("flu", "The flu spreads. Rest with the flu.") == "the flu"
    assert wording.with_article("asthma attack", "An asthma attack. An ASTHMA ATTACK.") == "an asthma attack"
    assert wording.with_article("common cold", "") == "the common cold"
    assert wording.with_article("DVT (in the leg)", "a DVT (in the leg) hurts") in (
        "DVT (in the leg)", "a DVT (in the leg)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ciprofloxacin hydrochloride", "ciprofloxacin"),
        ("calcium carbonate", "calcium carbonate"),
        ("losartan potassium", "losartan"),
        ("dextromethorphan hydrobromide and guaifenesin", "dextromethorphan and guaifenesin"),
        ("sodium phosphate", "sodium phosphate"),
        ("sildenafil citrate", "sildenafil"),
        ("LIPITOR", "Lipitor"),
        ("aspirin", "aspirin"),
        ("METFORMIN HYDROCHLORIDE", "Metformin"),
        ("dexamethasone sodium phosphate", "dexamethasone"),
        ("atorvastatin calcium trihydrate", "atorvastatin"),
        ("sitagliptin phosphate monohydrate", "sitagliptin"),
        ("amoxicillin and clavulanate potassium", "amoxicillin and clavulanate"),
        ("losartan potassium and hydrochlorothiazide", "losartan and hydrochlorothiazide"),
        ("lithium carbonate", "lithium carbonate"),
        ("Potassium Chloride", "Potassium Chloride"),
        ("ferrous citrate", "ferrous citrate"),
        ("metoprolol tartrate", "metoprolol tartrate"),
        ("CHILDREN'S TYLENOL", "Children's Tylenol"),
        ("DR. SCHOLL’S CORN REMOVER", "Dr. Scholl’s Corn Remover"),
        ("CO-TRIMOXAZOLE", "Co-Trimoxazole"),
        ("ADVIL PM", "Advil PM"),
        ("HEAD AND SHOULDERS", "Head and Shoulders"),
        ("HCG", "HCG"),
        ("NyQuil", "NyQuil"),
        ("0.9% SODIUM CHLORIDE", "0.9% Sodium Chloride"),
        ("", ""),
    ],
)
def test_drugs_are_named_without_their_salts(label: str, name: str) -> None:
    assert wording.drug_name(label) == name


@pytest.mark.parametrize(
    ("whole", "cut"),
    [
        ("I am struggling to breathe, or cannot finish a sentence", "I am struggling to breathe"),
        ("I have not had, or am not sure that I had, all of my vaccinations", None),
        ("I have deep or fast breathing, tummy pain, or breath that smells", None),
        ("I am weak, or faint", None),
        (
            "I have a temperature of 38C or more, or feel hot and shivery",
            "I have a temperature of 38C or more",
        ),
        ("my child is floppy, or hard to wake", "my child is floppy"),
        ("I am allergic to, or cannot take aspirin", None),
        ("I have been in contact with, or live with someone who has measles", None),
        ("I was born in, or grew up in a country where TB is common", None),
        ("I have a rash", None),
    ],
)
def test_one_of_two_alternatives_is_told_only_where_it_stands_alone(whole: str, cut: str | None) -> None:
    assert wording.first_alternative(whole) == (cut or whole)


def test_asides_are_left_out_of_what_is_told() -> None:
    assert (
        wording.without_asides("you think you have shingles – medicine works best early")
        == "you think you have shingles"
    )
    assert wording.without_asides("a fit (seizure)") == "a fit"


@pytest.mark.parametrize(
    ("told", "bare"),
    [
        ("a temperature of 38C or above (or you feel hot and shivery)", "a temperature of 38C or above"),
        ("you have a rash — it can be hard to see on brown or black skin", "you have a rash"),
        ("the pain lasts 10 - 15 minutes", "the pain lasts 10 - 15 minutes"),
        ("a temperature of 38 – 39C for 2 – 3 days", "a temperature of 38 – 39C for 2 – 3 days"),
        ("an X-ray of a non-healing wound", "an X-ray of a non-healing wound"),
        ("pain in the chest (tightness (angina))", "pain in the chest"),
        ("signs of sepsis:", "signs of sepsis"),
        ("(seizure)", ""),
        ("", ""),
    ],
)
def test_a_range_of_numbers_is_no_aside(told: str, bare: str) -> None:
    assert wording.without_asides(told) == bare


def test_enumerations_are_cut_at_commas_and_the_last_or() -> None:
    assert wording.alternatives("a rash, a fit, or blue lips") == ["a rash", "a fit", "blue lips"]


def test_a_noun_that_organs_share_belongs_to_each_of_them() -> None:
    assert wording.alternatives("heart, liver or kidney disease") == [
        "heart disease", "liver disease", "kidney disease",
    ]  # fmt: skip
    assert wording.alternatives("diabetes or kidney disease") == ["diabetes", "kidney disease"]


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        ("glaucoma, high blood pressure, or heart disease", ["glaucoma", "high blood pressure", "heart disease"]),
        ("heart disease; thyroid disease; or trouble urinating due to an enlarged prostate gland",
         ["heart disease", "thyroid disease", "trouble urinating due to an enlarged prostate gland"]),
        ("thyroid, liver and kidney problems", ["thyroid problems", "liver problems", "kidney problems"]),
        ("vomiting with blood, or bloody or black stools", ["vomiting with blood", "bloody stools", "black stools"]),
        ("high or low blood pressure", ["high blood pressure", "low blood pressure"]),
        ("red, swollen, or painful joints", ["red joints", "swollen joints", "painful joints"]),
        ("severe, persistent or bloody diarrhea", ["severe diarrhea", "persistent diarrhea", "bloody diarrhea"]),
        ("red, or swollen", ["red", "swollen"]),
        ("acute, kidney or liver failure", ["acute", "kidney failure", "liver failure"]),
        ("a fever of 1,000 people", ["a fever of 1,000 people"]),
        ("nausea and vomiting.", ["nausea", "vomiting"]),
        ("asthma", ["asthma"]),
        (" , ;", []),
        ("", []),
    ],
)  # fmt: skip
def test_each_thing_of_an_enumeration_has_a_name_of_its_own(listed: str, named: list[str]) -> None:
    assert wording.alternatives(listed) == named


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_is_too_odd_to_be_put_into_words(one: str, other: str) -> None:
    for made in (wording.in_sentence(one, other), wording.with_article(one, other), wording.drug_name(one),
                 wording.of_child(one), wording.without_asides(one), wording.first_alternative(one)):  # fmt: skip
        assert isinstance(made, str)
    assert all(piece.strip() for piece in wording.alternatives(one))
    assert wording.in_sentence(one, other).lower() == one.lower()
