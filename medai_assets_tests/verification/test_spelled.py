"""Slips of spelling that a source carries along, told from names, forms of a word and words that a set knows."""

from __future__ import annotations

import pytest

from medai_assets.verification.spelled import is_english, misspelt
from medai_assets.verification.whole_set import against_set
from medai_assets_tests.open_faults import open_fault
from medai_assets_tests.verification.builders import example


def slip(answer: str, subject: str = "Wheeze", *others: str) -> str:
    examples = [example(f"What is {subject}?", text, subject=subject) for text in (answer, *others)]
    found = misspelt(examples, [f"document {n}" for n in range(len(examples))])
    return found[0].reason if 0 in found else ""


@pytest.mark.parametrize(
    ("answer", "word", "meant"),
    [
        ("It is diagnosed by its chromsosome.", "chromsosome", "chromosome"),
        ("Visual acuity (clearnes) is reduced.", "clearnes", "clearness"),
        ("They die withing six years.", "withing", "within"),
        ("Physiotheraphy helps.", "Physiotheraphy", "physiotherapy"),
    ],
)
def test_a_word_one_letter_off_a_common_one_is_a_slip(answer: str, word: str, meant: str) -> None:
    assert slip(answer) == f"{word!r} looks like {meant!r}"


def test_a_name_one_letter_off_the_subject_is_a_slip() -> None:
    assert "'Behtlem'" in slip("People with Behtlem myopathy tire.", "Bethlem myopathy")
    assert "'Atenelol'" in slip("Atenelol is a beta blocker.", "atenolol")


def test_what_another_document_writes_too_is_a_word() -> None:
    assert slip("The vellus hair is fine.")
    assert not slip("The vellus hair is fine.", "Wheeze", "All vellus hair is soft.")


@pytest.mark.parametrize(
    "answer",
    [
        "Farber disease is rare.",  # a name at the beginning of a sentence
        "People with Donohue syndrome are small.",
        "The dystonias and the ataxias are disorders of movement.",
        "A mustache of gray hair and an aluminum frame.",
        "It analyzes five millimeters, and aciclovir helps.",
        "One of the symptoms is pain.",
        "The severity of symptoms varies.",
        "Experts do not recommend routine screening.",
        "Complications of in vitro fertilization are seen, and an in-depth look is a by-product.",
        "By and large it heals.",
        "In May was a test, and your can of soup.",
        "The mucosal layer swells.",
        "The child grows in spurts.",
        "Hemophilia A and hemophilia B are told apart.",
        "These lesions may need to be removed, and may bleed.",
    ],
)
def test_names_and_forms_of_a_word_are_no_slips(answer: str) -> None:
    assert slip(answer) == ""


@pytest.mark.parametrize(
    "answer",
    [
        "The disorder is cause by mutations.",
        "An x ray creates a of the structures.",
        "The skin legions itch, and these legions bleed.",
        "It is found in the fluid at during the acute stage.",
        "Your gradually lose your sight.",
        "The treatment options for gout depends on its size.",
        "IN some cases and IN some families it is inherited.",
    ],
)
def test_words_that_do_not_go_together_are_a_slip(answer: str) -> None:
    assert slip(f"It is rare. {answer}").startswith("words that do not go together")


def test_the_whole_set_is_asked_and_authored_text_is_not() -> None:
    said = "Wheeze is diagnosed by its chromsosome, which a doctor looks at in a laboratory."
    found = against_set([example("What is wheeze?", said)], ["Wheeze"], ["one"])
    assert found[0].property == "spelled"
    assert not against_set([example("What is wheeze?", said, authored=True)], ["Wheeze"], ["one"])


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("The syptoms are mild.", "syptoms"),
        ("An inflamation of the liver is seen.", "inflamation"),
        ("A leukemai is a cancer.", "leukemai"),
        ("It is a disoder of the skin.", "disoder"),
        ("They have dificulty with breathing.", "dificulty"),
        ("Treatement is with rest.", "Treatement"),
        ("It is seen in adolecsents and adults.", "adolecsents"),
        ("The occurence is low.", "occurence"),
        ("Take it immediatly.", "immediatly"),
        ("Antibotics do not help.", "Antibotics"),
        ("A suseptible person is ill.", "suseptible"),
        ("It is seen on ultrasoud.", "ultrasoud"),
    ],
)
def test_slips_as_collections_have_them_are_seen(answer: str, word: str) -> None:
    assert slip(answer).startswith(f"{word!r} looks like")


