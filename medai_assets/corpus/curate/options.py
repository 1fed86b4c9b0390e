"""The options of a benchmark's question, and which of them is right, in the shapes that data sets write them in."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_COLUMNS = ("options", "choices")
_TEXT = ("text", "value", "option", "content")
_LABEL = ("label", "key", "letter", "id")
_MARK = ("is_correct", "correct", "isCorrect")
_OWN_COLUMN = re.compile(r"(?:(?:option|choice|answer)_?)?([a-j])", re.IGNORECASE)
LETTERS = "ABCDEFGHIJ"
_NO_ANSWER = -1  # what unanswered items of the hub's sets have


class Options(NamedTuple):
    """Texts in their order, and what the set calls each: A, B, C … where it says nothing else."""

    texts: list[str]
    labels: list[str]


def read_options(record: dict[str, Any]) -> Options:
    """Options of an item; none when it has no column of them.

    Raises:
        ValueError: they are in no known shape; the message says what was found.
    """
    found = next((record[name] for name in _COLUMNS if record.get(name)), None)
    if found is None:
        return _of_own_columns(record)
    if isinstance(found, dict):
        texts, labels = (_first(found, names) for names in (_TEXT, _LABEL))
        if isinstance(texts, list) and isinstance(labels, list) and len(texts) == len(labels):
            return _labelled(dict(zip(map(str, labels), texts)), len(texts))
        return _labelled({str(label): found[label] for label in sorted(found)}, len(found))
    if not isinstance(found, list):
        raise ValueError(f"options as {type(found).__name__}; a list or a mapping is read")
    if any(isinstance(option, dict) for option in found):
        return _of_mappings(found)
    return _labelled(dict(zip(LETTERS, found)), len(found))


def right_option(options: Options, answer: Any) -> str | None:
    """The letter of the right option, by its place; the answer itself as text where there are no options.

    Args:
        answer: a label, an option's text, or its number from 0; None and -1 stand for no answer.

    Raises:
        ValueError: it is none of these.
    """
    if answer is None or (options.texts and whole_number(answer) == _NO_ANSWER):
        return None
    if not options.texts:
        return str(answer)
    number = whole_number(answer)
    counted = [number] if number is not None and 0 <= number < len(options.texts) else []
    texts = _places(options.texts, answer)
    meant = (counted, texts) if isinstance(answer, int) else (texts, counted)
    for places in (_places(options.labels, answer), *meant):
        if len(places) == 1:
            return LETTERS[places[0]]
    raise ValueError(f"the answer {str(answer)[:60]!r} is no label, text or number (from 0) of its options")


def marked_option(record: dict[str, Any]) -> str | None:
    """The label of the option that says of itself that it is right, as quizzes have it; None where none does.

    Raises:
        ValueError: several do.
    """
    found = next((record[name] for name in _COLUMNS if record.get(name)), None)
    marked = [
        str(LETTERS[place] if (label := _first(option, _LABEL)) is None else label)
        for place, option in enumerate(found[: len(LETTERS)] if isinstance(found, list) else ())
        if isinstance(option, dict) and any(option.get(name) is True for name in _MARK)
    ]
    if len(marked) > 1:
        raise ValueError(f"{len(marked)} options that are marked as right")
    return marked[0] if marked else None


def whole_number(value: Any) -> int | None:
    """A whole number, also written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None


def _of_own_columns(record: dict[str, Any]) -> Options:
    """Columns A, B, C … or option_a, option_b …, as tables have them."""
    found = {}
    for name, text in record.items():
        if (letter := _OWN_COLUMN.fullmatch(name)) and text not in (None, ""):
            found[letter[1].upper()] = text
    if "A" not in found or "B" not in found:
        return Options([], [])
    return _labelled(dict(sorted(found.items())), len(found))


def _of_mappings(found: list[Any]) -> Options:
    pairs = [
        (_first(option, _LABEL), _first(option, _TEXT)) if isinstance(option, dict) else (None, None)
        for option in found
    ]
    if any(text is None for _, text in pairs):
        raise ValueError(f"options as mappings without one of {', '.join(_TEXT)}")
    labels = [str(LETTERS[place] if label is None else label) for place, (label, _) in enumerate(pairs)]
    return _labelled({label: text for label, (_, text) in zip(labels, pairs)}, len(found))


def _labelled(found: dict[str, Any], count: int) -> Options:
    if len(found) != count or count > len(LETTERS):
        raise ValueError(f"{count} options; at most {len(LETTERS)}, each with a label of its own, are read")
    if wrong := [text for text in found.values() if isinstance(text, dict | list)]:
        raise ValueError(f"an option that is a {type(wrong[0]).__name__}")
    kept = {label: str(text) for label, text in found.items() if text is not None}
    return Options(list(kept.values()), list(kept))


def _first(found: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((found[name] for name in names if found.get(name) is not None), None)


def _places(names: list[str], said: Any) -> list[int]:
    return [place for place, name in enumerate(names) if _folded(name) == _folded(said)]


def _folded(value: Any) -> str:
    return " ".join(str(value).split()).casefold()
