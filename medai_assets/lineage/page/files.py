"""Files of a stored version that a person can read in a browser: reports, cards, pictures, settings."""

from __future__ import annotations

from pathlib import PurePosixPath

from starlette.responses import Response

from medai_assets.lineage.lookup import LineageError
from medai_assets.lineage.page.page_context import PageContext
from medai_assets.storage import Manifest
from medai_assets.storage.errors import label

MOST_BYTES = 8 * 2**20  # what is larger is for programs
TEXT = "text/plain; charset=utf-8"
TYPES = {
    ".html": "text/html; charset=utf-8", ".png": "image/png", ".md": TEXT, ".json": TEXT, ".jsonl": TEXT, ".txt": TEXT,
    ".yaml": TEXT, ".jinja": TEXT,
}  # fmt: skip
# A stored report is a page of its own with its pictures inside; it may do nothing but be looked at.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


def can_be_read(manifest: Manifest, name: str) -> bool:
    """Whether a file of a version is shown."""
    info = manifest.files.get(name)
    return info is not None and info.bytes <= MOST_BYTES and PurePosixPath(name).suffix in TYPES


def file(context: PageContext) -> Response:
    """One file as it is stored.

    Raises:
        LineageError: the version has no such file, or it is not one to read.
    """
    ref, name = context.version_named(), context.path["name"]
    stored = context.lineage.open(ref)
    if not can_be_read(stored.manifest, name):
        raise LineageError(f"{label(ref.asset, ref.partition)} has no file {name!r} that can be read here")
    kind = TYPES[PurePosixPath(name).suffix]
    return Response(stored.read(name), media_type=kind, headers={"Content-Security-Policy": POLICY})
