"""PubMed's query language, the part a topic slice needs, over the index of the kit's citations.

``term[Tag]``, ``"a phrase"[Tag]``, date ranges ``2020/01:2021[dp]``, AND, OR, NOT read from left to right, brackets.
An untagged run of words means all of them anywhere, which is simpler than PubMed's automatic term mapping.
Source of tags: pubmed.ncbi.nlm.nih.gov/help/#search-tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from medai_assets.sandbox.pubmed_index import MESH_COMMA, MESH_END, MESH_START, PubmedIndex

COLUMNS_OF_TAG = {
    "title": "title",
    "ti": "title",
    "title/abstract": "title abstract",
    "tiab": "title abstract",
    "abstract": "abstract",
    "ab": "abstract",
    "mesh": "mesh",
    "mh": "mesh",
    "mesh terms": "mesh",
    "mesh major topic": "mesh",
    "majr": "mesh",
    "publication type": "type",
    "pt": "type",
    "ptyp": "type",
    "language": "language",
    "lang": "language",
    "la": "language",
    "journal": "other",
    "ta": "other",
}
DATE_OF_TAG = {
    "dp": "published",
    "pdat": "published",
    "date - publication": "published",
    "edat": "entered",
    "crdt": "entered",
    "date - entry": "entered",
    "date - create": "entered",
    "mdat": "revised",
    "lr": "revised",
    "date - modification": "revised",
    "date - last revised": "revised",
}
LANGUAGES = {"english": "eng", "french": "fre", "german": "ger", "spanish": "spa"}
TOKEN = re.compile(
    r"""\s*(?:
        (?P<bracket>[()])
      | (?P<operator>AND|OR|NOT)(?![\w-])
      | (?P<range>"?[\d/]+"?(?:\[[^\]]*\])?\s*:\s*"?[\d/]+"?)
      | "(?P<phrase>[^"]*)"
      | (?P<word>[^\s()\[\]"]+)
    )(?P<tag>\s*\[[^\]]*\])?""",
    re.VERBOSE,
)


class QuerySyntaxError(Exception):
    """The term cannot be read."""


def find(term: str, index: PubmedIndex) -> set[int]:
    """PMIDs of the citations a term asks for.

    Raises:
        QuerySyntaxError: brackets do not match or an operator has nothing to work on.
    """
    tokens = list(_tokens(term))
    found, position = _expression(tokens, 0, index)
    if position != len(tokens):
        raise QuerySyntaxError("a closing bracket without an opening one")
    return found


def within(field: str, low: str, high: str, index: PubmedIndex) -> set[int]:
    """PMIDs whose ``entered``, ``revised`` or ``published`` date lies in a range of YYYY, YYYY/MM or YYYY/MM/DD."""
    return index.identifiers(f"{field} BETWEEN ? AND ?", (_day(low, "01"), _day(high, "99")))


def _tokens(term: str) -> Iterator[Mapping[str, str]]:
    position = 0
    while term[position:].strip():
        match = TOKEN.match(term, position)
        if match is None:
            raise QuerySyntaxError(f"cannot read {term[position : position + 20]!r}")
        position = match.end()
        yield {name: text for name, text in match.groupdict().items() if text is not None}


def _expression(tokens: list[Mapping[str, str]], position: int, index: PubmedIndex) -> tuple[set[int], int]:
    found, position = _operand(tokens, position, index)
    while position < len(tokens) and tokens[position].get("bracket") != ")":
        operator = tokens[position].get("operator")
        right, position = _operand(tokens, position + (operator is not None), index)
        found = found | right if operator == "OR" else found - right if operator == "NOT" else found & right
    return found, position


def _operand(tokens: list[Mapping[str, str]], position: int, index: PubmedIndex) -> tuple[set[int], int]:
    if position >= len(tokens) or "operator" in tokens[position] or tokens[position].get("bracket") == ")":
        raise QuerySyntaxError("a term is missing")
    token = tokens[position]
    if token.get("bracket") == "(":
        found, position = _expression(tokens, position + 1, index)
        if position >= len(tokens):
            raise QuerySyntaxError("an opening bracket without a closing one")
        return found, position + 1
    if "range" in token:
        low, _, high = re.sub(r'\[[^\]]*\]|"|\s', "", token["range"]).partition(":")
        return within(DATE_OF_TAG.get(_tag(token), "published"), low, high, index), position + 1
    if "phrase" in token:
        return _term(token["phrase"], _tag(token), index), position + 1
    end = _run_end(tokens, position)
    text = " ".join(item["word"] for item in tokens[position:end])
    return _term(text, _tag(tokens[end - 1]), index), end


def _run_end(tokens: list[Mapping[str, str]], position: int) -> int:
    """A tag belongs to all the words before it: the end of the run of words that starts here."""
    while position < len(tokens) and "word" in tokens[position]:
        position += 1
        if "tag" in tokens[position - 1]:
            break
    return position


def _tag(token: Mapping[str, str]) -> str:
    return token.get("tag", "").strip().strip("[]").split(":")[0].strip().lower()


def _term(text: str, tag: str, index: PubmedIndex) -> set[int]:
    if text.lower() == "hasabstract":
        return index.identifiers("has_abstract")
    if tag in ("sb", "filter", "subset"):
        return index.identifiers("1") if text.lower() in ("all", "medline") else set()
    if tag in ("pmid", "uid"):
        return index.identifiers("pmid = ?", (text,))
    if tag in DATE_OF_TAG:
        return within(DATE_OF_TAG[tag], text, text, index)
    columns = COLUMNS_OF_TAG.get(tag)
    if columns == "mesh":
        heading = f"{MESH_START} {_plain(text.replace(',', f' {MESH_COMMA} '))}"
        return index.words(f'mesh : ("{heading} {MESH_END}" OR "{heading} {MESH_COMMA}")')
    if columns == "language":
        return index.words(f'language : "{LANGUAGES.get(text.lower(), _plain(text))}"')
    if columns is not None:
        return index.words(f"{{{columns}}} : {_phrase(text)}")
    if not _plain(text):
        return set()
    return set.intersection(*(index.words(_phrase(word)) for word in text.split() if _plain(word)))


def _phrase(text: str) -> str:
    return f'"{_plain(text)}"' + ("*" if text.endswith("*") else "")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


def _day(date: str, missing: str) -> str:
    parts = [*date.split("/"), missing, missing]
    return "/".join([parts[0], *(part.zfill(2) for part in parts[1:3])])
