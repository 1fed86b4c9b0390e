"""Data set, adapter, merged model and report go out as one version, whole, private, and only when they may."""

from __future__ import annotations

import base64
import http.server
import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.evaluation.gate import GateClosed
from medai_assets.foundation.file_hashes import file_digest
from medai_assets.foundation.files import unfinished
from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.settings import Settings
from medai_assets.sources.take_downs import add_take_down
from medai_assets.storage import Draft, Finished, Store, Stored
from medai_assets.training.learned_tables import learned_tables
from medai_assets.trust.models import signature_path
from medai_assets.trust.publication import NotPublishable, Publication, gather, with_gguf
from medai_assets.trust.publishing import require_leave, to_folder, to_hub
from medai_assets_tests.training import tiny

NAME = "smollm2-135m"
TOKEN = "hf_secret_of_the_test"
EXPORTS = {"README.md": "# Data", "croissant.json": "{}", "train.jsonl": "{}\n", "validation.jsonl": "{}\n"}
RECIPE = {
    "hub_id": "owner/base",
    "licence": "Llama 3",
    "licence_conditions": ["Built with Meta Llama 3 must be shown."],
}


class Made:
    """A data root in which everything that is published was made, of a few bytes each."""

    def __init__(
        self,
        folder: Path,
        licence: str = "CC0-1.0",
        gate: bool = True,
        rows: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.settings = Settings(data=str(folder))
        self.store = Store(self.settings.store_root)
        self.exports = self.settings.exports_dir
        self.exports.mkdir(parents=True)
        for name, text in EXPORTS.items():
            (self.exports / name).write_text(text)
        outputs = {f"{self.exports.name}/{name}": file_digest(self.exports / name) for name in EXPORTS}
        with self.store.draft("instruction_dataset") as draft:
            draft.write_table("examples", pa.Table.from_pylist(list(rows), schema=EXAMPLE))
            told = {"licences": [{"licence": licence, "examples": 1}]}
            draft.publish(code_version="1", metadata=told, finish=[lambda made: Finished(outputs=outputs)])
        self.adapter = self.made("lora_adapter", {"training_manifest.json": json.dumps({"recipe": RECIPE})})
        rights = json.dumps({"licences": {licence: 1}})
        made = [self.adapter.input]
        card = self.made("model_card", {"README.md": "# Card", "rights.json": rights}, made)
        verdict = {"gate": {"passed": gate, "reasons": [] if gate else ["worse"]}}
        texts = {"report.json": json.dumps(verdict), "report.md": "# Report", "items.parquet": "answers"}
        report = self.made("evaluation_report", texts, made)
        texts = {
            "model.safetensors": "w",
            "Modelfile": "# X\nFROM .\n",
            "README.md": "# Merged",
            "LICENSE": "terms",
        }
        self.made("merged_model", texts, [*made, card.input, report.input])

    def made(self, asset: str, texts: dict[str, str], inputs: list[Any] | None = None) -> Stored:
        with self.store.draft(asset, NAME) as draft:
            for name, text in texts.items():
                draft.path(name).write_text(text)
            if asset == "lora_adapter":
                self._learned(draft)
            return draft.publish(code_version="1", inputs=inputs or [])

    @staticmethod
    def _learned(draft: Draft) -> None:
        row = {"example_id": "e1", "kind": "question_answer", "tokens": 3, "times": 1, "passage_ids": []}
        for name, table in learned_tables([row | {"origins": [tiny.ORIGIN], "authored": False}]).items():
            draft.write_table(name, table)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path / "data")


def test_a_folder_holds_every_repository_in_the_hubs_layout_under_one_version(
    made: Made, tmp_path: Path
) -> None:
    found = gather(made.settings, NAME)
    repositories = to_folder(found, tmp_path / "out")
    home = tmp_path / "out" / found.version
    names = ("datasets/medai-data", f"models/medai-{NAME}-adapter", f"models/medai-{NAME}")
    assert repositories == [home / name for name in names]
    data, adapter, merged = (
        {str(f.relative_to(r)) for f in r.rglob("*") if f.is_file()} for r in repositories
    )
    assert data == {*EXPORTS, "lineage.json", "LICENCES.md"}
    assert adapter >= {"README.md", "learned.parquet", "evaluation/report.md", "lineage.json", "LICENCES.md"}
    assert merged >= {"model.safetensors", "evaluation/report.json", "lineage.json", "LICENCES.md"}
    assert not [name for name in adapter | merged if "items.parquet" in name]
    assert (repositories[1] / "README.md").read_text() == "# Card", "the card as licences are noted now"

    told = json.loads((repositories[2] / "lineage.json").read_text())
    assert told["version"] == found.version
    assert "lora_adapter" in {one["asset"] for one in told["published"]}
    terms = (repositories[0] / "LICENCES.md").read_text()
    assert "Creative Commons Zero" in terms
    assert "Built with Meta Llama 3 must be shown." in terms
    with pytest.raises(NotPublishable, match="already exists"):
        to_folder(found, tmp_path / "out")


