"""Triage: the level first, then why in the source's words, then what to do; no level that a source does not give."""

from __future__ import annotations

import pytest

from medai_assets.instructions.care import cards
from medai_assets.instructions.kinds.triage_recommendation import has_one_level, level_as_source
from medai_assets_tests.instructions.builders import GB, US, document, made_by, row

EMERGENCY = row(
    "- you cough up blood\n- your lips look blue\n\nSit upright while you wait.",
    "care_emergency",
    heading="Call 999 if:",
)
URGENT = row("- your cough is getting worse\n\nCall 111.", "care_urgent", heading="Get help from NHS 111 if:")
GP = row("- you have had a cough for 3 weeks", "care_non_urgent", heading="See a GP if:")
SYMPTOMS = row("A wheeze is a whistling sound.", "symptoms", heading="Symptoms of a wheeze")
PAGE = document(row("A wheeze settles by itself.", "overview"), SYMPTOMS, EMERGENCY, URGENT, GP)


def label(text: str, section: str = "stop_use", brand: str = "Examplol"):
    attributes = {"product_type": "otc", "brand": brand}
    return document(
        row(
            text,
            section,
            document="fda:1",
            subject="exampline",
            title=brand,
            attributes=attributes,
            heading="Stop use",
        )
    )


def test_each_situation_of_a_card_makes_an_example_of_its_level() -> None:
    made = made_by("triage_recommendation.care_card", PAGE)
    assert [(m.labels["level"], m.answer.text.split(":")[0]) for m in made] == [
        ("emergency", "Emergency"), ("emergency", "Emergency"), ("urgent", "Urgent"),
        ("primary_care", "Non-urgent advice"),
    ]  # fmt: skip
    assert ["blood" in m.prompt for m in made[:2]] != ["blue" in m.prompt for m in made[:2]]


def test_of_a_long_card_three_situations_are_asked_about() -> None:
    listed = "\n".join(f"- you have had a {sign} for 3 weeks" for sign in ("cough", "cold", "fever", "rash"))
    card = row(listed, "care_non_urgent", heading="See a GP if:")
    page = document(row("A wheeze settles by itself.", "overview"), SYMPTOMS, card)
    assert len({m.prompt for m in made_by("triage_recommendation.care_card", page)}) == 3


def test_an_answer_is_the_card_as_it_stands_and_every_card_that_is_more_urgent() -> None:
    emergency, same, urgent, gp = (m.answer.text for m in made_by("triage_recommendation.care_card", PAGE))
    assert emergency == same
    cards = [f"{card['heading']}\n{card['text']}" for card in (EMERGENCY, URGENT, GP)]
    whose = "\n\nThis is NHS England advice on a wheeze (United Kingdom)."
    assert emergency == f"Emergency: {cards[0]}{whose}"
    assert urgent == f"Urgent: {cards[1]}\n\n{cards[0]}{whose}"
    assert gp == f"Non-urgent advice: {cards[2]}\n\n{cards[0]}\n\n{cards[1]}{whose}"


def test_services_are_the_publisher_s_whatever_the_country_of_the_settings() -> None:
    there, here = (
        [m.answer.text for m in made_by("triage_recommendation.care_card", PAGE, setting)]
        for setting in (GB, US)
    )
    assert there == here
    assert not any("911" in text for text in here)


@pytest.mark.parametrize(
    ("item", "writes"),
    [
        ("you have had a cough for 3 weeks", True),
        ("someone with you has collapsed", False),
        ("someone's lips look blue", False),
        ("your child is very quiet", False),
        ("a child is limp", False),
    ],
)
def test_a_patient_writes_only_of_themselves(item: str, writes: bool) -> None:
    card = row(f"- {item}", "care_urgent", heading="Ask for help if:")
    pages = (document(SYMPTOMS, card | {"passage_id": f"p{n}"}) for n in range(40))
    asked = [made.prompt for page in pages for made in made_by("triage_recommendation.care_card", page)]
    assert len(asked) == 40
    assert any("patient" in prompt for prompt in asked) is writes


