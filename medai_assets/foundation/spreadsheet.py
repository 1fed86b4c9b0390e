"""CSV as spreadsheets save it: its encoding and its delimiter, found from the bytes and the header."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Collection

# UTF-32's mark begins with UTF-16's, so it comes first.
_ENCODINGS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def marked_encoding(data: bytes) -> str | None:
    """Python's name of the encoding whose byte order mark stands first; None where there is no mark."""
    return next((name for mark, name in _ENCODINGS.items() if data.startswith(mark)), None)


# The last two where Excel is set to a language with a decimal comma, or saves as text.
DELIMITERS = (",", ";", "\t")
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)  # Excel's own, before the header


class NotCSV(ValueError):
    """Bytes that are no table of text; the message goes on after the file's name."""


def decoded(data: bytes) -> tuple[str, str]:
    """Encoding and text: by the mark in front, else UTF-8, else the code page of western Excel.

    Raises:
        NotCSV: it is a spreadsheet's own format, or no text.
    """
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotCSV("is a spreadsheet file, not CSV; save it as CSV UTF-8")
    marked = marked_encoding(data)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            continue
        if "\0" in text:
            line = text[: text.index("\0")].count("\n") + 1
            raise NotCSV(f"line {line} holds zero bytes; save the file as CSV UTF-8")
        return encoding, text
    raise NotCSV(f"line {line} cannot be read as text; save the file as CSV UTF-8")


def stated_delimiter(line: str) -> str | None:
    """The delimiter that a line before the header states, None where it is no such line."""
    stated = _SEPARATOR_LINE.fullmatch(line.strip('" \r\n'))
    return stated[1] if stated else None


def header_of(line: str, wanted: Collection[str], stated: str | None) -> tuple[str, list[str]]:
    """The delimiter, and the columns' names in lower case: those under which a wanted one is found, if any is."""
    for delimiter in (stated,) if stated else DELIMITERS:
        names = [cell.strip().lower() for cell in next(csv.reader([line], delimiter=delimiter), [])]
        if len(names) > 1 and not set(wanted).isdisjoint(names):
            break
    return delimiter, names
