"""The text of a drug label's section made readable again.

openFDA flattens a label: headings and their numbers are glued to the sentences, tables to rows of words, and raised
digits stand after a space. What belongs here: undoing that without changing a word that carries meaning. What does
not: which field is which section (sources/label_fields.py) and how a label's fields fit together (parse.py).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from medai_assets.sources.fda.references import full_statements, without_references
from medai_assets.text.html import html_to_text

_GLUED_NUMBER = re.compile(
    r"(?<=[A-Z]{3})(?=\d{1,2}\.\d{1,2}\s+[A-Z])|(?<=[a-z][.)])(?=\d{1,2}\.\d{1,2}\s+[A-Z][a-z])"
)
# "General" as a heading of its own, before what begins a sentence.
_GENERAL = re.compile(
    r"^(?:General\s*[:.—–-]\s*|General\s+(?=(?:The|A|An|In|It|If|This|These|Patients|Because|As|For|When) [a-z]))"
)
_SPACED_SQUARE = re.compile(r"(?:(?<=/m)|(?<=73 m)) 2(?=[\s.,;)]|$)")
_SPACED_MAXIMUM = re.compile(r"\b([CTE]) (max|min)\b")
_BEFORE_MARK = re.compile(r"(?<=\w) +(?=[®™])|(?<! ) +(?=[,;:.](?:\s|$))")
_IN_BRACKETS = re.compile(r"(?<=[\[(]) +|(?<! ) +(?=[\])])")
_BULLETS = re.compile(r"(?:(?<!\s)\s+)?(?:[•●▪■◦‣]\s*|·\s+)(?=\S)")
_TRAILING_REPORT = re.compile(
    r"To report SUSPECTED ADVERSE REACTIONS,? contact .{0,200}?(?:medwatch\b\.?|1-800-FDA-1088\)?\.?(?! or))",
    re.IGNORECASE,
)
# What 21 CFR 201.57 has every label say of its trials and reports; it says nothing of the drug.
_STANDARD_SENTENCE = re.compile(
    r"Because (?:clinical (?:trials|studies) are conducted under|these reactions are reported voluntarily)[^.]{20,300}?"
    r"\.\s*(?=[A-Z])"
)
# Who made it, at the very end: an address, not what the section says.
_MAKER = re.compile(
    r"(?:(?<!\s)\s+)?\b(?:Manufactured|Distributed|Marketed|Made|Mfd\.?|Packaged)"
    r"(?:(?: and|,| &) \w+)?(?: (?:by|for|in)\b|:)[^|\n]{0,300}$"
)
_REVISED = re.compile(
    r"(?:(?<!\s)\s+)?\b(?:Revised|Rev\.|Issued)\s*+:?\s*+(?:\d{1,2}/\d{2,4}|[A-Z][a-z]+ \d{4})\s*$"
)

# Words that a heading in title case may hold in lower case.
_SMALL_WORDS = frozenset({
    "a", "an", "and", "as", "at", "by", "during", "for", "from", "in", "into", "of", "on", "or", "than", "the", "to", "due",
    "via", "when", "with", "without",
})  # fmt: skip
# In a heading these would stand in lower case: with a capital they begin the sentence.
_SENTENCE_STARTERS = frozenset({
    "The", "A", "An", "In", "When", "If", "There", "Because", "This", "These", "It", "No", "Not", "For", "Although", "Based",
    "Since", "As", "At", "During", "After", "Before", "While", "Do", "To", "Some", "Most", "Many", "All", "Any", "Both",
    "On", "Under", "With",
})  # fmt: skip
_TITLED = r"[A-Z][A-Za-z/-]*"
_HEADING_BEFORE = re.compile(
    rf"(?:^|(?<=[.)\]:]))\s*(?!(?:{'|'.join(_SENTENCE_STARTERS)})\b)(?P<title>{_TITLED}(?: (?:{_TITLED}|{'|'.join(_SMALL_WORDS)}))"
    rf"{{0,7}})(?<![ ]of)(?<![ ]in)(?<![ ]with)(?<![ ]and)(?<![ ]to)(?<![ ]for)(?<![ ]from) "
    rf"(?=(?:The|This|These|In|If|There|When|Because|Although|It|Since|Based on|No|All|Some|Most|After|During|Do not"
    rf"|Safety and) [a-z])"
)
_DOUBLED_END = re.compile(r"(?<![.])[.,]\s*\.(?![.\w])")
_LONGEST_ITEM = 60  # words
_FEWEST_UNDER_HEADING = 5
_IMPERATIVES = frozenset(
    "Handle Administer Use Take Give Avoid Monitor Store Discontinue Reduce Initiate Start Inject Apply Withhold Interrupt Swallow "
    "Dilute Prepare Treat Increase Decrease Consider Continue Stop Adjust Titrate Limit Keep Infuse".split()
)
_LONGEST_HEADING = 120  # characters
_WORD = re.compile(r"\S+")


def flat(text: str) -> str:
    """Single spaces, as two fields must be compared."""
    return " ".join(text.split())


def tidy(text: str, number: str = "") -> str:
    """Cross-references out, bullets as list items, spacing repaired; no word or number changed.

    Args:
        number: of the section that the text is of.
    """
    text = _STANDARD_SENTENCE.sub("", _TRAILING_REPORT.sub("", text))
    text = without_references(text, number)
    text = _SPACED_SQUARE.sub("²", text)
    text = _SPACED_MAXIMUM.sub(r"\1\2", text)
    text = _BULLETS.sub("\n- ", text)
    text = _IN_BRACKETS.sub("", _BEFORE_MARK.sub("", text))
    text = _DOUBLED_END.sub(".", text)
    text = "\n".join(line if " | " in line else _headings_apart(line) for line in text.split("\n"))
    return _REVISED.sub("", _MAKER.sub("", text)).strip().lstrip(".,;:) ")


def _headings_apart(line: str) -> str:
    """Headings in title case that are glued to the sentence below them, each on a line of its own."""
    return _HEADING_BEFORE.sub(r"\n\n\g<title>\n", line).strip("\n")


def numbers_apart(text: str) -> str:
    """With a blank before a subsection's number that is glued to a heading: ``AND ADMINISTRATION2.1 Recommended``."""
    return _GLUED_NUMBER.sub(" ", text)


