"""A signed bundle is told from a changed and from a forged one by itself and a public key, as a folder and as a zip."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from medai_assets.cli import app
from medai_assets.settings import get_settings
from medai_assets.trust.bundle.seal import SEAL, verified_bundle
from medai_assets.trust.envelope import NotTrusted, generate, load_public, load_signer, sign
from medai_assets_tests.lineage.library import Library

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

RECORD = "fda:aaa"
CERTIFICATE = f"certificates/{RECORD.replace(':', '-')}-"


def medai(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@dataclass(frozen=True)
class Handed:
    """What a steward hands over, and the key that an auditor has from elsewhere."""

    archive: Path
    public: Path

    def unpacked(self, place: Path) -> Path:
        with zipfile.ZipFile(self.archive) as archive:
            archive.extractall(place)
        return place / self.archive.stem

    def problems(self, bundle: Path) -> list[str]:
        _, claims = verified_bundle(bundle, [load_public(self.public)])
        return [problem for claim in claims for problem in claim.problems]


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    """The steward's part: a record withdrawn, everything made without it, its certificate, and the bundle."""
    home = tmp_path_factory.mktemp("steward")
    library = Library.at(home / "data")
    key = home / "steward.pem"
    public = generate(key)
    library.materialize()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MEDAI_DATA", library.settings.data)
        environment.setenv("MEDAI_SOURCES", "fda,nhs")
        environment.setenv("MEDAI_SIGNING_KEY", str(key))
        get_settings.cache_clear()
        assert medai("withdraw", RECORD, "--reason", "asked by its author").exit_code == 0
        library.texts.pop(RECORD)
        library.withdrawn[RECORD] = None
        library.materialize()
        for words in (
            ("erase", "--yes"),
            ("certify", RECORD, "-o", home / "c.json"),
            ("bundle", "-o", home / "b.zip"),
        ):
            done = medai(*words)
            assert done.exit_code == 0, done.output
    get_settings.cache_clear()
    shutil.rmtree(library.settings.data)
    return Handed(home / "b.zip", public)


def test_an_auditor_checks_it_with_nothing_but_it_and_the_key(
    handed: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAI_DATA", str(tmp_path / "nothing"))
    get_settings.cache_clear()
    for bundle in (handed.archive, handed.unpacked(tmp_path)):
        done = medai("verify", bundle, "--key", handed.public)
        assert done.exit_code == 0, done.output
        assert f": no model learned {RECORD}" in done.output
        assert "It holds; signed 20" in done.output
    assert not (tmp_path / "nothing").exists()


def changed_byte(bundle: Path, name: str) -> str:
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)
    return f"{name} is not as it was signed"


def missing(bundle: Path, name: str) -> str:
    (bundle / name).unlink()
    return f"{name} is missing"


def test_a_byte_changed_in_any_file_or_a_file_left_out_is_told_by_name(
    handed: Handed, tmp_path: Path
) -> None:
    bundle = handed.unpacked(tmp_path)
    names = [path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()]
    assert any(name.startswith(CERTIFICATE) for name in names)
    for name in set(names) - {SEAL}:
        whole = (bundle / name).read_bytes()
        for damage in (changed_byte, missing):
            said = damage(bundle, name)
            assert handed.problems(bundle)[0] == said
            (bundle / name).write_bytes(whole)
    assert handed.problems(bundle) == []


@pytest.mark.parametrize("name", ["notes.html", "certificates/fda-ccc.json", ".hidden"])
def test_a_file_that_was_added_is_told_by_name(handed: Handed, tmp_path: Path, name: str) -> None:
    bundle = handed.unpacked(tmp_path)
    (bundle / name).write_text("all is well")
    assert handed.problems(bundle) == [f"{name} was added"]


def test_a_link_in_place_of_a_file_is_none_of_its_files(handed: Handed, tmp_path: Path) -> None:
    bundle = handed.unpacked(tmp_path)
    (bundle / "data_card.html").rename(tmp_path / "elsewhere.html")
    (bundle / "data_card.html").symlink_to(tmp_path / "elsewhere.html")
    assert handed.problems(bundle) == [
        "data_card.html is a link or a device, not a file",
        "data_card.html is missing",
    ]


def test_a_seal_changed_anywhere_does_not_hold(handed: Handed, tmp_path: Path) -> None:
    bundle = handed.unpacked(tmp_path)
    envelope = json.loads((bundle / SEAL).read_bytes())
    for broken in (
        envelope | {"payload": "A" + envelope["payload"][1:]},
        envelope | {"signatures": [envelope["signatures"][0] | {"sig": "A" * 86 + "=="}]},
        envelope | {"payloadType": "text/plain"},
    ):
        (bundle / SEAL).write_text(json.dumps(broken))
        with pytest.raises(NotTrusted, match=f"the signature of {SEAL} does not hold"):
            handed.problems(bundle)


def test_a_seal_that_says_more_than_is_signed_does_not_hold(handed: Handed, tmp_path: Path) -> None:
    bundle = handed.unpacked(tmp_path)
    envelope = json.loads((bundle / SEAL).read_bytes())
    (bundle / SEAL).write_text(json.dumps(envelope | {"note": "all is well"}, indent=2) + "\n")
    with pytest.raises(NotTrusted, match="holds more than what is signed"):
        handed.problems(bundle)
    (bundle / SEAL).write_text(json.dumps(envelope | {"payloadType": 5}))
    with pytest.raises(NotTrusted, match="is not a signed statement"):
        handed.problems(bundle)


