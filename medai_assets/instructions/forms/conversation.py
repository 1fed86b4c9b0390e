"""The form *conversation*: the question follows another about the same thing, which was asked and answered before it.

Both are proven examples of one document. Where its grammar allows, the second question says "it" for what the first one
names, so that a model learns to read what was said before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.choice import choose, hash_mod_6, in_order
from medai_assets.instructions.forms.form import AFTER_LABEL, Form, Formed, declared
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.language.question_phrasings import is_plural
from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.proof import source_of
from medai_assets.verification.form_kept import CONVERSATION, Rendering

# Of both answers together: with questions and system text some 450 tokens, which most_tokens allows.
MOST_WORDS = 260
_LEADS = ("", "", "And ", "Thanks. ", "Thank you. ", "I see. ", "One more question. ")
# "The symptoms of it" and "the it label" are not English.
_BEFORE = re.compile(
    r"\b(?:the|an?|of|for|any|which|in|to|have|has|on|was|were|is|are|like|from|with) $", re.I
)
# What does something is followed by its verb; what something is done to ends the question, or a circumstance follows. Any other
# word may belong to the name: "Do wheeze attacks hurt?".
_DOES = re.compile(r"\b(?:can|could|do|does|did|may|might|must|should|will|would|how) $", re.I)
_VERB = re.compile(
    r" (?:act|affect|be|begin|cause|come|contain|do|feel|get|go|happen|help|hurt|interact|involve|last|lead|look|pass|run|spread"
    r"|start|treat|work)\b"
)
_CIRCUMSTANCE = re.compile(r"\?$| (?:is\?$|as|at|during|for|in|on my own|when|while|and how)(?!\w)")


def conversation(row: ExampleRow, document: SourceDocument, beside: Sequence[ExampleRow]) -> Formed | None:
    """The example after another of its document that names the same thing, for the same readers."""
    room = MOST_WORDS - len(row["completion"].split())
    name = next((n for n in _names(row, document) if _stands_in(n, row["prompt"])), "")
    before = [r for r in beside if _leads_to(row, r, name) and len(r["completion"].split()) <= room]
    if not name or "asks_for_facts" not in KINDS[row["kind"]].traits or not before:
        return None
    earlier = in_order(before, row["example_id"], "earlier")[0]
    prompt = _with_pronoun(row["prompt"], name) if hash_mod_6(row["example_id"], "pronoun") < 5 else ""
    if prompt:
        prompt = _led(prompt, choose(_LEADS, row["example_id"], "lead"))
    rendering = Rendering(CONVERSATION, prompt or row["prompt"], row["completion"], thing=name)
    shown = tuple(p for p in document.passages if p.passage_id in earlier["passage_ids"])
    labels = {"framing": declared(row).get("framing", []), AFTER_LABEL: earlier["example_id"]}
    return Formed(rendering, shown, labels=labels, earlier=earlier)


def _names(row: ExampleRow, document: SourceDocument) -> list[str]:
    """What the document's subject is called, the longest first."""
    return sorted({n for n in (row["subject"], *source_of(document).names) if n}, key=lambda n: (-len(n), n))


def _stands_in(name: str, prompt: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prompt, re.I) is not None


def _leads_to(row: ExampleRow, earlier: ExampleRow, name: str) -> bool:
    """Whether somebody who asked the earlier question may go on with this one; its answer is another passage's."""
    return (
        "asks_for_facts" in KINDS[earlier["kind"]].traits
        and _stands_in(name, earlier["prompt"])
        and earlier["audience"] == row["audience"]
        and not set(earlier["passage_ids"]) & set(row["passage_ids"])
    )


def _with_pronoun(question: str, name: str) -> str:
    """The question with "it" for the name; "" where that is no English."""
    parts = re.split(re.escape(name), question, flags=re.I)
    if len(parts) != 2 or is_plural(name) or re.search(r"\bits?\b|[.:] ", question):
        return ""
    before, after = parts
    follows = _VERB if _DOES.search(before) else _CIRCUMSTANCE
    if not before.endswith(" ") or _BEFORE.search(before) or not follows.match(after):
        return ""
    return f"{before}it{after}"


def _led(question: str, lead: str) -> str:
    joined = lead == "And " and not question.startswith("I ")
    return lead + (question[:1].lower() + question[1:] if joined else question)


FORM = Form(
    CONVERSATION,
    "the question follows another about the same thing, asked and answered before it",
    conversation,
)
