"""Languages are told apart where there is enough text to tell."""

import pytest

from medai_assets.text.language import detect_languages


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The patient has had a fever and a cough for three days and feels very weak.", "en"),
        ("La diabetes tipo 2 se puede prevenir o retrasar en muchas personas con cambios sencillos.", "es"),
        ("Der Patient klagt seit drei Tagen über Fieber und Husten und fühlt sich sehr schwach.", "de"),
        ("Le patient a de la fièvre et de la toux depuis trois jours et se sent très faible.", "fr"),
    ],
)
def test_detects(text: str, code: str) -> None:
    assert detect_languages([text]) == [code]


def test_a_list_of_names_is_too_short_to_tell() -> None:
    assert detect_languages(["Amoxicillin, clavulanato"], default="en") == ["en"]


@pytest.mark.parametrize(
    ("text", "default", "code"),
    [
        ("Nehmen Sie eine Tablette täglich.", "de", "de"),
        ("", "en", "en"),
        ("0.5 1.2 3.4 5.6 7.8 9.1 2.3 4.5 6.7", "en", "en"),
        (
            "Take one tablet by mouth every four to six hours. " * 40 + "Nehmen Sie eine Tablette. " * 40,
            "xx",
            "en",
        ),
        ("RESULTS: HbA1c fell by 0.5% (95% CI 0.3 to 0.7; p<0.001) in the treated group.", "xx", "en"),
    ],
)
def test_what_is_too_short_takes_the_documents_language_and_the_beginning_decides(
    text: str, default: str, code: str
) -> None:
    assert detect_languages([text], default=default) == [code]


def test_each_text_has_its_own_language_in_order() -> None:
    texts = [
        "The patient has had a fever and a cough for three days now.",
        "x",
        "Le patient a de la fièvre et de la toux depuis trois jours.",
    ]
    assert detect_languages(texts, default="und") == ["en", "und", "fr"]
