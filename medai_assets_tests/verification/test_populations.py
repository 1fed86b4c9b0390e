"""Whom a sentence is about, and words that only look like a group."""

from __future__ import annotations

import pytest
from hypothesis import given

from medai_assets.verification.populations import GROUPS, groups_of
from medai_assets_tests.verification.one_property import TEXTS


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Give children under 12 years half the dose.", "children"),
        ("It is used in newborns, infants and babies.", "children"),
        ("It has not been studied in paediatric patients.", "children"),
        ("It has not been studied in PEDIATRIC patients.", "children"),
        ("Teenagers and other adolescents may take it.", "children"),
        ("A 6-year-old boy took it.", "children"),
        ("Girls and boys aged 9 to 14 are vaccinated.", "children"),
        ("Patients under 18 years of age took half.", "children"),
        ("Your child’s dose depends on their weight.", "children"),
        ("No difference was seen in patients 65 years of age and older.", "older"),
        ("Elderly people fall more often.", "older"),
        ("Geriatric use.", "older"),
        ("Adults over 75 take half the dose.", "older"),
        ("It was tried in older men.", "men older"),
        ("It crosses the placenta and may harm the fetus.", "pregnant"),
        ("It may harm the foetus.", "pregnant"),
        ("Foetal growth was slower.", "pregnant"),
        ("Do not take it in the third trimester.", "pregnant"),
        ("Are you pregnant?", "pregnant"),
        ("Use in labour and delivery.", "pregnant"),
        ("It passes into breast milk.", "breastfeeding"),
        ("Breast-feeding is not advised.", "breastfeeding"),
        ("Caution is advised in nursing mothers.", "breastfeeding"),
        ("Can I take it while nursing?", "breastfeeding"),
        ("Lactation: it is not known.", "breastfeeding"),
        ("Patients on dialysis need less.", "kidney"),
        ("Adjust it to creatinine clearance.", "kidney"),
        ("Tell your doctor if you have kidney problems.", "kidney"),
        ("It is not for people with severe renal impairment.", "kidney"),
        ("It is not for people with impaired renal function.", "kidney"),
        ("Tell your doctor if you have liver problems.", "liver"),
        ("Use less in hepatic impairment (Child-Pugh class B).", "liver"),
        ("Patients with cirrhosis should not take it.", "liver"),
        ("Women are affected more than men.", "men women"),
        ("A woman’s risk is higher.", "women"),
        ("Female patients and males.", "men women"),
    ],
)  # fmt: skip
def test_a_group_is_named_however_it_is_said(text: str, groups: str) -> None:
    assert groups_of(text) == frozenset(groups.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Adults take one tablet.",
        "It is kept in a child-resistant container.",
        "People under 65 years of age had no more falls.",
        "Nursing home staff are vaccinated.",
        "The nursing staff give the injection.",
        "Dilute it in Lactated Ringer's Injection.",
        "Lactate dehydrogenase may rise.",
        "Lactose is among the inactive ingredients.",
        "The menopause comes at about 51.",
        "Doctors mentioned managing mental health.",
        "Store it for no more than 65 days.",
        "The kidneys and the liver clear it from the blood.",
    ],
)
def test_words_that_only_look_like_a_group_name_none(text: str) -> None:
    assert groups_of(text) == frozenset()


@given(TEXTS, TEXTS)
def test_two_texts_together_name_at_least_what_each_names(one: str, other: str) -> None:
    assert groups_of(one) | groups_of(other) <= groups_of(f"{one}\n{other}") <= frozenset(GROUPS)
