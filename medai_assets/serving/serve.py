"""An OpenAI-compatible endpoint on loopback: `transformers serve` over one merged model, under a readable name.

What belongs here: how the server is started so that a client finds exactly this model in `/v1/models` and nothing
is looked up outside this machine. What a client may ask of it: limited.py.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from medai_assets.foundation.child_processes import ORDERLY
from medai_assets.serving.limited import ANSWER_SECONDS, OWNER
from medai_assets.training.errors import TrainingError

LOOPBACK = "127.0.0.1"
GENERATION = "generation_config.json"
# An answer ends although a model would go on, and a run of words is not said twice: what else is said is as it was. Drawn is
# only where a client sets a temperature, and then from all words.
BOUNDS = {"max_time": ANSWER_SECONDS - 10, "no_repeat_ngram_size": 24, "do_sample": True, "top_k": 0}
_TAINT = "withdrawn-sources"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running server: what a client sets as `base_url` and `model`."""

    base_url: str
    model: str


def model_id(name: str, withdrawn: Sequence[str] = ()) -> str:
    """The name clients see; it says when the model learned from records that were withdrawn since."""
    stem = re.sub(r"[^a-zA-Z0-9._-]+", "-", name).strip("-.")
    return f"{OWNER}/{stem}-{_TAINT}" if withdrawn else f"{OWNER}/{stem}"


@contextmanager
def serving(
    model_dir: Path,
    name: str,
    *,
    port: int = 8000,
    withdrawn: Sequence[str] = (),
    start_timeout: float = 600.0,
) -> Iterator[tuple[Endpoint, subprocess.Popen[bytes]]]:
    """Serve a merged model on 127.0.0.1 until the block ends.

    Args:
        name: recipe name, the readable part of the model's id.
        withdrawn: ids of withdrawn records the model learned from; the model's id then says so.
        start_timeout: seconds to wait until the model is loaded.

    Raises:
        TrainingError: the directory holds no model, the port is taken, or the server did not come up.
    """
    if not (model_dir / "config.json").is_file():
        raise TrainingError(f"{model_dir} holds no merged model", "Materialize merged_model first.")
    identity = model_id(name, withdrawn)
    with tempfile.TemporaryDirectory(prefix="medai-serve-") as scratch:
        _as_hub_cache(model_dir, identity, Path(scratch))
        server = subprocess.Popen(_command(model_dir, identity, port), env=_environment(Path(scratch)))
        try:
            _wait(server, f"http://{LOOPBACK}:{port}/health", start_timeout)
            yield Endpoint(f"http://{LOOPBACK}:{port}/v1", identity), server
        finally:
            server.terminate()
            try:
                server.wait(timeout=ORDERLY)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _command(model_dir: Path, identity: str, port: int) -> list[str]:
    words = [str(model_dir), identity, LOOPBACK, str(port)]
    return [sys.executable, "-m", "medai_assets.serving.limited", *words]


def _environment(cache: Path) -> dict[str, str]:
    """The server sees a model cache that holds this one model, and asks no hub."""
    return os.environ | {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
                         "TOKENIZERS_PARALLELISM": "false"}  # fmt: skip


def _as_hub_cache(model_dir: Path, identity: str, cache: Path) -> None:
    """Lay a directory out as the hub client's cache does, by links; only the bounds of an answer are written anew."""
    revision = "0" * 40
    repository = cache / f"models--{identity.replace('/', '--')}"
    snapshot = repository / "snapshots" / revision
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(revision)
    for path in model_dir.iterdir():
        if path.is_file() and path.name != GENERATION:
            (snapshot / path.name).symlink_to(path.resolve())
    known = json.loads((model_dir / GENERATION).read_text()) if (model_dir / GENERATION).is_file() else {}
    (snapshot / GENERATION).write_text(json.dumps(known | BOUNDS))


def _wait(server: subprocess.Popen[bytes], url: str, timeout: float) -> None:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if server.poll() is not None:
            raise TrainingError(
                f"The model server exited at once with code {server.returncode}",
                "See its message above; if the port is taken, choose another with --port.",
            )
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.3)
    raise TrainingError(
        f"The model server was not ready within {timeout:.0f} seconds", "Try again, or use a smaller model."
    )