def test_a_zip_without_an_enclosing_folder_is_read_too(handed: Handed, tmp_path: Path) -> None:
    bundle = handed.unpacked(tmp_path)
    with zipfile.ZipFile(tmp_path / "flat.zip", "w") as archive:
        for path in sorted(bundle.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(bundle))
    assert handed.problems(tmp_path / "flat.zip") == []


def test_one_sealed_by_another_key_or_not_at_all_is_refused(handed: Handed, tmp_path: Path) -> None:
    other = generate(tmp_path / "other.pem")
    done = medai("verify", handed.archive, "--key", other)
    assert done.exit_code == 1
    assert "another key signed it" in done.stderr
    bundle = handed.unpacked(tmp_path)
    (bundle / SEAL).unlink()
    with pytest.raises(NotTrusted, match=f"carries no {SEAL}: anybody may have written it"):
        handed.problems(bundle)


def test_a_certificate_by_the_same_key_is_no_seal(handed: Handed, tmp_path: Path) -> None:
    bundle = handed.unpacked(tmp_path)
    shutil.copyfile(next((bundle / "certificates").iterdir()), bundle / SEAL)
    with pytest.raises(NotTrusted, match="is not about a bundle"):
        handed.problems(bundle)


def test_a_certificate_in_it_is_held_to_what_it_proves(handed: Handed, tmp_path: Path) -> None:
    """Sealed by the right key, and yet not a certificate: the signer copies what lies in the store."""
    bundle = handed.unpacked(tmp_path)
    signer = load_signer(handed.public.with_suffix(""))
    (certificate,) = (bundle / "certificates").iterdir()
    generate(tmp_path / "other.pem")
    other = load_signer(tmp_path / "other.pem")
    certificate.write_bytes(sign({"_type": "https://in-toto.io/Statement/v1", "predicate": {}}, other))
    _seal_again(bundle, signer)
    (problem,) = handed.problems(bundle)
    assert "another key signed it; if an older key signed it, add that one with another --key" in problem


def _seal_again(bundle: Path, signer: Signer) -> None:
    told = json.loads(base64.b64decode(json.loads((bundle / SEAL).read_bytes())["payload"]))
    for subject in told["subject"]:
        subject["digest"]["sha256"] = hashlib.sha256((bundle / subject["name"]).read_bytes()).hexdigest()
    (bundle / SEAL).write_bytes(sign(told, signer))


def rewritten(
    change: Callable[[zipfile.ZipFile, zipfile.ZipInfo, bytes], None],
) -> Callable[[Path, Path], None]:
    def write(old: Path, new: Path) -> None:
        with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
            for member in source.infolist():
                change(target, member, source.read(member))

    return write


def twice(target: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
    if member.filename.endswith("/index.html"):
        target.writestr(member.filename, b"another", zipfile.ZIP_DEFLATED)
    target.writestr(member, data)


def outside(target: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
    target.writestr(member, data)
    if member.filename.endswith("/index.html"):
        target.writestr("../index.html", b"another")


def in_front(old: Path, new: Path) -> None:
    new.write_bytes(b"bytes of no file" + old.read_bytes())


def at_the_end(old: Path, new: Path) -> None:
    shutil.copyfile(old, new)
    with zipfile.ZipFile(new, "a") as archive:
        archive.comment = b"all is well"


def named_anew_by_an_extra_field(target: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
    if member.filename.endswith("/index.html"):
        told = struct.pack("<BI", 1, zlib.crc32(member.filename.encode())) + b"b/evil.html"
        member.extra = struct.pack("<HH", 0x7075, len(told)) + told
    target.writestr(member, data)


def a_link(target: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
    if member.filename.endswith("/index.html"):
        member.external_attr = 0o120777 << 16
    target.writestr(member, data)


def hiding_a_list_in_a_comment(target: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
    """Some programs read the list of files that the end of the zip points at, some the one before that end."""
    member.comment = bytes(46)
    target.writestr(member, data)


def renamed_in_front(old: Path, new: Path) -> None:
    """Programs that unpack as they read see another name than those that begin at the end."""
    new.write_bytes(old.read_bytes().replace(b"b/index.html", b"b/indez.html", 1))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rewritten(twice), "b/index.html lies in the zip 2 times"),
        (rewritten(outside), "../index.html lies outside b/"),
        (in_front, "two entries in the zip differ"),
        (at_the_end, "bytes that belong to no file"),
        (renamed_in_front, "two entries in the zip differ"),
        (rewritten(named_anew_by_an_extra_field), "more than a file needs"),
        (rewritten(a_link), "something other than a file"),
        (rewritten(hiding_a_list_in_a_comment), "more than a file needs"),
    ],
)  # fmt: skip
def test_a_zip_that_programs_would_unpack_differently_is_refused(
    handed: Handed, tmp_path: Path, change: Callable[[Path, Path], None], said: str
) -> None:
    change(handed.archive, tmp_path / "changed.zip")
    assert said in "; ".join(handed.problems(tmp_path / "changed.zip"))


def test_no_byte_of_a_zip_can_change_what_is_unpacked(handed: Handed, tmp_path: Path) -> None:
    """Every 97th byte, and each of the zip's end, which says where all lies, is turned around in turn; where that goes
    unnoticed, what is unpacked is what was signed."""
    whole = handed.archive.read_bytes()
    signed = _content(handed.archive)
    for place in [*range(0, len(whole), 97), *range(len(whole) - 22, len(whole))]:
        changed = tmp_path / "changed.zip"
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            found = handed.problems(changed)
        except NotTrusted:
            continue
        assert found or _content(changed) == signed, place


def _content(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
