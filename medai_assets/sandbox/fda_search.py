"""openFDA's search grammar, the part a label client needs, as a predicate over a record.

Grammar (open.fda.gov/apis/query-syntax): ``field:term``, ``field:"a phrase"``, ``field:[a TO b]``, ``_exists_:field``,
``_missing_:field``, ``.exact``, AND, OR, NOT and parentheses; terms with only a space between them mean OR.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Predicate = Callable[[Mapping[str, Any]], bool]

TOKEN = re.compile(
    r"""\s*(?:
        (?P<operator>AND|OR|NOT)(?=[\s(]|$)
      | (?P<bracket>[()])
      | (?:(?P<field>[\w.@-]+):)? (?:
            "(?P<phrase>[^"]*)"
          | [\[{](?P<low>[^\]}]+?)\s+TO\s+(?P<high>[^\]}]+?)[\]}]
          | (?P<open>\()
          | (?P<word>[^\s()\[\]{}":]+)
        )
    )""",
    re.VERBOSE,
)
WORDS = re.compile(r"\w+")


class SearchError(Exception):
    """The search cannot be read; openFDA answers 500 to most of these."""


def compile_search(search: str) -> Predicate:
    """The predicate of a search string; an empty one matches everything.

    Raises:
        SearchError: the string does not follow the grammar, for example because of a literal plus sign.
    """
    if not search.strip():
        return lambda record: True
    if "+" in search:
        raise SearchError("a literal plus sign")
    parser = _Parser(list(_tokens(search)))
    predicate = parser.alternatives("")
    if parser.position != len(parser.tokens):
        raise SearchError("a closing bracket without an opening one")
    return predicate


def values(record: Mapping[str, Any], field: str) -> list[str]:
    """All values at a dotted path as text, in order; empty when the path is absent."""
    found: list[Any] = [record]
    for name in field.split("."):
        found = [item[name] for item in found if isinstance(item, Mapping) and name in item]
        found = [part for item in found for part in (item if isinstance(item, list) else [item])]
    return [str(item) for item in found if not isinstance(item, Mapping)]


def _tokens(search: str) -> Iterator[dict[str, str]]:
    position = 0
    while search[position:].strip():
        match = TOKEN.match(search, position)
        if match is None:
            raise SearchError(f"cannot read {search[position : position + 20]!r}")
        position = match.end()
        yield {name: text for name, text in match.groupdict().items() if text is not None}


class _Parser:
    def __init__(self, tokens: list[dict[str, str]]) -> None:
        self.tokens = tokens
        self.position = 0

    def peek(self) -> dict[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else {}

    def take(self) -> dict[str, str]:
        token = self.peek()
        if not token:
            raise SearchError("the search ends too early")
        self.position += 1
        return token

    def alternatives(self, field: str) -> Predicate:
        """Terms joined by OR or by nothing."""
        parts = [self.conjunction(field)]
        while self.peek() and self.peek().get("bracket") != ")":
            if self.peek().get("operator") == "OR":
                self.take()
            parts.append(self.conjunction(field))
        return parts[0] if len(parts) == 1 else lambda record: any(part(record) for part in parts)

    def conjunction(self, field: str) -> Predicate:
        parts = [self.negation(field)]
        while self.peek().get("operator") == "AND":
            self.take()
            parts.append(self.negation(field))
        return parts[0] if len(parts) == 1 else lambda record: all(part(record) for part in parts)

    def negation(self, field: str) -> Predicate:
        if self.peek().get("operator") != "NOT":
            return self.clause(field)
        self.take()
        inner = self.clause(field)
        return lambda record: not inner(record)

    def clause(self, field: str) -> Predicate:
        token = self.take()
        if token.get("bracket") == "(" or "open" in token:
            inner = self.alternatives(token.get("field", field))
            if self.take().get("bracket") != ")":
                raise SearchError("an opening bracket without a closing one")
            return inner
        if "operator" in token or "bracket" in token:
            raise SearchError(f"a term is missing before {token}")
        return _term(token.get("field", field), token)


def _term(field: str, token: Mapping[str, str]) -> Predicate:
    text = token.get("phrase", token.get("word", ""))
    if field == "_exists_":
        return lambda record: bool(values(record, text))
    if field == "_missing_":
        return lambda record: not values(record, text)
    if "low" in token:
        low, high = (_comparable(token[end]) for end in ("low", "high"))
        return lambda record: any(low <= _comparable(value) <= high for value in values(record, field))
    if field.endswith(".exact"):
        return lambda record: text in values(record, field.removesuffix(".exact"))
    wanted = WORDS.findall(text.lower())
    prefix = text.endswith("*")
    return lambda record: any(_contains(value, wanted, prefix) for value in _searched(record, field))


def _searched(record: Mapping[str, Any], field: str) -> list[str]:
    return values(record, field) if field else [text for name in record for text in values(record, name)]


def _contains(value: str, wanted: list[str], prefix: bool) -> bool:
    words = WORDS.findall(value.lower())
    for start in range(len(words) - len(wanted) + 1):
        window = words[start : start + len(wanted)]
        if window == wanted or (
            prefix and window[:-1] == wanted[:-1] and window and window[-1].startswith(wanted[-1])
        ):
            return True
    return False


def _comparable(text: str) -> str:
    """Dates may be written 20240131 or 2024-01-31."""
    text = text.strip().strip('"')
    return text.replace("-", "") if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text
