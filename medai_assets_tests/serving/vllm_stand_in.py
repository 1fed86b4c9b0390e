"""A program that stands in for vLLM: it speaks what `vllm serve` 0.32 does of OpenAI's chat API, at a Unix socket.

Its answers: the question back in pieces of a word; "loop" says one thing over and over, "slow" ever new words until its
client has gone, "die" ends the program. Each request stands afterwards in a file beside the socket, and so does who left.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable
from itertools import count, cycle
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

LOOP = "Rest and drink water, and ask a doctor if it does not get better within three days."


def application(notes: Path) -> Starlette:
    """What the program serves; requests, and "left" for a client that has gone, are noted line by line."""

    def note(what: Any) -> None:
        with notes.open("a") as file:
            file.write(json.dumps(what) + "\n")

    async def chat(request: Request) -> Response:
        asked = await request.json()
        note(asked)
        question = asked["messages"][-1]["content"]
        if "die" in question:
            os._exit(7)
        if "refuse" in question:
            return JSONResponse(
                {"error": {"message": "/secret", "type": "BadRequestError", "code": 400}}, 400
            )
        return StreamingResponse(_events(asked, question, note), media_type="text/event-stream")

    async def health(_: Request) -> Response:
        return Response(status_code=200)

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"]), Route("/health", health)])


async def _events(asked: dict[str, Any], question: str, note: Any) -> AsyncIterator[str]:
    said = 0

    def event(choices: list[Any], **more: Any) -> str:
        usage = {"prompt_tokens": 5, "total_tokens": 5 + said, "completion_tokens": said}
        chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": asked["model"]}
        return f"data: {json.dumps(chunk | {'choices': choices, 'usage': usage} | more)}\n\n"

    def piece(delta: dict[str, Any], reason: str | None = None) -> str:
        nothing = {"logprobs": None, "token_ids": None}
        return event([{"index": 0, "delta": delta, "finish_reason": reason} | nothing])

    try:
        yield piece({"role": "assistant", "content": ""})
        for word in _words(question):
            if said == asked["max_tokens"]:
                break
            said += 1
            yield piece({"content": f"{word} "})
            await asyncio.sleep(0.01 if "slow" in question else 0)
        yield piece({"content": ""}, "length" if said == asked["max_tokens"] else "stop")
        yield event([])
        yield "data: [DONE]\n\n"
    except asyncio.CancelledError:
        note("left")
        raise


def _words(question: str) -> Iterable[str]:
    if "loop" in question:
        return cycle(LOOP.split())
    return (f"word{n}" for n in count()) if "slow" in question else question.split()


def main() -> None:
    """``vllm serve DIRECTORY --served-model-name NAME --uds SOCKET``."""
    socket = Path(sys.argv[sys.argv.index("--uds") + 1])
    notes = Path(os.environ["VLLM_NOTES"])
    notes.write_text(json.dumps(sys.argv[1:]) + "\n")
    uvicorn.run(application(notes), uds=str(socket), log_level="error")


if __name__ == "__main__":
    main()
