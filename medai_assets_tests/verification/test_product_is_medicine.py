"""Every sign by which a label or an article shows that it is not to be taught, and honest text beside it."""

from __future__ import annotations

import pytest

from medai_assets.verification import PROPERTIES, Evidence, Source
from medai_assets_tests.verification.builders import example, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason

MADE = example("What is it used for?", "It relieves pain.", "drug_information")
USE = "Temporarily relieves minor aches and pains."


def of_label(text: str, names: tuple[str, ...] = ("IBUPROFEN", "Advil"), **other: object) -> str:
    return reason("product_is_medicine", MADE, label(passage(text, "indications"), names=names, **other))


def of_article(title: str, text: str = "The children of both groups slept equally well.") -> str:
    return reason("product_is_medicine", MADE, source(passage(text), names=(title,), publisher="pubmed"))


@pytest.mark.parametrize(
    "text",
    [
        "Homeopathic sleep aid.", "A homoeopathic medicine.", "The letters HPUS indicate that it is in the pharmacopoeia.",
        "Arnica montana 6X, calendula 12X.", "Bryonia alba 30C, 200C", "Silicea 30 CK, Thuja 6 LM.",
        "Dissolve 4 pellets under the tongue.", "Place 5 pellets on the tongue and let them dissolve.",
        "These statements have not been evaluated by the Food and Drug Administration.",
        "This drug has not been found by FDA to be safe and effective.", "Supplement Facts: serving size 1 capsule.",
        "This dietary supplement supports the joints.",
        "It is not intended to diagnose, treat, cure or prevent any disease.", "For cosmetic use only.",
        "Mineral powder provides SPF 46 protection. Leaves the skin flawless and protected.", "For a radiant complexion.",
        "For use in animals only.", "For veterinary use only.", "Traditionally, homeopathy is like cures like.",
    ],
)  # fmt: skip
def test_what_nobody_examined_is_no_medicine(text: str) -> None:
    assert of_label(f"{USE} {text}")


@pytest.mark.parametrize(
    "text",
    [
        "Take 1 tablet 2X daily.", "Stop it where liver enzymes rise above 3 x ULN.", "Store below 30 C, away from light.",
        "Store between 15 C and 30 C.", "Sold in packs of 12 x 10 tablets.",
        "Tell your doctor about all medicines that you take, including vitamins and dietary supplements.",
        "Tell your doctor about all medicines that you take, including homeopathic ones.",
        "Tell your doctor if you take a dietary supplement such as St. John's wort.",
        "The implant is a pellet that is placed under the skin.", "Males have one X chromosome and females two.",
        "An X-ray of the chest is taken.", "Wash off cosmetics before use.",
        "In long use skin looks thin and shiny.", "It prevents drying of skin over the wound.",
    ],
)  # fmt: skip
def test_words_of_an_examined_label_that_look_alike_are_let_pass(text: str) -> None:
    assert of_label(f"{USE} {text}") == ""


@pytest.mark.parametrize(
    "name", ["Nux Vomica", "PULSATILLA", "Kali Bichromicum", "Apis Mellifica", "Rhus tox"]
)
def test_a_short_label_named_like_a_remedy_is_refused_and_a_long_one_is_not(name: str) -> None:
    assert "named like a remedy" in of_label(USE, (name,))
    assert of_label(f"{USE} " * 300, (name,)) == ""


@pytest.mark.parametrize(
    ("text", "approved"),
    [
        ("It is authorized under an Emergency Use Authorization.", False),
        ("It is not FDA-approved for this use.", False),
        ("This is an unapproved drug.", False),
        ("It is approved for use in an emergency.", True),
    ],
)
def test_a_use_that_is_not_approved_is_refused_in_the_named_passages(text: str, approved: bool) -> None:
    document = label(passage(text, "indications"), passage("Keep it dry.", "storage"))
    assert (reason("product_is_medicine", MADE, document, 0) == "") is approved
    assert reason("product_is_medicine", MADE, document, 1) == ""


def test_an_emergency_authorisation_of_the_whole_product_is_refused_where_use_or_dose_is_told() -> None:
    parts = [passage(USE, "indications"), passage("Take one.", "dosage"), passage("Keep it dry.", "storage")]
    document = label(*parts, flags=("eua",))
    assert [bool(reason("product_is_medicine", MADE, document, n)) for n in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    "flag", ["homeopathic", "unapproved", "retracted", "withdrawn", "retraction", "expression_of_concern", "removed",
             "replaced", "notice", "retracted_and_republished"],
)  # fmt: skip
def test_what_collection_marked_is_refused_of_any_source(flag: str) -> None:
    for publisher in ("nhs", "fda", "pubmed"):
        document = source(passage(USE), publisher=publisher, flags=("otc", flag))
        assert flag in reason("product_is_medicine", MADE, document)