def without_heading(text: str, names: Iterable[str]) -> str:
    """The text without the number and the heading that are glued to its start.

    Args:
        names: the headings to look for, longest first; compared without regard to case.
    """
    rest = re.sub(r"^(?:\d{1,2}(?:\.\d{1,2})*\.?|[A-Z]\.)\s+(?=[A-Z])", "", text)
    for name in names:
        pattern = name.replace("\\ and\\ ", r"\ (?:and|&)\ ")
        found = re.match(rf"{pattern}\b\s*[:.—–-]?\s*", rest, re.IGNORECASE)
        if found and found.end() < len(rest):
            rest = rest[found.end() :]
            break
    return _GENERAL.sub("", rest)


def with_tables(text: str, tables: Iterable[str]) -> str:
    """The text with each flattened table replaced by readable rows; a table that is not in it stands in a child field.

    Args:
        tables: the HTML of the field's ``_table`` companion.
    """
    for markup in tables:
        readable = html_to_text(markup)
        span = _find_ignoring_space(text, _visible(markup)) if " | " in readable else None
        if span:
            text = f"{text[: span[0]].rstrip()}\n\n{readable}\n\n{text[span[1] :].lstrip()}"
    return text


def subsections(text: str, number: str, called: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The parts of a numbered section: ``("", introduction)`` and then ``(heading, text)`` for each ``5.1``, ``5.2``.

    Numbers must come in order and stand before a capital, so that "5.1 mg" is not taken for a heading.

    Args:
        called: names of the product, which begin a sentence rather than end a heading.
    """
    starts: list[tuple[int, int]] = []
    last = 0
    for found in re.finditer(rf"(?:(?<=\s)|^){number}\.(\d{{1,2}})\s+(?=[A-Z])", text):
        number_here = int(found[1])
        if last < number_here <= last + 3:
            starts.append((found.start(), found.end()))
            last = number_here
    if not starts:
        return [("", text)]
    ends = [start for start, _ in starts[1:]] + [len(text)]
    parts = [_headed(text[begin:end].strip(), called) for (_, begin), end in zip(starts, ends)]
    introduction = full_statements(text[: starts[0][0]].strip(), number)
    # Short statements without a heading of their own are a list, not sections.
    items = [body for heading, body in parts if not heading and len(body.split()) < _LONGEST_ITEM]
    if len(items) > 1:
        parts = [(heading, body) for heading, body in parts if heading or body not in items]
        introduction = "\n".join(filter(None, [introduction, *(f"- {item}" for item in items)]))
    return [("", introduction), *parts]


def _headed(text: str, called: Sequence[str] = ()) -> tuple[str, str]:
    """Heading and text, undivided where too little would be left under the heading."""
    heading, body = split_heading(text, called)
    return (heading, body) if len(body.split()) >= _FEWEST_UNDER_HEADING else ("", text)


def split_heading(text: str, called: Sequence[str] = ()) -> tuple[str, str]:
    """Cut a glued heading in title case from the sentence that follows: the last capital before plain words begins it.

    ``Effects on the Eye Physicians should advise`` gives ``("Effects on the Eye", "Physicians should advise")``.
    A text that does not begin so has no heading.
    """
    named = _before_name(text, called)
    if named:
        return named
    words = list(_WORD.finditer(text[:300]))
    begins = None
    for place, word in enumerate(words):
        bare = word[0].strip("()[],")
        if place and bare in _SENTENCE_STARTERS:
            begins = place
            break
        if word[0].endswith(":") and place < 12:
            return text[: word.end() - 1], text[word.end() :].lstrip()
        if place and word[0][-1] in ".;":
            return "", text
        if bare[:1].isupper() or bare[:1].isdigit():
            begins = place
        elif bare.lower() not in _SMALL_WORDS:
            break
    if not begins:
        return "", text
    begins = _back_to_start(words, begins)
    return text[: words[begins].start()].strip(), text[words[begins].start() :]


def _before_name(text: str, called: Sequence[str]) -> tuple[str, str] | None:
    """The heading that stands before a sentence that begins with the product's name and goes on with a plain word."""
    for name in called:
        found = re.search(
            rf"(?<=\S) (?={re.escape(name)}\b(?: [A-Z][a-z]+)? [a-z])", text[:_LONGEST_HEADING], re.IGNORECASE
        )
        words = text[: found.start()].split() if found else []
        while words and words[-1] in _IMPERATIVES:  # they begin the sentence that the name goes on
            words.pop()
        titled = [w for w in words if w.lower() not in _SMALL_WORDS]
        if titled and words[-1].lower() not in _SMALL_WORDS and all(_is_titled(w) for w in titled):
            heading = " ".join(words)
            return heading, text[len(heading) :].lstrip()
    return None


def _is_titled(word: str) -> bool:
    return word.strip("(")[:1].isupper() and word[-1] not in ".;:"


def _back_to_start(words: list[re.Match[str]], begins: int) -> int:
    """Step back over what cannot begin a sentence: figures, and a name after "Use of" or "Treatment with"."""
    while begins > 1 and not words[begins][0][0].isalpha():
        begins -= 1
    if begins > 2 and words[begins][0].isupper() and words[begins - 1][0] in _SMALL_WORDS:
        begins -= 2
    return begins


def _visible(markup: str) -> str:
    """The letters of a table as openFDA flattens it, without white space."""
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]*(>?)", lambda m: "" if m[1] else m[0], markup)))


def _find_ignoring_space(text: str, wanted: str) -> tuple[int, int] | None:
    """Where ``wanted``, which has no white space, stands in ``text``, which has."""
    if len(wanted) < 8:
        return None
    places = [i for i, c in enumerate(text) if not c.isspace()]
    at = "".join(text[i] for i in places).find(wanted)
    return None if at < 0 else (places[at], places[at + len(wanted) - 1] + 1)
