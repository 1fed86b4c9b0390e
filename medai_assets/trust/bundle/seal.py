"""A bundle's seal: every file of it with its SHA-256 in one signed statement, and holding a folder or zip against that."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from os import SEEK_END
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import medai_assets
from medai_assets.storage.errors import label
from medai_assets.trust.bom.facts import Facts
from medai_assets.trust.envelope import STATEMENT, NotTrusted, opened, sign
from medai_assets.trust.subjects import stream_digest
from medai_assets.trust.verify import Claim, verified

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer

SEAL, CERTIFICATES = "bundle.intoto.json", "certificates"
PREDICATE = "urn:medai-assets:auditors-bundle:v1"
DAY = (1980, 1, 1, 0, 0, 0)  # of every member of a zip, so that the same files give the same bytes
_UNREADABLE = (  # a damaged zip: offsets before its start, dates that are none and fields cut short among them
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
    LookupError, OverflowError, struct.error,
)  # fmt: skip
_MEMBER, _END, _END_OF_LARGE = 46, 22, 98  # bytes of an entry of the list at a zip's end, and of that end


def sealed(digests: dict[str, str], facts: Facts, issued_at: str, signer: Signer) -> bytes:
    """The signed statement about a bundle's files.

    Args:
        digests: SHA-256 in hexadecimal by name, of every file but the seal.
        facts: of the data set that the bundle is about.
    """
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digests[name]}} for name in sorted(digests)],
        "predicateType": PREDICATE,
        "predicate": {
            "data_set": facts.dataset.data_version,
            "models": [
                f"{label(one.adapter.asset, one.adapter.partition)} {one.adapter.data_version}"
                for one in facts.models
            ],
            "withdrawals": len(facts.withdrawals),
            "software": {"medai_assets": medai_assets.__version__},
            "issued_at": issued_at,
        },
    }
    return sign(statement, signer)


def verified_bundle(place: Path, keys: list[Key]) -> tuple[dict[str, Any], list[Claim]]:
    """The predicate of a bundle's seal, and what became of each claim; nothing but the bundle and the keys is looked at.

    Raises:
        NotTrusted: it carries no seal, the seal's signature does not hold, or it cannot be read as a bundle.
    """
    if place.is_dir():
        return _held(_Folder(place), keys)
    try:
        with place.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            return _held(_Zip(archive, stream), keys)
    except _UNREADABLE as error:
        raise NotTrusted(f"{place} cannot be read: {error}") from None


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        found = [path for path in root.rglob("*") if path.is_symlink() or not path.is_dir()]
        self._irregular = [path for path in found if path.is_symlink() or not path.is_file()]
        self.names = sorted(p.relative_to(root).as_posix() for p in found if p not in self._irregular)

    def open(self, name: str) -> IO[bytes]:
        return (self._root / name).open("rb")

    def oddities(self) -> Iterator[str]:
        for path in self._irregular:
            yield f"{path.relative_to(self._root)} is a link or a device, not a file"


class _Zip:
    """Members, named without the folder that all of them lie in."""

    def __init__(self, archive: zipfile.ZipFile, stream: IO[bytes]) -> None:
        self._archive, self._stream = archive, stream
        names = archive.namelist()
        root = f"{names[0].partition('/')[0]}/" if names else ""
        self._root = root if f"{root}{SEAL}" in names else ""
        self.names = sorted({name.removeprefix(self._root) for name in names})

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(self._root + name)

    def oddities(self) -> Iterator[str]:
        """Where programs could unpack different files: some read a zip from its front, some from its end."""
        for name, times in Counter(self._archive.namelist()).items():
            if times > 1:
                yield f"{name} lies in the zip {times} times"
            if not name.startswith(self._root):
                yield f"{name} lies outside {self._root}"
        end = listed = 0
        for member in sorted(self._archive.infolist(), key=lambda one: one.header_offset):
            header = member.FileHeader()
            self._stream.seek(member.header_offset)
            if member.header_offset != end or self._stream.read(len(header)) != header:
                yield f"{member.filename}: its two entries in the zip differ; unpack it, and check the folder"
            if problem := _no_plain_file(member):
                yield f"{member.filename}: {problem}; unpack it, and check the folder"
            end = member.header_offset + len(header) + member.compress_size
            listed += _MEMBER + len(member.orig_filename.encode()) + len(member.extra) + len(member.comment)
        behind = self._stream.seek(0, SEEK_END) - self._archive.start_dir - listed
        expected = _END if end <= zipfile.ZIP64_LIMIT else _END_OF_LARGE
        if end != self._archive.start_dir or behind != expected:
            yield "the zip holds bytes that belong to no file; unpack it, and check the folder"


def _no_plain_file(member: zipfile.ZipInfo) -> str:
    """What of an entry could make a program unpack it as something else than a file of that name."""
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG) or stat.S_IMODE(mode) & 0o7000:
        return "it is marked as something other than a file"
    if member.comment or (member.extra and member.file_size < zipfile.ZIP64_LIMIT // 2):
        return "its entry carries more than a file needs"
    return "it points outside its folder" if {"", ".", ".."} & {*member.filename.split("/")} else ""


def _held(bundle: _Folder | _Zip, keys: list[Key]) -> tuple[dict[str, Any], list[Claim]]:
    if SEAL not in bundle.names:
        raise NotTrusted(
            f"it carries no {SEAL}: anybody may have written it; `medai bundle` signs where MEDAI_SIGNING_KEY is set"
        )
    with bundle.open(SEAL) as stream:
        statement = opened(stream.read(), keys, SEAL)
    if statement["predicateType"] != PREDICATE:
        raise NotTrusted(f"{SEAL} is signed, but is not about a bundle: {statement['predicateType']}")
    signed = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
    intact = {name for name in bundle.names if name in signed and _digest(bundle, name) == signed[name]}
    problems = [*bundle.oddities(), *_differences({*bundle.names} - {SEAL}, signed, intact)]
    claims = [
        Claim("the signature holds", []),
        Claim(
            f"the {len(signed):,} files that were signed are as they were, and there is no other", problems
        ),
    ]
    certificates = sorted(name for name in intact if name.startswith(f"{CERTIFICATES}/"))
    return statement["predicate"], [*claims, *(_certificate(bundle, name, keys) for name in certificates)]


def _differences(names: set[str], signed: dict[str, str], intact: set[str]) -> Iterator[str]:
    for name in sorted({*signed, *names} - intact):
        if name not in names:
            yield f"{name} is missing"
        else:
            yield f"{name} {'is not as it was signed' if name in signed else 'was added'}"


def _digest(bundle: _Folder | _Zip, name: str) -> str | None:
    """SHA-256 of a file in hexadecimal; None where it cannot be unpacked."""
    try:
        with bundle.open(name) as stream:
            return stream_digest(stream)
    except _UNREADABLE:
        return None


def _certificate(bundle: _Folder | _Zip, name: str, keys: list[Key]) -> Claim:
    """What a certificate proves by itself."""
    try:
        with bundle.open(name) as stream:
            predicate, claims = verified(stream.read(), keys, None)
    except NotTrusted as error:
        older = "if an older key signed it, add that one with another --key"
        return Claim(f"{name} is a certificate", [f"{error}; {older}"])
    return Claim(
        f"{name}: no model learned {predicate['record']}", [p for one in claims for p in one.problems]
    )
