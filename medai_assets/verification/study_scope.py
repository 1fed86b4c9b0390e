"""*study scope*: what one study concluded is told as one study's conclusion, to a question that says what was studied.

The title of an article is its authors' own statement of what and whom they studied. A question that leaves half of it out
("the feasibility of the laparoscopic method in rural areas") asks about something wider than the answer.
"""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.populations import groups_of
from medai_assets.verification.structure import content

NAME = "study_scope"
LEAST_OF_TITLE = 0.5  # of the title's words of substance stand in the question
_STEM = 5  # letters by which two forms of a word are taken for one
_ONE_STUDY = re.compile(r"\b(?:study|trial|review|meta-analysis|report)\b", re.IGNORECASE)
_ANIMALS = re.compile(
    r"\b(?!(?-i:CAT|RAT|MICE)\b)(?:rats?|mice|mouse|murine|rodents?|rabbits?|dogs?|canine|pigs?|porcine|swine|sheep|ovine|goats?"
    r"|zebrafish|monkeys?|macaques?|primates|hamsters?|cats?|horses?|cattle|cows?|bovine|chick embryos?|drosophila"
    r"|in vitro|cell lines?)\b",
    re.IGNORECASE,
)
# What a title says of the article, not of its subject.
_OF_ARTICLE = frozenset(
    "study studies trial trials randomized randomised controlled double blind placebo prospective retrospective cohort "
    "case cases control series report review systematic meta analysis analyses cross sectional multicenter multicentre "
    "center centre observational clinical pilot preliminary results experience evaluation assessment comparison "
    "comparative investigation survey population based national nationwide single long term follow year years evidence "
    "effect effects impact role association associations relationship between using use new novel among versus data "
    "protocol patients".split()
)


def study_scope(example: Example, evidence: Evidence) -> Finding | None:
    """Refused where a study's conclusion is told as settled, or the question is wider than what was studied."""
    if not any(p.section == "conclusions" and "publication_types" in p.attributes for p in evidence.passages):
        return None
    if not any(_ONE_STUDY.search(piece) for piece in example.framing):
        return Finding(NAME, "one study's conclusion is told as if it were settled")
    title = evidence.document.title
    asked = {word[:_STEM] for word in content(example.prompt)}
    wanted = {word[:_STEM] for word in content(title) if word not in _OF_ARTICLE}
    if len(wanted & asked) < LEAST_OF_TITLE * len(wanted):
        return Finding(NAME, f"the question leaves out what was studied: {title}")
    said = f"{example.prompt} {example.completion}"
    left_out = groups_of(title) - groups_of(said)
    if left_out:
        return Finding(NAME, f"nobody is told that the study was of {', '.join(sorted(left_out))}")
    animal = _ANIMALS.search(f"{title} {evidence.text}")
    if animal and not _ANIMALS.search(example.prompt):
        return Finding(NAME, f"the question does not say that it was studied in {animal[0]}")
    return None
