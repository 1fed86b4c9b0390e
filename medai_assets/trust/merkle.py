"""A Merkle tree over sorted, distinct names, by which anybody can check that a name is not among them.

Hashed as RFC 6962 does: a leaf after a zero byte, two nodes after a one byte, and the left part of a tree is the largest
power of two. A name is absent when two neighbours with their paths to the root leave no room for it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any


def root(names: Iterable[str]) -> str:
    """Root of the tree over the distinct names, in hexadecimal."""
    return _root([_leaf(name) for name in sorted(set(names))]).hex()


def absence(names: Iterable[str], name: str) -> dict[str, Any]:
    """Proof that a name is not among others: the size of the tree, and its neighbours with their paths.

    Raises:
        ValueError: it is among them.
    """
    ordered = sorted(set(names))
    place = bisect_left(ordered, name)
    if place < len(ordered) and ordered[place] == name:
        raise ValueError(f"{name} is among them")
    leaves = [_leaf(one) for one in ordered]
    beside = [at for at in (place - 1, place) if 0 <= at < len(ordered)]
    return {
        "size": len(ordered),
        "neighbours": [
            {"name": ordered[at], "index": at, "path": [step.hex() for step in _path(leaves, at)]}
            for at in beside
        ],
    }


def is_absent(name: str, proof: dict[str, Any], claimed: str) -> bool:
    """Whether a proof of absence holds against a root."""
    size, found = proof["size"], proof["neighbours"]
    if size == 0:
        return not found and claimed == root([])
    places = [one["index"] for one in found]
    left = [one for one in found if one["name"] < name]
    right = [one for one in found if one["name"] > name]
    if len(left) + len(right) != len(found) or len(left) > 1 or len(right) > 1:
        return False
    if not left and places != [0]:
        return False
    if not right and places != [size - 1]:
        return False
    if left and right and right[0]["index"] != left[0]["index"] + 1:
        return False
    return all(
        _climbed(_leaf(one["name"]), one["index"], size, [bytes.fromhex(step) for step in one["path"]]).hex()
        == claimed
        for one in found
    )


def _leaf(name: str) -> bytes:
    return hashlib.sha256(b"\0" + name.encode()).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = _half(len(leaves))
    return _node(_root(leaves[:half]), _root(leaves[half:]))


def _path(leaves: Sequence[bytes], at: int) -> list[bytes]:
    """Hashes beside the way from a leaf to the root, the lowest first."""
    if len(leaves) <= 1:
        return []
    half = _half(len(leaves))
    if at < half:
        return [*_path(leaves[:half], at), _root(leaves[half:])]
    return [*_path(leaves[half:], at - half), _root(leaves[:half])]


def _climbed(leaf: bytes, at: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a path leads to; no root at all where its length is not that of the place."""
    if size <= 1:
        return leaf if not path else b""
    if not path:
        return b""
    half = _half(size)
    if at < half:
        return _node(_climbed(leaf, at, half, path[:-1]), path[-1])
    return _node(path[-1], _climbed(leaf, at - half, size - half, path[:-1]))


def _half(size: int) -> int:
    """The largest power of two below a size of at least two."""
    return 1 << ((size - 1).bit_length() - 1)
