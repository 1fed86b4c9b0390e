"""A take-down leaves no text of the record in any file of a current version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.assets.tables import CELL_CHARACTERS
from medai_assets.foundation.schemas import PREFERENCE, TRAINING_EXAMPLE
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.instructions.pretraining_texts import NOTES
from medai_assets.lineage.impact import impact
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.trace import trace
from medai_assets.planning.staleness import Staleness
from medai_assets.reviews.history import add_reviews, latest_verdicts
from medai_assets.reviews.table import publish_reviews
from medai_assets.sources.take_downs import TakeDownError, add_take_down, read_take_downs, remove_take_down
from medai_assets.storage import Draft, Stored
from medai_assets.training.shared_checkpoints import ASSET as CHECKPOINT
from medai_assets.withdrawals.distinctive import DistinctiveTexts, distinctive_texts, stretches
from medai_assets.withdrawals.erase import erase_from_raw, erase_taken_down
from medai_assets.withdrawals.leftovers import erase, find_remnants
from medai_assets.withdrawals.old_versions import without_records
from medai_assets.withdrawals.scratch import influence_folder, judged_folder, stored_scratch, teacher_folder
from medai_assets_tests.lineage.library import BASE_MODEL, Library
from medai_assets_tests.withdrawals.files_holding import current_files_holding

pytestmark = pytest.mark.slow

TEXT = "Do not crush the tablets"


@pytest.fixture
def settled_again(library: Library) -> Library:
    library.materialize()
    return library


def test_before_a_take_down_the_text_is_found_in_every_stage(settled_again: Library) -> None:
    found = current_files_holding(settled_again.store, TEXT)
    assets = {path.removeprefix(settled_again.store.root).split("/")[1] for path in found}
    assert assets == {"raw_fda", "processed_slice", "curated_corpus"}


def test_the_slice_is_published_anew_without_the_record_and_stays_as_fresh_as_it_was(
    settled_again: Library,
) -> None:
    before = settled_again.store.require("raw_fda", "2024")
    (after,) = erase_from_raw(settled_again.store, "fda:bbb")
    assert after.table("records")["record_id"].to_pylist() == ["fda:ccc"]
    assert before.receipt is not None
    assert after.receipt is not None
    assert after.data_version != before.data_version
    assert after.receipt.code_version == before.receipt.code_version
    assert after.receipt.fingerprint == before.receipt.fingerprint
    assert after.receipt.metadata["taken_down"] == ["fda:bbb"]


def test_after_the_next_run_no_current_file_holds_the_text(settled_again: Library) -> None:
    erase_from_raw(settled_again.store, "fda:aaa")
    settled_again.texts.pop("fda:aaa")  # as a collection that obeys the take-downs brings it
    settled_again.withdrawn["fda:aaa"] = None
    settled_again.materialize()
    assert current_files_holding(settled_again.store, TEXT) == []


def test_older_versions_are_still_traced(settled_again: Library) -> None:
    erase_from_raw(settled_again.store, "fda:aaa")
    with Lineage.of(settled_again.settings) as lineage:
        (found, *_) = trace(lineage, "Take metformin with meals.")
    assert found.records[0].request == "GET /fda?slice=2023"


def test_a_slice_that_was_removed_by_hand_stops_no_withdrawal(settled_again: Library) -> None:
    store = settled_again.store
    store.remove_version("raw_fda", "2024", store.require("raw_fda", "2024").data_version)
    (slice,) = erase_from_raw(store, "fda:aaa")
    assert slice.partition == "2023"
    assert erase_from_raw(store, "fda:bbb") == []


def test_a_record_that_nothing_holds_changes_nothing(settled_again: Library) -> None:
    assert erase_from_raw(settled_again.store, "fda:zzz") == []
    assert erase_from_raw(settled_again.store, "hf:set/1") == []


def test_impact_of_an_erased_record_tells_of_its_withdrawal(settled_again: Library) -> None:
    settled_again.texts.pop("fda:aaa")
    settled_again.withdrawn["fda:aaa"] = None
    dataset = settled_again.materialize()
    with Lineage.of(settled_again.settings) as lineage:
        found = impact(lineage, "fda:aaa", dataset)
    assert [(s.stage, s.step, s.reason) for s in found.set_aside] == [
        ("withdrawals", "take_down", "asked by its author")
    ]


@pytest.mark.parametrize("text", ["fda:aaa", "Publisher of fda"])
def test_nested_columns_are_searched_too(settled_again: Library, text: str) -> None:
    assert any("instruction_dataset" in path for path in current_files_holding(settled_again.store, text))


def test_what_was_entered_in_the_file_by_hand_is_taken_out_too(settled_again: Library) -> None:
    file = settled_again.settings.take_downs_file
    file.write_text(
        "\ufeffrecord_id,reason,reported_by,reported_at\nfda:aaa , asked,me,2024-11-28\nfda:zzz,asked,me,2024-11-28\n",
        "utf-8",
    )
    (slice,) = erase_taken_down(settled_again.store, file)
    assert (slice.asset, slice.partition, slice.rows("records")) == ("raw_fda", "2023", 0)
    assert erase_taken_down(settled_again.store, file) == []


def test_what_another_record_says_too_as_part_of_a_longer_sentence_is_told_and_not_looked_for(
    library: Library,
) -> None:
    library.texts["fda:ccc"] = (
        "Swallow them whole. You must see that you Do not crush the tablets or the capsules."
    )
    library.materialize()
    said = distinctive_texts(library.store, ["fda:aaa"])
    assert said.alone == ["Take metformin with meals"]
    assert said.too == {TEXT: "fda:ccc"}


def test_what_a_rule_words_for_other_records_too_tells_nothing(library: Library) -> None:
    library.texts["fda:aaa"] = "What should I know about Ibuprofen capsules: take metformin with every meal."
    library.materialize()
    assert distinctive_texts(library.store, ["fda:aaa"]).alone == ["take metformin with every meal"]


@pytest.mark.parametrize("framing", ["", "The label says so under its uses: "])
def test_a_cell_of_a_log_that_shows_a_sentence_in_part_is_known_for_it(framing: str) -> None:
    said = (
        "Temporarily relieves sinus congestion and pressure; temporarily relieves nasal congestion due to the common "
        "cold, hay fever or other upper respiratory allergies."
    )
    shown = f"{framing}{said}"[: CELL_CHARACTERS - 1]
    assert any(one in shown for one in stretches(said))


def test_a_slice_lacks_what_was_taken_down_until_it_is_collected_without_that(settled_again: Library) -> None:
    file, slice = settled_again.settings.take_downs_file, PartitionId("raw_fda", "2023")
    add_take_down(file, "fda:aaa", "asked by its author", "A. Person")
    erase_taken_down(settled_again.store, file)
    graph = Graph(settled_again.settings)
    reason = "fda:aaa is no longer withdrawn, and is missing here"
    assert reason not in Staleness(graph, settled_again.store).states()[slice].reasons
    remove_take_down(file, "fda:aaa")
    assert reason in Staleness(graph, settled_again.store).states()[slice].reasons
    with pytest.raises(TakeDownError, match="fda:aaa is not in"):
        remove_take_down(file, "fda:aaa")


def test_take_downs_entered_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    file = tmp_path / "take_downs.csv"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: add_take_down(file, f"pubmed:{n}", "asked", "A. Person"), range(1, 17)))
    assert {row["record_id"] for row in read_take_downs(file)} == {f"pubmed:{n}" for n in range(1, 17)}


def test_the_index_of_an_older_data_set_does_not_stop_an_erasure(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medai_assets.withdrawals.distinctive.LEAST", 12)  # the title, which questions name
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        lineage.index(lineage.dataset()).example_lines([0])
    erase_from_raw(library.store, "fda:aaa")
    library.texts.pop("fda:aaa")
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    indexes = list(library.folder.iterdir())
    found = find_remnants(library.settings, library.store, ["fda:aaa"]).left
    assert any(one.path.startswith(str(library.folder)) for one in found)
    erased = erase(library.settings, library.store, ["fda:aaa"], lambda texts: [])
    assert not erased.left
    assert set(map(str, indexes)) <= set(erased.removed)
    assert {name.partition(" ")[0] for name in erased.rewritten} >= {
        "instruction_dataset",
        "training_examples",
    }


@pytest.mark.parametrize("of_the_record", [True, False])
def test_a_comment_that_quotes_the_text_is_erased_before_all_else(
    library: Library, of_the_record: bool
) -> None:
    library.materialize()
    verdict = {"verdict": "fault", "fault": "cut", "reviewer": "A. Reader", "role": "editor"}
    rows = library.store.require("instruction_dataset").table("examples").to_pylist()
    ids = ("fda:aaa", "nhs:/symptoms/cough")[not of_the_record]
    example = next(row["example_id"] for row in rows if row["origins"][0]["record_id"] == ids)
    add_reviews(library.store, [verdict | {"example_id": example, "comment": f"it ends after “{TEXT}”"}])
    publish_reviews(library.store, {"code_version": "1", "inputs": [], "run_id": ""})
    erase_from_raw(library.store, "fda:aaa")
    library.texts.pop("fda:aaa")
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    first = erase(library.settings, library.store, ["fda:aaa"], lambda texts: [])
    assert [Path(one).parent.name for one in first.removed] == [".review_comments"]
    assert {one.path.split("/")[-5] for one in first.left} == {"reviews"}, "which a run makes again"
    publish_reviews(library.store, {"code_version": "1", "inputs": [], "run_id": ""})
    assert not erase(library.settings, library.store, ["fda:aaa"], lambda texts: []).left
    assert [row["fault"] for row in latest_verdicts(library.store)] == ["cut"]
    assert holders(library, "crush") == set()


class Killed(Exception):
    """Stands for the process's end in the middle of an erasure."""


