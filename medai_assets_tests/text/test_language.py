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
