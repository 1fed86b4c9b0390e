"""Marks, brackets, signs and footnotes: sound as publishers write them, and as a converter leaves them."""

from __future__ import annotations

import pytest

from medai_assets_tests.verification.builders import (
    example,
    passage,
    refused_by,
    source,
    why_not_whole,
)


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
    assert why_not_whole(text) == ""


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
    assert told in why_not_whole(text)


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
