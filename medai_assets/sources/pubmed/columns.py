"""From xml2arrow's flat tables to columns of CITATION: nested lists, dates, titles, clean text.

Everything works on whole columns; Python sees a single value only where a rule is about that value.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MONTHS = {name: f"{i:02d}" for i, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip
_MONTH_NAMES = pa.array(MONTHS, pa.string())
_MONTH_NUMBERS = pa.array(MONTHS.values(), pa.string())
_MEDLINE_DATE = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b(?:[ /-]+([A-Za-z]{3}))?")
_TRANSLITERATED = re.compile(r"(?:(?<!\s)\s+)?\(author's transl\)(?=[.\s]*$)")
_WHITE = re.compile(r"[ \t\n\r]{2,}|[\t\n\r]")
_SPACE = 32
_NOT_AVAILABLE = "[not available]"


def clean(column: pa.StringArray) -> pa.StringArray:
    """XML white space collapsed and trimmed; what is empty then is null. Most columns pass without a copy."""
    odd = _untidy(column)
    if odd is None:
        return column
    mask = pa.array(odd)
    tidy = (_WHITE.sub(" ", text).strip(" ") for text in column.filter(mask).to_pylist())
    return pc.replace_with_mask(column, mask, pa.array([text or None for text in tidy], pa.string()))


def _untidy(column: pa.StringArray) -> np.ndarray | None:
    """Rows that are empty, hold a line end, tab or two spaces in a row, or begin or end with a space; None if none."""
    _, offset_buffer, data_buffer = column.buffers()
    if data_buffer is None:
        return None
    offsets = np.frombuffer(offset_buffer, np.int32)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]]
    begin, end = offsets[:-1] - offsets[0], offsets[1:] - offsets[0]
    empty = begin == end
    has_empty = np.count_nonzero(empty) > column.null_count
    if not has_empty and (len(data) == 0 or data.min() > _SPACE):
        return None
    odd = _rows_with_white(data, begin, end)
    if has_empty:
        odd |= empty & valid(column)
    return odd if odd.any() else None


def _rows_with_white(data: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Rows of character data with white space other than single spaces between words."""
    odd = np.zeros(len(begin), bool)
    space = data == _SPACE
    bad = data < _SPACE
    bad[1:] |= space[1:] & space[:-1]
    odd[np.searchsorted(end, np.flatnonzero(bad), side="right")] = True
    filled = np.flatnonzero(end > begin)
    odd[filled] |= space[begin[filled]] | space[end[filled] - 1]
    return odd


def nested(owner: np.ndarray, rows: int, values: pa.Array) -> pa.Array:
    """A list column: value i belongs to row ``owner[i]``; owners ascend."""
    offsets = np.searchsorted(owner, np.arange(rows + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def structs(owner: np.ndarray, rows: int, required: tuple[str, ...], **fields: pa.Array) -> pa.Array:
    """A list-of-structs column without the structs in which every ``required`` field is null."""
    present = np.zeros(len(owner), bool)
    for name in required:
        present |= valid(fields[name])
    if not present.all():
        owner = owner[present]
        fields = {name: column.filter(pa.array(present)) for name, column in fields.items()}
    return nested(owner, rows, pa.StructArray.from_arrays(list(fields.values()), list(fields)))


def first(owner: np.ndarray, rows: int, chosen: np.ndarray, values: pa.Array) -> pa.Array:
    """The first chosen value of each row, null where there is none."""
    where = np.flatnonzero(chosen)[::-1]
    picks = np.full(rows, -1)
    picks[owner[where]] = where  # of several for one row the last written stays: the first in order
    return values.take(pa.array(picks, mask=picks < 0))


def valid(column: pa.Array) -> np.ndarray:
    """Where the column is not null."""
    found: np.ndarray = column.is_valid().to_numpy(zero_copy_only=False)
    return found


def equal(column: pa.Array, value: str) -> np.ndarray:
    found: np.ndarray = pc.is_in(column, value_set=pa.array([value], pa.string())).to_numpy(
        zero_copy_only=False
    )
    return found


def iso_date(year: pa.Array, month: pa.Array, day: pa.Array) -> pa.Array:
    """ISO 8601 as exact as stated; months are numbers or English names, other text in them is left out."""
    month = _month_number(month)
    day = pc.utf8_lpad(day, 2, "0")
    exact = pc.binary_join_element_wise(year, month, day, "-")
    return pc.coalesce(exact, pc.binary_join_element_wise(year, month, "-"), year)


def medline_date(text: str | None) -> str | None:
    """``1998 Dec-1999 Jan`` → ``1998-12``; ``1976-1977`` → ``1976``; None where no year is found."""
    found = _MEDLINE_DATE.search(text or "")
    if not found:
        return None
    month = MONTHS.get((found[2] or "").lower())
    return f"{found[1]}-{month}" if month else found[1]


def plain_title(title: str | None) -> tuple[str | None, bool]:
    """The title without the brackets round a translation, and whether it is one.

    NLM writes ``[Title in English].`` for an article in another language, ``[Not Available].`` when nobody
    translated it, and once added ``(author's transl)``. ``[18F]FDG and [11C]methionine`` stays as it is.
    """
    if title is None or not title.startswith("["):
        return title, False
    stem = title.rstrip(".").rstrip()
    if not stem.endswith("]") or not _one_bracket(stem):
        return title, False
    if stem.lower() == _NOT_AVAILABLE:
        return None, True
    inner = _TRANSLITERATED.sub("", stem[1:-1]).strip()
    return (inner + ("" if inner.endswith((".", "?", "!")) else title[len(stem) :].strip()) or None), True


def titles(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """``plain_title`` of a column."""
    starts = pc.fill_null(pc.starts_with(column, "["), False).to_numpy(zero_copy_only=False)
    translated = np.zeros(len(column), bool)
    if not starts.any():
        return column, pa.array(translated)
    bracketed = pa.array(starts)
    plain = [plain_title(title) for title in column.filter(bracketed).to_pylist()]
    translated[starts] = [is_translated for _, is_translated in plain]
    return (
        pc.replace_with_mask(column, bracketed, pa.array([title for title, _ in plain], pa.string())),
        pa.array(translated),
    )


def mapped(column: pa.Array, function: Callable[[str | None], str | None]) -> pa.Array:
    """A function of each value that is there."""
    present = column.is_valid()
    if not pc.any(present).as_py():
        return column
    values = [function(text) for text in column.filter(present).to_pylist()]
    return pc.replace_with_mask(column, present, pa.array(values, pa.string()))


def _month_number(month: pa.Array) -> pa.Array:
    names = pc.utf8_lower(pc.utf8_slice_codeunits(month, 0, 3))
    known = pc.index_in(names, _MONTH_NAMES)
    named = _MONTH_NUMBERS.take(known)
    digits = pc.match_substring_regex(month, r"^[0-9]{1,2}$")
    return pc.if_else(digits, pc.utf8_lpad(month, 2, "0"), named)


def _one_bracket(stem: str) -> bool:
    """Whether the first bracket closes only at the end."""
    if stem.find("]") == len(stem) - 1:
        return stem.find("[", 1) < 0
    depth = 0
    for i, character in enumerate(stem):
        depth += (character == "[") - (character == "]")
        if depth == 0:
            return i == len(stem) - 1
    return False
