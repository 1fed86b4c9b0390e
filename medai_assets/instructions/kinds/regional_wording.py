"""How a text that was written for the United States reads in another country: changes that a person wrote, as data.

What belongs here: applying ``authored/elsewhere.yaml`` to a line, and refusing a change that does not fit it. What does
not: numbers to call (language/framing.py), and any wording of its own.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.instructions.language.framing import Words

FILE = "elsewhere.yaml"
_VARIANTS: tuple[Words, ...] = ("GB", "neutral")


class RegionalWordingInvalid(ValueError):
    """A change is of another form, of a line that is not there, or its words do not stand in it exactly once."""


class Change(NamedTuple):
    """Words of the text, and what is said instead, by variant."""

    written: str
    by_variant: dict[Words, str]


class Elsewhere(NamedTuple):
    """Changes to single lines by their id, and to words wherever they stand."""

    lines: dict[str, list[Change]]
    words: dict[str, Change]
    pattern: re.Pattern[str]


@cache
def elsewhere(folder: Path) -> Elsewhere:
    """The changes of a folder of authored texts; none where it has no such file.

    Raises:
        RegionalWordingInvalid, YamlRefused: the file is not as its first lines say.
    """
    file = folder / FILE
    if not file.exists():
        return Elsewhere({}, {}, re.compile(r"(?!)"))
    read = read_yaml(file, {"lines": None, "words": None})
    lines = {name: [_change(c, name) for c in changes] for name, changes in read["lines"].items()}
    words = {change.written.lower(): change for c in read["words"] for change in [_change(c, "words")]}
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
    return Elsewhere(lines, words, pattern)


def localised(name: str, prompt: str, completion: str, variant: Words, folder: Path) -> tuple[str, str]:
    """Prompt and completion of an authored line in the words of a variant; unchanged in those of the United States.

    Raises:
        RegionalWordingInvalid: a change of this line does not stand in it exactly once.
    """
    if variant == "US":
        return prompt, completion
    changes = elsewhere(folder)
    texts = [prompt, completion]
    for change in changes.lines.get(name, ()):
        counts = [text.count(change.written) for text in texts]
        if sum(counts) != 1:
            raise RegionalWordingInvalid(
                f"{name}: {change.written!r} stands in it {sum(counts)} times, not once"
            )
        at = counts.index(1)
        texts[at] = texts[at].replace(change.written, change.by_variant[variant])
    first, second = (_in_words(text, changes, variant) for text in texts)
    return first, second


def _in_words(text: str, changes: Elsewhere, variant: Words) -> str:
    def instead(found: re.Match[str]) -> str:
        said = changes.words[found[0].lower()].by_variant[variant]
        begins = found[0][0].isupper() and re.search(r"(?:^|[.!?:]['\"]? )$", text[: found.start()])
        return said[0].upper() + said[1:] if begins else said

    return changes.pattern.sub(instead, text)


def _change(parts: object, where: str) -> Change:
    if not isinstance(parts, list) or len(parts) not in (2, 3) or not all(isinstance(p, str) for p in parts):
        raise RegionalWordingInvalid(
            f"{FILE}, {where}: a change is [as written, GB, neutral], and not {parts!r}"
        )
    return Change(parts[0], dict(zip(_VARIANTS, (parts[1], parts[-1]), strict=True)))
