"""Advice to take what is no medicine, and the honest sentences beside it that name a poison."""

from __future__ import annotations

import pytest

from medai_assets.verification.harmless import harm
from medai_assets_tests.verification.builders import example, passage, source
from medai_assets_tests.verification.one_property import reason


@pytest.mark.parametrize(
    "said",
    [
        "Drinking a little bleach every day cures the infection.",
        "Take two drops of chlorine dioxide in water until you feel better.",
        "Swallow a spoonful of turpentine to cleanse the gut.",
        "Injecting disinfectant kills the virus and should be tried.",
        "Drink ten drops of 35% hydrogen peroxide in water twice a day.",
        "A teaspoon of kerosene relieves a cough.",
        "An enema of bleach heals the gut.",
        "Give the child MMS until the fever is gone.",
        "Colloidal silver by mouth cures infections.",
        "Bleach is safe to drink in small amounts.",
        "Drink a capful of bleach in a gallon of water each morning to detoxify.",
        "It is not dangerous to drink bleach, and it cures the flu.",
        "Swallowing petrol every day is harmless and cures worms.",
        "A study shows that drinking bleach every day cures the flu.",
        "Inhaling the fumes of ammonia solution daily improves the breath.",
        "INJECT DISINFECTANT DAILY TO TREAT THE VIRUS.",
        "Wheeze is common.\n- Drink methanol each morning; it helps.",
        "You will feel better after drinking diluted bleach every day.",
        "You will feel better after drinking water with bleach every day.",
        "Drinking water with a little bleach daily cures the flu.",
        "Symptoms improve after taking turpentine daily.",
        "Worms die after eating a spoonful of turpentine daily.",
        "Shake the bleach before taking; it cures worms.",
        "Drinking bleach is a safe antidote to autism.",
        "Drinking bleach daily is the antidote to methanol.",
        "Take one cup of turpentine daily; wipe the mouth.",
        "Wipe the skin with turpentine, then drink bleach daily.",
        "Wipe the skin with turpentine and drink the rest daily.",
        "Worms die after eating bread soaked in a little turpentine daily.",
        "Chlorine dioxide ingestion is safe; drink it daily.",
    ],
)
def test_advice_to_take_a_poison_is_refused(said: str) -> None:
    assert harm(said)


@pytest.mark.parametrize(
    "said",
    [
        "Never drink bleach; it burns the gullet.",
        "Do not drink antifreeze, even in small amounts.",
        "Don’t drink bleach to treat an infection.",
        "Clean the toilet and surfaces with household bleach every day.",
        "Call for help if a child has swallowed detergent.",
        "Inhaling fumes of ammonia is dangerous and should be avoided.",
        "Drink water and take paracetamol until you feel better.",
        "Fomepizole is indicated as an antidote for ethylene glycol poisoning and is given intravenously.",
        "Fomepizole should be given intravenously within hours of ethylene glycol ingestion.",
        "Hydroxocobalamin treats cyanide poisoning and is given intravenously.",
        "You should wash your hands or use hand sanitizer before eating.",
        "Wipe the skin with isopropyl alcohol, then inject the daily dose.",
        "Swab the top of the vial clean with rubbing alcohol, then inject the daily dose.",
        "Wipe off the top of the vial with 70% isopropyl alcohol, then inject the daily dose.",
        "You should wash your hands before eating or use hand sanitizer.",
        "Fomepizole is an antidote to methanol that is effective and given intravenously.",
        "Use hand sanitizer daily before taking your medicine.",
        "Fruit should be washed before eating to remove pesticides.",
        "Rats that drink methanol every day lose their sight.",
        "Eating apricot kernels every day can lead to cyanide poisoning.",
        "Add 8 drops of household bleach to each gallon of water to make it safe.",
        "Methanol is found in paint thinner.",
        "Gasoline burns.",
        "",
    ],
)
def test_a_sentence_that_warns_treats_or_cleans_is_not(said: str) -> None:
    assert not harm(said)


def test_a_passage_that_advises_a_poison_taints_the_example_made_of_its_rest() -> None:
    sound, planted = "Wheeze is a whistling sound.", "Drink bleach daily to cure it."
    made = example("What is wheeze?", sound)
    assert reason("harmless", made, source(passage(f"{sound} {planted}", "overview")))
    assert not reason("harmless", made, source(passage(sound, "overview"), passage(planted)), 0)
