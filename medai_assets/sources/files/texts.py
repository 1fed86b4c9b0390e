"""Bytes of a person's files to text: by the mark at their beginning, else by the encoding that is stated, and never by guessing.

A guess between code pages turns letters into others without a word (``³`` is a Polish letter in Windows-1250), so that what
does not fit is told with what to do.
"""

from __future__ import annotations

import re
from pathlib import Path

from medai_assets.foundation.spreadsheet import marked_encoding

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_HEAD = 4096  # bytes in which a charset is stated
_ZEROS = 8  # a file of which more than every eighth byte is zero is UTF-16 or no text; a single one spoils its own row
ADVICE = "save the file as UTF-8, or say in files.yaml what it is, as `encoding: windows-1252`"


class FileUnusable(Exception):
    """A whole file cannot be read; the message says what was found and what to do."""


def encoding_of(head: bytes, stated: str) -> str:
    """The encoding of a file that begins with ``head``.

    Raises:
        FileUnusable: it is UTF-16 or no text at all, and nothing says so.
    """
    marked = marked_encoding(head)
    if (
        marked is None
        and head.count(0) * _ZEROS > len(head)
        and not stated.lower().startswith(("utf-16", "utf16", "utf-32", "utf32"))
    ):
        raise FileUnusable(f"it holds zero bytes: UTF-16 without its mark, or no text; {ADVICE}")
    return marked or stated


def document_text(path: Path, stated: str) -> str:
    """The text of a whole file; an HTML page may state its own encoding.

    Raises:
        FileUnusable: it does not have the encoding that is stated.
    """
    data = path.read_bytes()
    encoding = encoding_of(data[:_HEAD], stated)
    declared = _CHARSET.search(data[:_HEAD])
    for name in dict.fromkeys((encoding, *([declared[1].decode()] if declared else []))):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise FileUnusable(f"it is not {encoding}; {ADVICE}")
