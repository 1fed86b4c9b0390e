"""Texts that a pattern may read in worse than proportion, found from the patterns themselves.

What belongs here: every pattern of the rooms that read what comes from outside, compiled or written into a call, and for each
repeat in one a text that repeats what the repeat takes and then fails. Whether a reader lets such a text reach its pattern
shows ``doubling.py``.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any, NamedTuple

import medai_assets

ROOMS = ("foundation", "transport", "sources", "text", "corpus", "verification", "instructions")
_MANY = 50  # a repeat of as many counts as one without a bound
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_CLASSES = {"SPACE": " ", "DIGIT": "1", "WORD": "a", "NOT_SPACE": "a", "NOT_DIGIT": "a", "NOT_WORD": " "}
_CALLS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}
_PLACEHOLDER = "7"  # for what a pattern in a call takes from its arguments: a word, or a number of times
_SCREENED = 2_000  # characters
_SUSPECT = 0.005  # seconds of processor time for as many; in proportion they take some microseconds
_LATE = 2.0  # seconds


class Attack(NamedTuple):
    """A text of any length: ``unit`` repeated between a beginning and an end."""

    place: str
    before: str
    unit: str
    after: str

    def text(self, characters: int) -> str:
        return self.before + self.unit * (characters // len(self.unit)) + self.after


def suspects() -> list[Attack]:
    """For each pattern the attack that takes longest, where it takes any time to speak of by itself."""
    found = (
        max((seconds(pattern, one), one) for one in attacks(pattern, place))
        for place, pattern in patterns()
        if _has_repeat(pattern)
    )
    return [one for took, one in found if took > _SUSPECT]


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every pattern of the rooms, once, with a place that it stands in."""
    known = dict[tuple[Any, int], None]()
    for info in pkgutil.walk_packages(medai_assets.__path__, "medai_assets."):
        if info.name.split(".")[1] in ROOMS:
            module = importlib.import_module(info.name)
            held = [(name, pattern) for name, value in vars(module).items() for pattern in _within(value)]
            for name, pattern in (*held, *_written(module)):
                if (key := (pattern.pattern, pattern.flags)) not in known:
                    known[key] = None
                    yield f"{info.name.removeprefix('medai_assets.')}.{name}", pattern


class _Arguments(dict[str, Any]):
    """What a pattern in a call takes from elsewhere than its module."""

    def __init__(self, module: ModuleType) -> None:
        self._told = {*vars(module), *vars(builtins)}

    def __missing__(self, name: str) -> str:
        if name in self._told:
            raise KeyError(name)
        return _PLACEHOLDER


def _written(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns that stand in calls, as ``re.sub("…", …)``, with their lines."""
    for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and (call.func.value.id, call.func.attr in _CALLS) == ("re", True)
        ):
            named = {word.arg: word.value for word in call.keywords}
            takes = list(inspect.signature(getattr(re, call.func.attr)).parameters)
            given = dict(zip(takes, call.args)) | named
            pattern, flags = (_value(given.get(name), module) for name in ("pattern", "flags"))
            if isinstance(pattern, str | bytes) and pattern != _PLACEHOLDER:
                yield f"{call.lineno}", re.compile(pattern, flags or 0)


def _value(expression: ast.expr | None, module: ModuleType) -> Any:
    """What an expression says, as far as its module can tell; None where it cannot."""
    if expression is None:
        return None
    try:
        return eval(compile(ast.Expression(expression), "", "eval"), vars(module), _Arguments(module))
    except (TypeError, AttributeError, KeyError, re.error):
        return None


def _within(value: object, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        yield from _within([*value.keys(), *value.values()], depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _within(one, depth - 1)
    elif depth and hasattr(type(value), "__slots__"):
        yield from _within([getattr(value, name, None) for name in type(value).__slots__], depth - 1)


def attacks(pattern: re.Pattern[Any], place: str) -> list[Attack]:
    tree = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    found = dict[Attack, None]()
    for choice in range(2):
        whole = _sample(tree, choice)
        for before, unit in _repeats(tree, "", choice):
            texts = ((before, unit, "!"), (before, unit, ""), ("", before + unit, "!"), ("", whole, ""))
            found |= {Attack(place, *text): None for text in texts if 0 < len(text[1]) < 200 > len(text[0])}
    return list(found) or [Attack(place, "", "a", "")]


def _has_repeat(pattern: re.Pattern[Any]) -> bool:
    return any(_repeats(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG), "", 0))


def _repeats(tree: Any, before: str, choice: int) -> Iterator[tuple[str, str]]:
    """What stands before each long repeat, and what it repeats."""
    for code, held in tree:
        if code in _REPEATS:
            if held[1] is codes.MAXREPEAT or held[1] >= _MANY:
                yield before, _sample(held[2], choice)
            yield from _repeats(held[2], before, choice)
        elif code is codes.SUBPATTERN:
            yield from _repeats(held[3], before, choice)
        elif code is codes.BRANCH:
            for branch in held[1]:
                yield from _repeats(branch, before, choice)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _repeats(held[1], before, choice)
        elif code is codes.ATOMIC_GROUP:
            yield from _repeats(held, before, choice)
        before += _sample([(code, held)], choice)


def _sample(tree: Any, choice: int) -> str:
    """A short text that the tree takes; ``choice`` picks among branches and members of a set."""
    text = ""
    for code, held in tree:
        if code is codes.LITERAL:
            text += chr(held)
        elif code is codes.NOT_LITERAL:
            text += "b" if held == ord("a") else "a"
        elif code is codes.ANY:
            text += "a"
        elif code is codes.IN:
            text += _member(held, choice)
        elif code is codes.BRANCH:
            text += _sample(held[1][choice % len(held[1])], choice)
        elif code is codes.SUBPATTERN:
            text += _sample(held[3], choice)
        elif code is codes.ATOMIC_GROUP:
            text += _sample(held, choice)
        elif code in _REPEATS:
            text += _sample(held[2], choice) * min(max(held[0], choice), 40)
    return text


def _member(members: Any, choice: int) -> str:
    if members[0][0] is codes.NEGATE:
        taken = re.compile("[" + "".join(map(re.escape, map(_one_of, members[1:]))) + "]")
        return next((c for c in "a1 .-(\n<x" if not taken.match(c)), "\u4e00")
    return _one_of(members[choice % len(members)])


def _one_of(member: Any) -> str:
    code, held = member
    if code is codes.CATEGORY:
        return _CLASSES[str(held).removeprefix("CATEGORY_")]
    return chr(held[0] if code is codes.RANGE else held)


class _Late(Exception):
    pass


def _stop(*_: object) -> None:
    raise _Late


def seconds(pattern: re.Pattern[Any], attack: Attack) -> float:
    """Processor time for all that the pattern finds in the attack, up to ``_LATE``."""
    text: Any = attack.text(_SCREENED)
    text = text.encode() if isinstance(pattern.pattern, bytes) else text
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, _LATE)
    begun = time.process_time()
    try:
        for _ in pattern.finditer(text):
            pass
    except _Late:
        pass
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return time.process_time() - begun
