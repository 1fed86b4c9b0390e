"""Damage to a sound example, one way a function: what the properties have to see.

A mutation changes the example (and, where the damage happens before a rule reads the text, its source as well), and
answers None where the example offers nothing to damage. What belongs here: the ways in which a text is damaged on its way
from a publisher to a row. What does not: judging whether it was seen (tests, benchmarks/mutations.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, SourcePassage
from medai_assets.verification.section_whole import BOX, sections_named
from medai_assets.verification.signs_told import words_of
from medai_assets.verification.structure import ITEM, tokens, units
from medai_assets.verification.urgency import OF_CARE

Damaged = tuple[Example, Evidence]
Mutation = Callable[[Example, Evidence], Damaged | None]

_OTHER_NAME = {
    "fda": "zoledronic acid",
    "nhs": "Ménière's disease",
    "cdc": "brucellosis",
    "medquad": "Pompe disease",
}
_NOT = re.compile(r"\b(?:not|never|no)\b ", re.IGNORECASE)
_CONDITION = re.compile(
    r",? \b(?:if|unless|except|when|until|without)\b [^,.;:\n]+(?=[.,;\n]|$)|,? \bin (?:adults|children|infants"
    r"|pregnant women)\b[^,.;:\n]*(?=[.,;\n]|$)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\b(\d+)(?:–|-| to )(\d+)\b")
_FIGURE = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w-])")
_UNIT = re.compile(r"(?<=\d )(mg|mcg|mL|g|hours?|days?|weeks?|months?|years?|minutes?|percent)\b")
_UNITS = {"mg": "g", "mcg": "mg", "mL": "L", "g": "kg", "hour": "day", "day": "week", "week": "month", "month": "year",
          "year": "month", "minute": "hour", "percent": "mg"}  # fmt: skip
_URGENT = re.compile(
    r"\b(?:911|999|emergency|right away|immediately|at once|straight away|ambulance|A&E|poison)\b",
    re.IGNORECASE,
)
_OPPOSITE = {"increase": "decrease", "increases": "decreases", "high": "low", "higher": "lower", "more": "less", "before": "after",
              "with": "without", "hypertension": "hypotension", "take": "avoid", "common": "rare", "most": "few",
              "severe": "mild"}  # fmt: skip
POINTER = (
    "The following information is described elsewhere in the labeling. For more information, see the full "
    "prescribing information."
)
BOILERPLATE = (
    "Because clinical trials are conducted under widely varying conditions, rates observed in the clinical trials of a "
    "drug cannot be "
    "directly compared to rates in the clinical trials of another drug."
)


def said(example: Example, evidence: Evidence, change: Callable[[str], str | None]) -> Damaged | None:
    """The example with its source's words changed, framing left as it is; None where nothing changes."""
    for laid in align(example, evidence).units:
        text = laid.unit.text
        changed = change(text)
        if changed is not None and changed != text and example.completion.count(text) == 1:
            return replace(example, completion=example.completion.replace(text, changed)), fresh(evidence)
    return None


def fresh(evidence: Evidence) -> Evidence:
    """The same evidence without what was worked out of it for another answer."""
    return Evidence(evidence.document, evidence.passages)


def with_text(evidence: Evidence, old: str, new: str) -> Evidence:
    """The evidence with a stretch of text changed in every passage that holds it, and nothing remembered."""

    def changed(p: SourcePassage) -> SourcePassage:
        return replace(p, text=p.text.replace(old, new), memo={})

    passages = tuple(changed(p) for p in evidence.document.passages)
    named = {p.passage_id for p in evidence.passages}
    document = replace(evidence.document, passages=passages, memo={})
    return Evidence(document, tuple(p for p in passages if p.passage_id in named))


def drop_not(example: Example, evidence: Evidence) -> Damaged | None:
    return said(example, evidence, lambda t: _NOT.sub("", t, count=1))


def drop_condition(example: Example, evidence: Evidence) -> Damaged | None:
    return said(example, evidence, lambda t: _CONDITION.sub("", t, count=1))


def change_figure(example: Example, evidence: Evidence) -> Damaged | None:
    return said(example, evidence, lambda t: _FIGURE.sub(lambda m: f"{m[0]}0", t, count=1))


