"""in-toto Statements in DSSE envelopes, signed with an ed25519 key that lies in a file: no server, no network.

The bytes that were signed are the bytes that are read: a payload is parsed only after a key has verified it.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from medai_assets.foundation.extras import require
from medai_assets.foundation.files import write_whole

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer

STATEMENT = "https://in-toto.io/Statement/v1"
PAYLOAD = "application/vnd.in-toto+json"
# of the key's file, where it has one; read from the environment alone
PASSPHRASE = "MEDAI_SIGNING_PASSPHRASE"
_ANY = "a signed statement"


class NotTrusted(Exception):
    """Something signed does not hold; the message names what, and what to do."""


def generate(file: Path) -> Path:
    """Write a new private key, for its owner alone, and the public one beside it as ``FILE.pub``; returns the latter.

    Raises:
        FileExistsError: a key is there already.
    """
    require("sign", _ANY)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    secret = os.environ.get(PASSPHRASE, "").encode()
    hidden = BestAvailableEncryption(secret) if secret else NoEncryption()
    key = Ed25519PrivateKey.generate()
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden))
    public = file.with_name(f"{file.name}.pub")
    write_whole(
        public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), durable=True
    )
    return public


def load_signer(file: Path) -> Signer:
    """The private key of a file. Raises NotTrusted when it holds none, or a passphrase is missing or wrong."""
    require("sign", _ANY)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    secret = os.environ.get(PASSPHRASE, "").encode() or None
    try:
        key = load_pem_private_key(file.read_bytes(), secret)
    except OSError as error:
        raise NotTrusted(f"{file} cannot be used as a signing key: {error.strerror}") from None
    except (ValueError, TypeError) as error:
        raise NotTrusted(
            f"{file} cannot be used as a signing key: {error}; {PASSPHRASE} unlocks it if it has a passphrase"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise NotTrusted(f"{file} holds no ed25519 key; `medai keygen FILE` makes one")
    found: Signer = CryptoSigner(key)
    return found


def load_public(file: Path) -> Key:
    """The public key of a file. Raises NotTrusted when it holds none."""
    require("sign", _ANY)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        key = load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise NotTrusted(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise NotTrusted(f"{file} cannot be used as a public key: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise NotTrusted(f"{file} holds no ed25519 key")
    found: Key = SSlibKey.from_crypto(key)
    return found


def sign(statement: dict[str, Any], signer: Signer) -> bytes:
    """A statement in its envelope, as JSON."""
    from securesystemslib.dsse import Envelope

    payload = orjson.dumps(statement, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    envelope = Envelope(payload, PAYLOAD, {})
    envelope.sign(signer)
    return orjson.dumps(envelope.to_dict(), option=orjson.OPT_INDENT_2) + b"\n"


def opened(data: bytes, keys: list[Key], what: str) -> dict[str, Any]:
    """The statement of an envelope that one of the keys signed.

    Args:
        what: how messages name it.

    Raises:
        NotTrusted: it is no envelope, none of the keys signed these bytes, or they are no statement.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import FormatError, VerificationError

    try:
        envelope = Envelope.from_dict(_strict(orjson.loads(data)))
    except (ValueError, KeyError, TypeError, AttributeError, FormatError):
        raise NotTrusted(f"{what} is not a signed statement (a DSSE envelope)") from None
    try:
        envelope.verify(keys, 1)
    except (VerificationError, ValueError):
        raise NotTrusted(
            f"the signature of {what} does not hold: it was changed after it was signed, or another key signed it"
        ) from None
    if orjson.dumps(envelope.to_dict(), option=orjson.OPT_INDENT_2) + b"\n" != data:
        raise NotTrusted(
            f"{what} is not an envelope in the form that is written here: it holds more than what is signed"
        )
    statement: dict[str, Any] = orjson.loads(envelope.payload)
    if envelope.payload_type != PAYLOAD or statement.get("_type") != STATEMENT:
        raise NotTrusted(f"{what} is signed, but is not an in-toto Statement of version 1")
    return statement


def _strict(document: dict[str, Any]) -> dict[str, Any]:
    """Refuse base64 that decodes in spite of foreign letters: every byte of the file is to count."""
    if not isinstance(document["payloadType"], str):
        raise ValueError("not a type")
    for text in (document["payload"], *(one["sig"] for one in document["signatures"])):
        try:
            if base64.b64encode(base64.b64decode(text, validate=True)).decode() != text:
                raise ValueError("not canonical")
        except binascii.Error as error:
            raise ValueError("not base64") from error
    return document
