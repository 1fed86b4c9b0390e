"""What `make install` takes: each pin of constraints.txt with hashes, for every platform, and no file of another hash."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from medai_assets_tests.conftest import REPOSITORY

PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; ([^\\\n]+?))?(?: \\)?$", re.MULTILINE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> set[tuple[str, str]]:
    return {(plain(name), version) for name, version, _ in PIN.findall((REPOSITORY / file).read_text())}


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", REPOSITORY / "scripts" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_holds_every_pin_of_the_constraints() -> None:
    assert pins("constraints.txt") - pins("requirements.lock") == set()


def test_every_requirement_of_the_lock_has_hashes_and_none_an_address() -> None:
    text = (REPOSITORY / "requirements.lock").read_text()
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) > 200
    assert [b.split()[0] for b in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", b)] == []
    assert "://" not in text


def test_the_lock_holds_all_that_any_extra_names(install: ModuleType) -> None:
    every = install.requirements(list(install.PROJECT["optional-dependencies"]))
    named = {plain(match[0]) for one in every if (match := re.match(r"[\w.-]+", one))}
    assert named - {name for name, _ in pins("requirements.lock")} == set()
    assert "medai-assets" not in named


def test_an_extra_brings_what_it_names_in_turn(install: ModuleType) -> None:
    assert {"dagster-webserver>=1.13,<1.14", "torch==2.13.0", "datasketch>=2"} <= set(
        install.requirements(["dev"])
    )
    assert not any(one.startswith("torch") for one in install.requirements([]))
    with pytest.raises(KeyError):
        install.requirements(["no such extra"])


@pytest.mark.parametrize("name", ["pip", "setuptools", "torch"])
def test_of_what_is_installed_first_every_hash_of_the_lock_is_accepted(
    install: ModuleType, name: str
) -> None:
    """A machine of another kind, or Python, has another file."""
    text = (REPOSITORY / "requirements.lock").read_text()
    of_it = re.split(r"^(?=[\w.-]+==)", text.split(f"\n{name}==")[1], flags=re.MULTILINE)[0]
    hashes = re.findall(r"--hash=\S+", install.locked(name))
    assert hashes == re.findall(r"--hash=\S+", of_it)
    assert len(hashes) > 1


def wheel(folder: Path) -> Path:
    path = folder / "leaflet-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "leaflet-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: leaflet\nVersion: 1.0\n"
        )
        archive.writestr(
            "leaflet-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("leaflet-1.0.dist-info/RECORD", "")
    return path


@pytest.mark.parametrize("is_known", [True, False])
def test_a_file_is_taken_only_where_its_hash_is_known(tmp_path: Path, is_known: bool) -> None:
    """As ``install._with_hashes`` calls pip: an open requirement, its version and hashes in the constraints."""
    digest = hashlib.sha256(wheel(tmp_path).read_bytes() if is_known else b"").hexdigest()
    (tmp_path / "lock").write_text(f"leaflet==1.0 \\\n    --hash=sha256:{digest}\n")
    (tmp_path / "wanted").write_text("leaflet>=0.9\n")
    done = subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(tmp_path), "--require-hashes",
            "--target", str(tmp_path / "site"), "--constraint", str(tmp_path / "lock"),
            "--requirement", str(tmp_path / "wanted"),
        ],
        capture_output=True, text=True, check=False, env={"PIP_CONFIG_FILE": "/dev/null"},
    )  # fmt: skip
    assert (done.returncode == 0) == is_known, done.stdout + done.stderr
    assert (tmp_path / "site" / "leaflet-1.0.dist-info").exists() == is_known
