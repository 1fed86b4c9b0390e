"""A question that names a section of a label is answered by that section, whole; what others add was not asked for."""

from __future__ import annotations

from itertools import cycle, product

import pytest

from medai_assets.instructions.label_sections import TITLES, printed
from medai_assets.instructions.language.label_phrasing import REQUESTS, section_phrase
from medai_assets.sources.label_fields import FIELDS
from medai_assets.verification import SourcePassage
from medai_assets.verification.section_whole import sections_named
from medai_assets_tests.verification.builders import example, findings, label, passage, refused_by

USES = "Advil is indicated for pain in adults. It is also indicated for fever in adults."
CHILDREN = "Safety and effectiveness in pediatric patients have not been established."
LABEL = (
    passage(USES, "indications", "Indications and usage"),
    passage(CHILDREN, "pediatric_use", "Pediatric use"),
    passage("Stop Advil at the first sign of a rash.", "warnings", "Serious Skin Reactions"),
)
ASKED = "What does the Indications and Usage section of the Advil label say?"


def reasons(
    question: str, answer: str, *named: int, passages: tuple[SourcePassage, ...] = LABEL
) -> list[str]:
    made = example(question, answer, "drug_information", subject="ibuprofen")
    return [f.reason for f in findings(made, label(*passages), *named) if f.property == "section_whole"]


@pytest.mark.parametrize(
    ("question", "answer", "named"),
    [
        (ASKED, USES, 0),
        ("Under Indications and Usage, what does the label of Advil say?", USES, 0),
        ("What does the Pediatric Use section of the Advil label say?", CHILDREN, 1),
        ('Under "Serious Skin Reactions", what does the label of Advil say?', LABEL[2].text, 2),
        (
            "How does the Indications and Usage section of the Advil label read?",
            f"Indications and Usage: {USES}",
            0,
        ),
    ],
)
def test_the_section_asked_for_answers_whole(question: str, answer: str, named: int) -> None:
    made = example(question, answer, "drug_information", subject="ibuprofen")
    refused = refused_by(made, label(*LABEL), named)
    assert "section_whole" not in refused
    assert "question_fits" not in refused


@pytest.mark.parametrize(
    ("question", "answer", "named", "told"),
    [
        (ASKED, "Advil is indicated for pain in adults.", (0,), "word for word"),
        (ASKED, "It is also indicated for fever in adults.", (0,), "word for word"),
        (ASKED, f"{USES} {CHILDREN}", (0, 1), "the text is of Pediatric use"),
        (ASKED, f"{USES} Ask a doctor.", (0,), "more than the section"),
        (ASKED, CHILDREN, (1,), "the label also says"),
        ("What does the Overdosage section of the Advil label say?", USES, (0,), "no section of that title"),
        (
            'Under "Liver Injury", what does the label of Advil say?',
            LABEL[2].text,
            (2,),
            "no section of that title",
        ),
    ],
)
def test_half_a_section_another_one_and_more_than_it_are_refused(
    question: str, answer: str, named: tuple[int, ...], told: str
) -> None:
    assert told in " ".join(reasons(question, answer, *named))


def test_a_section_is_all_its_subsections() -> None:
    first, second = "Advil is indicated for pain in adults.", "Advil is indicated for fever in adults."
    parts = (passage(first, "indications", "Pain"), passage(second, "indications", "Fever"))
    whole = f"Pain: {first}\n\nFever: {second}"
    assert reasons(ASKED, whole, 0, 1, passages=parts) == []
    assert "the label also says" in reasons(ASKED, first, 0, passages=parts)[0]
    assert (
        reasons('For Advil, what does the label state under the heading "Pain"?', first, 0, passages=parts)
        == []
    )


@pytest.mark.parametrize(
    ("passages", "told"),
    [
        (
            (LABEL[0], passage("Not for children.", "indications", "Indications and usage")),
            "more than one section",
        ),
        ((passage(USES, "indications", "Indications and usage", part=1),), "the section is longer"),
        ((passage(f"{USES} See WARNINGS.", "indications", "Indications and usage"),), "points elsewhere"),
        (
            (
                passage(
                    f"{USES} Limitations of Use Advil is not for gout.",
                    "indications",
                    "Indications and usage",
                ),
            ),
            "damaged",
        ),
        (
            (passage("It lowers them to 50 cells/mm 3 of blood.", "indications", "Indications and usage"),),
            "damaged",
        ),
    ],
)
def test_a_section_that_is_cut_doubled_or_damaged_answers_nothing(
    passages: tuple[SourcePassage, ...], told: str
) -> None:
    assert told in reasons(ASKED, passages[0].text, 0, passages=passages)[0]


