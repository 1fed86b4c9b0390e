"""A form told by its maker is not trusted: what was changed on the way is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.form_kept import AS_PEOPLE_WRITE, CITED, WITH_TEXT, Rendering, form_kept
from medai_assets_tests.verification.builders import example, passage, source

SIGNS = "The main symptom of wheeze is a whistling sound when you breathe out."
CAUSES = "Wheeze is often caused by asthma."
PAGE = source(
    passage(SIGNS, heading="Symptoms"),
    passage(CAUSES, "causes", "Causes"),
    origins=("2025-03-11T12:00:00Z", "nhs.uk"),
)
EVIDENCE = Evidence(PAGE, PAGE.passages[:1])
PLAIN = example("What are the symptoms of wheeze?", SIGNS)
WRITTEN = Rendering(
    AS_PEOPLE_WRITE, "quick question, what are the symptoms of wheeze", SIGNS, story="quick question"
)
LINE = "Source: the NHS website's page “Wheeze”, last changed 11 March 2025."
CITES = Rendering(CITED, PLAIN.prompt, f"{SIGNS}\n\n{LINE}", citation=LINE)
TEXTS = (f"Symptoms\n{SIGNS}", f"Causes\n{CAUSES}")
SHOWS = Rendering(
    WITH_TEXT,
    f"Use this.\n\n[1] {TEXTS[0]}\n\n[2] {TEXTS[1]}\n\nQuestion: {PLAIN.prompt}",
    SIGNS,
    asks="Use this.",
    shown=TEXTS,
)


@pytest.mark.parametrize("told", [WRITTEN, CITES, SHOWS])
def test_a_sound_form_is_kept(told: Rendering) -> None:
    assert form_kept(PLAIN, told, EVIDENCE) is None


def cites(line: str) -> Rendering:
    return replace(CITES, completion=f"{SIGNS}\n\n{line}", citation=line)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (replace(WRITTEN, prompt="quick question, what are the signs of wheeze"), "other words"),
        (replace(WRITTEN, prompt="quick question, what are not the symptoms of wheeze"), "other words"),
        (replace(WRITTEN, prompt="i am pregnant, what are the symptoms of wheeze", story="i am pregnant"), "'pregnant'"),
        (replace(WRITTEN, completion=CAUSES), "another"),
        (cites(LINE.replace("11", "12")), "'12'"),
        (cites(LINE.replace("Wheeze", "Asthma")), "'asthma'"),
        (replace(CITES, completion=f"{CAUSES}\n\n{LINE}"), "another"),
        (replace(SHOWS, prompt=SHOWS.prompt.replace("whistling", "rattling")), "not the declared text"),
        (replace(SHOWS, shown=TEXTS[1:], prompt=f"Use this.\n\n[1] {TEXTS[1]}\n\nQuestion: {PLAIN.prompt}"), "not shown"),
        (replace(SHOWS, is_there=False, completion="The text does not say."), "may hold the answer"),
    ],
)  # fmt: skip
def test_a_form_that_changes_what_is_asked_or_said_is_not_kept(told: Rendering, reason: str) -> None:
    found = form_kept(PLAIN, told, EVIDENCE)
    assert found is not None
    assert reason in found.reason


def test_a_text_that_is_in_no_passage_of_the_document_is_not_shown() -> None:
    made_up = "Symptoms\nThe main symptom is a fever."
    told = replace(SHOWS, shown=(made_up,), prompt=f"Use this.\n\n[1] {made_up}\n\nQuestion: {PLAIN.prompt}")
    assert "does not stand in the document" in form_kept(PLAIN, told, EVIDENCE).reason  # type: ignore[union-attr]


def test_what_is_shown_names_what_is_asked_about_and_is_whole() -> None:
    named = source(
        passage("It opens the airways.", heading="Uses"),
        passage("Keep it dry.", "storage", "Storage"),
        names=("Wheezol",),
    )
    texts = tuple(f"{p.heading}\n{p.text}" for p in named.passages)
    asked = example("What is Wheezol for?", "It opens the airways.")
    shown = "\n\n".join(f"[{n}] {text}" for n, text in enumerate(texts, 1))
    told = Rendering(
        WITH_TEXT,
        f"Use this.\n\n{shown}\n\nQuestion: {asked.prompt}",
        asked.completion,
        asks="Use this.",
        shown=texts,
    )
    found = form_kept(asked, told, Evidence(named, named.passages[:1]))
    assert found is not None
    assert "do not name 'Wheezol'" in found.reason


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("emergency_escalation", "Call a poison control center right away."),
        ("triage_recommendation", "See a doctor within a week."),
        ("symptom_analysis", "A tight chest is a sign."),
        ("drug_information", "In an overdose call a poison control center right away."),
    ],
)
@pytest.mark.parametrize("is_there", [True, False])
def test_who_needs_help_is_never_told_that_a_text_does_not_say(
    kind: str, answer: str, is_there: bool
) -> None:
    page = source(
        passage(answer, "storage", "Storage"),
        passage("Wheezol is white.", "description", "Looks"),
        names=("Wheezol",),
    )
    asked = example("My child has swallowed Wheezol. What should I do?", answer, kind)
    shown = ("Looks\nWheezol is white.",) if not is_there else (f"Storage\n{answer}",)
    prompt = f"Use this.\n\n[1] {shown[0]}\n\nQuestion: {asked.prompt}"
    told = Rendering(
        WITH_TEXT,
        prompt,
        answer if is_there else "The text does not say.",
        asks="Use this.",
        shown=shown,
        is_there=is_there,
    )
    found = form_kept(asked, told, Evidence(page, page.passages[:1]))
    assert found is not None
    assert "who needs help" in found.reason
