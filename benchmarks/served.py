"""Whether `medai serve` loses an answer while twenty clients that know only OpenAI's API ask for a minute.

    python benchmarks/served.py [FOLDER OF A MERGED MODEL]

Without a folder the sample's merged model is taken. Each client waits for its answer before it asks again, half of them
streaming, none asking twice. An answer is lost when it is an error, has no text, or ends without a reason.
"""

from __future__ import annotations

import socket
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from common import REPOSITORY, print_ratio, print_table, stop

sys.path.insert(0, str(REPOSITORY))
CLIENTS = 20
SECONDS = 60.0
MOST_TOKENS = 24  # of an answer
QUESTIONS = ("What helps with a fever?", "Can I take ibuprofen with warfarin?", "My chest hurts. What now?")


def main() -> None:
    found = sorted(REPOSITORY.glob("data/sample/store/merged_model/*/versions/*"))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else found[-1] if found else None
    if folder is None:
        stop("There is no merged model: `medai run` makes the sample's, or name a folder.")
    print(f"{CLIENTS} clients for {SECONDS:.0f} s, answers of at most {MOST_TOKENS} tokens, {folder.name}")
    told = asked(folder)
    answered = [seconds for seconds, error in told if not error]
    for error in sorted({error for _, error in told if error}):
        print(error)
    row = [len(told), len(told) - len(answered), statistics.median(answered), max(answered)]
    print_table(["asked", "lost", "median seconds", "longest seconds"], [row])
    print_ratio("answers_lost", len(told) - len(answered), 0)


def asked(folder: Path, clients: int = CLIENTS, seconds: float = SECONDS) -> list[tuple[float, str]]:
    """Seconds and, where it was lost, why, of every answer that the clients asked for."""
    from medai_assets.serving.serve import serving

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serving(folder, "benchmark", port=port) as endpoint, ThreadPoolExecutor(clients) as threads:
        end = time.monotonic() + seconds
        work = [
            threads.submit(_client, number, endpoint.base_url, endpoint.model, end)
            for number in range(clients)
        ]
        return [one for done in work for one in done.result()]


def _client(number: int, base_url: str, model: str, end: float) -> list[tuple[float, str]]:
    from openai import OpenAI, OpenAIError

    told = []
    with OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        while time.monotonic() < end:
            began = time.monotonic()
            turn: Any = {"role": "user", "content": QUESTIONS[(number + len(told)) % len(QUESTIONS)]}
            wanted: Any = {
                "model": model,
                "messages": [turn],
                "max_tokens": MOST_TOKENS,
                "stream": number % 2 == 1,
            }
            try:
                reply = client.chat.completions.create(**wanted)
                pieces = [c.choices[0] for c in (reply if wanted["stream"] else [reply]) if c.choices]
                text = "".join((p.delta if wanted["stream"] else p.message).content or "" for p in pieces)
                error = "" if text and pieces[-1].finish_reason else f"no whole answer: {text[:40]!r}"
            except OpenAIError as problem:
                error = f"{type(problem).__name__}: {problem}"
            told.append((time.monotonic() - began, error))
    return told


if __name__ == "__main__":
    main()
