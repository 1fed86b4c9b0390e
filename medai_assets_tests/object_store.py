"""An S3 server for tests: moto's, on a free port of this machine, its faults included."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

from medai_assets_tests.waiting import eventually

KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_DEFAULT_REGION": "us-east-1"}


def served() -> Iterator[str]:
    """The address of a server; a skip where its packages are missing."""
    for needed in ("s3fs", "moto", "flask_cors"):
        pytest.importorskip(needed, reason="needs s3fs, moto, flask and flask-cors (the extra dev)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-c", "from moto.server import main; main()", "-p", str(port)],
        env=os.environ | KEYS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        eventually("the S3 server", lambda: _answers(address), server)
        yield address
    finally:
        server.kill()
        server.wait()


def empty_bucket(address: str, places: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new bucket, ``s3://…``, with the environment set so that s3fs finds its server."""
    import s3fs

    monkeypatch.chdir(places.mktemp("host"))  # a remote data root keeps what is local here
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    bucket = f"medai-{uuid.uuid4().hex[:8]}"
    s3fs.S3FileSystem().mkdir(bucket)  # the same client for all tests: one costs half a second
    return f"s3://{bucket}"


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
