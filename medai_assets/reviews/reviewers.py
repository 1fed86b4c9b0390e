"""Reviewers who were given a token each: who a verdict on the page is by is then known, and not merely said.

Of a token only its hash is kept, in a file of this profile's folder that its owner alone reads.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from pathlib import Path

import msgspec
from filelock import FileLock

from medai_assets.foundation.files import make_owned, read_hashed, write_hashed
from medai_assets.foundation.plain_text import plain
from medai_assets.reviews.history import ROLES, ReviewError

FILE = "reviewers.kept"  # JSON below its hash, in the profile's folder
# beside category Cf
_UNSEEN = frozenset("\u034f\u115f\u1160\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10))))


class Reviewer(msgspec.Struct, frozen=True, kw_only=True):
    """A person, and the SHA-256 of their token in hexadecimal."""

    name: str
    role: str
    token_sha256: str


def invite(profile_dir: Path, name: str, role: str) -> str:
    """A new token for a person, in place of the one they had; it is not kept and cannot be shown again.

    Raises:
        ReviewError: the name or the role cannot be a reviewer's.
    """
    name = _spelled(name)
    if not name or role not in ROLES:
        raise ReviewError(f"a reviewer needs a name and one of the roles {', '.join(ROLES)}")
    token = secrets.token_urlsafe(24)
    with _lock(profile_dir):
        others = [one for one in reviewers(profile_dir) if not _same(one.name, name)]
        _write(profile_dir, [*others, Reviewer(name=name, role=role, token_sha256=_hash(token))])
    return token


def dismiss(profile_dir: Path, name: str) -> bool:
    """Let a person's token count no more; returns whether there was one. Their verdicts stay."""
    with _lock(profile_dir):
        known = reviewers(profile_dir)
        others = [one for one in known if not _same(one.name, name)]
        if len(others) < len(known):
            _write(profile_dir, others)
    return len(others) < len(known)


def reviewers(profile_dir: Path) -> list[Reviewer]:
    """Everyone who has a token. Raises ReviewError where the file cannot be read."""
    file = profile_dir / FILE
    if not file.exists():
        return []
    try:
        written = read_hashed(file)
        if written is None:
            raise ReviewError(
                f"{file} has changed since it was written; remove it and invite the reviewers again"
            )
        return msgspec.json.decode(written, type=list[Reviewer])
    except (OSError, msgspec.MsgspecError) as error:
        raise ReviewError(
            f"{file} cannot be read: {error}; remove it and invite the reviewers again"
        ) from None


def holder(profile_dir: Path, token: str) -> Reviewer | None:
    """Whose token it is; None where it is nobody's."""
    return next((one for one in reviewers(profile_dir) if one.token_sha256 == _hash(token)), None)


def refuse_others_name(profile_dir: Path, name: str) -> None:
    """Raises ReviewError for a name that somebody has a token for: they enter it with that alone."""
    if any(_same(one.name, name) for one in reviewers(profile_dir)):
        raise ReviewError(f"{_spelled(name)} has a token of their own; they open this page with that")


def _spelled(name: str) -> str:
    """The name as a reader sees it: letters in one form, and nothing that is not seen."""
    seen = (one for one in unicodedata.normalize("NFKC", plain(name)) if one not in _UNSEEN)
    return " ".join("".join(one for one in seen if unicodedata.category(one) != "Cf").split())


def _same(one: str, other: str) -> bool:
    return _spelled(one).casefold() == _spelled(other).casefold()


def _lock(profile_dir: Path) -> FileLock:
    make_owned(profile_dir)
    return FileLock(profile_dir / f"{FILE}.lock")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _write(profile_dir: Path, known: list[Reviewer]) -> None:
    file = profile_dir / FILE
    write_hashed(file, msgspec.json.format(msgspec.json.encode(known)))
    file.chmod(0o600)