def test_a_gguf_file_goes_out_in_a_repository_of_its_own(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def converter(model: Path, kind: str, to: Path) -> Path:
        to.write_text(f"{kind} of {(model / 'model.safetensors').read_text()}")
        return to

    monkeypatch.setattr("medai_assets.trust.publication.converted", converter)
    found = gather(made.settings, NAME, gguf="q8_0")
    assert found.version != gather(made.settings, NAME).version
    with with_gguf(made.settings, found) as whole:
        *_, one = to_folder(whole, tmp_path / "out")
    assert not list(made.settings.work_dir.iterdir())
    assert one.name == f"medai-{NAME}-GGUF"
    assert {str(f.relative_to(one)) for f in one.rglob("*") if f.is_file()} == {
        f"{NAME}.q8_0.gguf", "Modelfile", "README.md", "LICENSE", "LICENCES.md", "lineage.json",
        "evaluation/report.json", "evaluation/report.md",
    }  # fmt: skip
    assert (one / f"{NAME}.q8_0.gguf").read_text() == "q8_0 of w"
    assert (one / "Modelfile").read_text() == f"# X\nFROM ./{NAME}.q8_0.gguf\n"


def test_nothing_goes_out_that_must_not(tmp_path: Path) -> None:
    with pytest.raises(GateClosed, match="worse"):
        gather(Made(tmp_path / "closed", gate=False).settings, NAME)

    changed = Made(tmp_path / "changed")
    (changed.exports / "train.jsonl").write_text("another")
    with pytest.raises(NotPublishable, match=r"train\.jsonl is missing or was changed"):
        gather(changed.settings, NAME)

    older = Made(tmp_path / "older")
    older.made("lora_adapter", {"training_manifest.json": json.dumps({"recipe": RECIPE | {"x": 1}})})
    with pytest.raises(NotPublishable, match="was made from another adapter"):
        gather(older.settings, NAME)


def test_a_model_that_learned_a_withdrawn_record_does_not_go_out(made: Made) -> None:
    row = tiny.ORIGIN | {"record_id": "fda:bbb"}
    with made.store.draft("lora_adapter", NAME) as draft:
        draft.path("training_manifest.json").write_text(json.dumps({"recipe": RECIPE}))
        learned = {"example_id": "e1", "kind": "question_answer", "tokens": 3, "times": 1, "passage_ids": []}
        for name, table in learned_tables([learned | {"origins": [row], "authored": False}]).items():
            draft.write_table(name, table)
        adapter = draft.publish(code_version="1").input
    rights = json.dumps({"licences": {"CC0-1.0": 1}})
    made.made("model_card", {"README.md": "# Card", "rights.json": rights}, [adapter])
    verdict = json.dumps({"gate": {"passed": True, "reasons": []}})
    made.made("evaluation_report", {"report.json": verdict}, [adapter])
    made.made("merged_model", {"model.safetensors": "w"}, [adapter])
    gather(made.settings, NAME)
    add_take_down(made.settings.take_downs_file, "fda:bbb", "wrong leaflet", "A. Person")
    with pytest.raises(NotPublishable, match="tainted"):
        gather(made.settings, NAME)


def test_a_held_out_example_of_a_withdrawn_record_does_not_go_out(tmp_path: Path) -> None:
    origin = tiny.ORIGIN | {"record_id": "fda:bbb"}
    made = Made(tmp_path / "data", rows=[tiny.examples("validation")[0] | {"origins": [origin]}])
    gather(made.settings, NAME)
    add_take_down(made.settings.take_downs_file, "fda:bbb", "wrong leaflet", "A. Person")
    with pytest.raises(NotPublishable, match=r"the data set holds fda:bbb.*run `medai run`"):
        gather(made.settings, NAME)


@pytest.mark.parametrize("prefix", ["", "..", "../../etc/x", "a/b", "a b", "-x", "x" * 90])
def test_a_prefix_leads_to_no_other_place(made: Made, prefix: str) -> None:
    with pytest.raises(NotPublishable, match="cannot begin a repository's name"):
        gather(made.settings, NAME, prefix)


def test_a_signature_goes_out_with_its_model(made: Made, tmp_path: Path) -> None:
    made.store.put_file(signature_path(made.adapter), b"signed")
    _, adapter, merged = to_folder(gather(made.settings, NAME), tmp_path / "out of the house")
    assert (adapter / "signature.json").read_bytes() == b"signed"
    assert not (merged / "signature.json").exists()


def test_a_folder_that_takes_nothing_is_told_and_what_a_kill_left_goes(made: Made, tmp_path: Path) -> None:
    found = gather(made.settings, NAME)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotPublishable, match="cannot be written: Not a directory; nothing was published"):
        to_folder(found, tmp_path / "file")
    gone = subprocess.Popen(["true"])
    gone.wait()
    host = unfinished(tmp_path).name.split("-")[-2]
    left = tmp_path / "out" / f".{found.version}.{gone.pid}-{host}-abcdef"
    own = tmp_path / "out" / f"{gone.pid}-{host}-abcdef"  # the user's own, however it is called
    left.mkdir(parents=True)
    own.mkdir()
    to_folder(found, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([own.name, found.version])


def test_a_word_that_names_a_folder_here_is_no_owner(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    for owner in ("out", "..", "me me"):
        with pytest.raises(NotPublishable, match="for a folder, write"):
            require_leave(gather(made.settings, NAME), owner, public=False)


class Hub(http.server.BaseHTTPRequestHandler):
    """The few calls of the hub's API that a publication makes."""

    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.tokens.add(self.headers.get("Authorization"))
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            private = asked["visibility"] == "private"
            self.server.repos.setdefault(name, {"private": private, "files": {}, "tags": []})
            return self._answer({"url": self._url(asked["type"], name), "name": name})
        if self.path == "/api/validate-yaml":
            return self._answer({"errors": [], "warnings": []})
        _, _, _, owner, name, call, _ = self.path.split("/", 6)
        repo = self.server.repos[f"{owner}/{name}"]
        if call == "preupload":
            files = [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None}
                     for f in json.loads(body)["files"]]  # fmt: skip
            return self._answer({"files": files})
        if call == "commit":
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    repo["files"][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            kind = self.path.split("/")[2].removesuffix("s")
            url = f"{self._url(kind, f'{owner}/{name}')}/commit/{'0' * 40}"
            return self._answer({"commitUrl": url, "commitOid": "0" * 40, "commitId": "0" * 40})
        repo["tags"].append(json.loads(body)["tag"])
        return self._answer({})

    def _url(self, kind: str, name: str) -> str:
        beside = "datasets/" if kind == "dataset" else ""
        return f"http://127.0.0.1:{self.server.server_port}/{beside}{name}"

    def do_GET(self) -> None:
        _, _, _, owner, name, *_ = self.path.split("?")[0].split("/")
        private = self.server.repos[f"{owner}/{name}"]["private"]
        self._answer({"id": f"{owner}/{name}", "private": private, "siblings": [], "tags": []})

    def _answer(self, value: Any) -> None:
        said = json.dumps(value).encode()
        self.send_response(200)
        for name, text in (("Content-Type", "application/json"), ("Content-Length", str(len(said)))):
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.repos, server.tokens = {}, set()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    for name in ("huggingface_hub.constants.ENDPOINT", "huggingface_hub.hf_api.ENDPOINT"):
        monkeypatch.setattr(name, address, raising=False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield server
    server.shutdown()
    server.server_close()


def test_the_hub_gets_private_repositories_with_every_file_and_one_tag(made: Made, hub: Any) -> None:
    found = gather(made.settings, NAME)
    addresses = list(to_hub(found, "me"))
    assert [address.partition("/me/")[2] for address in addresses] == [one.name for one in found.repositories]
    assert set(hub.repos) == {f"me/{one.name}" for one in found.repositories}
    for one in found.repositories:
        repo = hub.repos[f"me/{one.name}"]
        assert (repo["private"], repo["tags"]) == (True, [found.version])
        sent = {name: f if isinstance(f, bytes) else f.read_bytes() for name, f in one.files.items()}
        assert repo["files"] == sent
    assert hub.tokens == {f"Bearer {TOKEN}"}


def test_a_hub_that_fails_is_told_without_the_token(made: Made, hub: Any) -> None:
    hub.server_close()
    hub.shutdown()
    with pytest.raises(NotPublishable, match="the hub refused it") as told:
        list(to_hub(gather(made.settings, NAME), "me"))
    assert TOKEN not in str(told.value)


def test_a_repository_that_is_public_already_gets_nothing(made: Made, hub: Any) -> None:
    hub.repos["me/medai-data"] = {"private": False, "files": {}, "tags": []}
    with pytest.raises(NotPublishable, match="me/medai-data is public on the hub"):
        list(to_hub(gather(made.settings, NAME), "me"))
    assert hub.repos["me/medai-data"]["files"] == {}


def test_without_a_token_or_with_a_licence_against_it_nothing_is_asked(
    made: Made, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gather(made.settings, NAME)
    closed = Publication(found.version, found.repositories, redistributable=False)
    with pytest.raises(NotPublishable, match="does not let its text be passed on"):
        list(to_hub(closed, "me", public=True))
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(NotPublishable, match="set HF_TOKEN to one that may write to me"):
        list(to_hub(found, "me"))
    assert hub.repos == {}
