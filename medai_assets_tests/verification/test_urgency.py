"""How soon a sentence sends whom to whom, and which words are alarm signs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from medai_assets.verification.urgency import (
    ALARM,
    LEVELS,
    highest,
    level_of,
    may_alarm,
    sends_for_help,
    told_in,
)
from medai_assets_tests.verification.one_property import TEXTS


@pytest.mark.parametrize(
    "sentence",
    [
        "Call 911 or go to the nearest emergency room.",
        "CALL 911 IMMEDIATELY",
        "Call 9-1-1 if the person has collapsed.",
        "Call 999 immediately if your lips turn blue.",
        "Ring for an ambulance.",
        "Go to A&E if the bleeding does not stop.",
        "Go to your local accident and emergency department.",
        "Go to the ER if the vomiting does not stop.",
        "If you cannot breathe, go straight to hospital.",
        "Get emergency medical help if you have signs of an allergic reaction.",
        "Heat stroke is a medical emergency.",
        "If swallowed, get medical help or contact a Poison Control Center right away.",
        "In case of accidental overdose, ask a poison information centre.",
        "If you have a history of heart disease and your chest hurts, call 911.",
        "Call 112 if the person has collapsed.",
        "In Australia, dial 000 at once.",
        "See your GP when it is not an emergency; call 999 if you cannot breathe.",
    ],
)
def test_an_emergency_is_read_however_a_publisher_words_it(sentence: str) -> None:
    assert level_of(sentence) == "emergency"


@pytest.mark.parametrize(
    "sentence",
    [
        "Call your doctor right away if you have a fever.",
        "Seek immediate medical attention.",
        "Ask for an urgent GP appointment or get help from NHS 111.",
        "Go to an urgent treatment centre.",
        "Get advice from 111 now if a baby feels hot.",
        "Call 111 now if a baby feels hot.",
        "Get medical advice today, from your GP surgery or NHS 111.",
        "Seek medical help today if the pain spreads.",
        "Tell your doctor as soon as possible if you become pregnant.",
        "Tell your doctor right away if you have a history of liver problems.",
        "A doctor should see the child within 24 hours.",
        "Don’t wait: see a doctor if the redness spreads.",
        "Treatment should be stopped immediately if a rash occurs.",
        "If it gets in the eyes, flush them at once with water.",
        "Report fever promptly to your health care provider.",
    ],
)
def test_at_once_to_somebody_is_urgent(sentence: str) -> None:
    assert level_of(sentence) == "urgent"


@pytest.mark.parametrize(
    "sentence",
    [
        "See a GP if a cough lasts for 3 weeks.",
        "Stop use and ask a doctor if pain gets worse.",
        "Talk to your pharmacist before you take it with other medicines.",
        "Make an appointment with your doctor if the lump grows.",
        "Check with your doctor before you stop it.",
    ],
)
def test_whom_to_turn_to_without_haste_is_routine(sentence: str) -> None:
    assert level_of(sentence) == "routine"


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "Wheeze.",
        "Of 999 patients, 911 people took part.",
        "Of 112 patients, 12 did not call.",
        "The trial could call 112,000 people.",
        "The trial enrolled 1,999 adults and 911 units were given.",
        "Emergency contraception can be used up to 5 days after sex.",
        "Always keep an emergency kit at home.",
        "Immediately after the injection the arm may be sore.",
        "This is not a medical emergency.",
        "In clinical studies, patients were treated immediately by a physician.",
        "Some people in the studies needed emergency treatment.",
        pytest.param(
            "Symptoms stop immediately after delivery.",
            marks=pytest.mark.xfail(
                strict=True, reason="over-strict: what stops at once is taken for an order"
            ),
        ),
        "The doctor will listen to your chest.",
        "A clinic can see you today.",
    ],
)
def test_a_sentence_that_sends_nobody_has_no_level(sentence: str) -> None:
    assert level_of(sentence) == ""


@pytest.mark.parametrize(
    ("sentence", "sends"),
    [
        ("Call your doctor right away.", True),
        ("Meningitis needs emergency treatment.", True),
        ("Get immediate medical attention for a bite.", True),
        ("Discontinue the drug immediately and treat the reaction.", False),
        ("See a GP if it lasts.", False),
        ("Go for a walk each day.", False),
        ("If you get an urgent referral, treatment should begin within 62 days.", False),
    ],
)
def test_who_is_told_to_turn_to_somebody_at_once_is_sent_for_help(sentence: str, sends: bool) -> None:
    assert sends_for_help(sentence) is sends


@pytest.mark.parametrize(
    "signs",
    [
        "chest pain", "pain in the chest", "pain in your chest or arm", "trouble breathing", "difficulty in breathing",
        "breathing difficulties", "shortness of breath", "being short of breath",
        "being unable to breathe", "you cannot breathe", "you can’t breathe",
        "struggling to breathe", "a child who struggles to breathe", "having lost consciousness", "convulsions",
        "a seizure", "coughing up blood", "coughing blood", "vomiting blood", "slurred speech",
        "swelling of your lips, tongue or throat", "swelling of your face", "swelling of the mouth or throat",
        "suicidal thoughts", "thoughts of harming yourself", "sudden weakness on one side", "a sudden, severe headache",
        "a stiff neck", "paralysis", "loss of consciousness", "losing consciousness", "bluish lips", "blue lips",
        "heavy bleeding", "anaphylaxis", "an anaphylactic reaction", "Cardiac arrest", "a perforated bowel",
    ],
)  # fmt: skip
def test_alarm_signs_are_known_in_either_wording(signs: str) -> None:
    assert ALARM.search(f"Symptoms include {signs}.")


@pytest.mark.parametrize(
    "signs",
    ["a runny nose", "dry skin", "back pain", "a chest infection", "stiff joints", "blue eyes", "swelling of the ankles",
     "light bleeding", "deep breathing exercises", "a sore throat and a fever", "easy breathing", "a severe itch"],
)  # fmt: skip
def test_common_complaints_are_no_alarm_signs(signs: str) -> None:
    assert not ALARM.search(f"Symptoms include {signs}.")


def test_the_highest_level_counts_and_none_is_the_lowest() -> None:
    assert highest([]) == ""
    assert highest(["", "routine"]) == "routine"
    assert highest(["emergency", "urgent", "routine"]) == "emergency"


@given(TEXTS)
def test_any_text_has_one_of_the_levels_and_help_at_once_needs_a_high_one(text: str) -> None:
    assert level_of(text) in LEVELS
    assert not sends_for_help(text) or level_of(text) in ("urgent", "emergency")


@given(some.sampled_from(["Call 911.", "See a GP if it lasts.", "Call your doctor right away."]))
def test_capitals_and_white_space_around_change_no_level(sentence: str) -> None:
    assert level_of(sentence.upper()) == level_of(f"  {sentence}\n") == level_of(sentence)


@pytest.mark.parametrize(
    "told",
    [
        "I lost consciousness for a minute", "my father has passed out", "her speech is slurred", "he is slurring his words",
        "my child has a stiff neck", "I have a burn bigger than my hand", "I burned my arm with hot oil", "tea has scalded his leg",
        "I think I have broken my wrist", "a bone is sticking out", "she may have a fractured hip", "my shoulder is dislocated",
        "my baby is floppy", "my child is choking", "a man has collapsed in the street", "my child looks very pale",
        "my baby is very sleepy", "I cannot be woken by my alarm, my wife says", "I can't move my legs", "I cannot stand up",
        "I can't open my mouth properly", "I was stung by a wasp", "I have been bitten by a snake", "a dog bite is deep",
        "my child has had a fit", "one side of the face droops", "a button battery is in the ear", "there is something stuck in it",
        "a chemical has splashed into my eye", "someone with me had an electric shock", "my heart is beating very fast",
        "my heart is racing", "my child is drooling", "someone has been knocked out but has now come round",
        "chest discomfort comes on with effort", "my chest feels tight", "my child is making grunting noises",
        "my baby has had no wet nappies since this morning", "my child has swallowed a coin", "I have taken too many tablets",
        "we may be poisoned by carbon monoxide", "my skin has turned yellow", "I am cold and clammy", "I am seeing double",
        "I want to end my life", "he hears voices", "I hit my head", "my grandmother fell down the stairs", "my waters have broken",
        "my baby is moving less", "I have hives all over", "someone with me is unresponsive", "my child is unusually quiet",
        "my baby will not stop crying", "there are pins and needles in one arm", "the wound has opened", "I cannot feel my foot",
        "my arm is swollen after a flu jab", "my child struggles to breathe since the MMR vaccine",
        "I have an appointment tomorrow, but I have chest pain now", "I have a headache that was checked, but now I am confused",
        "I had a fall two weeks ago and my head hurts", "the pain began 2 days ago", "my blood sugar stays very high",
        "I drink less often than usual and am confused", "I keep having chest pain",
        "I was stung ten minutes ago", "he had a fit half an hour ago",
    ],
)  # fmt: skip
def test_somebody_may_ask_for_an_ambulance_about_a_sign_that_is_there(told: str) -> None:
    assert may_alarm(told)


@pytest.mark.parametrize(
    "told",
    [
        "", "I need to change a vaccination appointment", "my child has missed their 6-in-1 vaccinations", "I feel fine",
        "my child has a temperature and is due to have the vaccine", "I think I might need the MMR vaccine",
        "I'm due to have my vaccine and I'm feeling unwell", "I would like to be referred to an allergy specialist",
        "I have not had an asthma review in the past year", "I do not understand a result", "I am worried about my child",
        "I need support because of fear of needles", "I need a dressing to be changed", "I am planning a pregnancy",
        "I would like advice before I travel abroad", "medicines from a pharmacy have not helped", "I need a fit note",
        "a close relative died suddenly at a young age", "my rash has been checked and is healing", "I have shingles",
        "the lump was examined by a doctor", "I had a stroke two years ago", "I had chest pain last year, and tests were normal",
        "I used to have seizures", "someone has had brain surgery in the past", "I need paracetamol on most days",
        "I take painkillers on more than 2 days in most weeks", "I have a weakened immune system", "I need a sick note",
        "I am worried about infections because of a long-term illness", "I have high blood pressure and am planning a pregnancy",
        "I have been in close contact with someone who has bacterial meningitis", "I have had shingles more than once",
        "I take medicine for blood pressure and have side effects", "I need a repeat prescription for my inhaler",
        "I have been discharged from hospital", "my blood test is booked for Monday", "my stitches are due to come out",
        "her teacher would be told", "I come from Spain and paint", "one nostril is always blocked", "I have a hearing aid",
        "my child is less than 3 months old", "I would like advice after a febrile seizure that has been treated",
        "I think I'm eligible for the shingles vaccine", "I would like to stop smoking", "I think I might be pregnant",
        "I had anaphylaxis as a child and would like the vaccine", "I want to book a skin check", "my appendix was taken out",
        "I would like the vaccine because I have had anaphylaxis", "my headaches were treated last year and have not come back",
        "I think that I had a mini-stroke more than a week ago and have not been checked", "I fell asleep early",
        "I often get sore throats", "I am always thirsty", "I have migraine and take the pill", "a cut is not healing",
        "my headache keeps coming back", "I keep becoming dehydrated", "I have nosebleeds often",
        "I have had a cough for more than 3 weeks", "stings give me a rash each time", "heartburn comes whenever I stop",
        "the head injury was checked, and I feel well", "I have a bone density scan", "I cannot feel the threads of my IUS",
    ],
)  # fmt: skip
def test_nobody_asks_for_an_ambulance_about_plans_the_past_and_what_was_looked_at(told: str) -> None:
    assert not may_alarm(told)


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("I am worried about heartburn: it comes back. Is it serious?", "it comes back. Is it serious?"),
        ("It is about the heartburn. It comes back.", "It comes back."),
        ("It comes back. I think it has to do with heartburn and acid reflux. What now?", "It comes back. What now?"),
        ("It comes back. I am asking about heartburn.", "It comes back."),
        ("About heartburn: it comes back.", "it comes back."),
        ("I searched for heartburn because it comes back. What now?", "it comes back. What now?"),
        ("I am worried about my ear because it hurts.", "I am worried about my ear because it hurts."),
        ("Please help: I am worried about my heartburn. What now?", "Please help: I am worried about my heartburn. What now?"),
        ("It is about a burning pain. What now?", "It is about a burning pain. What now?"),
    ],
)  # fmt: skip
def test_what_a_case_is_about_is_not_what_is_told_of_it(prompt: str, told: str) -> None:
    assert " ".join(told_in(prompt, ("Heartburn and acid reflux",)).split()) == told