@pytest.mark.parametrize("title", ["Clinical Pharmacology", "Precautions"])
def test_what_is_left_of_a_section_whose_parts_have_titles_of_their_own_is_not_that_section(
    title: str,
) -> None:
    rest = (passage("Watch the liver of everybody who takes Advil.", "warnings", title.capitalize()),)
    told = reasons(f"What does the {title} section of the Advil label say?", rest[0].text, 0, passages=rest)
    assert "titles of their own" in told[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It passes into milk. 8.6 Renal Impairment Advil is not for patients on dialysis.", "damaged"),
        ("Keep it frozen. For storage recommendations for the reconstituted solution.", "damaged"),
        ("Keep it frozen. For information on how to store it, ask your pharmacist.", ""),
        ("8. 5 Geriatric Use Pain in older people is the same.", "damaged"),
        (
            "- adults: 200 mg\n- patients with kidney disease: 100 mg. ADVIL is not for patients on dialysis.",
            "damaged",
        ),
        ("It is not for patients with any of these: 1. Gout. 2. Ulcers of the stomach.", "damaged"),
        ("Throw it away as your clinic's procedures say 1.", "damaged"),
        (
            "Store it at 20°C to 25°C. Active ingredient: ibuprofen 200 mg. Ask for routine checkups.",
            "damaged",
        ),
        ("It was given to adults of all ages in Study 1.", ""),
        ("Half the dose is enough from a CL cr below 30 mL/min.", "damaged"),
        ("Seizures Cholinomimetics can cause seizures, as all cholinomimetics do.", "a heading is left"),
        ("Ibuprofen Cholinomimetics can cause seizures, as all cholinomimetics do.", ""),
        ("Information\n- Prime it before the first use.\n- Shake it.", "a heading is left"),
        ("In Children under two years it has not been tried; children of two years and more were.", ""),
        ("For storage of the diluted solution, use a clean vial. For information call us.", ""),
    ],
)
def test_what_a_publisher_s_extract_has_run_together_answers_nothing(text: str, told: str) -> None:
    parts = (passage(text, "warnings", "Care In Use"),)
    found = reasons('Under "Care In Use", what does the label of Advil say?', text, 0, passages=parts)
    assert told in " ".join(found)
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    "title", ["Heart Block Transient Heart Block", "Storage and Disposal Used", "Care of"]
)
def test_a_title_that_is_two_or_has_taken_a_word_of_its_text_is_none(title: str) -> None:
    parts = (passage("Advil is stored in its carton.", "warnings", title),)
    (told,) = reasons(f'Under "{title}", what does the label of Advil say?', parts[0].text, 0, passages=parts)
    assert "a title that ends in its middle" in told


@pytest.mark.parametrize("target", ["section", "section_and_box", "package"])
def test_every_title_that_a_rule_may_ask_for_is_seen_in_the_question(target: str) -> None:
    of_package = target == "package"
    fields = [f for f in FIELDS.values() if f.section in TITLES and f.section != "boxed_warning"]
    titles = {f.heading if of_package else printed(f.heading) for f in fields if of_package or not f.audience}
    boxed = ("boxed warning",) if target == "section_and_box" else ()
    forms = REQUESTS[target]
    for form, title in [
        *product(forms[:8], sorted(titles)),
        *zip(forms, cycle(sorted(titles)), strict=False),
    ]:
        asked = example(
            form.format(drug="Advil", label="the Advil label", title=title), USES, "drug_information"
        )
        assert sections_named(asked, label(*LABEL)) == (*boxed, title.casefold()), form


def test_a_subsection_is_seen_by_its_quoted_title() -> None:
    for form in map(str, range(200)):
        asked = example(
            section_phrase("subsection", (form,), "Advil", "Missed Doses"), USES, "drug_information"
        )
        assert sections_named(asked, label(*LABEL)) == ("missed doses",), asked.prompt
    for form in REQUESTS["box"]:
        asked = example(form.format(drug="Advil"), USES, "drug_information")
        assert sections_named(asked, label(*LABEL)) == ("boxed warning",), form


def package(text: str, heading: str, section: str) -> tuple[SourcePassage, ...]:
    return (SourcePassage("p1", text, heading, section, {}, "consumer"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Do not use\n- if you have an ulcer\n- right before heart surgery", ""),
        ("Stop Use\n- condition worsens", "does not begin with its title"),
        (
            "Do not use if you have ever had an allergic reaction to it right before heart surgery",
            "lost its marks",
        ),
    ],
)
def test_a_list_of_a_package_begins_with_its_title_and_has_its_marks(text: str, told: str) -> None:
    asked = 'On the package of Advil, what is listed under "Do not use"?'
    found = reasons(asked, text, 0, passages=package(text, "Do not use", "do_not_use"))
    assert told in " ".join(found)
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ("Other information\n- do not use if the seal is broken", "begins with that title"),
        ("Questions?\n- call us", ""),
    ],
)
def test_a_package_s_title_that_another_part_begins_with_is_that_part_s(beside: str, told: str) -> None:
    text = "Store at 20°C to 25°C."
    parts = (
        *package(text, "Storage and handling", "storage"),
        SourcePassage("p2", beside, "", "other", {}, "consumer"),
    )
    found = reasons('What stands under "Other information" on the package of Advil?', text, 0, passages=parts)
    assert told in " ".join(found)
    assert bool(found) is bool(told)


BOX = passage(
    "WARNING: BLEEDING\n\nAdvil can cause bleeding that is fatal.", "boxed_warning", "Boxed warning"
)
EXCLUDED = passage("Advil is contraindicated in gout.", "contraindications", "Contraindications")


def test_a_boxed_warning_that_belongs_to_a_section_is_asked_for_with_it() -> None:
    both = "What do the boxed warning and the Contraindications section of the Advil label say?"
    one = "What does the Contraindications section of the Advil label say?"
    answer = f"Boxed Warning:\n{BOX.text}\n\nContraindications:\n{EXCLUDED.text}"
    framed = {"subject": "ibuprofen", "framing": ("Boxed Warning:", "Contraindications:")}
    made = example(both, answer, "drug_information", **framed)
    assert not {"section_whole", "safety_kept"} & {*refused_by(made, label(BOX, EXCLUDED))}
    alone = example(one, EXCLUDED.text, "drug_information", subject="ibuprofen")
    assert "safety_kept" in refused_by(alone, label(BOX, EXCLUDED), 1)
    assert "section_whole" in refused_by(
        example(one, answer, "drug_information", **framed), label(BOX, EXCLUDED)
    )
