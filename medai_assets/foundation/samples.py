"""Where a record that was written for this project can be looked at: no publisher has a page of it."""

from __future__ import annotations

SANDBOX = "sandbox:"  # before its id: what stands for the address of its page


def without_sandbox(text: str) -> str:
    """The id of a sample that is named by its place in the sandbox; requests to the sandbox (``sandbox:/…``) stay."""
    bare = text.removeprefix(SANDBOX)
    return text if bare.startswith("/") else bare
