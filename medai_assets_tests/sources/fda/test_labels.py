"""Reading labels one by one: the same records as a whole parse gives, whatever the pieces, and nothing from damaged bytes."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.sources.fda.labels import (
    PIECE,
    Labels,
    LabelsInvalid,
    compact,
    head_of,
    scalar,
    text_of,
    zipped_pieces,
)
from medai_assets.transport.transfer import zip_problem

META = {"license": "https://open.fda.gov/license/", "results": {"skip": 0, "limit": 9, "total": 9}}
TEXT = st.text(max_size=20) | st.sampled_from(
    ['"}', "\n    }", "    },\n    {", "{", "]", '\\"', '"results": [{', "µ 10⁶"]
)
LABEL = st.dictionaries(
    st.sampled_from(["set_id", "version", "warnings", "openfda", "x"]),
    TEXT | st.lists(TEXT) | st.dictionaries(TEXT, TEXT | st.lists(TEXT)) | st.integers() | st.none(),
)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@given(
    labels=st.lists(LABEL, max_size=6),
    size=st.integers(1, 200),
    indent=st.sampled_from([None, 1, 2, 4, "\t"]),
)
def test_the_records_are_those_of_a_whole_parse(labels: list[Any], size: int, indent: Any) -> None:
    data = json.dumps({"meta": META, "results": labels}, indent=indent, ensure_ascii=False).encode()
    found = Labels(pieces(data, size))
    assert found.meta == META
    assert [json.loads(compact(record)) for record in found] == labels


@pytest.mark.real_data
def test_indented_and_compact_json_give_the_same_payloads(real_data: Path) -> None:
    labels = [json.loads(path.read_text()) for path in sorted((real_data / "openfda").glob("spl-*.json"))]
    content = {"meta": META, "results": labels}
    indented = Labels([json.dumps(content, indent=2, ensure_ascii=False).encode()])
    parsed = Labels([json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()])
    assert list(map(compact, indented)) == list(map(compact, parsed))


@pytest.mark.real_data
def test_a_real_reply_has_its_meta_and_its_record(real_data: Path) -> None:
    body = (real_data / "openfda" / "api-reply-with-meta.json").read_bytes()
    found = Labels([body])
    records = list(found)
    assert found.meta["results"]["total"] == 121131
    assert [orjson.loads(record) for record in records] == json.loads(body)["results"]
    assert text_of(head_of(records[0]).set_id) == "0000025c-6dbf-4af7-a741-5cbacaed519a"


def test_what_stands_behind_the_results_is_no_record() -> None:
    data = b'{\n  "meta": {},\n  "results": [\n    {\n      "a": 1\n    }\n  ],\n  "more": {\n    "b": {\n    }\n  }\n}\n'
    assert [compact(record) for record in Labels([data])] == [b'{"a":1}']


@pytest.mark.parametrize("indent", [2, None])
def test_a_body_that_ends_early_is_damaged_wherever_it_ends(indent: int | None) -> None:
    data = json.dumps({"meta": META, "results": [{"a": ["x"]}, {"b": ["y"]}]}, indent=indent).encode()
    for end in range(len(data)):
        with pytest.raises(LabelsInvalid):
            list(Labels([data[:end]]))


@pytest.mark.parametrize("indent", [2, None])
@pytest.mark.parametrize(
    ("sound", "broken"),
    [(']', "]]"), ("]", ""), ("[", "[["), ("[", ""), ("}", "}}"), ("}", ""), ("{", "{{"), ('"]', "]"), ('["', "[")],
)  # fmt: skip
def test_a_wrong_bracket_in_one_record_costs_that_record_alone(
    sound: str, broken: str, indent: int | None
) -> None:
    texts = [
        json.dumps({"set_id": name, "warnings": ["} , {"], "openfda": {"a": ["x"]}}, indent=indent)
        for name in "abcd"
    ]
    texts[1] = texts[1].replace(sound, broken, 1) if sound != "}" else broken.join(texts[1].rsplit(sound, 1))
    joint = ",\n" if indent else ","
    body = f'{{"meta": {json.dumps(META)}, "results": [{joint.join(texts)}]}}'.encode()
    found = list(Labels([body]))
    read = [set_id for record in found if (set_id := _set_id(record))]
    assert [set_id for set_id in read if set_id != "b"] == ["a", "c", "d"]
    assert b'"b"' in found[1]
    assert len(found) - len(read) <= 1  # what was lost is one piece


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("odd", [None, 5, "x, {}", [], [1, {"a": []}]])
def test_a_record_that_is_no_object_is_one_piece(indent: int | None, place: int, odd: object) -> None:
    results: list[Any] = [{"set_id": str(n), "openfda": {"x": ["a"]}} for n in range(3)]
    results.insert(place, odd)
    data = json.dumps({"meta": META, "results": results}, indent=indent).encode()
    for size in (7, len(data)):
        assert [json.loads(record) for record in Labels(pieces(data, size))] == results


LINE = "\n    "  # what openFDA puts before a record


def _body(results: list[str], indent: str) -> bytes:
    listed = ",".join(indent + one for one in results)
    return f'{{"meta": {{}}, "results": [{listed}{indent[:-2]}]}}'.encode()


@pytest.mark.parametrize("indent", ["", LINE])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("odd", [["nul"], ["nul", "tru"], ["nul", "5"], ['"a": 1']], ids="|".join)
def test_what_is_no_json_beside_the_records_comes_too(indent: str, place: int, odd: list[str]) -> None:
    records = [f'{{{indent}  "set_id": "{name}"{indent}}}' for name in "xy"]
    results = [*records[:place], *odd, *records[place:]]
    body = _body(results, indent)
    for size in (7, len(body)):
        assert [record.decode() for record in Labels(pieces(body, size))] == results


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("odd", ['"a', "nul, {"])
def test_what_is_no_json_and_cannot_be_divided_is_one_piece(place: int, odd: str) -> None:
    records = [f'{{\n      "set_id": "{name}"\n    }}' for name in "xy"]
    results = [*records[:place], odd, *records[place:]]
    body = _body(results, LINE)
    assert [record.decode() for record in Labels([body])] == results


def test_a_record_without_its_brace_stays_one_piece() -> None:
    record = '{\n      "set_id": "x",\n      "openfda": {\n        "a": 1\n      }\n    }'
    results = [record, record.removeprefix("{"), record]
    body = _body(results, LINE)
    first, broken, last = Labels([body])
    assert (first, last) == (record.encode(), record.encode())
    assert b'"set_id": "x"' in broken


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    ("sound", "broken"),
    [("\n    }", ""), ("    }", "    }}"), ("    {", "    {{"), ("    {", "    "), ("      }", ""), ("{\n        ", ""),
     ("      ]", "      ]]"), ("      ]", ""), ("[\n        ", "[["), ("[\n        ", "")],
)  # fmt: skip
def test_a_wrong_bracket_in_one_record_of_openfdas_own_layout_costs_that_record_alone(
    place: int, sound: str, broken: str
) -> None:
    results = [{"set_id": name, "warnings": ["} , {"], "openfda": {"a": ["x"]}} for name in "abcd"]
    body = json.dumps({"meta": META, "results": results, "more": {"x": []}}, indent=2)
    listed = body.index('"results": [')
    begin = body.index("\n    {", listed)
    for _ in range(place):
        begin = body.index("\n    {", begin + 1)
    end = body.index("\n    }", begin) + len("\n    }")
    record = body[begin:end]
    assert sound in record
    whole = (body[:begin] + broken.join(record.rsplit(sound, 1)) + body[end:]).encode()
    for size in (7, len(whole)):
        found = list(Labels(pieces(whole, size)))
        read = [set_id for piece in found if (set_id := _set_id(piece))]
        others = [name for name in "abcd" if name != "abcd"[place]]
        assert [name for name in read if name != "abcd"[place]] == others
        assert len(found) >= 4


def test_two_records_without_an_end_are_two_pieces() -> None:
    record = '{\n      "set_id": "x"\n    }'
    open_ended = record.removesuffix("\n    }")
    body = _body([record, open_ended, open_ended, record, open_ended], LINE)
    assert [piece.decode() for piece in Labels([body])] == [
        record,
        open_ended,
        open_ended,
        record,
        open_ended,
    ]


def _set_id(record: bytes) -> str | None:
    try:
        return text_of(head_of(record).set_id)
    except msgspec.DecodeError:
        return None


def test_the_message_names_what_is_missing() -> None:
    with pytest.raises(LabelsInvalid, match='no array "results"'):
        Labels([b'{"error": {"code": "NOT_FOUND"}}'])
    with pytest.raises(LabelsInvalid, match='no object "meta"'):
        Labels([b'{"results": [{}]}'])


def test_a_field_of_another_type_spoils_no_other() -> None:
    head = head_of(b'{"set_id": 7, "version": 12, "effective_time": ["20240101"], "openfda": "none"}')
    assert (text_of(head.set_id), scalar(head.version), scalar(head.effective_time)) == (
        None,
        "12",
        "20240101",
    )
    assert scalar(head.boxed_warning) is None


# zip files


def zipped(path: Path, data: bytes, name: str = "drug-label-0001-of-0001.json") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def part(labels: int) -> bytes:
    text = "Take one tablet by mouth twice a day with food. " * 200
    records = [
        {"set_id": f"{n:08d}", "dosage_and_administration": [text], "openfda": {}} for n in range(labels)
    ]
    return json.dumps({"meta": META, "results": records}, indent=2).encode()


def test_a_part_is_unpacked_as_zipfile_does(tmp_path: Path) -> None:
    data = part(200)
    assert b"".join(zipped_pieces(zipped(tmp_path / "p.zip", data))) == data


def test_a_damaged_part_says_so(tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.json.zip", part(50))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LabelsInvalid, match="not a zip file"):
        zipped_pieces(path)
    path.write_bytes(whole[:200] + bytes([whole[200] ^ 0xFF]) + whole[201:])
    with pytest.raises(LabelsInvalid, match="damaged"):
        list(zipped_pieces(path))
    with pytest.raises(LabelsInvalid, match="one compressed JSON file"):
        zipped_pieces(zipped(path, b"x", "readme.txt"))


@pytest.mark.parametrize("offset", [42, 1 << 30])
def test_a_directory_that_leads_elsewhere_is_told(tmp_path: Path, offset: int) -> None:
    path = zipped(tmp_path / "p.json.zip", part(5))
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.rfind(b"PK\x05\x06") + 16, offset + content.rfind(b"PK\x01\x02"))
    path.write_bytes(content)
    with pytest.raises(LabelsInvalid, match="its file is not where the directory says"):
        list(zipped_pieces(path))


def stating(path: Path, size: int) -> Path:
    """The zip, whose directory now states another size of its one file."""
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = size.to_bytes(4, "little")
    path.write_bytes(data)
    return path


def test_a_part_unpacks_to_no_more_than_it_states_nor_to_more_than_a_hundred_times_its_size(
    tmp_path: Path,
) -> None:
    path = zipped(tmp_path / "p.json.zip", bytes(5 * PIECE))
    assert zip_problem(path) is None
    read = iter(zipped_pieces(stating(path, 100)))
    with pytest.raises(LabelsInvalid, match=r"damaged: 1,048,576 of 100 bytes"):
        list(read)
    assert zip_problem(stating(path, 1 << 31)) == "it unpacks to more than 100 times its size"


def test_memory_stays_flat_as_a_part_grows(tmp_path: Path) -> None:
    peaks = []
    for labels in (400, 4_000):
        path = zipped(tmp_path / f"{labels}.zip", part(labels))
        tracemalloc.start()
        assert sum(1 for record in Labels(zipped_pieces(path)) if compact(record)) == labels
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0] + (1 << 20)
