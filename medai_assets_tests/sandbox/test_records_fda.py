"""The sample openFDA labels: shape on the wire, variety of the set, and the traps it must hold.

The records are served as they lie, so every rule here is a rule of the real reply: scalars for the four identity
fields, one-element lists of strings elsewhere, absent keys instead of empty ones.
"""

import json
import re
from collections import Counter
from pathlib import Path
from uuid import UUID

from lxml import html

from medai_assets_tests.of_each import of_each

FOLDER = Path(__file__).parents[2] / "medai_assets" / "sandbox" / "records" / "fda"
SPECIAL = "special_cases"
SCALARS = ("id", "set_id", "version", "effective_time")
# Sections that are a phrase, a list or a fixed notice on a real Drug Facts panel.
SHORT = {
    "active_ingredient",
    "inactive_ingredient",
    "keep_out_of_reach_of_children",
    "package_label_principal_display_panel",
    "pregnancy_or_breast_feeding",
    "purpose",
    "questions",
    "spl_product_data_elements",
}
# openFDA repeats the text of subsections in these, so they run longer than one section.
PARENTS = {"warnings", "precautions", "use_in_specific_populations", "clinical_pharmacology"}
OTC_SECTIONS = {"active_ingredient", "purpose", "indications_and_usage", "dosage_and_administration"}
RX_SECTIONS = {"indications_and_usage", "dosage_and_administration", "contraindications", "adverse_reactions"}

Label = dict[str, object]


def _load() -> dict[str, list[Label]]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}


FILES = _load()
ALL = [label for labels in FILES.values() for label in labels]
PLAIN = [label for name, labels in FILES.items() if name != SPECIAL for label in labels]


def _sections(label: Label) -> dict[str, str]:
    lists = {key: value for key, value in label.items() if isinstance(value, list)}
    return {key: value[0] for key, value in lists.items() if not key.endswith("_table")}


def _tables(label: Label) -> list[str]:
    return [text for key, value in label.items() if key.endswith("_table") for text in value]  # type: ignore[attr-defined]


def _openfda(label: Label) -> dict[str, list[object]]:
    return label["openfda"]  # type: ignore[return-value]


def _words(text: str) -> int:
    return len(re.sub(r"<[^>]+>", " ", text).split())


def _is_otc(label: Label) -> bool:
    return "active_ingredient" in label


def _special(phrase: str, key: str | None = None) -> list[Label]:
    def text(label: Label) -> str:
        sections = _sections(label)
        return sections.get(key, "") if key else " ".join(sections.values())

    return [label for label in FILES[SPECIAL] if re.search(phrase, text(label))]


def by_id(labels: list[Label]) -> dict[str, Label]:
    return {f"{place} {label['set_id']}": label for place, label in enumerate(labels)}


@of_each(by_id(ALL))
def test_a_label_has_the_shape_of_the_wire(label: Label) -> None:
    for key in SCALARS:
        assert isinstance(label[key], str)
    assert str(UUID(str(label["id"]))) == label["id"]
    assert str(UUID(str(label["set_id"]))) == label["set_id"]
    assert re.fullmatch(r"\d{1,2}", str(label["version"]))
    for key, value in label.items():
        if key in SCALARS or key == "openfda":
            continue
        assert isinstance(value, list), key
        assert value, key
        assert all(isinstance(text, str) and text == text.strip() and text for text in value), key


@of_each(by_id(ALL))
def test_the_openfda_block_is_empty_or_holds_lists(label: Label) -> None:
    block = _openfda(label)
    for key, values in block.items():
        kind = bool if key == "is_original_packager" else str
        assert values, key
        assert all(isinstance(value, kind) for value in values), key
    if block:
        assert block["product_type"] == ["HUMAN OTC DRUG" if _is_otc(label) else "HUMAN PRESCRIPTION DRUG"]
        assert block["spl_set_id"] == [label["set_id"]]
        assert block["spl_id"] == [label["id"]]
        assert {"brand_name", "generic_name", "manufacturer_name", "route", "substance_name"} <= block.keys()


@of_each(by_id(PLAIN))
def test_a_plain_label_is_complete_and_of_a_readable_length(label: Label) -> None:
    sections = _sections(label)
    assert (OTC_SECTIONS if _is_otc(label) else RX_SECTIONS) <= sections.keys()
    assert len(sections.keys() - SHORT - PARENTS) >= 8 or _is_otc(label)
    assert 12 <= len(sections) <= 17
    total = sum(_words(text) for key, text in sections.items() if key not in {"spl_product_data_elements"})
    assert 690 <= total + sum(map(_words, _tables(label))) <= 1200
    for key, text in sections.items():
        if key in PARENTS:
            assert _words(text) <= 420, key
        elif key not in SHORT:
            assert 40 <= _words(text) <= 200, key


def test_headings_are_glued_to_the_text() -> None:
    for label in PLAIN:
        use = _sections(label)["indications_and_usage"]
        assert re.match(r"Uses \w|Uses \"|(1 )?INDICATIONS AND USAGE \S", use)


