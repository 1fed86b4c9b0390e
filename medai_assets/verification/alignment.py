"""Every word of an answer that is not declared framing, laid onto the source: which unit stands where, whole or in part.

An answer's unit is found where its tokens stand one after another in a named passage or its heading. It may be put
together from several runs, but only where the source itself has a joint: the left run ends a unit (or leads into an
enumeration) and the right one begins a unit (or a member of the enumeration). So a word dropped, changed or moved leaves
the unit without a place. What belongs here: finding the places. What does not: judging them (one property a file).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from medai_assets.verification.example import Evidence, Example, SourcePassage
from medai_assets.verification.structure import Unit, token_spans, tokens, units

_MOST_RUNS = 5
_MOST_TRIED = 20_000  # places; the sentences of the tests take 300 at most
_LEADS = frozenset("if for when or and are is include includes including with to".split())
# What stands between a word that leads and a member of another enumeration: "for pain, not for fever or gout".
_TURNS = frozenset("not no never nor but except without unless than instead".split())
_SEPARATOR = re.compile(r"[,;:.|•–—(]\s*$|\b(?:or|and)\s+$")


@dataclass
class Text:
    """One text of the source (a passage's, or its heading), made ready to be searched."""

    passage: SourcePassage
    text: str
    is_heading: bool

    def __post_init__(self) -> None:
        self.units: tuple[Unit, ...] = units(self.text)
        spans = token_spans(self.text)
        self.tokens = [token for token, _ in spans]
        self.starts = [place for _, place in spans]
        self.joined = " " + " ".join(self.tokens) + " "
        self.offsets: list[int] = []
        place = 1
        for token in self.tokens:
            self.offsets.append(place)
            place += len(token) + 1

    def occurrences(self, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """(first token, token after the last) of every place where the words stand one after another."""
        wanted = " " + " ".join(words) + " "
        at = self.joined.find(wanted)
        while at >= 0:
            first = bisect_left(self.offsets, at + 1)
            yield first, first + len(words)
            at = self.joined.find(wanted, at + 1)

    def unit_at(self, token: int) -> int:
        """Index of the unit that a token belongs to."""
        return max(0, bisect_left(self._unit_starts, self.starts[token] + 1) - 1)

    @cached_property
    def _unit_starts(self) -> list[int]:
        return [unit.begin for unit in self.units]

    @cached_property
    def begins(self) -> frozenset[int]:
        """Tokens that begin a unit or a cell."""
        return frozenset(self._edges()[0])

    @cached_property
    def ends(self) -> frozenset[int]:
        """Tokens after the last one of a unit or a cell."""
        return frozenset(self._edges()[1])

    def _edges(self) -> tuple[set[int], set[int]]:
        begins, ends = set(), set()
        for unit in self.units:
            for begin, end in _cells(unit):
                first = bisect_left(self.starts, begin)
                last = bisect_left(self.starts, end)
                begins.add(first)
                ends.add(last)
        return begins, ends

    def last_end(self, token: int) -> int:
        """Where a token's characters end."""
        return self.starts[token] + len(self.tokens[token])

    def follows_separator(self, token: int) -> bool:
        """Whether a comma, a bracket or "or" stands before the token, so that a member of an enumeration begins there."""
        return bool(_SEPARATOR.search(self.text[max(0, self.starts[token] - 8) : self.starts[token]]))


def _cells(unit: Unit) -> list[tuple[int, int]]:
    if unit.kind != "row":
        return [(unit.begin, unit.end)]
    found, at = [(unit.begin, unit.end)], unit.begin
    for cell in unit.text.split("|"):
        found.append((at, at + len(cell)))
        at += len(cell) + 1
    return found


@dataclass(frozen=True)
class Run:
    """Tokens ``first`` to ``last`` (exclusive) of a source text."""

    source: Text
    first: int
    last: int

    @property
    def unit(self) -> int:
        return self.source.unit_at(self.first)

    @property
    def last_unit(self) -> int:
        return self.source.unit_at(self.last - 1)

    @property
    def begins_unit(self) -> bool:
        return self.first in self.source.begins

    @property
    def ends_unit(self) -> bool:
        return self.last in self.source.ends


@dataclass(frozen=True)
class Laid:
    """A unit of the answer and where it stands.

    Attributes:
        runs: empty where the source does not say it.
        framed: framing stands before it on its line. leads: that framing, "" when there is none before its list or line.
    """

    unit: Unit
    runs: tuple[Run, ...]
    framed: bool
    lead: str

    @property
    def is_grounded(self) -> bool:
        return bool(self.runs)


@dataclass
class Alignment:
    """The units of an answer outside of its framing, in order.

    Attributes:
        missing: declared framing that the answer does not hold in that order.
    """

    units: list[Laid] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def align(example: Example, evidence: Evidence) -> Alignment:
    """The answer laid onto the passages; worked out once for an example."""
    key = f"alignment of {example.completion}"
    if key not in evidence.memo:
        evidence.memo[key] = _align(example, evidence)
    found: Alignment = evidence.memo[key]
    return found


def source_texts(passages: tuple[SourcePassage, ...]) -> list[Text]:
    """The searchable texts of passages, each made once."""
    found = []
    for passage in passages:
        if "texts" not in passage.memo:
            texts = [Text(passage, passage.text, False)]
            if passage.heading:
                texts.append(Text(passage, passage.heading, True))
            passage.memo["texts"] = texts
        found += passage.memo["texts"]
    return found


def _align(example: Example, evidence: Evidence) -> Alignment:
    texts = source_texts(evidence.passages)
    result = Alignment()
    segments, result.missing = without_framing(example)
    for said, frame, same_line in segments:
        lead = frame
        for number, unit in enumerate(units(said)):
            words = tokens(unit.text)
            if words:
                framed = same_line and number == 0
                previous = result.units[-1].runs[-1] if result.units and result.units[-1].runs else None
                result.units.append(Laid(unit, tuple(_cover(words, texts, previous)), framed, lead))
    return result


def without_framing(example: Example) -> tuple[list[tuple[str, str, bool]], list[str]]:
    """(what the source should say, the framing before it, whether that stands on the same line), and framing not found."""
    found: list[tuple[str, str, bool]] = []
    missing = []
    text, at, frame = example.completion, 0, ""
    for piece in example.framing:
        before, after = ("(?<!\\w)" if piece[0].isalnum() else ""), ("(?!\\w)" if piece[-1].isalnum() else "")
        match = re.search(f"{before}{re.escape(piece)}{after}", text[at:])
        if not match:
            missing.append(piece)
            continue
        found.append(_segment(text[at : at + match.start()], frame))
        at += match.end()
        frame = piece
    found.append(_segment(text[at:], frame))
    return [s for s in found if s[0]], missing


def _segment(said: str, frame: str) -> tuple[str, str, bool]:
    bare = said.strip(" \t:.,;")
    begins = said.lstrip(" \t:.,;(")
    text = said[len(said) - len(begins) :].rstrip() if bare.strip() else ""
    return text.strip("\n"), frame, bool(frame) and not begins.startswith("\n")


def _cover(words: tuple[str, ...], texts: list[Text], previous: Run | None) -> list[Run]:
    """Runs that hold the words; of several places for one run the one that begins and ends units, right after the last."""
    places = [Run(text, a, b) for text in texts for a, b in text.occurrences(words)]
    if places:
        return [
            max(places, key=lambda r: (r.begins_unit + r.ends_unit, r.begins_unit, _follows(r, previous)))
        ]
    return _joined(words, texts)


def _follows(run: Run, previous: Run | None) -> bool:
    return previous is not None and run.source is previous.source and run.first == previous.last


def _joined(words: tuple[str, ...], texts: list[Text]) -> list[Run]:
    """Runs that hold the words and follow one another by joints of the source's own; none where more had to be tried than
    ``_MOST_TRIED``, which only a text that repeats itself over and over comes to."""
    places: dict[tuple[int, int], list[Run]] = {}
    asked: set[tuple[int, int, int, int, int]] = set()
    tried = 0

    def at(begin: int, end: int) -> list[Run]:
        nonlocal tried
        if tried > _MOST_TRIED:
            return []
        if (begin, end) not in places:
            places[begin, end] = list(_places(words[begin:end], texts))
        tried += 1 + len(places[begin, end]) + (end - begin) // 32  # long phrases take long to find
        return places[begin, end]

    def behind(before: Run | None, begin: int, most: int) -> list[Run]:
        state = (
            (begin, most, id(before.source), before.first, before.last) if before else (begin, most, 0, 0, 0)
        )
        if most < 2 or state in asked:
            return []
        asked.add(state)  # what is found ends the search, so that what was asked for before leads nowhere
        for cut in range(len(words) - 1, begin, -1):
            for left in at(begin, cut):
                if tried > _MOST_TRIED:
                    return []
                if _may_end(left) and (before is None or _joins(before, left)):
                    right = next((run for run in at(cut, len(words)) if _joins(left, run)), None)
                    found = [right] if right else behind(left, cut, most - 1)
                    if found:
                        return [left, *found]
        return []

    return behind(None, 0, _MOST_RUNS)


def _places(words: tuple[str, ...], texts: list[Text]) -> Iterator[Run]:
    return (Run(text, first, last) for text in texts for first, last in text.occurrences(words))


def _joins(left: Run, right: Run) -> bool:
    """Whether the source itself leads from one run to the other: a heading into its text, a lead into its list, the cells
    of a row or of a table's head into others, and a word that leads into a member of the enumeration in its own sentence."""
    theirs = right.source
    begin = bisect_left(left.source.starts, left.source.units[left.unit].begin)
    # "Take it if" of "Do not take it if" leads nowhere.
    if not _may_begin(right) or not _TURNS.isdisjoint(left.source.tokens[begin : left.first]):
        return False
    if left.source.is_heading:
        return left.source.passage.heading == theirs.passage.heading
    if left.source is not theirs:
        return False
    at, to = left.last_unit, right.unit
    if at == to:
        turns = _TURNS | {left.source.tokens[left.last - 1]}
        between = theirs.tokens[left.last : right.first]
        return left.last <= right.first and (theirs.units[at].kind == "row" or turns.isdisjoint(between))
    follow = {unit.kind for unit in theirs.units[at + 1 : to + 1]}
    if theirs.units[at].kind == "row":
        return follow == {"row"} and not (at and theirs.units[at - 1].kind == "row")
    return left.ends_unit and bool(follow) and follow <= {"item", "row"}


def _may_end(run: Run) -> bool:
    """Whether something else may follow: after a heading, a lead, a cell or a word that leads, not after an item or a sentence."""
    if run.source.tokens[run.last - 1] in _LEADS:
        return True
    joins = run.source.is_heading or run.source.units[run.last_unit].kind not in ("item", "sentence")
    return run.ends_unit and joins


def _may_begin(run: Run) -> bool:
    return run.begins_unit or run.source.follows_separator(run.first)
