"""What a rule is, what it makes, and the list of all of them.

What belongs here: the answer that keeps the source's words and the framing apart, the rule with its name and version,
the registry. What does not: any kind's own rules (one module a kind).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from medai_assets.foundation.code_versions import rule_version
from medai_assets.foundation.rows import ExampleRow, Turn
from medai_assets.instructions.language.framing import SYSTEM, Country
from medai_assets.instructions.passages import Passage, SourceDocument


@dataclass(frozen=True)
class Setting:
    """What every rule is told: the country whose numbers are named, and the bounds of an answer in words."""

    place: Country
    country: str
    least_words: int = 8
    most_words: int = 180


class Answer:
    """A completion in the making: pieces that the source says, and pieces of fixed framing between them."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, Passage | None]] = []

    def frame(self, text: str) -> Answer:
        """Add framing or white space."""
        self._pieces.append((text, None))
        return self

    def say(self, text: str, passage: Passage) -> Answer:
        """Add words of a passage: of its text or its heading, the first letter's case aside."""
        self._pieces.append((text, passage))
        return self

    def say_all(self, texts: list[str], passage: Passage) -> Answer:
        """Add several stretches of a passage, a space between them."""
        for number, text in enumerate(texts):
            self.frame(" " if number else "").say(text, passage)
        return self

    def add(self, other: Answer) -> Answer:
        """Add another answer's pieces."""
        self._pieces += other._pieces
        return self

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self._pieces).strip()

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def passages(self) -> list[Passage]:
        """The passages whose words are in the answer, each once, in order."""
        return list({p.passage_id: p for _, p in self._pieces if p}.values())

    @property
    def framing(self) -> list[str]:
        """The framing pieces that hold words."""
        found = (text.strip() for text, passage in self._pieces if passage is None)
        return [text for text in found if any(c.isalnum() for c in text)]

    def misquotes(self) -> list[str]:
        """Pieces given as a passage's words that do not stand in it; none in a sound rule."""
        return [t for t, p in self._pieces if p and _bare(t) not in _bare(f"{p.heading}\n{p.text}")]


@dataclass(frozen=True)
class Made:
    """One example in the making. ``key`` names examples that must be sampled and split together."""

    rule: Rule
    prompt: str
    answer: Answer
    labels: dict[str, Any]
    audience: str
    subject: str | None
    key: str = ""
    extra: tuple[Passage, ...] = ()  # passages that the prompt alone draws on

    @property
    def passages(self) -> list[Passage]:
        return list({p.passage_id: p for p in (*self.answer.passages, *self.extra)}.values())

    def row(self) -> ExampleRow:
        """The EXAMPLE row, its split still empty."""
        passages = self.passages
        origins = {(o["record_id"], o["version"]): o for p in passages for o in p.origins}
        labels = {**self.labels, "framing": self.answer.framing}
        return {
            "example_id": example_id(self.rule.kind, self.prompt, self.answer.text),
            "kind": self.rule.kind,
            "rule": self.rule.id,
            "system": SYSTEM,
            "history": [],
            "prompt": self.prompt,
            "completion": self.answer.text,
            "passage_ids": [p.passage_id for p in passages],
            "origins": [origins[key] for key in sorted(origins)],
            "authored": False,
            "split": "",
            "subject": self.subject,
            "audience": self.audience,
            "source": passages[0].source,
            "labels": orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode(),
        }


Maker = Callable[[SourceDocument, Setting], Iterator[Made]]


@dataclass(frozen=True)
class Rule:
    """From a document to examples of one kind.

    Args:
        name: ``<kind>.<what>``.
        sections: the sections it makes answers from.
        sources: the sources it reads; none named = all.
    """

    name: str
    sections: frozenset[str]
    make: Maker = field(compare=False, repr=False)
    sources: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def version(self) -> int:
        """As the lock of code versions has it: raised whenever the rule makes other examples from the same passages."""
        return rule_version(self.name)

    @property
    def id(self) -> str:
        """As EXAMPLE.rule has it: ``name/version``."""
        return f"{self.name}/{self.version}"

    @property
    def choice_key(self) -> str:
        """What choices among wordings are made by: the same in every version, so that a raised one alone changes none."""
        return f"{self.name}/1"

    def reads(self, document: SourceDocument) -> bool:
        """Whether the rule looks at documents of this source."""
        return not self.sources or document.source in self.sources

    def applies(self, passage: Passage) -> bool:
        """Whether the rule may make an answer from this passage."""
        return passage.section in self.sections and (not self.sources or passage.source in self.sources)


REGISTRY: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Add a rule to the registry.

    Raises:
        ValueError: there is one of that name.
    """
    if rule.name in REGISTRY:
        raise ValueError(f"two rules are named {rule.name}")
    REGISTRY[rule.name] = rule
    return rule


def example_id(kind: str, prompt: str, completion: str, history: Sequence[Turn] = ()) -> str:
    """``e`` and 24 hexadecimal digits of the SHA-256 of kind, what was said before, prompt and completion."""
    said = (kind, *(turn["content"] for turn in history), prompt, completion)
    return "e" + hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:24]


def _bare(text: str) -> str:
    return " ".join(text.split()).lower()