def join_range(example: Example, evidence: Evidence) -> Damaged | None:
    """5–18 becomes 518 in the answer alone."""
    return said(example, evidence, lambda t: _RANGE.sub(r"\1\2", t, count=1))


def join_range_in_source(example: Example, evidence: Evidence) -> Damaged | None:
    """A collection loses the dash: source and answer both say 518. Only what is plainly no such figure can be seen."""
    for laid in align(example, evidence).units:
        for match in re.finditer(
            r"\b(\d{1,2})(?:–|-| to )(\d{2}) (?=years|percent|hours|days)", laid.unit.text
        ):
            old, new = match[0], f"{match[1]}{match[2]} "
            if int(match[1]) < int(match[2]) and len(match[1] + match[2]) > 2:
                changed = replace(example, completion=example.completion.replace(old, new))
                return changed, with_text(evidence, old, new)
    return None


def swap_unit(example: Example, evidence: Evidence) -> Damaged | None:
    def change(text: str) -> str:
        return _UNIT.sub(_another_unit, text, count=1)

    return said(example, evidence, change)


def _another_unit(match: re.Match[str]) -> str:
    several = match[1] not in _UNITS
    return _UNITS[match[1].rstrip("s")] + "s" if several else _UNITS[match[1]]


def swap_word(example: Example, evidence: Evidence) -> Damaged | None:
    """A word becomes its opposite."""
    pattern = re.compile(rf"\b(?:{'|'.join(_OPPOSITE)})\b")
    return said(example, evidence, lambda t: pattern.sub(lambda m: _OPPOSITE[m[0]], t, count=1))


def swap_drug_in_answer(example: Example, evidence: Evidence) -> Damaged | None:
    names = sorted((n for n in evidence.document.names if len(n) > 3), key=len, reverse=True)
    other = _OTHER_NAME.get(evidence.document.source)
    if not names or not other:
        return None
    pattern = re.compile("|".join(rf"\b{re.escape(n)}\b" for n in names), re.IGNORECASE)
    return said(example, evidence, lambda t: pattern.sub(other, t))


def swap_subject_of_question(example: Example, evidence: Evidence) -> Damaged | None:
    """The question asks about another drug or disease."""
    other = _OTHER_NAME.get(evidence.document.source)
    names = sorted(
        {n for n in (example.subject or "", *evidence.document.names) if len(n) > 3}, key=len, reverse=True
    )
    for name in names:
        prompt = re.sub(rf"\b{re.escape(name)}\b", other or "", example.prompt, flags=re.IGNORECASE)
        if other and prompt != example.prompt:
            return replace(example, prompt=prompt), fresh(evidence)
    return None


def drop_list_mark(example: Example, evidence: Evidence) -> Damaged | None:
    return _lines(
        example, evidence, lambda lines, n: [*lines[:n], ITEM.sub("", lines[n], count=1), *lines[n + 1 :]]
    )


def drop_item(example: Example, evidence: Evidence) -> Damaged | None:
    """An item of a list that the source's own lead leads; of a list under framing some items are enough."""

    def change(lines: list[str], n: int) -> list[str] | None:
        lead = next((line for line in reversed(lines[:n]) if line.strip() and not ITEM.match(line)), "")
        own = lead.endswith(":") and not any(
            lead.startswith(piece.rsplit("\n", 1)[-1]) for piece in example.framing
        )
        return lines[:n] + lines[n + 1 :] if own else None

    return _lines(example, evidence, change)


def join_items(example: Example, evidence: Evidence) -> Damaged | None:
    """An item is run into the next without a mark."""

    def change(lines: list[str], n: int) -> list[str] | None:
        if n + 1 >= len(lines) or not ITEM.match(lines[n + 1]):
            return None
        return [*lines[:n], f"{lines[n]} {ITEM.sub('', lines[n + 1], count=1)}", *lines[n + 2 :]]

    return _lines(example, evidence, change)


def _lines(
    example: Example, evidence: Evidence, change: Callable[[list[str], int], list[str] | None]
) -> Damaged | None:
    lines = example.completion.split("\n")
    for number, line in enumerate(lines):
        if ITEM.match(line):
            changed = change(lines, number)
            if changed is not None:
                return replace(example, completion="\n".join(changed)), fresh(evidence)
    return None