def test_what_the_page_says_of_an_emergency_outside_of_its_cards_comes_too() -> None:
    page = document(row("If your heart might be the cause, dial 999.", "overview"), EMERGENCY, GP)
    answers = [m.answer.text for m in made_by("triage_recommendation.care_card", page)]
    assert ["dial 999" in text for text in answers] == [False, False, True]


def test_a_card_that_sends_to_the_emergency_department_is_not_called_urgent() -> None:
    card = row(
        "- someone has vomited since the injury",
        "care_urgent",
        heading="Go to A&E or get help from NHS 111 if:",
    )
    made = made_by("triage_recommendation.care_card", document(EMERGENCY, card))
    assert {m.labels["level"] for m in made} == {"emergency"}


def test_a_part_in_prose_that_has_two_levels_has_none() -> None:
    text = "Ask for medical advice when urine is dark. Call 911 if the person is limp or very hard to wake."
    mixed = row(text, "care_non_urgent", heading="When to seek medical care", document="cdc:1")
    symptoms = row("It begins with vomiting.", "symptoms", document="cdc:1")
    assert made_by("triage_recommendation.care_card", document(symptoms, mixed)) == []


def test_a_label_s_condition_sends_to_a_doctor() -> None:
    page = label(
        "Stop use and ask a doctor if pain lasts more than 10 days, or new symptoms occur. These could be serious."
    )
    made = made_by("triage_recommendation.stop_use", page)
    assert {m.labels["level"] for m in made} == {"primary_care"}
    assert len(made) == 2
    assert "Stop use and ask a doctor if pain lasts more than 10 days." in made[0].answer.text
    assert "the pain lasts more than 10 days" in made[0].prompt


@pytest.mark.parametrize("alarming", ["you vomit blood", "you have chest pain", "you have trouble breathing"])
def test_no_level_is_made_of_what_should_not_wait(alarming: str) -> None:
    page = label(f"Stop use and ask a doctor if {alarming}, or new symptoms occur.")
    assert all(alarming not in m.answer.text for m in made_by("triage_recommendation.stop_use", page))


def test_seek_help_right_away_is_urgent_and_emergency_help_an_emergency() -> None:
    page = label(
        "Stop use and ask a doctor if an allergic reaction to this product occurs. Seek medical help right away."
    )
    assert [m.labels["level"] for m in made_by("triage_recommendation.stop_use", page)] == ["urgent"]
    page = label("Get emergency help right away if you have a very fast heartbeat.")
    assert [m.labels["level"] for m in made_by("triage_recommendation.stop_use", page)] == ["emergency"]


ADVICE = row(
    "Do:\n- drink water\n- rest\n\nDon't:\n- do not smoke",
    "self_care",
    heading="How to treat a wheeze yourself",
)


def test_self_care_only_where_the_publisher_s_heading_says_so_and_with_every_card() -> None:
    pharmacist = row("They can suggest lozenges for a wheeze.", "care_pharmacist", heading="Ask a pharmacist")
    mild = document(
        row("A wheeze settles by itself.", "overview"), SYMPTOMS, ADVICE, pharmacist, EMERGENCY, GP
    )
    (made,) = made_by("triage_recommendation.self_care", mild)
    assert made.labels == {"level": "self_care"}
    parts = [f"{p['heading']}\n{p['text']}" for p in (ADVICE, EMERGENCY, GP, pharmacist)]
    assert made.answer.text.startswith("Self-care: " + "\n\n".join(parts))


@pytest.mark.parametrize("overview", ["A wheeze settles by itself.", "This is life-threatening."])
def test_a_list_of_things_to_do_is_no_self_care_by_itself(overview: str) -> None:
    heading = "Things to do" if overview.startswith("A wheeze") else ADVICE["heading"]
    page = document(row(overview, "overview"), SYMPTOMS, ADVICE | {"heading": heading}, GP)
    assert made_by("triage_recommendation.self_care", page) == []


def test_ask_first_takes_one_named_condition() -> None:
    page = label(
        "Ask a doctor before use if you have liver disease, because a lower limit may be needed.",
        "ask_doctor",
    )
    (made,) = made_by("triage_recommendation.ask_first", page)
    assert "liver disease" in made.prompt
    assert made.labels["level"] == "primary_care"


