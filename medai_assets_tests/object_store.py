"""An S3 server for tests: moto's, on a free port of this machine, its faults included."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

from medai_assets_tests.waiting import eventually


def served_bucket(places: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket, ``s3://…``, with the environment set so that s3fs finds it; else a skip."""
    for needed in ("s3fs", "moto.server", "flask_cors"):
        pytest.importorskip(needed, reason="needs s3fs and moto[server]")
    monkeypatch.chdir(places.mktemp("host"))  # a remote data root keeps what is local here
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    for name, value in {
        "AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": address,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server = subprocess.Popen(
        [sys.executable, "-c", "from moto.server import main; main()", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        eventually("the S3 server", lambda: _answers(address), server)
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()  # of another server's
        bucket = f"medai-{uuid.uuid4().hex[:8]}"
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir(bucket)
        yield f"s3://{bucket}"
    finally:
        server.kill()
        server.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
