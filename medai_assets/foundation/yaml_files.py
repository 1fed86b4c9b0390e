"""YAML as people write it (settings, recipes, data cards), read strictly: what is doubtful is refused by its line.

PyYAML lets the last of two equal names win, and expands references without bound. Here a name given twice, a reference
(``&name``, ``*name``, ``<<``), a name that is unknown and anything nested beyond reason are refused in plain words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

# Names that a mapping may hold; for each, those that may stand below it, or None where anything may.
Known = Mapping[str, Collection[str] | None]
DEEPEST = 20  # levels; settings have three, and each costs Python's stack
MOST_BYTES = 1_000_000
_TIMESTAMP, _TEXT = "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:str"


class YamlRefused(ValueError):
    """A YAML file cannot be used; the message names file, line, and what to write instead."""


def read_yaml(file: Path, known: Known | None = None) -> dict[str, Any]:
    """Names and values of a YAML file.

    Args:
        known: names that the file may hold; None = any.

    Raises:
        YamlRefused: it is no mapping, not valid, too large, or holds what is refused here.
        OSError: the file cannot be read.
    """
    return parse_yaml(file.read_bytes(), str(file), known)


def parse_yaml(data: bytes | str, where: str, known: Known | None = None) -> dict[str, Any]:
    """The same of bytes (UTF-8, or UTF-16 with its mark) or text; ``where`` begins the message of a refusal."""
    if len(data) > MOST_BYTES:
        raise YamlRefused(
            f"{where} is larger than {MOST_BYTES:,} bytes; a settings file is a page of text, "
            "so check that this is the right one"
        )
    try:
        loader = _Strict(data)
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise YamlRefused(f"{where} must hold names and values, one `name: value` a line")
        _check_names(root, known)
        found: dict[str, Any] = loader.construct_document(root)
        return found
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" line {mark.line + 1}" if mark else ""
        raise YamlRefused(f"{where}{line}: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        raise YamlRefused(f"{where} is not text in UTF-8 ({error.reason}); save it as UTF-8") from None


def _refusal(at: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=at.start_mark)


class _Strict(yaml.SafeLoader):
    """PyYAML's safe loader without references, without dates, and of bounded depth."""

    def __init__(self, data: bytes | str) -> None:
        super().__init__(data)
        # A day stays text: nothing here is a date, and one that does not exist would end in a bare Python error.
        self.yaml_implicit_resolvers = {
            first: [(tag, form) for tag, form in forms if tag != _TIMESTAMP]
            for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise _refusal(
                event,
                f"{sign}{event.anchor} is a YAML anchor or alias, which is not read here; write out the value",
            )
        if self._depth == DEEPEST:
            raise _refusal(event, f"it is nested more than {DEEPEST} levels deep")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:
            raise _refusal(node, f"the value cannot be read ({error})") from None


def _check_names(node: yaml.Node, known: Known | Collection[str] | None) -> None:
    """Refuse names that are no text, stand twice, or are not among those known; walks down all that there is."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_names(item, None)
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, int] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag != _TEXT:
            called = f"the name {key.value}" if isinstance(key, yaml.ScalarNode) else "a name"
            raise _refusal(key, f"{called} is not plain text; put it in quotes")
        if key.value in first:
            raise _refusal(
                key, f"{key.value} is set twice (first in line {first[key.value]}); remove one of the two"
            )
        if known is not None and key.value not in known:
            raise _refusal(key, _unknown(key.value, known))
        first[key.value] = key.start_mark.line + 1
        _check_names(value, known.get(key.value) if isinstance(known, Mapping) else None)


def _unknown(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"the settings are {', '.join(known)}"
    return f"there is no setting {name!r}; {hint}"
