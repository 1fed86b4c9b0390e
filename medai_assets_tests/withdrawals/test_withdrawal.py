"""A record is taken out of use: followed from the command to the last file of the current versions."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from medai_assets.commands import ask, console, erase, plan, trust, withdrawals
from medai_assets.graph.graph import PartitionId
from medai_assets.lineage.diff import diff
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.taint import read_mark
from medai_assets.lineage.trace import trace
from medai_assets.sandbox.server import prepare_records
from medai_assets.settings import get_settings
from medai_assets.storage import ERASED
from medai_assets.training.base_model import folder_name
from medai_assets.trust.envelope import generate
from medai_assets.trust.models import trusted_keys
from medai_assets.trust.verify import verified
from medai_assets.withdrawals import scan
from medai_assets_tests.real_stages import RECIPE, RealWorld, only_two_slices
from medai_assets_tests.training import tiny
from medai_assets_tests.withdrawals.files_holding import current_files_holding

pytestmark = pytest.mark.slow

app = typer.Typer()
app.command()(withdrawals.withdraw)
app.command()(erase.erase)
app.command()(trust.certify)
app.command()(plan.plan)
app.command()(ask.ask)

WITHDRAWN, STAYS = "0f3a5c11-0000-4000-8000-000000000001", "0f3a5c11-0000-4000-8000-000000000002"
OWN = "Store zyntrapil tablets in the amber bottle with the ribbed cap"  # only the withdrawn label says it
TWIN = "0f3a5c11-0000-4000-8000-000000000003"  # says only what STAYS says too
LEARNED = "a marbled rash in 2 of 100 people"  # so does only this; an answer quotes one of the two
USED = "short-term relief of mild to moderate pain"  # both labels say it
SHARED = (
    "1 INDICATIONS AND USAGE Zyntrapil tablets are indicated for the short-term relief of mild to moderate pain in "
    "adults who can swallow whole tablets. Limit its use to the lowest dose for the shortest time that is needed."
)


def label(set_id: str, **sections: str) -> dict[str, object]:
    """An invented label in openFDA's form."""
    openfda = {
        "brand_name": ["Zyntrapil"], "generic_name": ["ZYNTRAPIL"], "manufacturer_name": ["Sample Laboratories"],
        "product_type": ["HUMAN PRESCRIPTION DRUG"], "spl_set_id": [set_id], "route": ["ORAL"],
    }  # fmt: skip
    return {
        **{name: [text] for name, text in sections.items()},
        "set_id": set_id, "id": set_id.replace("0f3a", "1f3a"), "effective_time": "20250310", "version": "1", "openfda": openfda,
    }  # fmt: skip


LABELS = [
    label(
        WITHDRAWN,
        indications_and_usage=SHARED,
        adverse_reactions=f"6 ADVERSE REACTIONS The most common adverse reactions are headache in 7 of 100 people, dry "
        f"mouth in 4 of 100 people and {LEARNED}. They mostly went away within a week.",
        how_supplied=f"16 HOW SUPPLIED/STORAGE AND HANDLING {OWN}. Keep the bottle tightly closed and away from light, "
        "and throw away what is left twelve weeks after it was first opened.",
    ),
    label(
        STAYS,
        indications_and_usage=SHARED,
        contraindications="4 CONTRAINDICATIONS Zyntrapil is contraindicated in people who have had hives or swelling of "
        "the face after taking it before, and in the last three months of pregnancy.",
    ),
    label(TWIN, indications_and_usage=SHARED),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorld]:
    """Everything made once from two slices, the two labels among them."""
    root = tmp_path_factory.mktemp("withdrawal")
    with pytest.MonkeyPatch.context() as patch:
        only_two_slices(patch)
        patch.setenv("MEDAI_DATA", str(root / "data"))
        patch.setenv("MEDAI_SOURCES", '["fda", "nhs"]')
        patch.setenv("MEDAI_CONFIG", str(root / "config"))
        patch.setattr(console.out, "width", 250)
        get_settings.cache_clear()
        settings = get_settings()
        _configure(root / "config")
        recipe = tiny.recipe("qwen2", name=RECIPE, epochs=1, max_length=1024, batch_size=16, evaluations=1)
        (root / "config" / "recipes" / f"{RECIPE}.yaml").write_text(
            yaml.safe_dump(recipe.model_dump(mode="json"))
        )
        base = tiny.build_base("qwen2", settings.models_dir / folder_name(recipe))
        records = prepare_records(settings.sandbox_records)
        (records / "fda" / "zyntrapil.json").write_text(json.dumps(LABELS))
        for page in (records / "nhs" / "symptoms").glob("*.json"):  # a few pages stand beside the labels
            if page.stem not in ("chest-pain", "fever-in-children", "headaches"):
                page.unlink()
        made = RealWorld(settings, base)
        made.settle()
        yield made
    get_settings.cache_clear()


