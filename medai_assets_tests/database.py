"""A Postgres server for tests, on a socket in a folder of its own, from Debian's package; skipped where there is none."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from medai_assets_tests.waiting import eventually


def _program(name: str) -> str:
    places = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([*places, os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip(f"needs Postgres ({name} is not there): apt-get install postgresql")
    return found


def _user() -> str:
    """Postgres refuses to run as root; Debian's package brings a user for it."""
    if os.getuid():
        return pwd.getpwuid(os.getuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("Postgres does not run as root, and there is no user postgres")


@contextmanager
def served_database() -> Iterator[str]:
    """The address of an empty database, ``postgresql://…``, which ends with the block."""
    for needed in ("dagster_postgres", "psycopg2"):
        pytest.importorskip(needed, reason="needs the extra postgres")
    initdb, postgres, user = _program("initdb"), _program("postgres"), _user()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path may have 107 characters
    shutil.chown(folder, user)
    made_by = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if not os.getuid():
        made_by |= {"group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    subprocess.run(
        [initdb, "-D", f"{folder}/data", "-U", "dagster", "--auth=trust", "--no-sync"], check=True, **made_by
    )
    server = subprocess.Popen(
        [postgres, "-D", f"{folder}/data", "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"],
        **made_by,
    )
    address = f"postgresql://dagster@/postgres?host={folder}"
    try:
        eventually("the Postgres server", lambda: _answers(address), server)
        yield address
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(address: str) -> bool:
    import psycopg2

    try:
        psycopg2.connect(address, connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True
