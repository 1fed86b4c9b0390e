"""Texts that a pattern may read in worse than proportion, found from the patterns themselves.

What belongs here: every pattern of the rooms that read what comes from outside, compiled or written into a call, how the code
calls it, and texts against it: what its repeats take, its own beginnings and near misses again and again, and blanks. Whether
a reader lets such a text reach its pattern shows ``doubling.py``.
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
from collections import defaultdict
from collections.abc import Callable, Iterator
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
_EASIER = ("match", "fullmatch", "search")  # the others go on behind what they have found, as "finditer" does
_PLACEHOLDER = "7"  # for what a pattern in a call takes from its arguments: a word, or a number of times
_SCREENED = 4_000  # characters
_SUSPECT = 0.0003  # seconds of processor time for as many; in proportion most take some tens of microseconds
_GROWN = 7.0  # times as long as for a quarter of them: four is in proportion, sixteen a square
_LATE = 0.25  # seconds


# What these read has a bound, or is asked as a whole.
_BOUNDED = {
    "corpus.curate.short_questions._IS_NUMBERED": "the beginning of a question, of _LONGEST_NUMBER characters",
    "corpus.curate.short_questions._NUMBER": "the beginning of a question, of _LONGEST_NUMBER characters",
    "sources.pubmed.eutils._ERROR": "the first 2,000 bytes of a reply",
    "sources.pubmed.inline_markup._IGNORED": "what _check_closed let through: each has its end",
    "sources.pubmed.inline_markup._MATH": "what _check_closed let through: each has its end",
    "text.headings.PAGE_HEADINGS": "the first _LOOKED_AT characters of a heading",
    "text.normalise._AROUND_BREAK": "single blanks",
    "text.split_text._LAST_WORD": "the _LOOKED_BACK characters before a full stop",
    "verification.care_whole._TWO": "a subject, which is one line",
    "verification.spelled._BEGINS": "the eight characters before a word",
}


class Held(NamedTuple):
    """A pattern, a place that it stands in, and the hardest of the calls that the code makes of it."""

    place: str
    pattern: re.Pattern[Any]
    call: str

    def read(self, text: Any) -> None:
        text = text.encode() if isinstance(self.pattern.pattern, bytes) else text
        if self.call == "finditer":
            for _ in self.pattern.finditer(text):
                pass
        else:
            getattr(self.pattern, self.call)(text)


class Attack(NamedTuple):
    """A text of any length: ``unit`` repeated between a beginning and an end."""

    place: str
    before: str
    unit: str
    after: str

    def text(self, characters: int) -> str:
        return self.before + self.unit * (characters // len(self.unit)) + self.after


def suspects() -> list[tuple[Held, Attack]]:
    """For each pattern the attack that takes longest of those whose time grows faster than their length."""
    found = []
    for held in patterns():
        if _has_repeat(held.pattern) and held.place not in _BOUNDED:
            grown = [(took, one) for one in attacks(held.pattern, held.place) if (took := _grown(held, one))]
            found += [(held, one) for _, one in sorted(grown)[-1:]]
    return found


def _grown(held: Held, attack: Attack) -> float:
    """Seconds for an attack; 0 where they are few, or in proportion. A busy machine makes a reading longer, none shorter."""
    whole = part = float("inf")
    for _ in range(3):
        whole = min(whole, seconds(held, attack))
        if whole < _SUSPECT:
            return 0.0
        part = min(part, seconds(held, attack, _SCREENED // 4))
        if whole < _GROWN * part:
            return 0.0
    return whole


def patterns() -> list[Held]:
    """Every pattern of the rooms, once."""
    named, found, calls = (
        _called(),
        dict[tuple[Any, int], Held](),
        defaultdict[tuple[Any, int], set[str]](set),
    )
    for name, module in _modules():
        held = [
            (one, pattern, named[attribute or f"{name}.{one}"])
            for one, value in vars(module).items()
            for attribute, pattern in _within(value)
        ]
        for one, pattern, made in (*held, *_written(module)):
            calls[key := (pattern.pattern, pattern.flags)] |= made
            found.setdefault(key, Held(f"{name.removeprefix('medai_assets.')}.{one}", pattern, ""))
    return [held._replace(call=_hardest(calls[key])) for key, held in found.items()]


def _hardest(calls: set[str]) -> str:
    return max(calls, key=_EASIER.index) if calls and calls <= {*_EASIER} else "finditer"


def _modules() -> Iterator[tuple[str, ModuleType]]:
    for info in pkgutil.walk_packages(medai_assets.__path__, "medai_assets."):
        if info.name.split(".")[1] in ROOMS:
            yield info.name, importlib.import_module(info.name)


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text())


def _called() -> defaultdict[str, set[str]]:
    """Which methods of a name are called, ``_NAME.match(…)``, by MODULE.NAME or .ATTRIBUTE; of what is given to others, all."""
    found = defaultdict[str, set[str]](set)
    for name, module in _modules():
        nodes = list(ast.walk(_tree(module)))
        whence = {
            a.asname or a.name: f"{n.module}.{a.name}"
            for n in nodes
            if isinstance(n, ast.ImportFrom)
            for a in n.names
        }
        loops = [
            n for n in nodes if isinstance(n, ast.For | ast.comprehension) and isinstance(n.iter, ast.Name)
        ]
        of_many = {t.id: n.iter.id for n in loops for t in ast.walk(n.target) if isinstance(t, ast.Name)}
        seen = {id(n.iter) for n in loops}
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                seen.add(id(node.value))
                if node.attr in _CALLS:
                    for one in {node.value.id, of_many.get(node.value.id, node.value.id)}:
                        found[whence.get(one, f"{name}.{one}")].add(node.attr)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                found[f".{node.value.attr}"] |= {node.attr} & _CALLS
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in seen:
                found[whence.get(node.id, f"{name}.{node.id}")].add("finditer")
    return found


class _Arguments(dict[str, Any]):
    """What a pattern in a call takes from elsewhere than its module."""

    def __init__(self, module: ModuleType) -> None:
        self._told = {*vars(module), *vars(builtins)}

    def __missing__(self, name: str) -> str:
        if name in self._told:
            raise KeyError(name)
        return _PLACEHOLDER


def _written(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any], set[str]]]:
    """The patterns that stand in calls, as ``re.sub("…", …)``, with their lines and what is called."""
    for call in ast.walk(_tree(module)):
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
                yield f"{call.lineno}", re.compile(pattern, flags or 0), {call.func.attr} - {"compile"}


def _value(expression: ast.expr | None, module: ModuleType) -> Any:
    """What an expression says, as far as its module can tell; None where it cannot."""
    if expression is None:
        return None
    try:
        return eval(compile(ast.Expression(expression), "", "eval"), vars(module), _Arguments(module))
    except (TypeError, AttributeError, KeyError, re.error):
        return None


def _within(value: object, depth: int = 3, attribute: str = "") -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns that a value is or holds, each with the attribute that it is, as ``.record_form``, or ""."""
    if isinstance(value, re.Pattern):
        yield attribute, value
    elif depth and isinstance(value, dict):
        yield from _within([*value.keys(), *value.values()], depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _within(one, depth - 1)
    elif depth and hasattr(type(value), "__slots__"):
        for name in type(value).__slots__:
            yield from _within(getattr(value, name, None), depth - 1, f".{name}")


def attacks(pattern: re.Pattern[Any], place: str) -> list[Attack]:
    tree = list(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    ends = ("", "!", "!a", *dict.fromkeys(_excluded(tree)))
    found = dict.fromkeys(("", blank, end) for blank in (" ", "\n", ". ") for end in ends[:2])
    letters = [code is codes.LITERAL for code, _ in tree]
    lengths = [
        n for n in range(1, len(tree) + 1) if not all(letters[n - 1 : n + 1]) or n == len(tree)
    ]  # no cut words
    for choice in range(2):
        for whole in dict.fromkeys(_sample(tree[:length], choice) for length in lengths):
            found |= dict.fromkeys(("", f"{whole} ", end) for end in ends[:6]) | {
                ("", f"{whole[:-1]}!", ""): None
            }
        for before, unit in _repeats(tree, "", choice):
            found |= dict.fromkeys((("", before + unit, "!"), *((before, unit, end) for end in ends[:6])))
    return [Attack(place, *text) for text in found if 0 < len(text[1]) < 200 > len(text[0])]


def _excluded(tree: Any) -> Iterator[str]:
    """Characters at which a repeat of the tree ends, as "." does of ``[^.]*``."""
    for code, held in tree:
        if code is codes.IN and held[0][0] is codes.NEGATE:
            yield from (_one_of(member) for member in held[1:])
        elif code is codes.NOT_LITERAL:
            yield chr(held)
        elif code is codes.ANY:
            yield "\n!"
        for within in _parts(code, held):
            yield from _excluded(within)


def _has_repeat(pattern: re.Pattern[Any]) -> bool:
    return any(_repeats(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG), "", 0))


def _parts(code: Any, held: Any) -> list[Any]:
    """The trees within one node of a tree."""
    if code in _REPEATS:
        return [held[2]]
    if code is codes.SUBPATTERN:
        return [held[3]]
    if code is codes.BRANCH:
        return list(held[1])
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [held[1]]
    return [held] if code is codes.ATOMIC_GROUP else []


def _repeats(tree: Any, before: str, choice: int) -> Iterator[tuple[str, str]]:
    """What stands before each long repeat, and what it repeats."""
    for code, held in tree:
        if code in _REPEATS and (held[1] is codes.MAXREPEAT or held[1] >= _MANY):
            yield before, _sample(held[2], choice)
        for within in _parts(code, held):
            yield from _repeats(within, before, choice)
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


class _Late(BaseException):
    """No reader that goes on after an error takes it for one."""


def _stop(*_: object) -> None:
    raise _Late


def seconds(held: Held, attack: Attack, characters: int = _SCREENED) -> float:
    """Processor time for what the code calls on the attack, up to ``_LATE``."""
    return timed(held.read, attack.text(characters), _LATE)


def timed(read: Callable[[str], Any], text: str, most: float) -> float:
    """Processor time of one reading, which is ended after ``most`` seconds; of this thread: a timer makes that of all coarse."""
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, most)
    begun = time.thread_time()
    try:
        read(text)
    except _Late:
        return max(most, time.thread_time() - begun)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return time.thread_time() - begun
