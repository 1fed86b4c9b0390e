"""Two things in one unit: what publishers' converters run together is seen, and sound English is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.verification.running_on import glued_in, glued_words, runs_on
from medai_assets_tests.verification.builders import FEWER, example, findings, passage, source

KNOWN = frozenset("advil ibuprofen tylenol marfan".split())
# Words that almost any document also writes with a small letter.
LOWER = frozenset(
    "do take store call keep ask tell see pain fever cough rash patients children doctor treatment symptoms nausea tablets use "
    "inherited disorder inject suppress connect compress effect direct depress counsel swelling brain".split()
)


@pytest.mark.parametrize(
    "text",
    [
        "Asthma is a long-term condition that narrows the airways in the lungs.",
        "Call NHS 111 or see a GP if the pain does not go away.",
        "Patients with Crohn's disease or ulcerative colitis may need surgery.",
        "The Centers for Disease Control and Prevention recommends a flu vaccine every year.",
        "The American Academy of Pediatrics advises against aspirin in children.",
        "In the United States, about 1 in 13 people have asthma.",
        "Signs usually begin in May and last until August.",
        "Take Tylenol with food, and use Advil Liqui-Gels only as directed.",
        "The most common bacterium is Escherichia coli, which lives in the gut.",
        "Store at 20°C to 25°C (68°F to 77°F).",
        "Call Poison Control at 1-800-222-1222 right away.",
        "A child with Down syndrome may need a heart operation.",
        "Dr. Jones and colleagues followed 214 patients for 10 years.",
        "The study was done at Great Ormond Street Hospital in London.",
        "Ask a doctor before use if you have liver disease.",
        "Do not use if you are allergic to ibuprofen or any other pain reliever.",
        "Stop use and ask a doctor if pain gets worse or lasts more than 10 days.",
        "Stop use and ask a doctor if redness or swelling is present in the painful area.",
        "Marfan syndrome and Ehlers-Danlos syndrome are disorders of connective tissue.",
        "Treatment includes: rest, fluids and paracetamol.",
        "Hepatitis B and hepatitis C are spread by blood.",
        "Ask a doctor before use if the child has a fever, if the child is under 2 years, or if you are unsure.",
        "Mutations in the BRCA1 or BRCA2 gene raise the risk.",
        "The Food and Drug Administration (FDA) approved the drug in 2014.",
        "People of African, Mediterranean or Asian descent are affected.",
        "DO NOT TAKE MORE THAN 8 TABLETS IN 24 HOURS.",
        "Codeine Sulfate Tablets are an opioid.",
        "Avoid use if symptoms recur or if you are pregnant.",
        "Fever: a temperature of 38°C or more. Chills: shaking with cold.",
    ],
)
def test_a_sound_sentence_is_one(text: str) -> None:
    assert runs_on(text, KNOWN, LOWER) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Symptoms include fever and cough Treatment is with antibiotics.", "cough Treatment is"),
        ("Nausea is common The doctor may change the dose.", "common The doctor"),
        ("Wheeze comes at night If it does not stop, call 999.", "night If it"),
        ("It relieves pain Do not take it with alcohol.", "pain Do not"),
        ("Take two tablets daily Store below 25 °C.", "daily Store below"),
        ("Rest and drink plenty of fluids Call 911 if it gets worse.", "fluids Call 911"),
        ("It affects both sexes (men and women) Symptoms begin at birth.", ") Symptoms begin"),
        ("About 1 in 5000 Patients are male.", "5000 Patients are"),
        ("Ask a doctor before use if you have liver disease if you are taking warfarin", "if you"),
        ("Do not use if you have asthma ask a doctor before use if you have gout", "if you"),
        ("Stop use if pain occurs redness appears in the area", "occurs redness"),
        ("Stop use if the rash lasts more than 7 days swelling gets worse", "more than 7 days swelling"),
        ("Do not use: • asthma • gout • ulcers of the stomach", "• asthma"),
        ("Do not use with: -asthma -gout", ": -a"),
        (
            "Tests may include: Blood Tests Imaging Tests Genetic Testing Skin Biopsy",
            "Blood Tests Imaging Tests",
        ),
        ("Signs are: fever Chills that shake a Cough that lasts Weight loss", "fever Chills"),
    ],
)
def test_where_something_else_begins_without_a_mark_is_told(text: str, told: str) -> None:
    assert told in runs_on(text, KNOWN, LOWER)


@pytest.mark.parametrize(
    "text",
    [
        "Inherited disorders of the brain are rare.",
        "Use the auto-injector at once: inject it into the outer thigh.",
        "TP53 is a tumor suppressor gene, and a tongue depressor is used.",
        "Effector cells and a compressor; a connector; the director; a genetic counselor.",
        "Dissolve the powder in 8 fl oz of water.",
        "The solution is extremely flammable until dry.",
        "The cells ensheathe axons, and one must not rebreathe the air or unsheathe the needle.",
        "Visitors, doctors, factors, inhibitors and protectors are whole words.",
        "See www.nhs.uk/conditions/asthma or medlineplus.gov, or write to help@cancer.org.uk.",
        "Give approx. four drops, e.g. in the morning.",
        "Sci-fi and Wi-fi are no torn words.",
        "Glaucoma, edema, pneumonia, diarrhea and the cornea end alike.",
        "Breathe, bathe and soothe.",
    ],
)
def test_whole_words_are_no_two(text: str) -> None:
    assert glued_words(text, LOWER) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Wheeze is an inheritedthat is, a familial disorder.", "inheritedthat"),
        ("A disordersuch as this, a brainthe organ", "disordersuch"),
        ("It causes painusually at night.", "painusually"),
        ("The rash goes.Keep it dry.", "oes.Kee"),
        ("Relieves itching.rashes and pain", "itching.rashes"),
        ("It is diffi cult to see.", "diffi cult"),
        ("The infl ammation goes.", "infl ammation"),
        ("A fl uid collects.", "fl uid"),
        ("The lung in flammation goes.", "flammation"),
        ("The musclesthose of the chest.", "musclesthose"),
        ("The airwayswithout a sign", "airwayswithout"),
    ],
)
def test_a_word_that_is_two_is_told(text: str, told: str) -> None:
    assert glued_words(text, LOWER | {"disorder", "brain"}) == told


@pytest.mark.parametrize(
    "text",
    [
        "A headache is an ache in the head.",
        "Breastfeeding: feeding from the breast is best, and breastfeeding mothers may call; some are not breastfeeding.",
        "Is breastfeeding safe? A breast is emptied at each feeding.",
        "Lean forward when you bleed from the nose; most nosebleeds stop. The nose of one who bleeds a lot; it bleeds.",
        "Heartburn is a burn behind the heart.",
        "Take painkillers. The pain goes; of killers none.",
        "Whenever you feel ill, when were you ever well?",
        "Your wellbeing matters. Being well is more.",
        "In the workplace, do the work in a safe place.",
        "Use a mouthwash to wash the mouth, and a toothbrush to brush a tooth.",
        "Ringworm is no worm; it forms a ring. Hold it in the house; the household is treated.",
        "A birthmark is a mark from birth. The fingertips are the tips of a finger.",
    ],
)
def test_what_english_makes_one_word_of_is_not_glued(text: str) -> None:
    assert glued_in(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "glued"),
    [
        ("An edemaswelling and edemaswelling are here twice; edema is swelling.", frozenset()),
        ("There is edemaswelling. Edema and a swelling; edema is fluid.", {"edemaswelling"}),
        ("A kidneystone passes. The kidney forms a stone.", {"kidneystone"}),
        ("A laparoscopea thin tube is used; the laparoscope has light.", {"laparoscopea"}),
        ("Use of the electroencephalogramis rare. An electroencephalogram is done.", {"electroencephalogramis"}),
        ("A CT scan is safe.", frozenset()),
        ("", frozenset()),
    ],
)  # fmt: skip
def test_a_word_that_the_document_elsewhere_writes_as_two_is_glued(text: str, glued: frozenset[str]) -> None:
    assert glued_in(text) == glued


@FEWER
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from([*LOWER, "If", "The", "Do", "if you", "•", ":", ".", "-", "(", "occurs"])).map(" ".join),
    )
)  # fmt: skip
def test_what_is_told_is_a_piece_of_the_text(text: str) -> None:
    assert runs_on(text, KNOWN, LOWER) in text
    assert glued_words(text, LOWER) in text
    assert all(word in text for word in glued_in(text))


@pytest.mark.parametrize(
    ("text", "is_damaged"),
    [
        (
            "Wheeze may come with edemaswelling of the feet. Edema is common; edema goes, and swelling goes too.",
            True,
        ),
        ("Wheeze may end in comaa deep sleep. A coma is rare, and coma is not usual.", True),
        ("Most people feel lumps.Lumps and wheeze may have other causes as well.", True),
        ("Wheeze is treatable. Many treat it, and most are able to treat a wheeze.", False),
        (
            "Being overweight matters. Weight is gained over the years, and over time weight is hard to lose.",
            False,
        ),
    ],
)
def test_two_words_that_became_one_are_seen_where_the_document_has_both(text: str, is_damaged: bool) -> None:
    document = source(passage(text), publisher="medquad")
    found = [f.reason for f in findings(example("What is wheeze?", text), document) if f.property == "whole"]
    assert any("become one" in reason for reason in found) is is_damaged


@pytest.mark.parametrize(
    ("damaged", "whole_text"),
    [
        ("Breathing can be diffi cult.", "Breathing can be difficult."),
        ("A fi lm covers the eye.", "A film covers the eye."),
        ("The infl ammation goes away.", "The inflammation goes away."),
        (
            "It relieves skin irritations.rashes, and itching.",
            "Write to help@example.com or see www.itching.example.org/rashes.",
        ),
    ],
)
def test_letters_torn_apart_in_print_are_seen(damaged: str, whole_text: str) -> None:
    assert glued_words(damaged, ())
    assert not glued_words(whole_text, ())


def test_a_small_word_glued_behind_a_longer_one_is_seen_where_the_document_writes_it_alone() -> None:
    text = "The surgeon uses a laparoscope. A laparoscopea thin tube with a camera. A fever, fevereven a low one."
    assert glued_in(text) == {"laparoscopea", "fevereven"}
    assert glued_in("The predictor is a human hormone; predict it. The diagnosis is made.") == frozenset()
