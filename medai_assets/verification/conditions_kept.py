"""*conditions kept*: what limits a statement in the source limits it in the example.

A sentence used in part may leave out nothing that limits it; a heading, a title or an inner question that names a group
or a circumstance limits what stands below it; a dose in spoons or tablets is no dose without the strength.
"""

from __future__ import annotations

import re

from medai_assets.verification import label_text
from medai_assets.verification.alignment import Laid, Run, align
from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.populations import groups_of
from medai_assets.verification.structure import SENTENCE, content, stem, stems, tokens

NAME = "conditions_kept"
_LEADS = re.compile(r"\b(?:if|for|when)\b|:", re.IGNORECASE)
# Other members of the enumeration that the run belongs to; what limits all of them is none.
_OTHER_MEMBERS = re.compile(
    r"(?:[,;]\s*)?(?:or\b|and\b)?\s*(?!(?:which|who|that|where|when|if|as|because|so|until|while|after|before|such|with|in"
    r"|for)\b)(?!.*\b(?:unless|except|but|without|only)\b)[^.]*\.?$",
    re.IGNORECASE,
)
_MEMBERS_BEFORE = re.compile(
    r"(?=(?s:.*)(?:[,;]|\bor|\band)$)((?>(?:(?s:.*)\n)?(?:.*\b(?:unless|except|but|without|only)\b)?).*?(?:\b(?:if|for|when)\b|:))",
    re.IGNORECASE,
)
_CALLS = re.compile(
    r"^(?:call|see|get|go to|contact|ask|seek|talk to|tell|make|stop use)\b[^.;:,]*(?:\b(?:if|for|when)|:)$",
    re.IGNORECASE,
)
_SEPARATES = re.compile(r"[,;:]|\bor\b|\band\b")
# Figures are looked at from their beginning alone.
_VOLUME = re.compile(
    r"(?:(?<![\d./])(?=\b\d|\d*[./]+\d)[\d./]++|\b(?:one|two|three|half))"
    r"\s*(?:to \d+\s*)?(?:mL|teaspoons?(?:ful)?|tsp|tablets?|caplets?|capsules?"
    r"|gelcaps?|softgels?|"
    r"drops?|pellets?|lozenges?|suppositor(?:y|ies)|patch(?:es)?|puffs?)\b",
    re.IGNORECASE,
)
_STRENGTH = re.compile(
    r"(?<![\d.,])(?=\b\d|\d*[.,]+\d)[\d.,]++\s*(?:mg|mcg|µg|g|units?|IU|%)(?:\b|(?=\W)|$)", re.IGNORECASE
)
# What a heading that is told as a sentence has lost: "Ask a doctor." of "Ask a doctor if you have a fever."
_ITS_CONDITION = re.compile(r" *(?:if|when|unless)\b", re.IGNORECASE)


def conditions_kept(example: Example, evidence: Evidence) -> Finding | None:
    """Nothing that limits what the source says is left out."""
    reason = (
        _partly_used(example, evidence) or _group_lost(example, evidence) or _scope_lost(example, evidence)
    )
    reason = reason or _strength_lost(example, evidence)
    if not reason and evidence.document.has("label"):
        reason = label_text.partly_used(align(example, evidence))
    return Finding(NAME, reason) if reason else None


def _partly_used(example: Example, evidence: Evidence) -> str:
    for laid in align(example, evidence).units:
        for run in laid.runs:
            left_out = _left_out(run, laid)
            if left_out:
                return f"the source's sentence goes on or begins with {left_out[:120]!r}"
    return ""


def _left_out(run: Run, laid: Laid) -> str:
    """What the answer leaves out of the source's unit: before the run and after it, other members of its enumeration aside."""
    text, source = run.source.text, run.source
    if source.is_heading:
        whole = source.passage.text
        goes_on = whole[len(text) :] if whole.casefold().startswith(text.casefold()) else ""
        return (
            goes_on.partition("\n")[0] if laid.unit.kind == SENTENCE and _ITS_CONDITION.match(goes_on) else ""
        )
    unit = source.units[run.unit]
    begin = source.starts[run.first]
    last = source.last_end(run.last - 1)
    before = "" if run.begins_unit else text[unit.begin : begin]
    after = "" if run.ends_unit else text[last : source.units[run.last_unit].end]
    leads = bool(_LEADS.search(text[unit.begin : last])) or len(laid.runs) > 1
    if leads and (run is not laid.runs[-1] or _OTHER_MEMBERS.match(after.strip())):
        after = ""
    if len(laid.runs) > 1 and _SEPARATES.search(before[-8:]):
        before = ""
    if laid.framed or laid.lead:  # framing leads in the source's stead
        before = before.strip()
        members = _MEMBERS_BEFORE.match(before)
        before = _CALLS.sub("", members[1] if members else before)
    return (before + " " + after).strip(" .,;:")


def _group_lost(example: Example, evidence: Evidence) -> str:
    """A group that heading or title limit the text to, and that neither question nor answer names."""
    named = groups_of(f"{example.prompt}\n{example.completion}")
    for laid in align(example, evidence).units:
        for run in laid.runs:
            passage = run.source.passage
            limits = f"{passage.heading} {passage.attributes.get('context') or ''}"
            lost = groups_of(limits)
            lost = frozenset() if lost & named else lost
            if not evidence.document.has("label"):
                lost |= groups_of(evidence.document.title) - named
            if lost:
                return f"the text is about {', '.join(sorted(lost))}, and neither question nor answer says so"
    return ""


def _scope_lost(example: Example, evidence: Evidence) -> str:
    """The publisher's own question inside the text asks for less than the example's question does."""
    asked = stems(f"{example.prompt} {example.subject or ''}")
    names = {stem(t) for name in (*evidence.document.names, evidence.document.title) for t in tokens(name)}
    for passage in evidence.passages:
        inner = str(passage.attributes.get("inner_question") or "")
        narrower = [w for w in content(inner) if stem(w) not in asked | names | _ASKING]
        if narrower:
            return f"the text answers {inner!r}"
    return ""


_ASKING = frozenset(
    stem(w)
    for w in "what how is are can signs sign symptoms symptom treatment treatments treated treat cause causes caused cause "
    "diagnosed "
    "diagnosis information know known associated related available currently there exist condition disease disorder syndrome "
    "inherited inherit long-term outlook prognosis people person someone affected affect you tell me more about does do "
    "prevented frequent common many who gets get it this".split()
)


def _strength_lost(example: Example, evidence: Evidence) -> str:
    """Spoons, drops or tablets of something whose strength the label states and the example does not."""
    if not evidence.document.has("label") or not _VOLUME.search(example.completion):
        return ""
    if any(p.section == "dosage" for p in evidence.passages) and not _STRENGTH.search(
        f"{example.prompt} {example.completion}"
    ):
        return "a dose in spoons, drops or pieces without the strength that it is of"
    return ""
