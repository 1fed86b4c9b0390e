"""What lineage answers with: plain, immutable values that turn into JSON as they are.

No reading and no printing belongs here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from medai_assets.instructions.forms.form import question_alone
from medai_assets.storage import Input
from medai_assets.storage.errors import label


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an upstream record, as the origins of passages and examples name it."""

    record_id: str
    source: str
    slice: str
    version: str
    url: str
    licence: str
    attribution: str
    sample: bool
    title: str | None = None
    request: str | None = None  # what brought it, keys removed; None when its raw version is no longer kept
    retrieved_at: str | None = None  # ISO 8601, UTC
    raw_version: str | None = None  # data version of the slice that holds it
    withdrawn: str | None = None  # why it must no longer be used, None when it may


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A passage of the curated corpus; ``used`` holds the sentences of an example's completion that stand in it."""

    passage_id: str
    title: str
    section: str
    heading: str
    source: str
    subject: str | None
    document_id: str
    text: str
    records: list[Record] = []
    used: list[str] = []


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An instruction example in full."""

    example_id: str
    kind: str
    rule: str
    split: str
    source: str
    subject: str | None
    audience: str
    authored: bool
    system: str
    history: list[dict[str, str]]  # turns before the prompt: role, content
    prompt: str
    completion: str
    labels: str

    @property
    def question(self) -> str:
        """What the prompt asks, without the text in hand that it may show before."""
        return question_alone(self.prompt, self.labels)


class ExampleLine(msgspec.Struct, frozen=True, kw_only=True):
    """An example as lists show it."""

    example_id: str
    kind: str
    split: str
    source: str
    prompt: str  # the beginning of what it asks


class PassageLine(msgspec.Struct, frozen=True, kw_only=True):
    """A passage as lists show it."""

    passage_id: str
    title: str
    section: str
    source: str
    examples: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One stored version on the way, with the run and the code version that made it."""

    asset: str
    partition: str | None
    data_version: str
    code_version: str
    run_id: str
    finished_at: str

    @property
    def label(self) -> str:
        return label(self.asset, self.partition)

    @property
    def ref(self) -> Input:
        return Input(self.asset, self.partition, self.data_version)


def to_json(value: Any) -> bytes:
    """Any value of this module, or a container of them, as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2)