@pytest.mark.parametrize(
    "title",
    [
        "RETRACTED: Sleep in children with wheeze", "Retracted Article: Sleep in children", "[Retracted] Sleep in children",
        "Retraction: Sleep in children", "Retraction Note: Sleep in children", "Retraction notice to \"Sleep in children\"",
        "Notice of Retraction: Sleep in children", "WITHDRAWN: Sleep in children", "REMOVED: Sleep in children",
        "TEMPORARY REMOVAL: Sleep in children", "Temporarily removed: Sleep in children",
        "Expression of Concern: Sleep in children", "Statement of Retraction: Sleep in children",
        "Editorial Expression of Concern on sleep in children", "RETRACTED - Sleep in children",
        "WITHDRAWN - Sleep in children", "Retracted. Sleep in children", "RETRACTED- Sleep in children", "Retracted.",
        "RETRACTED ARTICLE Sleep in children",
    ],
)  # fmt: skip
def test_a_title_that_takes_an_article_back_is_seen(title: str) -> None:
    assert "taken back" in of_article(title)


@pytest.mark.parametrize(
    "text",
    [
        "This article has been withdrawn at the request of the authors.",
        "This article has been retracted: please see the policy on article withdrawal.",
        "The duplicate article has therefore been withdrawn.",
        "The authors have retracted this article because the data cannot be found.",
        "The Editor-in-Chief has retracted this article.",
        "The trial report has been retracted by its authors.",
        "The trial report was retracted by all authors.",
        "The text has been withdrawn from publication in The Cochrane Library.",
    ],
)
def test_a_text_that_takes_its_article_back_is_seen(text: str) -> None:
    assert "taken back" in of_article("Sleep in children", text)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Lower eyelid retraction of thyroid origin: a cohort study", "Lids were measured."),
        ("Eyelid retraction in thyroid disease", "Lids were measured."),
        ("Withdrawal of antidepressants in older people", "Most did well."),
        ("Withdrawn behaviour in infants: a cohort study", "Most did well."),
        ("Removed third molars and pain: a trial", "Most did well."),
        (
            "Harm of anti-inflammatory drugs",
            "Rofecoxib has been withdrawn from the market because of strokes.",
        ),
        ("Sleep in children", "Two patients had been withdrawn from the trial."),
        ("Sleep in children", "Two patients were withdrawn at the request of their parents."),
    ],
)
def test_an_article_on_retraction_or_withdrawal_of_other_things_stands(title: str, text: str) -> None:
    assert of_article(title, text) == ""


def test_a_page_is_not_looked_at_for_a_label_s_or_an_article_s_signs() -> None:
    page = source(passage("A homeopathic remedy 30C was tried. Retracted: it does not help.", "overview"))
    assert reason("product_is_medicine", MADE, page) == ""


PAIN = "Ibuprofen is used to relieve mild pain in adults. Do not take it with aspirin unless a doctor tells you to."


@pytest.mark.parametrize(
    ("document", "is_medicine"),
    [
        (label(passage(PAIN, "indications")), True),
        (label(passage(PAIN, "indications"), flags=("homeopathic",)), False),
        (label(passage(f"{PAIN} Arnica montana 6X, HPUS.", "indications")), False),
        (
            label(
                passage("Dissolve 4 pellets under the tongue 3 times a day.", "dosage"),
                names=("SILICON DIOXIDE",),
            ),
            False,
        ),
        (label(passage(PAIN, "indications"), names=("SILICEA", "SILICON DIOXIDE")), False),
        (label(passage(f"{PAIN} This statement has not been evaluated by the FDA.", "indications")), False),
        (label(passage("It is authorized under an EUA.", "indications")), False),
        (
            source(
                passage("Wheeze was studied."), names=("WITHDRAWN: Wheeze in mice",), publisher="pubmed_bulk"
            ),
            False,
        ),
        (
            source(passage("Wheeze was studied."), flags=("expression_of_concern",), publisher="pubmed_bulk"),
            False,
        ),
        (source(passage("Wheeze was studied."), publisher="pubmed_bulk"), True),
    ],
)
def test_what_nobody_examined_or_what_was_taken_back_is_no_medicine(
    document: Source, is_medicine: bool
) -> None:
    made = example("What is ibuprofen used for?", document.passages[0].text, "drug_information")
    found = PROPERTIES["product_is_medicine"](made, Evidence(document, document.passages))
    assert (found is None) is is_medicine


@pytest.mark.parametrize(
    ("text", "is_sound"),
    [
        (
            "Stop it where enzymes rise above 3 x ULN. "
            + "The liver is to be tested before it is used. " * 500,
            True,
        ),
        ("Arsenic 30X, Bryonia 6X. Take three tablets.", False),
    ],
    ids=["a prescriber's limit", "a potency"],
)
def test_a_multiple_of_the_upper_limit_is_no_potency(text: str, is_sound: bool) -> None:
    made = example(
        "Tell me about ibuprofen.", text.split(". ")[0] + ".", "drug_information", subject="ibuprofen"
    )
    assert ("product_is_medicine" not in refused_by(made, label(passage(text, "warnings")))) is is_sound
