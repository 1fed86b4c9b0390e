"""What a store does not do, in one sentence: its file system as the store uses it, whose faults say where, why and what now.

What is there or not there stays Python's own exception, since callers decide by it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from medai_assets.foundation.redaction import secrets_of_environment, told_without_keys
from medai_assets.storage.errors import StoreError

REFUSED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")  # S3's codes for "no longer so"
_ANSWERS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)
_CLIENTS = ("botocore", "aiobotocore", "aiohttp", "gcsfs", "google", "adlfs", "azure")
_KINDS = (  # by words in the names and messages of an exception and its causes
    (("NoSuchBucket",), "has no such bucket", "make it, or look at its name in MEDAI_DATA"),
    (("NoCredentials", "PartialCredentials"), "was given no keys", "set them as its client reads them"),
    (
        ("RequestTimeTooSkewed",),
        "refuses this machine's time, which differs too much from its own (S3 allows 15 minutes)",
        "set this machine's clock",
    ),
    (
        ("PermissionError", "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        "refuses the keys in use",
        "look at what they permit",
    ),
    (
        ("EndpointConnectionError", "ConnectionRefused", "ClientConnector", "ConnectTimeout", "gaierror"),
        "cannot be reached",
        "look at its address and the network",
    ),
)
_OTHER = ("could not do what it was asked", "look at the store's own state, and try again")


class RemoteFiles:
    """A file system of a remote store, or a file of it, whose faults are raised as StoreError."""

    def __init__(self, of: Any, url: str) -> None:
        self._of, self._url = of, url

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._of, name)
        return self._explained(found) if callable(found) else found

    def cat_small(self, path: str) -> bytes:
        """The content of a file that is no larger than a part: S3's client need not ask for its size first."""
        at_once = {"max_concurrency": 1} if "s3" in self._of.protocol else {}
        found: bytes = self._explained(self._of.cat_file)(path, **at_once)
        return found

    def __enter__(self) -> RemoteFiles:
        return self

    def __exit__(self, *error: object) -> None:
        self._explained(self._of.__exit__)(*error)

    def _explained(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def explained(*args: Any, **named: Any) -> Any:
            with told_without_keys():
                try:
                    found = call(*args, **named)
                except Exception as error:
                    if (fault := _fault(self._url, error)) is not None:
                        raise fault from error
                    raise
            return RemoteFiles(found, self._url) if hasattr(found, "readinto") else found

        return explained


def _fault(url: str, error: Exception) -> StoreError | None:
    """The sentence for a fault of the store; None where the exception is an answer, or a fault of the caller."""
    chain = " ".join(f"{type(one).__name__} {one}" for one in (error, error.__cause__, error.__context__))
    if "NoSuchBucket" not in chain:
        foreign = type(error).__module__.partition(".")[0] in _CLIENTS
        if isinstance(error, _ANSWERS) or not (foreign or isinstance(error, OSError)):
            return None
        if any(code in f"{error!r} {error.__cause__!r}" for code in REFUSED):
            return None
    says, do = next((kind[1:] for kind in _KINDS if any(word in chain for word in kind[0])), _OTHER)
    words = secrets_of_environment().text(" ".join(str(error).split()))[:300]  # a key cut in two is not found
    return StoreError(
        f"the store {url} {says} ({type(error).__name__}: {words}); {do}. What was finished is "
        "kept, and `medai run` goes on from there"
    )
