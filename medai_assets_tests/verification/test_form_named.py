"""A substance that is sold in several forms is asked about by its form, or by its brand."""

from __future__ import annotations

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.form_named import form_named
from medai_assets_tests.verification.builders import example, label, passage, refused_by, source

BRANDED = ("DICLOFENAC SODIUM", "Voltarol")
GENERIC = ("DICLOFENAC SODIUM", "Diclofenac Sodium")


CREAM = ("indications", "Fluorouracil cream is indicated for actinic keratoses of the face.")


def refused(
    question: str,
    answer: str,
    told: str = "",
    names: tuple[str, ...] = BRANDED,
    kind: str = "drug_information",
) -> str:
    brand = names[1] if len(names) > 1 else ""
    parts = (passage(answer, "indications", brand=brand), passage(told or answer, "description", brand=brand))
    document = label(*parts, names=names)
    found = form_named(example(question, answer, kind, subject="diclofenac"), Evidence(document, parts[:1]))
    return found.reason if found else ""


ASKED = "What is diclofenac used for?"


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("Diclofenac gel relieves pain of the joints.", "on the skin"),
        ("Apply the 1% lotion to the scalp.", "on the skin"),
        ("The transdermal system is worn for 3 days.", "on the skin"),
        ("Diclofenac ophthalmic solution treats inflammation after cataract surgery.", "in the eye"),
        ("Put one drop into the affected eye.", "in the eye"),
        ("Otic drops are used for an infection of the ear canal.", "in the ear"),
        ("The nasal spray relieves a stuffy nose.", "in the nose"),
        ("It is for oral inhalation with a nebuliser.", "inhaled"),
        ("Inhaled steroids prevent attacks.", "inhaled"),
        ("It is given by intravenous infusion over 30 minutes.", "injected"),
        ("Administer subcutaneously once weekly.", "injected"),
        ("Let the lozenge dissolve slowly.", "in the cheek"),
        ("Insert the suppository.", "in the rectum"),
        ("The vaginal ring is left in for 3 weeks.", "in the vagina"),
        ("Extended-release tablets are swallowed whole.", "slowly set free"),
        ("MODIFIED RELEASE capsules are taken once daily.", "slowly set free"),
    ],
)
def test_an_answer_about_one_form_is_not_of_the_substance(answer: str, form: str) -> None:
    assert refused(ASKED, answer).endswith(form)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is diclofenac gel used for?", "Diclofenac gel relieves pain of the joints."),
        ("What is topical diclofenac used for?", "Diclofenac gel relieves pain of the joints."),
        ("What are diclofenac eye drops for?", "The ophthalmic solution is used after surgery."),
        ("What is Voltarol used for?", "Diclofenac gel relieves pain of the joints."),
        ("What is VOLTAROL used for?", "Diclofenac gel relieves pain of the joints."),
        ("What is diclofenac injection for?", "It is given by intravenous infusion over 30 minutes."),
        (ASKED, "Diclofenac relieves pain; take one tablet by mouth."),
        (ASKED, "It relieves pain and fever."),
        ("What is sustained-release diclofenac for?", "Extended-release tablets are swallowed whole."),
    ],
)
def test_the_form_or_the_brand_in_the_question_is_enough(question: str, answer: str) -> None:
    assert refused(question, answer) == ""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is diclofenac injection for?", "Diclofenac gel relieves pain of the joints."),
        ("What are diclofenac tablets for?", "Diclofenac gel relieves pain of the joints."),
        ("What are diclofenac eye drops for?", "Otic drops are for the ear."),
    ],
)
def test_another_form_in_the_question_is_not(question: str, answer: str) -> None:
    assert refused(question, answer)


def test_a_form_that_the_label_tells_elsewhere_counts_and_tablets_do_not() -> None:
    plain = "It relieves pain of the joints."
    assert refused(ASKED, plain, "Each gram of the ointment holds 10 mg.")
    assert refused(ASKED, plain, "Each tablet for oral use holds 10 mg, and so does the ointment.") == ""
    assert refused(ASKED, plain, "Each vial is for injection, not for oral use.")


def test_a_name_that_is_the_substance_s_own_is_no_brand() -> None:
    gel = "The gel relieves pain of the joints."
    assert refused("What is diclofenac sodium used for?", gel, names=GENERIC)
    assert refused("What is Voltarol used for?", gel, names=("Voltarol",))
    assert refused("What is diclofenac sodium used for?", gel, names=())


def test_only_a_label_s_medicine_is_asked() -> None:
    gel = "The gel relieves pain of the joints."
    assert refused(ASKED, gel, kind="question_answer") == ""
    page = source(passage(gel, "indications"))
    made = example(ASKED, gel, "drug_information", subject="diclofenac")
    assert form_named(made, Evidence(page, page.passages)) is None


@pytest.mark.parametrize(
    ("question", "told", "names", "brand", "is_refused"),
    [
        ("What is fluorouracil used for?", CREAM, ("FLUOROURACIL", "Fluoroplex"), "Fluoroplex", True),
        ("What is Fluoroplex used for?", CREAM, ("FLUOROURACIL", "Fluoroplex"), "Fluoroplex", False),
        ("What is fluorouracil cream used for?", CREAM, ("FLUOROURACIL", "Fluoroplex"), "Fluoroplex", False),
        ("What is fluorouracil used for?", CREAM, ("FLUOROURACIL", "Fluorouracil"), "Fluorouracil", True),
        (  # the form stands in another section only
            "How is desmopressin stored?",
            ("storage", "Store it refrigerated between 2°C and 8°C, in its carton."),
            ("DESMOPRESSIN ACETATE", "Desmopressin"),
            "Desmopressin",
            True,
        ),
        (
            "What is fluorouracil injection used for?",
            CREAM,
            ("FLUOROURACIL", "Fluoroplex"),
            "Fluoroplex",
            True,
        ),
        (
            "What is tolazamide used for?",
            ("indications", "Tolazamide tablets are indicated for adults with type 2 diabetes."),
            ("TOLAZAMIDE", "Tolazamide"),
            "Tolazamide",
            False,
        ),
    ],
)
def test_a_substance_of_several_forms_is_asked_about_by_its_form(
    question: str, told: tuple[str, str], names: tuple[str, ...], brand: str, is_refused: bool
) -> None:
    section, answer = told
    of_label = label(
        passage(answer, section, brand=brand),
        passage("Each vial is a clear solution for injection.", "how_supplied", brand=brand),
        names=names,
    )
    made = example(question, answer, "drug_information", subject=names[0].lower())
    assert ("form_named" in refused_by(made, of_label, 0)) is is_refused