def test_parents_repeat_their_children() -> None:
    for label in PLAIN:
        sections = _sections(label)
        for parent, child in [
            ("use_in_specific_populations", "pregnancy"),
            ("clinical_pharmacology", "mechanism_of_action"),
            ("precautions", "drug_interactions"),
        ]:
            if parent in sections and child in sections:
                assert sections[child] in sections[parent]
        if _is_otc(label) and "stop_use" in sections:
            assert sections["stop_use"] in sections["warnings"]


def test_counts_over_classes_kinds_and_warnings() -> None:
    assert len(PLAIN) >= 66
    assert len(FILES) - 1 >= 12
    assert sum(not _is_otc(label) for label in PLAIN) >= 45
    assert sum(_is_otc(label) for label in PLAIN) >= 21
    assert sum("boxed_warning" in label for label in PLAIN) >= 12
    assert sum(label["openfda"] == {} for label in PLAIN) >= 8


def test_identifiers_and_plain_texts_are_unique() -> None:
    for key in ("id", "set_id"):
        assert max(Counter(str(label[key]) for label in ALL).values()) == 1
    uses = Counter(_sections(label)["indications_and_usage"] for label in PLAIN)
    assert max(uses.values()) == 1


def test_effective_times_cover_four_years() -> None:
    dates = [str(label["effective_time"]) for label in ALL]
    assert all(re.fullmatch(r"20(23|24|25|26)(0[1-9]|1[0-2])(0[1-9]|1\d|2\d|3[01])", date) for date in dates)
    assert max(dates) <= "20261031"
    assert min(Counter(date[:4] for date in dates).values()) >= 14


def test_tables_are_well_formed_and_rectangular() -> None:
    tables = [table for label in PLAIN for table in _tables(label)]
    assert sum(bool(_tables(label)) for label in PLAIN) >= 12
    for source in tables:
        table = html.fragment_fromstring(source)
        assert table.tag == "table"
        assert table.find("thead") is not None
        widths = set()
        for row in table.iterfind("tbody/tr"):
            widths.add(sum(int(cell.get("colspan", "1")) for cell in row))
        assert len(widths) == 1, source[:120]
    joined = " ".join(tables)
    for mark in ("rowspan=", "colspan=", "<sup>", "<caption>"):
        assert mark in joined


def test_otc_labels_warn_when_to_stop_and_where_to_call() -> None:
    for label in PLAIN:
        if not _is_otc(label):
            continue
        sections = _sections(label)
        assert "1-800-222-1222" in sections["keep_out_of_reach_of_children"]
        if "Naloxone" not in sections["active_ingredient"]:
            assert sections["stop_use"].startswith("Stop use and ask a doctor if ")


def test_most_prescription_labels_say_what_to_do_in_overdose() -> None:
    texts = [_sections(label).get("overdosage", "") for label in PLAIN if not _is_otc(label)]
    helped = [text for text in texts if "1-800-222-1222" in text or "emergency help right away" in text]
    assert len(helped) >= 40


def test_boxed_warnings_state_the_known_hazard() -> None:
    wanted = {
        "Warfarin Sodium": "bleeding",
        "Ciprofloxacin": "TENDON RUPTURE",
        "Sertraline Hydrochloride": "SUICIDAL",
        "Oxycodone Hydrochloride": "addiction",
        "Metformin Hydrochloride": "LACTIC ACIDOSIS",
        "Meloxicam": "CARDIOVASCULAR",
        "Levothyroxine Sodium": "WEIGHT LOSS",
        "Lisinopril": "FETAL TOXICITY",
    }
    boxes = {
        _openfda(label).get("brand_name", [""])[0]: _sections(label).get("boxed_warning", "")
        for label in PLAIN
    }
    for brand, phrase in wanted.items():
        assert phrase in boxes[brand]


def test_the_liver_limit_of_acetaminophen_is_stated() -> None:
    (label,) = [
        item for item in FILES["analgesics"] if "500 mg" in _sections(item)["active_ingredient"]
    ]  # fmt: skip
    assert "4,000 mg of acetaminophen in 24 hours" in _sections(label)["warnings"]


def test_special_cases_hold_the_traps() -> None:
    assert len(_special("HPUS", "active_ingredient")) == 2
    assert len(_special("labeling has not been approved")) == 2
    assert len(_special("(?i)tamper.evident", "boxed_warning")) == 2
    assert len(_special("EMERGENCY USE AUTHORIZATION", "boxed_warning")) == 1
    assert sum(len(_sections(label)) <= 1 for label in FILES[SPECIAL]) == 1
    assert len(FILES[SPECIAL]) == 11


def test_repackagers_copy_text_but_not_identity() -> None:
    def body(label: Label) -> str:
        skip = {*SCALARS, "openfda"}
        return json.dumps({key: value for key, value in label.items() if key not in skip})

    originals = {body(label): label for label in PLAIN}
    copies = [label for label in FILES[SPECIAL] if body(label) in originals]
    assert len(copies) == 3
    for copy in copies:
        original = originals[body(copy)]
        assert copy["set_id"] != original["set_id"]
        assert _openfda(copy)["manufacturer_name"] != _openfda(original)["manufacturer_name"]
