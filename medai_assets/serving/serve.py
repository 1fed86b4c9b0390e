"""An OpenAI-compatible endpoint on loopback over one merged model, under a readable name: vLLM where it is installed, else
`transformers serve`.

What belongs here: how the servers are started so that a client finds exactly this model in `/v1/models` and nothing
is looked up outside this machine. What a client may ask of them: limited.py.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from medai_assets.foundation.child_processes import ORDERLY
from medai_assets.serving.limited import CUT_SECONDS, OWNER
from medai_assets.training.errors import TrainingError

LOOPBACK = "127.0.0.1"
GENERATION = "generation_config.json"
# An answer ends although a model would go on, and a run of words is not said twice: what else is said is as it was. Drawn is
# only where a client sets a temperature, and then from all words.
BOUNDS = {"max_time": CUT_SECONDS, "no_repeat_ngram_size": 24, "do_sample": True, "top_k": 0}
_TAINT = "withdrawn-sources"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running server: what a client sets as `base_url` and `model`, and what makes the answers."""

    base_url: str
    model: str
    maker: str
    processes: Sequence[subprocess.Popen[bytes]]

    def ended(self) -> int:
        """Wait until one of its processes has ended, and give its exit code."""
        while True:
            for process in self.processes:
                if (code := process.poll()) is not None:
                    return code
            time.sleep(0.5)


def _vllm_program() -> str | None:
    """Where vLLM is installed: beside this Python, or on the search path, since it pins packages otherwise than this project."""
    beside = Path(sys.executable).with_name("vllm")
    return str(beside) if os.access(beside, os.X_OK) else shutil.which("vllm")


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
    vllm: bool | None = None,
    start_timeout: float = 600.0,
) -> Iterator[Endpoint]:
    """Serve a merged model on 127.0.0.1 until the block ends.

    Args:
        name: recipe name, the readable part of the model's id.
        withdrawn: ids of withdrawn records the model learned from; the model's id then says so.
        vllm: whether vLLM makes the answers; None where it is installed.
        start_timeout: seconds to wait until the model is loaded.

    Raises:
        TrainingError: the directory holds no model, the port is taken, vLLM is not installed, or the server did not come up.
    """
    if not (model_dir / "config.json").is_file():
        raise TrainingError(f"{model_dir} holds no merged model", "Materialize merged_model first.")
    program = None if vllm is False else _vllm_program()
    if vllm and program is None:
        raise TrainingError(
            "vLLM is not installed: there is no program vllm", "Install it, or leave out --vllm."
        )
    identity = model_id(name, withdrawn)
    front = [
        sys.executable,
        "-m",
        "medai_assets.serving.limited",
        str(model_dir),
        identity,
        LOOPBACK,
        str(port),
    ]
    with tempfile.TemporaryDirectory(prefix="medai-serve-") as scratch, ExitStack() as started:
        commands = [front]
        if program:
            socket = f"{scratch}/vllm"
            commands = [
                [program, "serve", str(model_dir), "--served-model-name", identity, "--uds", socket],
                [*front, socket],
            ]
        else:
            _as_hub_cache(model_dir, identity, Path(scratch))
        processes = [started.enter_context(_process(command, Path(scratch))) for command in commands]
        _wait(processes, f"http://{LOOPBACK}:{port}/health", start_timeout)
        maker = "vLLM" if program else "transformers"
        yield Endpoint(f"http://{LOOPBACK}:{port}/v1", identity, maker, processes)


@contextmanager
def _process(command: Sequence[str], cache: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that sees a model cache with no more than this one model, asks no hub, and tells nobody of it."""
    own = {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
           "TOKENIZERS_PARALLELISM": "false", "VLLM_NO_USAGE_STATS": "1"}  # fmt: skip
    process = subprocess.Popen(command, env=os.environ | own)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=ORDERLY)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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


def _wait(processes: Sequence[subprocess.Popen[bytes]], url: str, timeout: float) -> None:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if gone := [process.returncode for process in processes if process.poll() is not None]:
            raise TrainingError(
                f"The model server exited at once with code {gone[0]}",
                "See its message above; if the port is taken, choose another with --port; where vLLM cannot "
                "run, pass --no-vllm.",
            )
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.3)
    raise TrainingError(
        f"The model server was not ready within {timeout:.0f} seconds", "Try again, or use a smaller model."
    )
