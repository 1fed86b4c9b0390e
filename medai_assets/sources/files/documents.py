"""Documents of a person, a file each: the lines at the head of a Markdown file, titles, and all three forms as HTML.

Bytes become text by the mark at their beginning, else by the encoding that is stated, never by guessing: a guess between code
pages turns letters into others without a word (``³`` is a Polish letter in Windows-1250).

What belongs here: what the form of a file says. Which section a heading means is decided in ``parse.py``.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from medai_assets.foundation.spreadsheet import marked_encoding
from medai_assets.foundation.yaml_files import parse_yaml
from medai_assets.text.html import check_nesting

FORMATS = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".txt": "text"}
LONGEST_HEAD = 1 << 14  # characters
_HEAD = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def head_and_body(form: str, text: str) -> tuple[dict[str, Any], str]:
    """Names and values at the head of a Markdown file, between two lines ``---``, and what follows; "" keys nothing.

    Raises:
        YamlRefused: the head is no YAML of names and values.
        ValueError: it is longer than LONGEST_HEAD.
    """
    found = _HEAD.match(text) if form == "markdown" else None
    if found is None or not found[1].strip():
        return {}, text[found.end() :] if found else text
    if len(found[1]) > LONGEST_HEAD:
        raise ValueError(f"its head between --- and --- has more than {LONGEST_HEAD:,} characters")
    return parse_yaml(found[1], "the head"), text[found.end() :]


def as_html(form: str, body: str) -> str:
    """The document as HTML; the paragraphs of a plain text stand apart by empty lines.

    Raises:
        TooNested: its elements are nested too deep to be read.
    """
    if form == "html":
        html = body
    elif form == "markdown":
        html = str(_MARKDOWN.render(body))
    else:
        html = "".join(f"<p>{escape(part)}</p>" for part in re.split(r"\n[ \t]*\r?\n", body) if part.strip())
    check_nesting(html)
    return html


def title_of(html: str, name: str) -> str:
    """The page's title, else its first heading of the first level, else what the file is called."""
    page = LexborHTMLParser(html)
    for selector in ("title", "h1"):
        found = page.css_first(selector)
        if found is not None and (title := " ".join(found.text().split())):
            return title
    return re.sub(r"[-_]+", " ", PurePosixPath(name).stem).strip().capitalize()


_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_MARKED = 4096  # bytes in which a charset is stated
_ZEROS = 8  # a file of which more than every eighth byte is zero is UTF-16 or no text; a single one spoils its own row
ADVICE = "save the file as UTF-8, or say in files.yaml what it is, as `encoding: windows-1252`"


class FileUnusable(Exception):
    """A whole file cannot be read; the message says what was found and what to do."""


def encoding_of(head: bytes, stated: str) -> str:
    """The encoding of a file that begins with ``head``.

    Raises:
        FileUnusable: it is UTF-16 or no text at all, and nothing says so.
    """
    marked = marked_encoding(head)
    if (
        marked is None
        and head.count(0) * _ZEROS > len(head)
        and not stated.lower().startswith(("utf-16", "utf16", "utf-32", "utf32"))
    ):
        raise FileUnusable(f"it holds zero bytes: UTF-16 without its mark, or no text; {ADVICE}")
    return marked or stated


def document_text(path: Path, stated: str) -> str:
    """The text of a whole file; an HTML page may state its own encoding.

    Raises:
        FileUnusable: it does not have the encoding that is stated.
    """
    data = path.read_bytes()
    encoding = encoding_of(data[:_MARKED], stated)
    declared = _CHARSET.search(data[:_MARKED])
    for name in dict.fromkeys((encoding, *([declared[1].decode()] if declared else []))):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise FileUnusable(f"it is not {encoding}; {ADVICE}")
