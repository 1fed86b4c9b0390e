"""*harmless*: no sentence advises to swallow, inject or inhale what is no medicine.

No medical knowledge beyond a list of household and industrial poisons: a text that warns of them, tells of an accident, or
cleans a floor with them is let pass. How much of a medicine is too much is judged against other sources (doses_agree.py).
"""

from __future__ import annotations

import re
from functools import lru_cache

from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.structure import units

NAME = "harmless"
_POISON = re.compile(
    r"\b(?:(?:household |laundry |diluted |chlorine )?bleach|chlorine dioxide|sodium chlorite|miracle mineral|MMS\b"
    r"|turpentine|kerosene"
    r"|gasoline|petrol|paint thinner|antifreeze|ethylene glycol|methanol(?! (?:extract|fraction)s?)"
    r"|rubbing alcohol|isopropyl alcohol|hand saniti[sz]er"
    r"|drain cleaner|disinfectants?|detergent|ammonia solution|lye\b|caustic soda|rat poison|pesticides?|insecticide|cyanide"
    r"|colloidal silver|black salve|industrial (?:peroxide|alcohol|solvent)s?|35% hydrogen peroxide)",
    re.IGNORECASE,
)  # fmt: skip
_TAKING = re.compile(
    r"\b(?:drink(?:ing)?|swallow(?:ing)?|sip(?:ping)?|ingest(?:ing)?|inject(?:ing|ed|ions? of)?|inhal(?:e|ing)|gargl(?:e"
    r"|ing)|eat(?:ing)?"
    r"|(?:by|in the) mouth|orally|oral dose|enemas?|intravenous(?:ly)?"
    r"|(?:take|taking|give|giving|add(?:ing)?|drops? of|teaspoons? of|tablespoons? of|spoonful of|cups? of|glass of"
    r"|sips? of|ml of))\b",
    re.IGNORECASE,
)  # fmt: skip
_GOOD = re.compile(
    r"\b(?:cures?d?|heals?|treats?|treatment|recommend\w*|helps?|effective(?:ly)?|kills? the (?:virus|infection|cancer"
    r"|parasites?)|remed(?:y|ies)"
    r"|cleans(?:e|es|ing) (?:the |your )?(?:body|blood|gut)|detox\w*|safe(?:ly)?|should|daily|every day|twice"
    r"|each morning|until|improves?"
    r"|relieves?|prevents?)\b",
    re.IGNORECASE,
)  # fmt: skip
_WARNS = re.compile(
    r"\b(?:not|never|don['’]t|avoid\w*|no\b|without|danger\w*|poison(?:ing|ed|ous|s)?|toxic\w*|harm\w*|accident\w*|deadly"
    r"|fatal|death|burns?|damag\w+"
    r"|unsafe|unproven|illegal|warn\w*|call|emergency|exposure|exposed|swallowed|abuse|misuse|suicid\w*"
    r"|has been (?:swallowed|drunk)"
    r"|surfaces?|floors?|toilets?|laundry|clean(?:ing|ed)? (?:the |soiled |up |with )|rats?|mice"
    r"|out of (?:the )?reach|cloth\w*|disinfect (?:the |all )?\w+)\b",
    re.IGNORECASE,
)  # fmt: skip
# Water is made safe to drink with it; who drinks it himself is not meant.
_TREATS_WATER = re.compile(
    r"(?!.*(?<!to )\b(?:drink(?:ing)? (?!water)|swallow|sip))"
    rf"(?!.*(?<!disinfect )(?<!disinfecting )(?<!treat )(?<!treating )(?<!the )(?<!your )\bdrinking water (?:with|containing)"
    rf" (?:\w+ ){{0,3}}?{_POISON.pattern})"
    r"(?=.*\b(?:gallons?|water for drinking|drinking water)\b)",
    re.IGNORECASE | re.DOTALL,
)
# "It is not dangerous" warns of nothing.
_CALMS = re.compile(
    r"\b(?:not|no|never|without)(?: \w+)? (?:danger\w*|harm\w*|toxic\w*|poison\w*|fatal|deadly|unsafe|side effects?|fear)"
    r"|\bharmless\w*|\bnon-?toxic",
    re.IGNORECASE,
)
# Who washes before a meal, wipes the skin or is given an antidote swallows no poison; one named beside it may be swallowed.
_ASIDE = re.compile(
    r"\b(?:before|after)(?: you)? (?:(?:eat|prepar|cook)\w*\b"
    r"|(?:drink|tak|giv)\w*(?= (?:(?:any|your|a|the) )?(?:food|meals?|medic\w*|drinks?|water)\b))"
    rf"(?! (?:(?!to\b|(?:or|and) (?:use|wash|clean)\b)\w+ ){{0,6}}{_POISON.pattern})"
    rf"|\bantidotes? (?:for|to|of) (?:\w+ ){{0,2}}{_POISON.pattern}"
    rf"|\b(?:after|following|within \w+ of) {_POISON.pattern} ingestion\b",
    re.IGNORECASE,
)
_WIPED = re.compile(
    r"\b(?:wip(?:e[sd]?|ing)|swab(?:bed|bing)?) (?:down |off )?(?:the|your|each|an?) (?:[\w'’-]+ ){0,2}?"
    rf"(?:skin|area|site|surface|top|stopper|septum|vial)\b(?: (?:\w+ ){{0,4}}?with (?:[\w%]+ ){{0,2}}{_POISON.pattern})?",
    re.IGNORECASE,
)
_TAKEN = re.compile(
    r"\b(?:drink|swallow|sip|ingest|inject|inhal|tak|eat)(?:e|ing)? (?:it|them|some|what|the rest)\b",
    re.IGNORECASE,
)


def harmless(example: Example, evidence: Evidence) -> Finding | None:
    """Neither the answer nor the passages that it names advise to take a poison."""
    texts = [example.completion, *(p.text for p in evidence.passages)]
    reason = next((r for text in texts if (r := harm(text))), "")
    return Finding(NAME, reason) if reason else None


@lru_cache(maxsize=4096)
def harm(text: str) -> str:
    """The first sentence that advises to take a poison, in words; "" where there is none."""
    if not _POISON.search(text):
        return ""
    for unit in units(text):
        said = _ASIDE.sub(" ", unit.text)
        said = _CALMS.sub(" ", said if _TAKEN.search(unit.text) else _WIPED.sub(" ", said))
        warned = _WARNS.search(said) or _TREATS_WATER.match(said)
        if _POISON.search(said) and _TAKING.search(said) and not warned and _GOOD.search(unit.text):
            return f"it advises to take what is no medicine: {unit.text[:160]!r}"
    return ""
