"""Client, sandbox and `medai doctor --reach` are held to the recorded replies of each source."""

from __future__ import annotations

import copy
import gzip
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.files import PACKAGED
from medai_assets.sandbox.server import serving
from medai_assets.sources.contract import Contract, differences
from medai_assets.sources.registry import SOURCES, find_slice, sandbox_endpoints, slices
from medai_assets.sources.source import Source
from medai_assets.sources.upstream_check import check_upstream
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.small_kit import citation, write_kit
from medai_assets_tests.transport.faulty_server import faulty_server, reply

ASKED = {name: source for name, source in SOURCES.items() if source.endpoints}
every_source = pytest.mark.parametrize("source", ASKED.values(), ids=list(ASKED))
every_contract = pytest.mark.parametrize(
    ("source", "contract"),
    [
        pytest.param(source, contract, id=f"{name}-{contract.name}")
        for name, source in ASKED.items()
        for contract in source.kinds_of_reply()
    ],
)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    (tmp_path / "records").symlink_to(PACKAGED, target_is_directory=True)
    cited = [citation(7_000_001, "Asthma in adults", "It was written for a test.", mesh=("Asthma",))]
    with workbench(tmp_path, monkeypatch, write_kit(tmp_path / "kit", cited, cited)) as bench:
        yield bench


