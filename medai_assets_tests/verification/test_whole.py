"""Sentences that begin and end, marks that stand, and nothing cut: as publishers write it and as converters damage it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.verification import Evidence, Source, SourcePassage
from medai_assets.verification.whole import breaks_off, whole, words_of
from medai_assets_tests.verification.builders import (
    FEWER,
    example,
    findings,
    label,
    passage,
    refused_by,
    source,
)

ASKED = "What is known of wheeze?"


def reason(
    answer: str, *passages: SourcePassage, publisher: str = "nhs", names: tuple[str, ...] = ("Wheeze",)
) -> str:
    """Why an answer is not whole; its own words are the source where no passages are given."""
    document = source(*(passages or (passage(answer),)), publisher=publisher, names=names)
    found = whole(example(ASKED, answer), Evidence(document, document.passages))
    return found.reason if found else ""


@pytest.mark.parametrize(
    "text",
    [
        "Wheeze is rare (see a doctor).",
        "Do you need a doctor?",
        "He said “rest.”",
        "Sign | Days\nCough | 3",
        "Symptoms include:\n- a cough\n- a high temperature",
        "Call 999 if you have any of these signs:\n- blue lips\n- no breath",
        "Tell your doctor:\n- what you are allergic to\n- how old you are\n- which medicines you have",
        "Those who smoke are at greater risk of asthma.",
        "Those with a weak immune system should be vaccinated.",
        "Also known as hay fever, allergic rhinitis is common.",
        "In addition to a rash, most people have a fever.",
        "However severe the pain is, take no more than 8 tablets in 24 hours.",
        "The doctor will ask whom you live with.",
        "Asthma is treated at the National Heart and Lung Institute.",
    ],
)
def test_an_answer_that_begins_and_ends_breaks_off_nowhere(text: str) -> None:
    assert breaks_off(text) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ("Wheeze", "ends without an end"),
        ("Wheeze is a sound that you hear when", "ends without an end"),
        ("Symptoms include:", "ends without an end"),
        ("Wheeze is rare.\n\nTreatment", "ends without an end"),
        ("Symptoms include:\n- a cough\n- a rash that", "breaks off"),
        ("Symptoms include:\n- a cough\n- shortness of", "breaks off"),
        ("Treatment is with steroids, such as…", "breaks off"),
        ("Treatment is with steroids...", "breaks off"),
        ("These symptoms usually go away in a week.", "leans on"),
        ("These and other signs are rare.", "leans on"),
        ("However, it is rare.", "leans on"),
        ("Moreover, it is rare.", "leans on"),
        ("Also, it is rare.", "leans on"),
        ("In addition, it is rare.", "leans on"),
        ("In addition to these symptoms, a fever is seen.", "leans on"),
        ("Those are rare.", "leans on"),
        ("Such symptoms need a doctor.", "leans on"),
        ("See a doctor if you have these symptoms.", "leans on"),
        ("It is rare and mild NIH: National Institute on Aging", "a credit runs into"),
        (
            "- It is loud\n- It is heard at night Centers for Disease Control and Prevention",
            "a credit runs into",
        ),
    ],
)
def test_an_answer_that_is_cut_or_leans_on_what_is_not_there_is_told(text: str, told: str) -> None:
    assert told in breaks_off(text)


@pytest.mark.parametrize(
    "text",
    [
        "The dose (IS) is low, and in in-patients the rate was 5%.",
        "Take it before meals, e.g., at 8 a.m., and rest (in bed, etc.), as the U.S., Canada and the U.K. advise.",
        "A low- and a high-dose group; pre- or post-natal; 20- to 30-year-olds; first- versus second-line.",
        "Use a 6\" bandage, and call it \"a splint\".",
        "Steps are 1) rest and 2) ice; a) yes, b) no (or perhaps (rarely) both).",
        "The ratio was 2.1 (95% CI [1.2, 3.4]).",
        "Patients with Graves disease, Bell's palsy or Crohn's disease were seen.",
        "The max. daily dose is 4 g, for min. two weeks.",
        "Approx. two weeks later, Staphylococcus spp. were found.",
        "It falls. pH is measured, and mRNA is made.",
        "CYP2D6, CYP3A4, HbA1c, T4, IL-6, H1N1, COVID-19, vitamin B12, omega-3 and beta2 agonists are names.",
        "Wheeze is inherited.\n\nvon Willebrand disease is another disorder.",
        "Children wheeze more than adults... or less.",
        "A smear showed E. coli and S. aureus in 10 of 20 patients.",
    ],
)  # fmt: skip
def test_marks_that_are_sound_are_no_damage(text: str) -> None:
    assert reason(text) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Take the the tablet.", "marks without words"),
        ("It is is given daily.", "marks without words"),
        ("Take 5- 10 mg daily.", "marks without words"),
        ("It causes fever,, and a rash.", "marks without words"),
        ("It causes fever , and a rash.", "marks without words"),
        ("The dose ( ) is low.", "marks without words"),
        ("The dose [] is low.", "marks without words"),
        ("The dose (, or less) is low.", "marks without words"),
        ("It is given.. Take it daily.", "marks without words"),
        ("Why is it done?. Ask a doctor.", "marks without words"),
        ("Wheeze (a whistling sound is heard.", "a bracket is open"),
        ("Wheeze a whistling sound) is heard.", "a bracket is open"),
        ("Wheeze is heard [at night.", "a bracket is open"),
        ("People with Alzheimers disease wander.", "a sign is lost"),
        ("People with Cushings syndrome tire.", "a sign is lost"),
        ("A childs lips turn blue.", "a sign is lost"),
        ("It is treated with -blockers.", "a sign is lost"),
        ("It is non- contagious.", "a sign is lost"),
        ("It causes headache,and pain.", "a sign is lost"),
        ("You dont need a test.", "a sign is lost"),
        ("Each patients blood is tested.", "a sign is lost"),
        ('It is called "wheeze.', "a sign is lost"),
        ("It is rare. the doctor may test it.", "begins with a small letter"),
        ("It is rare (in men). women have it more often.", "begins with a small letter"),
        ("Cirrhosis* is a scarring.", "a footnote's mark"),
        ("It is rare.[1] It is mild.", "a footnote's mark"),
        ("It is rare [2,3].", "a footnote's mark"),
        ("It is rare in adults1 and mild.", "a footnote's mark"),
        ("It is rare in adults.12 Men have it.", "two things run together"),
        ("It is rare† and mild.", "a footnote's mark"),
        ("Wheeze is a sound.\n\nof the airways and of the chest.", "begins in its middle"),
        ("Fever is seen Treatment is with rest.", "two things run together"),
        ("It is diffi cult to see.", "two words have become one"),
    ],
)
def test_a_source_s_damage_is_told(text: str, told: str) -> None:
    assert told in reason(text)


TEXT = (
    "Wheeze is a whistling sound.\n\nSymptoms include:\n- a tight chest\n- a cough at night\n\nIt gets better in 5 to 18 days. "
    "These signs are rare in adults.\n\nSign | Days\nCough | 3"
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (TEXT, ""),
        ("Wheeze is a whistling sound.", ""),
        (
            "Wheeze is a whistling sound.\n\nIt gets better in 5 to 18 days.",
            "points to one that is not there",
        ),
        ("Wheeze is a whistling sound.\n\nSymptoms include: a tight chest.", "1 of 2 items"),
        ("Wheeze is a whistling sound.\n\nCough 3.", "lost its cells"),
        ("Wheeze is a whistling sound.\n\nSymptoms include:\n\na tight chest\n\na cough at night.", "mark"),
    ],
)
def test_an_answer_s_units_are_the_source_s(answer: str, told: str) -> None:
    found = reason(answer, passage(TEXT))
    assert any(word in found for word in told.split("|"))
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Keep it dry.\n\nStorage\n\nKeep it cold.", ""),
        ("Keep it dry.\n\nStorage", "ends without an end"),
        ("It is rare. It is not seen in adults. It is rare. It is mild.", ""),
        (
            "It is rare in adults over 65 years. Rest helps. It is rare in adults over 65 years.",
            "says the same twice|says it twice",
        ),
        (
            "Rest, drink enough and take a painkiller for the fever of up to three days, says one. "
            "Rest, drink enough and take a painkiller for the fever of up to three days, says another.",
            "says twice",
        ),
        ("Signs of it are:\n- a mole that:\n- itches\n- bleeds", "lost its level"),
    ],
)
def test_headings_lead_on_and_nothing_is_said_twice(answer: str, told: str) -> None:
    found = reason(answer)
    assert any(word in found for word in told.split("|"))
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    ("text", "answer", "told"),
    [
        ("Signs:\n- The chest is tight.\n- The lips are blue.", "The chest is tight.", "item has lost its mark"),
        ("Symptoms of wheeze\n\na tight chest is the first.", "Symptoms of wheeze a tight chest is the first.",
         "keeps apart runs together"),
        ("Causes\n\nSmoke harms.\n\nTreatment\n\nRest helps.", "Causes\n\nRest helps.", "a heading or a part"),
        ("Causes\n\nSmoke harms.\n\nTreatment\n\nRest helps.", "Treatment\n\nRest helps.", ""),
        ("Causes\n\nSmoke harms. It harms all.", "Smoke harms. It harms all.", ""),
        ("Causes\n\nSmoke harms. It harms all.", "It harms all.", "points to one that is not there"),
        ("Smoke harms. However, it clears. Rest helps.", "Smoke harms. However, it clears.", ""),
        ("Smoke harms. Dust harms. Both are avoided.", "Smoke harms. Both are avoided.", "points to one that is not there"),
        ("This medicine relieves pain. Rest.", "This medicine relieves pain.", ""),
        ("Rest. This medicine relieves pain.", "This medicine relieves pain.", ""),
        ("Tests may include:\n\nBrain scan\n\nThey are safe.", "Tests may include:\n\nBrain scan\n\nThey are safe.", "lost its marks"),
        ("These may help:\n\nRest in bed.\n\nDrink water.", "These may help:\n\nRest in bed.\n\nDrink water.", ""),
        ("Wheeze is loud\n- Chest is tight\n- Lips are blue", "Wheeze is loud\n- Chest is tight\n- Lips are blue", ""),
        ("A tight chest\n\nA cough\n\nA fever is seen.", "A tight chest\n- A cough\n\nA fever is seen.", "lost its mark"),
        ("Sign | Days\nCough that lasts | 3", "Cough that lasts 3 is seen.", ""),
    ],
)  # fmt: skip
def test_what_leads_and_what_follows_are_as_the_source_has_them(text: str, answer: str, told: str) -> None:
    found = reason(answer, passage(text))
    assert told in found
    assert bool(found) is bool(told)


PAIR = {"question_type": "information"}


@pytest.mark.parametrize(
    ("rest", "is_whole"),
    [
        ("", True),
        (" National Heart, Lung, and Blood Institute.", True),
        (
            " However, people with antibodies and no symptoms are at risk of a clot, which smoking can set off.",
            False,
        ),
        (" The following are signs:", False),
    ],
)
def test_of_a_collection_s_answer_only_a_credit_may_be_left(rest: str, is_whole: bool) -> None:
    said = "Wheeze is more common in women than in men."
    pair = passage(said + rest, **PAIR)
    assert ("goes on" not in reason(said, pair, publisher="medquad")) is is_whole


def test_a_heading_within_a_collection_s_answer_stands_in_no_answer() -> None:
    text = "Wheeze is a loud breath.\n\nRecovery\n\nThe airways heal in a few weeks."
    assert "a heading stands in the answer" in reason(text, passage(text, **PAIR), publisher="medquad")
    assert reason(text, passage(text), publisher="nhs") == ""


def test_what_a_person_wrote_is_held_to_its_end_alone() -> None:
    document = source(passage("Wheeze is loud."))
    sound = example(ASKED, "Ask the the pharmacist.", authored=True)
    cut = example(ASKED, "Ask the pharmacist before you", authored=True)
    evidence = Evidence(document, document.passages)
    assert whole(sound, evidence) is None
    assert whole(cut, evidence) is not None


def test_the_words_of_a_document_s_names_keep_their_capital() -> None:
    document = source(
        passage("He saw the Marfan clinic, where wheeze and pain are seen."),
        names=("Marfan syndrome", "Wheeze"),
    )
    known, lower = words_of(document)
    assert {"marfan", "syndrome"} <= known
    assert "wheeze" not in known
    assert {"wheeze", "pain"} <= lower
    assert words_of(document) is document.memo["words"]


def test_a_genitive_that_the_document_writes_elsewhere_has_lost_its_sign() -> None:
    beside = passage("What is known of Rasmussen's encephalitis is told here.", "overview")
    assert "a sign is lost: 'Rasmussens'" in reason(
        "Rasmussens encephalitis is rare.", passage("Rasmussens encephalitis is rare."), beside
    )


def test_a_label_s_list_in_a_line_is_damage_and_a_page_s_is_not() -> None:
    text = "Do not take it if you: have an ulcer, are allergic to it or bleed easily."
    of_label = label(passage(text, "contraindications"))
    made = example("Who must not take it?", text, "drug_information")
    found = whole(made, Evidence(of_label, of_label.passages))
    assert found is not None
    assert "two things run together" in found.reason
    assert reason(text) == ""


@FEWER
@given(st.text(alphabet='aA b.,:;-•\n|()[]"*1?…', max_size=60))
def test_no_text_makes_it_fail_and_it_says_the_same_again(text: str) -> None:
    assert reason(text) == reason(text)
    assert isinstance(breaks_off(text), str)


@pytest.mark.parametrize(
    "text",
    [
        "Causes include\n- smoke\n- dust or pollen Treatment can help. It includes inhalers.",  # an item runs into the text
        "Gadolinium Retention The most frequent reactions were nausea, headache and rash.",  # a heading glued to a sentence
        "Asthma is inheritedthat is, it is passed on by the inherited genes of parents.",  # a dash between words is lost
        "Tests may include:\n\nBrain scan\n\nBlood count\n\nUrine test",  # a list without marks
        "The dose is ( ) mg each day, and no more.. Ask a doctor.",  # what stood in the brackets is gone
        "Take it daily.\n\nAsk a doctor before use if you have\n\nliver disease\n\nAsk a doctor before use if you have\n\ngout",
    ],
)
def test_a_source_that_is_damaged_itself_makes_nothing_whole(text: str) -> None:
    assert "whole" in refused_by(example("What is wheeze?", text), source(passage(text, "overview")))


@pytest.mark.parametrize(
    "text",
    [
        "The Medication Guide explains this. Read it with care (see a doctor (or nurse) first).",
        "A child has a 25% (1 in 4) risk to have it. CYP3A4 and HbA1c are measured, and so is vitamin B12.",
        "Ask a doctor before use if you have:\n- liver disease\n- a cough that lasts, as with asthma",
        "Brain | normal\nBlood | low",
    ],
)
def test_what_is_well_formed_is_whole(text: str) -> None:
    assert "whole" not in refused_by(example("What is wheeze?", text), source(passage(text, "overview")))


def test_a_person_s_own_answer_is_held_to_its_end_only() -> None:
    sound = example(
        "Can I take it?", "Ask a pharmacist before you take both, and tell them your age.", authored=True
    )
    assert findings(sound, source()) == []
    assert refused_by(
        example("Can I take it?", "Ask a pharmacist before you take the", authored=True), source()
    ) == ["whole"]


@pytest.mark.parametrize(
    ("text", "is_sound"),
    [
        ("Signs of the rash include:\n- itching\n- blisters", True),
        ("Signs of the rash include:\n- a mole that:\n- itches\n- bleeds", False),
        ("Rest, drink enough and take a painkiller for the fever. Call a doctor if the fever lasts more than three days.", True),
        ("Rest, drink enough and take a painkiller for the fever, says the page on colds here. Rest, drink enough and take a "
         "painkiller for the fever, says the page on colds here.", False),
    ],
)  # fmt: skip
def test_a_list_keeps_its_levels_and_nothing_is_said_twice(text: str, is_sound: bool) -> None:
    page = Source("nhs:rash", "nhs", "Rash", ("rash",), (passage(text, "symptoms"),))
    made = example("What are the symptoms of a rash?", text, "symptom_analysis", subject="rash")
    assert ("whole" not in refused_by(made, page)) is is_sound


@pytest.mark.parametrize(
    ("damaged", "sound"),
    [
        ("Rasmussens encephalitis is rare and starts in children.", "Rasmussen's encephalitis is rare and starts in children."),
        ("The test shows how a persons airways react to dust.", "The test shows how a person's airways react to dust."),
        ("The airways swellwithout further signs in many people.", "The airways swell without further signs in many people."),
        ("Wheeze starts in the musclesthose around the airways.", "Wheeze starts in the muscles around the airways."),
        ("Wheeze narrows the small airways of the lungs. It narrows the small airways of the lungs.",
         "Wheeze narrows the small airways of the lungs. It narrows the airways at night."),
    ],
)  # fmt: skip
def test_a_lost_sign_and_a_sentence_that_is_said_again_are_seen(damaged: str, sound: str) -> None:
    beside = passage("What is known of Rasmussen's encephalitis is told here.", "overview")
    for text, is_sound in ((damaged, False), (sound, True)):
        page = source(passage(text, "causes"), beside)
        assert ("whole" in refused_by(example("What causes Wheeze?", text), page, 0)) is not is_sound, text
