"""Independent proof that an example may be taught: properties that know nothing of how a rule made it.

A property sees the example, the passages that it names and the whole document that they come from, and answers with a
finding (its name, the reason in words) or None. What belongs here: properties, and the reading of text that they share.
What does not: rules, prompts and framing (instructions); this room imports nothing from there, so that a rule's mistake
is not its own proof.
"""

from medai_assets.verification.example import Evidence, Example, Finding, Source, SourcePassage
from medai_assets.verification.registry import PROPERTIES, verify

__all__ = ["PROPERTIES", "Evidence", "Example", "Finding", "Source", "SourcePassage", "verify"]