@pytest.mark.parametrize(
    "path", ["contraception/methods", "vaccinations/6-in-1", "tests-and-treatments/blood-tests"]
)
def test_a_page_on_several_things_makes_no_level(path: str) -> None:
    cards = [
        row("- you have a high temperature", "care_urgent", heading="Ask for an urgent GP appointment if:"),
        row("- your wound leaks", "care_urgent", heading="Get help if you've recently been sterilised and:"),
    ]
    page = document(*({**card, "document_id": f"nhs:{path}"} for card in cards))
    assert made_by("triage_recommendation.care_card", page) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Stop use and ask a doctor if condition worsens, or if symptoms persist for more than 7 days.",
         ["symptoms persist for more than 7 days"]),
        ("Stop using and see your dentist if sore mouth symptoms do not improve in 7 days.",
         ["sore mouth symptoms do not improve in 7 days"]),
        ("Stop use and ask a doctor if redness or swelling is present, or fever gets worse or lasts more than 3 days.",
         ["the redness or swelling is present", "the fever gets worse or lasts more than 3 days"]),
        ("Stop use and ask a doctor if you get nervous, dizzy, or sleepless, or new symptoms occur.",
         ["i get nervous", "new symptoms occur"]),
        ("Stop use and ask a doctor if you feel faint, or you have weakness in one part or side of body.", []),
        ("Stop use and ask a doctor if convulsions occur now, or new symptoms occur.", ["new symptoms occur"]),
        ("Stop use and ask a doctor if you have thoughts of suicide, or you have signs of a stroke.", []),
        ("Stop use and ask a doctor if the skin is turning yellow, or you have a stiff neck.", ["the skin is turning yellow"]),
        ("STOP USE AND ASK A DOCTOR IF PAIN LASTS MORE THAN 10 DAYS.", []),
        ("Stop use and ask a doctor.", []),
        ("Do not stop use and ask a doctor first.", []),
        ("", []),
    ],
)  # fmt: skip
def test_conditions_of_otc_labels_are_asked_one_by_one_and_none_that_alarms(
    text: str, told: list[str]
) -> None:
    made = made_by("triage_recommendation.stop_use", label(text or " "))
    assert len(made) == len(told)
    assert all(what in m.prompt.lower() for what, m in zip(told, made, strict=True))
    assert {m.labels["level"] for m in made} <= {"primary_care"}


def test_what_a_label_adds_after_its_list_is_told_up_to_a_foreign_service() -> None:
    listed = "Stop use and ask a doctor if new symptoms occur. They may be serious. Call 1-800-555-0100 with questions."
    (here,) = made_by("triage_recommendation.stop_use", label(listed))
    (there,) = made_by("triage_recommendation.stop_use", label(listed), GB)
    assert here.answer.text.endswith("It adds: They may be serious. Call 1-800-555-0100 with questions.")
    assert there.answer.text.endswith("It adds: They may be serious.")