@open_fault(
    "honest medicine",
    "a slip that spells a vowel the British and the American way at once is taken for a spelling",
)
def test_two_spellings_at_once_are_a_slip() -> None:
    assert slip("Diarrhoaea and fever are seen.")


@pytest.mark.parametrize(
    "answer",
    [
        "Diarrhoea, haemorrhage, oesophagus, anaemia, foetus, paediatric and orthopaedic are British.",
        "Diarrhea, hemorrhage, esophagus, anemia, fetus, pediatric and orthopedic are American.",
        "The tumour's colour, its fibre and the odour; a labelled programme.",
        "Paracetamol, adrenaline, salbutamol and frusemide are British names.",
        "Acetaminophen, epinephrine and albuterol are American names.",
        "Hypercalcaemia, thrombocytopenia and hypoalbuminaemia were seen.",
        "Bacteroides, Klebsiella and Pneumocystis are germs.",
        "Vemurafenib and trastuzumab are given by infusion.",
        "She practises yoga and licensed practices prescribe it.",
        "Hospitalisation and hospitalization; catheterisation and catheterization.",
        "The Mirtazapine group and the Placebo group were alike.",
        "TREATMENT AND SYMPTOMS are headings.",
        "Re-infection, non-smokers and follow-up were counted.",
        "Its effects and how it affects you; a principal and a principle.",
        "",
    ],
)
def test_both_spellings_names_and_terms_are_words(answer: str) -> None:
    assert slip(answer) == ""


@pytest.mark.parametrize(
    "answer",
    [
        "It may led to death.", "It can been seen.", "The surgery is not usually recommend for adults.", "It is a an illness.",
        "The symptoms varies.", "The causes of wheeze depends on age.", "It is characterized by and pain.", "See the an example.",
        "Avoid a 8 hour fast.", "It prevents with rest, and may include with pain.", "The removal of the legion is done.",
    ],
)  # fmt: skip
def test_grammar_that_a_converter_or_writer_broke_is_seen(answer: str) -> None:
    assert slip(f"It is rare. {answer}").startswith("words that do not go together")


@pytest.mark.parametrize(
    "answer",
    [
        "It may lead to death.", "It can be seen.", "Surgery is not usually recommended for adults.", "It is an illness.",
        "The causes vary with age.", "The choice of treatments depends on age.", "One of the symptoms varies.",
        "An 8 hour fast and a 10 hour fast, an 11 day and an 18 month stay.", "What the person is treated with is rest.",
        "The number of in vivo tests fell, as did that of in-hospital deaths.", "People who smoke are at in-hospital risk.",
        "Foreign legions marched.", "Of the causes, one depends on age.", "It affects with equal force men and women.",
    ],
)  # fmt: skip
def test_grammar_that_holds_is_left_alone(answer: str) -> None:
    assert slip(f"It is rare. {answer}") == ""


def test_what_a_publisher_s_field_states_is_no_writer_s_word() -> None:
    said = "Wheeze is diagnosed by its chromsosome."
    assert not misspelt([example("What is wheeze?", said, stated=True)], ["one"])
    assert misspelt([example("What is wheeze?", said)], ["one"])


def test_a_set_knows_the_terms_that_three_of_its_documents_have() -> None:
    known = ["The xanthodermitis is mild." for _ in range(3)]
    assert "looks like 'xanthodermitis'" in slip("A xanthodermtis is seen.", "Wheeze", *known)
    assert slip("A xanthodermtis is seen.", "Wheeze", *known[:2]) == ""


@pytest.mark.parametrize("word", "potates tomates volcanes erobic yor tes maneuvre shestring".split())
def test_what_the_american_way_does_not_shorten_is_no_word(word: str) -> None:
    assert not is_english(word)


@pytest.mark.parametrize(
    "word",
    "leukemia pediatric anemia hemoglobin edema esophagus diarrhea fetus estrogen celiac etiology tumor color behavior "
    "labor neighbors armored odorless favorite tenia celom arbor".split(),
)
def test_what_the_american_way_shortens_is_a_word(word: str) -> None:
    assert is_english(word)