def test_an_erasure_that_was_killed_after_any_version_is_finished_by_the_next(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.materialize()
    erase_from_raw(library.store, "fda:aaa")
    library.texts.pop("fda:aaa")
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    holding = {path for path in holders(library, "metformin") if not path.startswith("lora_adapter")}
    assert len(holding) >= 5
    replace = Draft.replace
    left = 1

    def replace_once(draft: Draft, *args: object) -> None:
        nonlocal left
        if not left:
            raise Killed
        left -= 1
        replace(draft, *args)  # type: ignore[arg-type]

    for _ in range(20):
        left = 1
        with monkeypatch.context() as patch, suppress(Killed):
            patch.setattr(Draft, "replace", replace_once)
            erased = erase(library.settings, library.store, ["fda:aaa"], lambda texts: [])
            break  # nothing was left that a kill could interrupt
        rest = holders(library, "metformin")
        found = find_remnants(library.settings, library.store, ["fda:aaa"]).left
        assert {
            one.path.removeprefix(f"{library.store.root}/") for one in found
        } == rest  # all is still known
    assert not erased.left
    assert holders(library, "metformin") == set()


def holders(library: Library, text: str) -> set[str]:
    """Files below the store in whose rows a text stands, whatever is known of it."""
    found = set()
    for path in Path(library.store.root).rglob("*"):
        if path.suffix == ".parquet" and text in str(pq.read_table(path).to_pylist()).lower():
            found.add(str(path.relative_to(library.store.root)))
    return found


@pytest.fixture
def withdrawn_again(library: Library) -> Library:
    """fda:aaa was learned, and is out of what is current; scratch work of the older adapter and of the newer is there."""
    work = library.settings.work_dir
    for state in ("before", "after"):
        adapter = train(library)
        numbers = influence_folder(work, adapter.input) / "gradients" / f"{state}.npy"
        numbers.parent.mkdir(parents=True)
        numbers.write_bytes(b"\x00\x01")
        examples, data = (
            library.store.require("training_examples"),
            library.store.require("instruction_dataset"),
        )
        unfinished(work / "training" / state, examples, noted_in=data.data_version)
        with library.store.draft(CHECKPOINT, state) as draft:
            draft.path("checkpoint-1/weights").write_bytes(b"\x00\x01")
            draft.publish(code_version="1", inputs=[examples.input, data.input])
        unfinished(work / "preferences" / state, adapter)
        judged = judged_folder(work, "a judge", adapter.input)
        noted(judged, adapter)
        (judged / f"{state}.npy").write_bytes(b"A model's own words for what the record says.")
        if state == "before":
            erase_from_raw(library.store, "fda:aaa")
            library.texts.pop("fda:aaa")
            library.withdrawn["fda:aaa"] = None
    return library


def train(library: Library) -> Stored:
    library.materialize()
    return library.store.require("lora_adapter", BASE_MODEL)


def unfinished(folder: Path, made_from: Stored, **others: str) -> None:
    (folder / "checkpoints").mkdir(parents=True)
    noted(folder, made_from, **others)


def noted(folder: Path, made_from: Stored, **others: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    one = made_from.input
    inputs = [{"asset": one.asset, "partition": one.partition, "data_version": one.data_version}]
    (folder / "job.json").write_bytes(msgspec.json.encode({"lineage": {"inputs": inputs, **others}}))


def scratch_left(library: Library) -> set[str]:
    return {
        path.name
        for kind in ("training", "preferences")
        for path in (library.settings.work_dir / kind).iterdir()
    } | {path.stem for path in library.settings.work_dir.rglob("*.npy")}


def test_gradients_trials_and_checkpoints_that_come_of_the_record_are_erased_and_no_others(
    withdrawn_again: Library,
) -> None:
    store, settings = withdrawn_again.store, withdrawn_again.settings
    stands = {
        one.path.removeprefix(f"{settings.work_dir}/").partition("/")[0]
        for one in find_remnants(settings, store, ["fda:aaa"]).left
    }
    assert stands >= {"training", "preferences", "influence", "judged"}
    assert not erase(settings, store, ["fda:aaa"], lambda texts: []).left
    assert scratch_left(withdrawn_again) == {"after"}
    assert [one.partition for one in stored_scratch(store)] == ["after"]
    assert not find_remnants(settings, store, ["fda:aaa"]).left


def test_a_checkpoint_of_which_nothing_is_known_any_more_is_erased(library: Library) -> None:
    library.materialize()
    checkpoints = library.settings.work_dir / "training" / "lost" / "checkpoints"
    checkpoints.mkdir(parents=True)
    (checkpoints.parent / "job.json").write_text("{")
    assert not erase(library.settings, library.store, ["pubmed:1"], lambda texts: []).left
    assert not checkpoints.exists()


def test_a_teachers_replies_are_erased_whatever_record_they_are_of(library: Library) -> None:
    library.materialize()
    reply = teacher_folder(library.settings.work_dir) / "0123.json"
    reply.parent.mkdir(parents=True)
    reply.write_text('{"text": "The question in a teacher\'s words"}')
    assert not erase(library.settings, library.store, ["pubmed:1"], lambda texts: []).left
    assert not reply.parent.exists()


def test_pairs_that_rest_on_the_record_are_taken_out_of_older_versions(library: Library) -> None:
    origin = library.materialize().table("examples")["origins"][0].as_py()
    none: dict[str, list[str]] = {"chosen_passage_ids": [], "rejected_passage_ids": []}
    pair = dict.fromkeys(PREFERENCE.names, "x") | none
    rows = [
        pair | {"pair_id": str(number), "prompt": [], "chosen_origins": chosen, "rejected_origins": rejected}
        for number, (chosen, rejected) in enumerate([([], []), (origin, []), ([], origin)])
    ]
    for some in (rows, rows[:1]):
        with library.store.draft("preference_dataset") as draft:
            draft.write_table("pairs", pa.Table.from_pylist(some, schema=PREFERENCE))
            draft.publish(code_version="1")
    records = {one["record_id"] for one in origin}
    erased = {stored.asset: lost for stored, lost in without_records(library.store, records)}
    assert erased["preference_dataset"] == {"pairs": 2}


def test_a_text_that_is_read_before_goes_with_the_notes_that_say_whose_it_is(library: Library) -> None:
    """Its row names no record: only the notes beside it do."""
    origin = library.materialize().table("examples", ["origins"])["origins"][0].as_py()
    text = dict.fromkeys(TRAINING_EXAMPLE.names, "x") | {"history": []}
    note = {"passage_ids": [], "authored": False}
    for some in (("p1", "p2"), ("p1",)):
        with library.store.draft("pretraining_texts") as draft:
            rows = [text | {"example_id": one} for one in some]
            draft.write_table("train", pa.Table.from_pylist(rows, schema=TRAINING_EXAMPLE))
            noted = [note | {"example_id": one, "origins": origin if one == "p2" else []} for one in some]
            draft.write_table("notes", pa.Table.from_pylist(noted, schema=NOTES))
            draft.publish(code_version="1")
    records = {one["record_id"] for one in origin}
    erased = {stored.asset: lost for stored, lost in without_records(library.store, records)}
    assert erased["pretraining_texts"] == {"train": 1, "notes": 1}


def test_a_record_that_its_publisher_withdrew_is_told_where_it_was_received(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was made of it, so that no text is known to look for; its slice has it all the same."""
    library.materialize()
    monkeypatch.setattr(
        "medai_assets.withdrawals.leftovers.distinctive_texts",
        lambda store, records: DistinctiveTexts([], {}),
    )
    (left,) = find_remnants(library.settings, library.store, ["fda:aaa"]).left
    assert "/raw_fda/2023/" in left.path
    assert "medai withdraw RECORD" in left.remedy
    erase_from_raw(library.store, "fda:aaa")
    assert not find_remnants(library.settings, library.store, ["fda:aaa"]).left
