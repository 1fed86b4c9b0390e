"""How people ask for a section of a drug label by its title; ``label_questions.yaml`` is the table.

What belongs here: choosing a request for a section, a subsection, a boxed warning or a part of a package. What does not:
questions that name what they ask about themselves (phrasing.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.instructions.choice import choose, number

Target = Literal["section", "subsection", "section_and_box", "box", "package"]
_TABLE = read_yaml(Path(__file__).with_name("label_questions.yaml"))
LABELS = tuple(_TABLE.pop("label"))
REQUESTS: dict[str, tuple[str, ...]] = {target: tuple(forms) for target, forms in _TABLE.items()}
_PERCENT_QUOTED = 40  # of a hundred usual titles, which may stand without quotation marks as well
# What a quoted title may be called, and stand behind.
_SECTION = ("section", "section", "part")
_UNDER = ("under", "under", "under the heading")


def section_phrase(target: Target, key: tuple[str, ...], drug: str, title: str) -> str:
    """A request for what stands under a title of a label, or for its boxed warning.

    Args:
        title: as it is printed; a subsection's is quoted. Not used of a boxed warning alone.
    """
    of_section = target in ("section", "subsection")
    form = choose(REQUESTS["section" if of_section else target], *key)
    if target == "subsection" or (of_section and number(*key, "quoted") % 100 < _PERCENT_QUOTED):
        form = form.replace("{title} section", f'"{{title}}" {choose(_SECTION, *key, "section")}')
        form = form.replace("under {title}", f'{choose(_UNDER, *key, "under")} "{{title}}"')
        form = form.replace("Under {title}", 'Under "{title}"')
    label = choose(LABELS, *key, "label").format(drug=drug)
    asked = form.format(drug=drug, label=label, title=title)
    return asked[:1].upper() + asked[1:]
