"""Signed statements: any changed byte, another key, and what is none are refused."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from medai_assets.trust.envelope import (
    PASSPHRASE,
    STATEMENT,
    NotTrusted,
    generate,
    load_public,
    load_signer,
    opened,
    sign,
)

STATED = {"_type": STATEMENT, "subject": [], "predicateType": "urn:x", "predicate": {"n": 1}}


def test_what_was_signed_is_read_by_the_public_key_alone(key: Path) -> None:
    assert (
        opened(sign(STATED, load_signer(key)), [load_public(key.with_name("steward.pem.pub"))], "it")
        == STATED
    )


def test_every_changed_byte_is_refused(key: Path) -> None:
    data = sign(STATED, load_signer(key))
    keys = [load_public(key.with_name("steward.pem.pub"))]
    meaning = json.loads(data)
    for place in range(len(data)):
        for other in {data[place] ^ 1, ord("A"), ord(" ")} - {data[place]}:
            spoilt = data[:place] + bytes([other]) + data[place + 1 :]
            try:
                same = json.loads(spoilt) == meaning  # white space of the envelope says nothing
            except ValueError:
                same = False
            if not same:
                with pytest.raises(NotTrusted):
                    opened(spoilt, keys, "it")


def test_another_key_and_no_key_are_refused(key: Path, tmp_path: Path) -> None:
    other = generate(tmp_path / "other.pem")
    data = sign(STATED, load_signer(key))
    for keys in ([load_public(other)], []):
        with pytest.raises(NotTrusted, match="does not hold"):
            opened(data, keys, "it")


def test_a_private_key_is_its_owners_alone_and_never_written_over(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    with pytest.raises(FileExistsError):
        generate(key)
    assert key.read_bytes() == before


def test_a_passphrase_closes_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, "long and secret")
    generate(tmp_path / "k.pem")
    load_signer(tmp_path / "k.pem")
    monkeypatch.delenv(PASSPHRASE)
    with pytest.raises(NotTrusted, match=PASSPHRASE):
        load_signer(tmp_path / "k.pem")


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    for load in (load_public, load_signer):
        with pytest.raises(NotTrusted, match=str(tmp_path / "k")):
            load(tmp_path / "k")
