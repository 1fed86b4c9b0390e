"""The options of a benchmark's question, and which of them is right, in the shapes that data sets write them in."""

from __future__ import annotations

import re
from string import ascii_uppercase as LETTERS
from typing import Any, NamedTuple

from medai_assets.foundation.digests import text_digest

_COLUMNS = ("options", "choices", "endings")
_MAPPINGS = "answers"  # of HEAD-QA; any other list of this name has wordings of one answer
_TARGETS = "mc1_targets"  # of TruthfulQA: options, each with 1 where it is right and 0 where not
_TEXT = ("text", "value", "option", "content", "atext")
_LABEL = ("label", "key", "letter", "id", "aid")
_MARK = ("is_correct", "correct", "isCorrect")
_OWN_COLUMN = re.compile(r"(?:(?:option|choice|answer)_?)?([a-j])", re.IGNORECASE)
_COUNTED_COLUMN = re.compile(r"(?:option|choice|ending|distractor|candidate|alternative|solution|sol)_?(\d+)")
_LIKE_OPTIONS = re.compile(r"option|choice|ending|distractor|candidate|alternative|mc\d_targets")
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
    if targets := _targets(record):
        return _labelled({letter: text for letter, (text, _) in zip(LETTERS, targets)}, len(targets))
    found = _column(record)
    if found is None:
        own = _of_own_columns(record)
        if not own.texts and (
            like := [name for name, value in record.items() if _is_like_options(name, value)]
        ):
            raise ValueError(
                f"these columns look like answer options, but have no known form: {', '.join(like)}"
            )
        return own
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
    """The label of the option that is marked as right, as quizzes have it; None where none is.

    Raises:
        ValueError: several are.
    """
    found = _column(record)
    marked = [letter for letter, (_, mark) in zip(LETTERS, _targets(record)) if mark == 1] or [
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


def _column(record: dict[str, Any]) -> Any:
    mappings = record.get(_MAPPINGS)
    if isinstance(mappings, list) and any(isinstance(one, dict) for one in mappings):
        return mappings
    return next((record[name] for name in _COLUMNS if record.get(name)), None)


def _targets(record: dict[str, Any]) -> list[tuple[str, Any]]:
    """Options, each with its mark, in an order that tells nothing: they are published with the right one first."""
    found = record.get(_TARGETS) or {}
    texts, marks = (
        (found["choices"], found["labels"]) if "labels" in found else (found.keys(), found.values())
    )
    if len(texts) != len(marks):
        raise ValueError(f"{len(texts)} options with {len(marks)} labels")
    question = str(record.get("question"))
    return sorted(zip(texts, marks), key=lambda one: text_digest(question, str(one[0])))


def _is_like_options(name: str, value: Any) -> bool:
    is_several = isinstance(value, list | dict)
    return bool(value and (_COUNTED_COLUMN.fullmatch(name) or (is_several and _LIKE_OPTIONS.search(name))))


def _of_own_columns(record: dict[str, Any]) -> Options:
    """Columns A, B, C … or option_a, option_b …, as tables have them; or ending0, ending1 …, whose answer counts from 0 too.

    Where columns count from 1, data sets count the answer from 0 as well as from 1, and nothing tells which.
    """
    counted = {
        int(number[1]): text
        for name, text in record.items()
        if text not in (None, "") and (number := _COUNTED_COLUMN.fullmatch(name))
    }
    if counted and sorted(counted) == list(range(len(counted))):
        return _labelled({str(number): text for number, text in sorted(counted.items())}, len(counted))
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
