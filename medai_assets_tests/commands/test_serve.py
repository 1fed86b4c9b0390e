"""`medai serve`: a client that only knows OpenAI's API talks to the merged model; what lacks is said in one sentence."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from medai_assets.commands.serve import serve
from medai_assets.sources.take_downs import add_take_down
from medai_assets_tests.commands.conftest import Finished
from medai_assets_tests.waiting import PATIENCE, ended

app = typer.Typer()
app.command()(serve)
COMMAND = "import typer; from medai_assets.commands.serve import serve; typer.run(serve)"


def medai_serve(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@contextmanager
def served(*words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The command as a process, and the lines it prints once it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words], stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}
    )  # fmt: skip
    try:
        told: dict[str, str] = {}
        for line in process.stdout or ():
            if found := re.match(r"(base_url|model|made by|curl) +(\S.*)", line):
                told[found[1]] = found[2].strip()
            if "Ctrl-C" in line:
                break
        yield process, told
    finally:
        process.send_signal(signal.SIGTERM)
        ended(process, "the server")


@pytest.mark.slow
def test_the_openai_client_gets_answers_whole_and_streamed_and_without_vllm_where_that_is_asked_for(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openai import OpenAI

    add_take_down(finished.settings.take_downs_file, "fda:aaa", "asked by its author", "A. Person")
    vllm = tmp_path / "vllm"  # installed, and not to be run
    vllm.write_text("#!/bin/sh\nexit 1\n")
    vllm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with served("--no-vllm", "--port", "0") as (process, told):
        assert told["made by"] == "transformers"
        assert told["model"] == "medai/smollm2-135m-withdrawn-sources"
        assert told["base_url"] in told["curl"]
        client = OpenAI(base_url=told["base_url"], api_key="none", max_retries=0, timeout=PATIENCE)
        asked = {
            "model": told["model"],
            "messages": [{"role": "user", "content": "What is fever?"}],
            "max_tokens": 6,
        }
        whole = client.chat.completions.create(**asked, temperature=0)
        parts = list(client.chat.completions.create(**asked, temperature=0, stream=True))
        assert whole.choices[0].message.content is not None
        streamed = "".join(p.choices[0].delta.content or "" for p in parts if p.choices)
        assert streamed.strip() == whole.choices[0].message.content.strip()
    assert process.returncode == 143, "ended by SIGTERM, as every command says it"


def test_a_taken_port_is_said_before_the_model_is_loaded(finished: Finished) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = medai_serve("--port", str(taken.getsockname()[1]))
    assert found.exit_code == 1
    assert "is taken" in found.stderr


def test_vllm_that_is_not_installed_is_one_sentence(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = medai_serve("--vllm", "--port", "0")
    assert found.exit_code == 1
    assert "vLLM is not installed: there is no program vllm. Install it, or leave out --vllm." in " ".join(
        found.stderr.split()
    )


def test_without_a_merged_model_it_says_what_to_type(data_root: Finished) -> None:
    found = medai_serve()
    assert found.exit_code == 1
    assert "medai run --select 'merged_model[smollm2-135m]'" in found.stderr


def test_an_unknown_recipe_is_a_wrong_word(data_root: Finished) -> None:
    found = medai_serve("--model", "gpt")
    assert found.exit_code == 64
    assert "smollm2-135m" in found.stderr