class Upstream:
    """A server that answers with a source's recorded replies as they travel, and with nothing else."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "HEAD", "POST"])])

    def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        for contract in self.source.kinds_of_reply():
            prefix = _endpoint(self.source, contract)
            if contract.file.suffix != ".head" and re.fullmatch(
                f"{re.escape(prefix)}/?{contract.place}", path
            ):
                return Response(self.body(contract), headers={"ETag": '"1"'})
        return Response("not found", 404)

    def body(self, contract: Contract) -> bytes:
        """The recorded reply, packed as it travels; a digest of a file is that of the file as packed here."""
        body = contract.file.read_bytes()
        if contract.inside == "gzip":
            return gzip.compress(body, mtime=0)
        if contract.inside:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr(contract.inside, body)
            return packed.getvalue()
        if contract.file.suffix == ".txt":
            [archive] = [one for one in self.source.kinds_of_reply() if one.inside == "gzip"]
            digest = hashlib.md5(self.body(archive), usedforsecurity=False).hexdigest()
            return re.sub(rb"[0-9a-f]{32}", digest.encode(), body)
        return body


def _endpoint(source: Source, contract: Contract) -> str:
    named = [one for one in source.endpoints if one.name == contract.endpoint]
    return (named or list(source.endpoints))[0].sandbox


@every_source
def test_every_address_of_a_source_has_a_contract_with_its_page(source: Source) -> None:
    contracts = source.kinds_of_reply()
    covered = {contract.endpoint or source.endpoints[0].name for contract in contracts}
    missing = {endpoint.name for endpoint in source.endpoints} - covered
    assert not missing, f"{source.name} has no recorded reply of {', '.join(sorted(missing))}"
    assert all(contract.stated_at.startswith("https://") for contract in contracts)
    kept = {path.name for path in contracts[0].file.parent.iterdir() if path.suffix not in (".py", "")}
    if source.name not in ("pubmed", "pubmed_bulk"):  # two sources, one folder
        assert kept == {file.name for contract in contracts for file in contract.files}


@every_source
def test_the_client_reads_the_recorded_replies_whole(bench: Bench, source: Source) -> None:
    first = slices(source.name, bench.settings)[0]
    with serving(Upstream(source).app()) as base:
        settings = bench.settings.with_endpoints(sandbox_endpoints(base))
        report = bench.collect(find_slice(source.name, first.key, settings), settings=settings)
    rejected = bench.rows(first, "rejected")
    assert report.counts["records"], rejected
    assert rejected == []


@every_source
def test_the_sandbox_answers_in_the_recorded_form(bench: Bench, source: Source) -> None:
    found = list(check_upstream(source, bench.settings, large=True))
    assert [one.contract.name for one in found] == [one.name for one in source.kinds_of_reply()]
    for one in found:
        assert one.problem == ""
        assert [str(difference) for difference in one.differences] == []
        assert one.further == (), f"{one.contract.name}: which page states these fields?"


ODD_REPLIES = {
    "nothing": b"",
    "a page": b"<!doctype html><title>Sign in</title>\x1b]0;owned\x07",
    "a number": b"7",
    "nested JSON": b"[" * 100_000,
    "nested objects": b'{"results":' * 5_000 + b"1" + b"}" * 5_000,
    "nested XML": b"<a>" * 100_000,
    "another encoding": '{"results": []}'.encode("utf-16"),
    "gzip cut short": gzip.compress(b"<a/>" * 100)[:-9],
    "gzip of noise": b"\x1f\x8b\x08" + bytes(range(256)),
    "a zip cut short": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("body", ODD_REPLIES.values(), ids=ODD_REPLIES)
def test_whatever_comes_a_look_at_an_upstream_ends_in_words(bench: Bench, body: bytes) -> None:
    with faulty_server() as server:
        server.otherwise = reply(200, body)
        settings = bench.settings.with_endpoints(sandbox_endpoints(server.url))
        for source in SOURCES.values():
            for one in check_upstream(source, settings, large=True):
                told = [one.problem, *map(str, one.differences), *one.further]
                assert one.problem or one.differences or not body
                assert all(words.isprintable() for words in told)


@every_contract
def test_a_lost_and_a_renamed_field_are_named(source: Source, contract: Contract) -> None:
    recorded = contract.recorded()
    always = [path for path in _paths(recorded[0]) if _is_always(recorded, path)]
    assert always
    for path in always:
        lost, renamed = copy.deepcopy(recorded), copy.deepcopy(recorded)
        _change(lost[0], path, None)
        _change(renamed[0], path, "another")
        name = ".".join(path)
        assert name in {difference.field for difference in differences(recorded, lost)}
        told = {difference.field: difference.problem for difference in differences(recorded, renamed)}
        assert "another" in told[name]


def test_another_kind_of_value_is_named_and_an_empty_list_is_none() -> None:
    recorded = [{"results": [{"id": "a", "tags": ["x"], "note": None}]}]
    other = [{"results": [{"id": 7, "tags": [], "note": {"text": "x"}}]}]
    assert [str(one) for one in differences(recorded, other)] == ["results.id is number, not text"]
    assert [str(one) for one in differences(recorded, [[]])] == [
        "the reply is empty list, not object",
    ]


def test_a_field_that_one_recorded_record_lacks_may_be_missing() -> None:
    recorded = [{"results": [{"id": "a", "title": "x"}, {"id": "b"}]}]
    assert differences(recorded, [{"results": [{"id": "c"}]}]) == []
    assert [str(one) for one in differences(recorded, [{"results": [{"id": "c"}, {"title": "y"}]}])] == [
        "results.id is missing from 1 of 2"
    ]


def _paths(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for member in tree if isinstance(tree, list) else [tree]:
        if isinstance(member, dict):
            for key, below in member.items():
                yield (*path, key)
                yield from _paths(below, (*path, key))


def _parents(tree: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects in which the last name of a path may stand."""
    for member in tree if isinstance(tree, list) else [tree]:
        if isinstance(member, dict):
            if len(path) == 1:
                yield member
            elif path[0] in member:
                yield from _parents(member[path[0]], path[1:])


def _is_always(recorded: list[Any], path: tuple[str, ...]) -> bool:
    return all(path[-1] in parent for tree in recorded for parent in _parents(tree, path))


def _change(tree: Any, path: tuple[str, ...], name: str | None) -> None:
    for parent in list(_parents(tree, path)):
        if path[-1] in parent:
            value = parent.pop(path[-1])
            if name:
                parent[name] = value
