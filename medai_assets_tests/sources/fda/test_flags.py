"""The marks of a label: what is no approved drug, whose text it is, and what is no boxed warning."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest

from medai_assets.sources.fda.flags import flags_of
from medai_assets.sources.fda.labels import head_of

APPROVED = {
    "product_ndc": ["0001-0001"],
    "application_number": ["NDA021436"],
    "product_type": ["HUMAN PRESCRIPTION DRUG"],
}
MONOGRAPH = {
    "product_ndc": ["0001-0002"],
    "application_number": ["part341"],
    "product_type": ["HUMAN OTC DRUG"],
}
UNNUMBERED = {"product_ndc": ["0001-0003"], "product_type": ["HUMAN OTC DRUG"]}


def flags(**label: object) -> list[str]:
    payload = orjson.dumps(label)
    return flags_of(head_of(payload), payload)


def test_an_ordinary_label_has_none() -> None:
    assert flags(openfda=APPROVED, indications_and_usage=["1 INDICATIONS For hypertension."]) == []
    assert flags(openfda=MONOGRAPH, purpose=["Purpose Cough suppressant"]) == []


@pytest.mark.parametrize(
    "label",
    [
        {"active_ingredient": ["ACTIVE INGREDIENT SILICEA HPUS 2X and higher"]},
        {"spl_unclassified_section": ["HOMEOPATHIC MEDICINE"]},
        {"indications_and_usage": ["Uses according to homeopathic indications"]},
    ],
)
def test_homeopathic_products_are_marked_and_unapproved(label: dict) -> None:
    assert flags(**label) == ["homeopathic", "unapproved"]


def test_a_word_in_an_approved_label_makes_it_no_homeopathic_product() -> None:
    assert flags(openfda=APPROVED, warnings=["Tell your doctor about homeopathic products you take."]) == []


def test_unapproved_by_its_number_or_by_its_words() -> None:
    sentence = "This drug has not been found by FDA to be safe and effective, and this labeling has not been approved by FDA."
    assert flags(openfda=UNNUMBERED) == ["unapproved"]
    assert flags(spl_unclassified_section=[sentence]) == ["unapproved"]
    assert flags(openfda={}) == []  # openFDA could not match the product: nothing is known


def test_an_emergency_authorisation_is_neither_approval_nor_an_unexamined_product() -> None:
    warning = ["Emergency Use Authorization for treatment of COVID-19 in hospitalized patients"]
    assert flags(openfda=UNNUMBERED, boxed_warning=warning) == ["eua"]


@pytest.mark.parametrize(
    "label",
    [
        {"openfda": APPROVED | {"original_packager_product_ndc": ["0002-0001"]}},
        {"openfda": APPROVED | {"is_original_packager": [False]}},
        {
            "openfda": APPROVED,
            "package_label_principal_display_panel": ["LABEL Repackaged by: Some Firm, Inc."],
        },
        {"openfda": APPROVED, "how_supplied": ["Bottles of 30. Relabeled by Some Firm"]},
        {"openfda": APPROVED, "spl_unclassified_section": ["Repackaged and Distributed By: Some Firm"]},
    ],
)
def test_repackagers_copies_are_marked(label: dict) -> None:
    assert flags(**label) == ["repackager"]


def test_a_manufacturers_own_label_that_speaks_of_repackaging_is_not() -> None:
    label = {"openfda": APPROVED | {"is_original_packager": [True]}, "how_supplied": ["Do not repackage."]}
    assert flags(**label) == []


@pytest.mark.parametrize(
    "text",
    [
        "TAMPER-EVIDENT FEATURE: DO NOT USE IF SAFETY SEAL AROUND BOTTLE CAP IS BROKEN OR MISSING.",
        "Do not use if printed seal under cap is torn or missing",
        "Do not use if carton is opened or if blister unit is broken",
    ],
)
def test_a_notice_about_the_seal_is_no_boxed_warning(text: str) -> None:
    assert flags(openfda=MONOGRAPH, boxed_warning=[text]) == ["tamper_notice"]


@pytest.mark.parametrize(
    "text",
    [
        "WARNING: SUICIDALITY Antidepressants increased the risk of suicidal thinking in children.",
        "WARNING: LACTIC ACIDOSIS. Do not use if renal function is impaired.",
        "WARNING: abuse. " + "Keep out of reach. " * 30 + "Do not use if the seal is broken.",
    ],
)
def test_a_real_boxed_warning_is_one(text: str) -> None:
    assert flags(openfda=APPROVED, boxed_warning=[text]) == []


@pytest.mark.real_data
def test_real_labels(real_data: Path) -> None:
    folder = real_data / "openfda"
    found = {p.stem: flags(**json.loads(p.read_text())) for p in folder.glob("spl-*.json")}
    assert found == {
        "spl-cough": ["tamper_notice"],
        "spl-humira": [],
        "spl-methoxsalen": [],
        "spl-rogaine": [],
        "spl-viagra": [],
    }
    reply = json.loads((folder / "api-reply-with-meta.json").read_text())
    assert flags(**reply["results"][0]) == ["homeopathic", "unapproved"]
