"""Rules whose examples are not taught, though each is proved: readers found too many of them faulty.

What belongs here: the setting ``left_out`` of the mixture, and which examples it names. What does not: what readers found
(``benchmarks/readings.jsonl``), and why a single example cannot be proved (verification).
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field, field_validator

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.sources.registry import SOURCES

NAME = "left_out"  # stands among the names of properties in what is set aside


def known_rule(name: str) -> str:
    """The name, if it is a rule's.

    Raises:
        ValueError: there is no such rule.
    """
    if name not in (rule.name for kind in KINDS.values() for rule in kind.rules):
        raise ValueError(f"there is no rule {name!r}; docs/data.md lists the rules that readers judged")
    return name


class Exclusion(BaseModel):
    """One rule that is off: everywhere, or for the records whose ids begin so.

    Attributes:
        rule: name of the rule, without its version.
        records: beginning of the record ids, such as ``medquad:2_GARD_QA/``; "" = all.
        reason: in words, with where the figures stand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    records: str = ""
    reason: str = Field(min_length=1)

    @field_validator("rule")
    @classmethod
    def _rule_is_known(cls, name: str) -> str:
        return known_rule(name)

    @field_validator("records")
    @classmethod
    def _records_are_a_source_s(cls, begin: str) -> str:
        prefixes = sorted(source.record_prefix for source in SOURCES.values())
        if begin and begin.partition(":")[0] not in prefixes:
            raise ValueError(f"no record's id begins with {begin!r}; they begin with {', '.join(prefixes)}")
        return begin

    @property
    def what(self) -> str:
        """The rule, and the records if it is off for some only."""
        return f"{self.rule} of {self.records}" if self.records else self.rule

    def names(self, rule: str, records: Iterable[str]) -> bool:
        """Whether an example of the rule that rests on these records is left out."""
        return rule == self.rule and (
            not self.records or any(one.startswith(self.records) for one in records)
        )


def why_excluded(row: ExampleRow, entries: Iterable[Exclusion]) -> str:
    """Why the mixture leaves the EXAMPLE row out; "" where it does not."""
    rule, records = row["rule"].partition("/")[0], [o["record_id"] for o in row["origins"]]
    return next((f"{one.what}: {one.reason}" for one in entries if one.names(rule, records)), "")