def _configure(folder: Path) -> None:
    from medai_assets.planning.fingerprints import mixture
    from medai_assets.settings import Settings

    (folder / "recipes").mkdir(parents=True)
    packaged = mixture(Settings())
    packaged.pop("emergency_country")
    few = {
        **packaged,
        "left_out": [],  # a rule whose words only one label has is among those that are off
        "seed": 21,  # the two labels are trained on
        "least_examples": 1,
        "least_validation": 1,
        "most_examples": {**dict.fromkeys(packaged["most_examples"], 20), "drug_information": 300},
        "validation_share": 0.2,  # so that a label of a few examples is not the first that fits
    }
    (folder / "mixture.yaml").write_text(yaml.safe_dump(few))


def medai(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def holding(world: RealWorld, text: str) -> set[str]:
    """Where a text stands: assets of the current versions, and whatever lies beside the store for people and the page."""
    found = {
        path.removeprefix(f"{world.store.root}/").split("/")[0]
        for path in current_files_holding(world.store, text)
    }
    for folder in (world.settings.exports_dir, world.settings.profile_dir / "lineage"):
        found |= {
            folder.name for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()
        }
    return found


def everywhere(world: RealWorld) -> set[str]:
    """Rooms of the whole data root in which one of the record's own sentences stands; packed files are opened."""
    root = world.settings.profile_dir
    found = scan.holding(root, [OWN, LEARNED], leave_out=[world.settings.sandbox_records])
    parts = [Path(one.path).relative_to(root).parts for one in found]
    return {place[1] if place[0] == "store" else place[0] for place in parts}


def assert_before_it_the_sentence_stands_in_every_stage_and_beside_the_store(world: RealWorld) -> None:
    assert world.stale() == []
    assert {"raw_fda", "processed_slice", "curated_slice"} <= holding(world, OWN)
    assert {"instruction_dataset", "exports"} <= holding(world, OWN) | holding(world, LEARNED)
    assert {"instruction_dataset", "exports"} <= holding(world, USED)


def assert_a_record_whose_text_stands_elsewhere_too_is_withdrawn_without_a_training(world: RealWorld) -> None:
    before = world.store.require("lora_adapter", RECIPE)
    told = json.loads(
        medai("withdraw", f"fda:{TWIN}", "--reason", "a copy", "--by", "A. Person", "--json").stdout
    )
    assert [m["model"] for m in told["tainted"]] == [f"lora_adapter[{RECIPE}]"]
    assert world.settle() == [
        "withdrawals",
        "processed_corpus[fda]",
        "curated_corpus",
        "instruction_dataset",
        "training_examples",
        f"model_card[{RECIPE}]",
    ]
    assert world.store.require("lora_adapter", RECIPE).data_version == before.data_version
    (record,) = read_mark(world.store, before)
    assert (record.record_id, record.in_use) == (f"fda:{TWIN}", record.examples)
    said = medai("ask", "What is zyntrapil for?", "--max-tokens", "2").stderr
    assert "training again would teach the same" in said
    with Lineage.of(world.settings) as found:
        shown = {r.record_id for t in trace(found, USED) for r in t.records}
    assert shown == {f"fda:{WITHDRAWN}", f"fda:{STAYS}"}


def assert_the_command_names_exactly_what_turns_stale_and_what_learned_it(world: RealWorld) -> None:
    done = medai(
        "withdraw", f"fda:{WITHDRAWN}", "--reason", "its maker asked for it", "--by", "A. Person", "--json"
    )
    told = json.loads(done.stdout)
    assert told["stored_anew"] == ["raw_fda[2025]"]
    assert [m["model"] for m in told["tainted"]] == [f"lora_adapter[{RECIPE}]"]
    planned = json.loads(medai("plan", "--json").stdout)["partitions"]
    states = {str(PartitionId(s["asset"], s["partition"])): s for s in planned}
    stale = {name for name, s in states.items() if s["status"] == "stale"}
    assert stale == {"withdrawals", "processed_corpus[fda]"}
    assert states["processed_corpus[fda]"]["reasons"] == [
        "raw_fda[2025] has new content: 0 records added, 0 changed, 1 gone"
    ]
    waiting = {name for name, s in states.items() if s["status"] == "waiting" and s["data_version"]}
    assert waiting == {
        "curated_corpus",
        "instruction_dataset",
        "training_examples",
        f"lora_adapter[{RECIPE}]",
        f"model_card[{RECIPE}]",
    }


def assert_until_the_run_whoever_loads_the_adapter_is_told(world: RealWorld) -> None:
    done = medai("ask", "What is zyntrapil for?", "--max-tokens", "2", "--sources", "0")
    assert done.exit_code == 0, done.output
    assert "tainted" in done.stderr
    assert f"fda:{WITHDRAWN}" in done.stderr


def assert_after_the_run_no_current_file_holds_the_sentence(world: RealWorld) -> None:
    before = world.store.require("lora_adapter", RECIPE)
    ran = world.settle()
    assert ran == [
        "withdrawals",
        "processed_corpus[fda]",
        "curated_corpus",
        "instruction_dataset",
        "training_examples",
        f"lora_adapter[{RECIPE}]",
        f"model_card[{RECIPE}]",
    ]
    assert holding(world, OWN) | holding(world, LEARNED) == set()
    # Its name stays: in the withdrawals, and in the index of the data set version before, which is kept.
    assert holding(world, WITHDRAWN) == {"withdrawals", "curation_notes", "lineage"}
    assert {r.record_id for r in read_mark(world.store, before)} == {f"fda:{WITHDRAWN}", f"fda:{TWIN}"}
    assert read_mark(world.store, world.store.require("lora_adapter", RECIPE)) == []
    assert (
        "tainted" not in medai("ask", "What is zyntrapil for?", "--max-tokens", "2", "--sources", "0").stderr
    )


def assert_what_another_record_says_too_stays_with_that_record_as_its_origin(world: RealWorld) -> None:
    rows = world.store.require("curated_corpus").table("passages", ["text", "origins"]).to_pylist()
    (shared,) = [row for row in rows if USED in row["text"]]
    assert [o["record_id"] for o in shared["origins"]] == [f"fda:{STAYS}"]
    examples = (
        world.store.require("instruction_dataset").table("examples", ["completion", "origins"]).to_pylist()
    )
    origins = {o["record_id"] for row in examples if USED in row["completion"] for o in row["origins"]}
    assert origins == {f"fda:{STAYS}"}


def assert_in_older_versions_and_beside_them_it_stands_until_it_is_erased(world: RealWorld) -> None:
    archive = world.settings.work_dir / "raw_fda" / "2025" / "drug-label.json.zip"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("drug-label.json", json.dumps(LABELS))
    before = everywhere(world)
    assert {
        "raw_fda",
        "processed_slice",
        "curated_slice",
        "instruction_dataset",
        "training_examples",
    } <= before
    assert "work" in before
    told = medai("erase")
    assert "Nothing was removed." in told.stdout
    assert everywhere(world) == before
    done = medai("erase", "--yes", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["left"] == []
    assert everywhere(world) == set()
    indexes = {path.name.split(".")[0] for path in (world.settings.profile_dir / "lineage").iterdir()}
    assert indexes == {world.store.require("instruction_dataset").data_version}  # words lie apart in one


def assert_what_is_kept_says_what_it_lost_and_is_still_compared_and_traced(world: RealWorld) -> None:
    older = world.store.open("raw_fda", "2025", world.store.versions("raw_fda", "2025")[0])
    assert [one["rows"] for one in older.manifest.metadata[ERASED]] == [
        {"records": 2}
    ]  # both that are withdrawn
    assert older.table("records").num_rows == older.rows("records")
    with Lineage.of(world.settings) as found:
        assert diff(found, found.dataset("previous"), found.dataset()).after
        assert trace(found, USED)
    again = json.loads(medai("erase", "--yes", "--json").stdout)
    assert (again["rewritten"], again["removed"], again["searched"]) == ({}, [], 0)


def assert_a_second_training_gives_the_same_bytes_and_the_certificate_says_so(world: RealWorld) -> None:
    folder = world.settings.local_root.parent
    generate(folder / "steward.pem")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDAI_SIGNING_KEY", str(folder / "steward.pem"))
        get_settings.cache_clear()
        done = medai("certify", f"fda:{WITHDRAWN}", "--replay", "--out", str(folder / "c.json"))
        assert done.exit_code == 0, done.output
        keys = trusted_keys(get_settings())
    get_settings.cache_clear()
    told, claims = verified((folder / "c.json").read_bytes(), keys, world.store)
    assert [claim for claim in claims if claim.problems] == []
    (model,) = told["models"]
    adapter = world.store.require("lora_adapter", RECIPE)
    assert model["replay"]["files_the_same"] == len(adapter.manifest.digests)
    assert model["replay"]["data_version"] == adapter.data_version


def assert_taken_back_the_same_content_is_whole_again(world: RealWorld) -> None:
    name = world.store.versions("raw_fda", "2025")[0]
    for record in (WITHDRAWN, TWIN):
        medai("withdraw", f"fda:{record}", "--back")
    world.failing = {PartitionId("lora_adapter", RECIPE)}  # nothing below is of a model
    world.settle()
    again = world.store.require("raw_fda", "2025")
    assert again.data_version == name
    assert ERASED not in again.manifest.metadata
    assert {"raw_fda", "curated_slice"} <= holding(world, OWN)


def assert_collected_again_it_does_not_come_back(world: RealWorld) -> None:
    assert world.settle(PartitionId("raw_fda", "2025")) == ["raw_fda[2025]"]
    assert holding(world, OWN) == set()


def test_a_withdrawal_is_followed_to_the_last_file(world: RealWorld) -> None:
    """One story, told in order: each step needs what the one before has left."""
    assert_before_it_the_sentence_stands_in_every_stage_and_beside_the_store(world)
    assert_a_record_whose_text_stands_elsewhere_too_is_withdrawn_without_a_training(world)
    assert_the_command_names_exactly_what_turns_stale_and_what_learned_it(world)
    assert_until_the_run_whoever_loads_the_adapter_is_told(world)
    assert_after_the_run_no_current_file_holds_the_sentence(world)
    assert_what_another_record_says_too_stays_with_that_record_as_its_origin(world)
    assert_collected_again_it_does_not_come_back(world)
    assert_in_older_versions_and_beside_them_it_stands_until_it_is_erased(world)
    assert_what_is_kept_says_what_it_lost_and_is_still_compared_and_traced(world)
    assert_a_second_training_gives_the_same_bytes_and_the_certificate_says_so(world)
    assert_taken_back_the_same_content_is_whole_again(world)