def test_each_condition_of_a_list_is_asked_by_itself_and_answered_in_the_label_s_words() -> None:
    text = "Stop use and ask a doctor if symptoms last more than 7 days, if irritation develops, or rash appears suddenly."
    made = made_by("triage_recommendation.stop_use", label(text))
    reasons = [m.answer.text.split("says this: ")[1] for m in made]
    assert reasons == [
        "Stop use and ask a doctor if symptoms last more than 7 days.",
        "Stop use and ask a doctor if rash appears suddenly.",
    ]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Ask a doctor before use if you have glaucoma, or trouble urinating due to an enlarged prostate gland.", ["glaucoma"]),
        ("Ask a doctor or pharmacist before use if you have high blood pressure. Do not drive.", ["high blood pressure"]),
        ("Ask a doctor before use if you have liver or kidney disease.", ["liver disease", "kidney disease"]),
        ("Ask a doctor before use if you have or ever had asthma or stomach ulcers.", ["asthma", "stomach ulcers"]),
        ("Ask a doctor before use if you have ever had stomach ulcers.", []),  # "I have ever had" is nobody's sentence
        ("Ask a doctor before use if you have heart disease; diabetes; thyroid disease.", ["heart disease"]),
        ("Ask a doctor before use if you have asthma, because it may get worse.", ["asthma"]),
        ("Ask a doctor before use if you have a cough that lasts.", []),
        ("Ask a doctor before use if you are on a low salt diet.", []),
        ("Ask a doctor before use if pregnant.", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_one_has_is_asked_about_by_its_name(text: str, asked: list[str]) -> None:
    made = made_by("triage_recommendation.ask_first", label(text or " ", "ask_doctor"))
    assert len(made) == len(asked)
    assert all(what in m.prompt and "ever had" not in m.prompt for what, m in zip(asked, made, strict=True))


@pytest.mark.parametrize("rule", ["stop_use", "ask_first"])
def test_a_label_that_names_no_drug_or_lost_its_marks_gives_no_level(rule: str) -> None:
    section = {"stop_use": "stop_use", "ask_first": "ask_doctor"}[rule]
    text = (
        "Stop use and ask a doctor if redness occurs symptoms last more than 7 days. "
        "Ask a doctor before use if you have asthma, or redness occurs symptoms last."
    )
    assert made_by(f"triage_recommendation.{rule}", label(text, section)) == []
    nameless = document(
        row(text.replace(" symptoms last", ""), section, document="fda:1", subject=None, title="x")
    )
    assert made_by(f"triage_recommendation.{rule}", nameless) == []


@pytest.mark.parametrize(
    ("heading", "treats"),
    [
        ("How to treat a cough yourself", True),
        ("Things you can do yourself", True),
        ("How you can ease the pain at home", True),
        ("Caring for a cold at home", True),
        ("What to do while you wait at home to treat it", False),
        ("How to stop an asthma attack yourself", False),
        ("Treatment in hospital", False),
        ("Help yourself to stay well", True),
        ("Treating side effects at home", False),
    ],
)
def test_headings_that_say_that_one_may_treat_it_oneself(heading: str, treats: bool) -> None:
    page = document(row("It passes.", "overview"), SYMPTOMS, ADVICE | {"heading": heading})
    assert bool(made_by("triage_recommendation.self_care", page)) is treats


@pytest.mark.parametrize(
    ("section", "heading", "text", "one"),
    [
        ("care_urgent", "Get help from NHS 111 if:", "- your cough is getting worse", True),
        ("care_urgent", "Call 999 or get help from NHS 111 if:", "- your cough is getting worse", False),
        ("care_emergency", "Call 999 if:", "- your lips look blue", True),
        ("care_non_urgent", "When to see a doctor", "See a doctor if it lasts. Go to A&E if you cannot breathe.", False),
        ("care_non_urgent", "When to see a doctor", "See a doctor if it lasts for 3 weeks.", True),
        ("care_emergency", "When to get help", "See a doctor if it lasts for 3 weeks.", False),
        ("care_emergency", "When to get help", "Call 911 for a seizure, or for chest pain.", True),
    ],
)  # fmt: skip
def test_a_card_has_one_level_where_nothing_in_it_says_another(
    section: str, heading: str, text: str, one: bool
) -> None:
    (found,) = cards(document(row(text, section, heading=heading)))
    assert has_one_level(found) is one


@pytest.mark.parametrize(
    ("answer", "wanted", "code"),
    [
        ("Urgent: see a doctor today.", "urgent", "level_of_source"),
        ("Call 999.", "urgent", "level_too_high"),
        ("See your GP next week.", "urgent", "level_too_low"),
        ("It may hurt.", "urgent", "no_level"),
        ("This is not an emergency. Rest at home.", "emergency", "level_too_low"),
    ],
)
def test_an_answer_s_level_is_held_against_the_source_s(answer: str, wanted: str, code: str) -> None:
    verdict = level_as_source(answer, "", {"level": wanted})
    assert (verdict.code, verdict.score) == (code, float(code == "level_of_source"))
    assert verdict.words
