"""The form *as people write*: small letters, no question mark, and a sentence before the question that tells why it is asked.

The sentences tell nothing about anybody's body: an answer that is right for the question would else be asked for by
somebody for whom it is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.choice import choose, hash_mod_6
from medai_assets.instructions.forms.form import Form, Formed, declared
from medai_assets.instructions.passages import SourceDocument
from medai_assets.verification.form_kept import AS_PEOPLE_WRITE, Rendering

# Before a question that somebody asks about a thing; never before one in which a person tells what they have.
STORIES = (
    "sorry if this is a silly question",
    "i keep finding different answers online",
    "somebody asked me this and i did not know what to say",
    "i could not find this on the page i was reading",
    "quick question",
    "i am trying to understand this properly",
    "we talked about this at home and could not agree",
    "i am making notes for my family",
    "this came up at work today",
    "my friend and i were wondering",
)
_MOST_WORDS = 14  # a long name in small letters reads like nobody's question
# In words that are not hastily typed.
_OF_AN_OFFICE = re.compile(r"\b(?:label(?:led)?|prescriber|regarding)\b", re.I)
_TELLS = re.compile(r"\b(?:i|i'm|my|me|we|our|he|she|his|her)\b", re.I)
# An abbreviation in small letters would be another word.
_SHOUTED = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])\w+")


def as_people_write(row: ExampleRow, document: SourceDocument, beside: Sequence[ExampleRow]) -> Formed | None:
    """The question in small letters without its mark; with a story where it tells of nobody."""
    question = row["prompt"]
    if "\n" in question or question.count("?") != 1 or not question.endswith("?"):
        return None
    if len(question.split()) > _MOST_WORDS or _OF_AN_OFFICE.search(question):
        return None
    written = " ".join(w if _SHOUTED.search(w) else w.lower() for w in question[:-1].split())
    story = ""
    if (
        not _TELLS.search(question)
        and row["audience"] == "consumer"
        and hash_mod_6(row["example_id"], "story") < 4
    ):
        story = choose(STORIES, row["example_id"], "story")
        written = f"{story}{choose((', ', '. ', ' - '), row['example_id'], 'join')}{written}"
    rendering = Rendering(AS_PEOPLE_WRITE, written, row["completion"], story=story)
    return Formed(rendering, labels={"framing": declared(row).get("framing", [])})


FORM = Form(
    AS_PEOPLE_WRITE,
    "the question in small letters, without its mark, some with a story before it",
    as_people_write,
)