def cut_last_sentence(example: Example, evidence: Evidence) -> Damaged | None:
    """The last sentence breaks off in its middle."""
    last = units(example.completion)[-1]
    words = last.text.split()
    if last.kind != "sentence" or len(words) < 6:
        return None
    kept = example.completion[: last.begin] + " ".join(words[: len(words) // 2])
    return replace(example, completion=kept), fresh(evidence)


def cut_first_words(example: Example, evidence: Evidence) -> Damaged | None:
    """A sentence has lost its beginning."""

    def change(text: str) -> str | None:
        words = text.split()
        return " ".join(words[3:]) if len(words) > 8 and words[3][:1].islower() else None

    return said(example, evidence, change)


def glue_heading(example: Example, evidence: Evidence) -> Damaged | None:
    """A heading of the source runs into the sentence below it, in source and answer."""
    for laid in align(example, evidence).units:
        text = laid.unit.text
        if (
            laid.unit.kind == "sentence"
            and re.match(r"(?:The|These|This|If|It|You|Your) [a-z]", text)
            and example.completion.count(text) == 1
        ):
            glued = f"Clinical Considerations {text}"
            return replace(example, completion=example.completion.replace(text, glued)), with_text(
                evidence, text, glued
            )
    return None


def lose_list_in_source(example: Example, evidence: Evidence) -> Damaged | None:
    """A collection loses the marks and line ends of a list, in source and answer."""
    found = re.search(r":\n+((?:- [^\n]+\n?){3,})", example.completion)
    if not found:
        return None
    flat = ": " + " ".join(line[2:3].upper() + line[3:].rstrip(".") for line in found[1].strip().split("\n"))
    if found[0].rstrip("\n") not in "\n".join(p.text for p in evidence.passages):
        return None
    old, new = found[0].rstrip("\n"), flat
    return replace(example, completion=example.completion.replace(old, new)), with_text(evidence, old, new)


def drop_urgent_sentence(example: Example, evidence: Evidence) -> Damaged | None:
    """The sentence that says emergency or at once is left out, and what is left is whole."""
    for laid in align(example, evidence).units:
        text = laid.unit.text
        if laid.unit.kind == "sentence" and _URGENT.search(text) and not laid.framed:
            rest = example.completion.replace(text, "").strip()
            still = any(_URGENT.search(piece) for piece in example.framing) or _URGENT.search(rest)
            if rest and len(tokens(rest)) > 8 and not still:
                return replace(example, completion=re.sub(r"  +", " ", rest)), fresh(evidence)
    return None


_LEVELS = "Primary care|Non-urgent advice|Self-care|Urgent|Emergency"


def raise_level(example: Example, evidence: Evidence) -> Damaged | None:
    """Framing says emergency where the source does not, and declares it."""
    if example.framing and example.framing[0].startswith("Emergency"):
        return None
    emergency = "Emergency: call 911 or go to an emergency department now."
    return _renamed(example, evidence, "Emergency") or _reframed(
        example, evidence, rf"^(?:{_LEVELS}): [^\n]*", emergency
    )


def lower_level(example: Example, evidence: Evidence) -> Damaged | None:
    """Framing says that an appointment will do."""
    if example.framing and not re.match(r"Emergency|Urgent|Call \d{3} now", example.framing[0]):
        return None
    appointment = "Primary care: make an appointment with a doctor or another health professional."
    return _renamed(example, evidence, "Primary care") or _reframed(
        example, evidence, rf"^(?:{_LEVELS}): [^\n]*|^Call \d{{3}} now\.", appointment
    )


def _renamed(example: Example, evidence: Evidence, level: str) -> Damaged | None:
    """The name of a level before a card becomes another one."""
    name = example.framing[0] if example.framing else ""
    if not re.fullmatch(rf"(?:{_LEVELS}):", name):
        return None
    changed = example.completion.replace(name, f"{level}:", 1)
    return replace(example, completion=changed, framing=(f"{level}:", *example.framing[1:])), fresh(evidence)


def drop_alarm_item(example: Example, evidence: Evidence) -> Damaged | None:
    """A care card loses one of its items, whatever comes before and after it."""
    items = [
        unit.text
        for passage in _cards_said(example, evidence)
        for unit in units(passage.text)
        if unit.kind == "item" and example.completion.count(f"- {unit.text}\n") == 1
    ]
    return _without(example, evidence, f"- {items[len(items) // 2]}\n") if items else None


def drop_tier(example: Example, evidence: Evidence) -> Damaged | None:
    """A whole card is left out, heading and all, and what is left is whole."""
    for passage in _cards_said(example, evidence):
        card = f"\n\n{passage.heading}\n{passage.text}"
        if card in example.completion:
            return _without(example, evidence, card)
    return None


def item_under_another_level(example: Example, evidence: Evidence) -> Damaged | None:
    """An alarm sign stands among the items of a card of another level."""
    for passage in _cards_said(example, evidence):
        item = next((u.text for u in units(passage.text) if u.kind == "item"), "")
        line = f"- {item}\n"
        headings = [
            p.heading for p in _cards_said(example, evidence) if p.section != passage.section and p.heading
        ]
        if item and headings and example.completion.count(line) == 1:
            changed = example.completion.replace(line, "")
            return replace(
                example, completion=changed.replace(f"{headings[0]}\n", f"{headings[0]}\n{line}")
            ), fresh(evidence)
    return None


def other_service(example: Example, evidence: Evidence) -> Damaged | None:
    """The publisher's heading becomes another one's: "go to A&E" is no call, a pharmacist no appointment."""
    for passage in _cards_said(example, evidence):
        other = "Call 999 if:" if "999" not in passage.heading else "Go to A&E if:"
        if passage.heading and example.completion.count(passage.heading) == 1:
            changed = example.completion.replace(passage.heading, other)
            return replace(example, completion=changed, framing=(*example.framing, other)), fresh(evidence)
    return None


def aid_for_another_state(example: Example, evidence: Evidence) -> Damaged | None:
    """What to do until help comes turns out to be for another state than the one that help is called for."""
    if "urgent" not in example.traits or OF_CARE.get(_first(example, evidence)) != "emergency":
        return None
    for passage in evidence.passages:
        if passage.section == "self_care" and example.completion.count(passage.text) == 1:
            other = f"If somebody has hiccups, do this.\n\n{passage.text}"
            return replace(example, completion=example.completion.replace(passage.text, other)), with_text(
                evidence, passage.text, other
            )
    return None


def page_says_more(example: Example, evidence: Evidence) -> Damaged | None:
    """A sentence elsewhere on the page says when somebody should be asked, and an answer about signs does not."""
    return _said_elsewhere(
        example, evidence, "If symptoms last beyond four weeks, ask your doctor for a referral."
    )


def page_says_to_act(example: Example, evidence: Evidence) -> Damaged | None:
    """A sentence elsewhere on the page says what has to be done at once, and an answer about signs does not."""
    return _said_elsewhere(example, evidence, "It comes on quickly and should be treated at once.")


def _said_elsewhere(example: Example, evidence: Evidence, sentence: str) -> Damaged | None:
    if "about_signs" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    return example, _with_more(
        evidence, SourcePassage("more", sentence, "What else there is to know", "outlook")
    )


def page_warns_of_suicide(example: Example, evidence: Evidence) -> Damaged | None:
    """The page warns of thoughts of suicide, and a level or the signs are told without that."""
    if not {"about_signs", "states_level"} & example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    warns = "Some people have thoughts of harming themselves in the first weeks. Call your doctor if you do."
    return example, _with_more(
        evidence, SourcePassage("more", warns, "Thoughts of suicide", "adverse_reactions")
    )


def page_has_first_aid(example: Example, evidence: Evidence) -> Damaged | None:
    """Somebody has a fit now, and what the page says to do meanwhile is not told."""
    if "states_level" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    aid = SourcePassage(
        "more", "Lay them on their side. Put nothing in their mouth.", "What to do in a seizure", "other"
    )
    asked = replace(example, prompt="Someone with me is having a seizure. How urgent is this?")
    return asked, _with_more(evidence, aid)


def page_has_a_rule_for_all(example: Example, evidence: Evidence) -> Damaged | None:
    """The page says beside its cards when help is due, and the answer does not."""
    if "states_level" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    rule = SourcePassage(
        "more",
        "Get medical help if there are symptoms after it. Do not wait for all of them.",
        "",
        "overview",
    )
    return example, _with_more(evidence, rule)


def sign_at_a_lower_level(example: Example, evidence: Evidence) -> Damaged | None:
    """The sign that is told stands on a card of a lower level too."""
    cards = _cards_said(example, evidence)
    items = [u.text for p in cards[:1] for u in units(p.text) if u.kind == "item" and ":" not in u.text]
    told = next((i for i in items if words_of(i) and words_of(i) <= words_of(example.prompt)), "")
    if "states_level" not in example.traits or not told or cards[0].section == "care_non_urgent":
        return None
    heading = re.sub(r"^.*?(?= if\b)", "See a GP", cards[0].heading)
    return example, _with_more(evidence, SourcePassage("more", f"- {told}", heading, "care_non_urgent"))


def level_turns_on_travel(example: Example, evidence: Evidence) -> Damaged | None:
    """A card is for those who have travelled, and signs are told without where the illness is found."""
    cards = _cards_said(example, evidence) if "about_signs" in example.traits else []
    item = next((u.text for p in cards for u in units(p.text) if u.kind == "item"), "")
    if not item or example.completion.count(item) != 1 or evidence.document.source not in ("nhs", "cdc"):
        return None
    longer = f"{item}, and you have been to an area where it is found"
    changed = with_text(evidence, item, longer)
    where = SourcePassage("more", "It occurs in South America.", "Where is it found?", "causes")
    return replace(example, completion=example.completion.replace(item, longer)), _with_more(changed, where)


def boxed_warning_beside_level(example: Example, evidence: Evidence) -> Damaged | None:
    """A label has a boxed warning, and a level of care is told without it."""
    if (
        "states_level" not in example.traits
        or "urgent" in example.traits
        or evidence.document.source != "fda"
    ):
        return None
    return example, _with_more(
        evidence, SourcePassage("more", "WARNING: DEPENDENCE.", "WARNING", "boxed_warning")
    )


def _with_more(evidence: Evidence, passage: SourcePassage) -> Evidence:
    document = replace(evidence.document, passages=(*evidence.document.passages, passage), memo={})
    return Evidence(document, evidence.passages)


def wait_before_call(example: Example, evidence: Evidence) -> Damaged | None:
    """What to do while one waits for help is told before the call for it."""
    waits = next((p for p in evidence.passages if "wait" in p.heading and p.section == "self_care"), None)
    calls = next((p for p in _cards_said(example, evidence) if p.section == "care_emergency"), None)
    if "about_signs" not in example.traits or waits is None or calls is None:
        return None
    later = f"\n\n{waits.heading}\n{waits.text}"
    card = f"\n\n{calls.heading}\n{calls.text}"
    if later not in example.completion or card not in example.completion:
        return None
    changed = example.completion.replace(later, "").replace(card, later + card)
    return replace(example, completion=changed), fresh(evidence)


def page_wants_it_at_once(example: Example, evidence: Evidence) -> Damaged | None:
    """The page says whom to see on the same day after it has happened, and the level is told without that."""
    if "states_level" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    steps = SourcePassage(
        "more", "1. Wash it.\n2. See a doctor the same day.", "What should I do first?", "self_care"
    )
    return example, _with_more(evidence, steps)


def wait_after_lower_card(example: Example, evidence: Evidence) -> Damaged | None:
    """What to do while help is on its way stands behind a card by which nobody is."""
    waits = next((p for p in evidence.passages if "wait" in p.heading and p.section == "self_care"), None)
    lower = next((p for p in evidence.document.passages if p.section == "care_non_urgent"), None)
    if waits is None or lower is None or _first(example, evidence) == "care_non_urgent":
        return None
    steps, card = (f"\n\n{p.heading}\n{p.text}" for p in (waits, lower))
    if steps not in example.completion:
        return None
    changed = example.completion.replace(card, "").replace(steps, card + steps)
    named = tuple(p for p in evidence.document.passages if p in (*evidence.passages, lower))
    return replace(example, completion=changed), Evidence(evidence.document, named)


def chief_sign_elsewhere(example: Example, evidence: Evidence) -> Damaged | None:
    """The page's first words tell the main symptom, which the list of signs lacks."""
    if "about_signs" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    return example, _with_more(evidence, SourcePassage("more", "The main symptom is a rash.", "", "overview"))


def general_text_beside_signs(example: Example, evidence: Evidence) -> Damaged | None:
    """Advice on getting well again stands among the signs."""
    if "about_signs" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    advice = SourcePassage("more", "Rest for two days. Limit screens.", "Getting well again", "treatment")
    around = _with_more(evidence, advice)
    said = f"{example.completion}\n\n{advice.heading}\n{advice.text}"
    return replace(example, completion=said), Evidence(around.document, (*around.passages, advice))


def ask_whether_it_is_that(example: Example, evidence: Evidence) -> Damaged | None:
    """Whether it is that illness is asked, which no page says."""
    if "about_signs" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    prompt = f"I feel ill. Could {example.subject} be the cause, and who should I turn to?"
    return replace(example, prompt=prompt), fresh(evidence)


def head_of_signs(example: Example, evidence: Evidence) -> Damaged | None:
    """The section that is told as symptoms is on something else."""
    if "about_signs" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    first = next((p for p in evidence.passages if p.section == "symptoms" and p.heading), None)
    if first is None:
        return None

    def headed(p: SourcePassage) -> SourcePassage:
        return replace(p, heading="How deep is it?", memo={}) if p.heading == first.heading else p

    passages = tuple(map(headed, evidence.document.passages))
    named = {p.passage_id for p in evidence.passages}
    document = replace(evidence.document, passages=passages, memo={})
    changed = replace(example, completion=example.completion.replace(f"{first.heading}\n", "", 1))
    return changed, Evidence(document, tuple(p for p in passages if p.passage_id in named))


def drop_urgent_help(example: Example, evidence: Evidence) -> Damaged | None:
    """A section of a page is asked for by its heading alone, and its answer says nothing of urgent help."""
    if not sections_named(example, evidence.document) or not evidence.document.has("page"):
        return None
    cards = [p for p in _cards_said(example, evidence) if p.section in ("care_emergency", "care_urgent")]
    if not cards or "about_medicine" in example.traits:
        return None
    said = example.completion
    for card in cards:
        said = said.replace(f"\n\n{card.heading}\n{card.text}", "")
    title = sections_named(example, evidence.document)[0]
    prompt = f'What does the NHS page say under "{title}"?'
    return replace(example, prompt=prompt, completion=said), fresh(evidence)


def begin_in_the_middle(example: Example, evidence: Evidence) -> Damaged | None:
    """The list that a page's first words point back to is lost, in source and answer."""
    if not {"about_signs", "asks_for_facts"} & example.traits or not sections_named(
        example, evidence.document
    ):
        return None
    first = evidence.passages[0]
    if not evidence.document.has("page") or not example.completion.startswith(first.text[:40]):
        return None
    text = f"Many of these get better. {first.text}"
    return replace(example, completion=example.completion.replace(first.text, text, 1)), with_text(
        evidence, first.text, text
    )


def _first(example: Example, evidence: Evidence) -> str:
    runs = [run for unit in align(example, evidence).units for run in unit.runs]
    return runs[0].source.passage.section if runs else ""


def deny_emergency(example: Example, evidence: Evidence) -> Damaged | None:
    """Framing that calls something harmless, which no source does."""
    if example.kind not in ("emergency_escalation", "triage_recommendation"):
        return None
    denial = "An ambulance is not needed for this by itself."
    return replace(
        example, completion=f"{denial} {example.completion}", framing=(denial, *example.framing)
    ), fresh(evidence)


def hide_the_country(example: Example, evidence: Evidence) -> Damaged | None:
    """Services of another country without a word on whose they are."""
    whose = " (United Kingdom)"
    if whose not in " ".join(example.framing) or not re.search(r"\b(?:999|111|GP|A&E)\b", example.completion):
        return None
    framing = tuple(piece.replace(whose, "") for piece in example.framing)
    return replace(example, completion=example.completion.replace(whose, ""), framing=framing), fresh(
        evidence
    )


def _cards_said(example: Example, evidence: Evidence) -> list[SourcePassage]:
    return [
        p for p in evidence.passages
        if p.section in ("care_emergency", "care_urgent", "care_non_urgent") and p.text in example.completion
    ]  # fmt: skip


def _without(example: Example, evidence: Evidence, text: str) -> Damaged:
    return replace(example, completion=example.completion.replace(text, "", 1)), fresh(evidence)


def _reframed(example: Example, evidence: Evidence, pattern: str, level: str) -> Damaged | None:
    if not example.framing or not re.search(pattern, example.framing[0]):
        return None
    framing = (re.sub(pattern, level, example.framing[0], count=1), *example.framing[1:])
    return replace(
        example, completion=re.sub(pattern, level, example.completion, count=1), framing=framing
    ), fresh(evidence)


def foreign_service(example: Example, evidence: Evidence) -> Damaged | None:
    """The framing names another country's number."""
    if "911" not in " ".join(example.framing):
        return None
    framing = tuple(piece.replace("911", "999") for piece in example.framing)
    return replace(example, completion=example.completion.replace("911", "999"), framing=framing), fresh(
        evidence
    )


def claim_in_framing(example: Example, evidence: Evidence) -> Damaged | None:
    """The maker declares a medical statement as framing."""
    claim = "Antibiotics cure this within a week."
    return replace(
        example, completion=f"{example.completion}\n\n{claim}", framing=(*example.framing, claim)
    ), fresh(evidence)


def double_article(example: Example, evidence: Evidence) -> Damaged | None:
    prompt = re.sub(r"\b(the|a|an|my) (?=\w)", r"\1 \1 ", example.prompt, count=1)
    return None if prompt == example.prompt else (replace(example, prompt=prompt), fresh(evidence))


def ask_for_oneself(example: Example, evidence: Evidence) -> Damaged | None:
    """A case of somebody else, and whether one should see somebody oneself."""
    if "states_level" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    return replace(example, prompt="Someone with me feels ill. Should I see someone, and how soon?"), fresh(
        evidence
    )


def age_for_complaint(example: Example, evidence: Evidence) -> Damaged | None:
    """An age is told as if it were a complaint."""
    if "states_level" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    return replace(example, prompt="I have over 65 and feel ill. How urgent is this?"), fresh(evidence)


def sign_as_listed(example: Example, evidence: Evidence) -> Damaged | None:
    """A sign is told as the page counts it."""
    if "states_level" not in example.traits or evidence.document.source not in ("nhs", "cdc"):
        return None
    return replace(example, prompt="Someone with me has this sign: confusion. How urgent is this?"), fresh(
        evidence
    )


def unfilled_slot(example: Example, evidence: Evidence) -> Damaged | None:
    return replace(example, prompt=f"{example.prompt.rstrip('?.')} {{topic}}?"), fresh(evidence)


def no_question(example: Example, evidence: Evidence) -> Damaged | None:
    return replace(example, prompt=re.sub(r"[?.!\"]+$", "", example.prompt)), fresh(evidence)


def needs_document(example: Example, evidence: Evidence) -> Damaged | None:
    return replace(example, prompt=f"What did this study conclude? {example.prompt}"), fresh(evidence)


def answer_by_pointer(example: Example, evidence: Evidence) -> Damaged | None:
    """The section only sends the reader elsewhere, and so does the answer."""
    return _answered_with(example, evidence, POINTER)


def answer_by_boilerplate(example: Example, evidence: Evidence) -> Damaged | None:
    return _answered_with(example, evidence, BOILERPLATE)


def _answered_with(example: Example, evidence: Evidence, text: str) -> Damaged | None:
    if example.kind not in ("drug_information", "question_answer"):
        return None
    first = evidence.passages[0]
    told = SourcePassage(first.passage_id, text, "", first.section, first.attributes)
    document = replace(evidence.document, passages=(told,), memo={})
    return replace(example, completion=text, framing=()), Evidence(document, (told,))


def wrong_section(example: Example, evidence: Evidence) -> Damaged | None:
    """The answer is of another section of the same document."""
    if example.kind != "drug_information":
        return None
    ours = {p.section for p in evidence.passages}
    asked = {
        "storage": "How should {} be stored?",
        "pregnancy": "Is {} safe in pregnancy?",
        "overdose": "What can happen with an overdose of {}?",
    }
    section = next((s for s in asked if s not in ours), None)
    name = example.subject or ""
    return (
        (replace(example, prompt=asked[section].format(name)), fresh(evidence)) if section and name else None
    )


def name_another_section(example: Example, evidence: Evidence) -> Damaged | None:
    """The question names the title of another section than the one that answers it."""
    named = sections_named(example, evidence.document)
    title = re.search(re.escape(named[-1]), example.prompt, re.IGNORECASE) if named else None
    if title is None or named[-1] == BOX:
        return None
    other = "Overdosage" if named[-1] != "overdosage" else "Geriatric Use"
    return replace(example, prompt=example.prompt.replace(title[0], other)), fresh(evidence)


def end_before_last_sentence(example: Example, evidence: Evidence) -> Damaged | None:
    """A section that is asked for by its title ends one sentence early, and what is left is whole."""
    said = [u for u in units(example.completion) if tokens(u.text)]
    if not sections_named(example, evidence.document) or len(said) < 2:
        return None
    return replace(example, completion=example.completion[: said[-1].begin].rstrip("- \n")), fresh(evidence)


def add_another_section(example: Example, evidence: Evidence) -> Damaged | None:
    """A section that is asked for by its title goes on with a sentence of another one, and the answer names its passage."""
    if not sections_named(example, evidence.document):
        return None
    beside = [
        p for p in evidence.document.passages if p not in evidence.passages and p.section != "boxed_warning"
    ]
    found = next(((p, u.text) for p in beside for u in units(p.text) if u.kind == "sentence"), None)
    if found is None:
        return None
    longer = replace(example, completion=f"{example.completion}\n\n{found[1]}")
    return longer, Evidence(evidence.document, (*evidence.passages, found[0]))


def homeopathic(example: Example, evidence: Evidence) -> Damaged | None:
    """The label's ingredient is a potency."""
    if evidence.document.source != "fda":
        return None
    passages = (
        *evidence.document.passages,
        SourcePassage(
            "active", "Calcarea carbonica 30C HPUS, Bryonia 6X", "Active ingredient", "description"
        ),
    )
    return example, Evidence(replace(evidence.document, passages=passages, memo={}), evidence.passages)


def no_certain_name(example: Example, evidence: Evidence) -> Damaged | None:
    """The label has no name of the publisher's own."""
    if evidence.document.source != "fda":
        return None
    return example, Evidence(replace(evidence.document, names=(), elements="", memo={}), evidence.passages)


MUTATIONS: dict[str, Mutation] = {
    m.__name__: m
    for m in (
        drop_not, drop_condition, change_figure, join_range, join_range_in_source, swap_unit, swap_word, swap_drug_in_answer,
        swap_subject_of_question, drop_list_mark, drop_item, join_items, cut_last_sentence, cut_first_words, glue_heading,
        lose_list_in_source, drop_urgent_sentence, raise_level, lower_level, drop_alarm_item, drop_tier,
        item_under_another_level, other_service, aid_for_another_state, wait_before_call, page_says_more, page_says_to_act,
        page_warns_of_suicide, page_has_first_aid, page_has_a_rule_for_all, page_wants_it_at_once, wait_after_lower_card,
        chief_sign_elsewhere, general_text_beside_signs, ask_whether_it_is_that,
        sign_at_a_lower_level, level_turns_on_travel, boxed_warning_beside_level,
        head_of_signs, drop_urgent_help, begin_in_the_middle, deny_emergency, hide_the_country, foreign_service, claim_in_framing,
        double_article, ask_for_oneself, age_for_complaint, sign_as_listed,
        unfilled_slot, no_question, needs_document, answer_by_pointer,
        answer_by_boilerplate, wrong_section,
        name_another_section, end_before_last_sentence, add_another_section, homeopathic, no_certain_name,
    )
}  # fmt: skip


def damaged(
    example: Example, evidence: Evidence, names: Iterable[str] = MUTATIONS
) -> Iterable[tuple[str, Damaged]]:
    """Every way in which the example can be damaged."""
    for name in names:
        found = MUTATIONS[name](example, evidence)
        if found is not None:
            yield name, found
