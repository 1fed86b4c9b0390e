"""Whether an answer says something that was asked: no pointer elsewhere, no addresses, no boilerplate, nothing the question says.

What belongs here: sentences that are no answer. What does not: whether the section is the one that is asked for (section_asked).
"""

from __future__ import annotations

import re

from medai_assets.verification.alignment import Laid
from medai_assets.verification.example import Example
from medai_assets.verification.section_asked import asked_for
from medai_assets.verification.structure import content, stem, stems
from medai_assets.verification.urgency import OF_CARE

# Of a document that the person who asked does not hold: its other parts, its leaflet, its pages and pictures.
_SENDS_AWAY = re.compile(
    r"\b(?:described|discussed|listed|provided|found|detailed) (?:in (?:more|greater) detail |in detail )?(?:elsewhere\b"
    r"|in (?:the )?(?:other|following|full|individual) (?:\w+ )?(?:sections?|parts?|label\w*|prescribing|information|tables?"
    r"|pages?|articles?|links?)\b|below in\b|in full\b(?!-))"
    r"|\b(?:see|refer to|consult|read|consult with) (?:the |also |our )?(?:full |complete |individual |other "
    r"|accompanying |following |package )*(?:prescribing|labeling|label|section|sections|package|insert|warnings"
    r"|precautions|contraindications|clinical|dosage|adverse|boxed|patient information|medication guide|table|figure"
    r"|appendix|description)\b"
    r"|\b(?:presented|given|described|provided|found|discussed|included) (?:in|under) (?:the )?(?:dosage and administration"
    r"|warnings|precautions|clinical pharmacology|contraindications|adverse reactions|overdosage|description|how supplied)\b"
    r"|\bfor (?:more|further|additional|complete|full|detailed) (?:information|details)\b|\b(?:read|find out|see|learn) more\b"
    r"|\bthese resources\b|\bclick(?:ing)? here\b|\bweb ?sites?\b"
    r"|\b(?:visit|go to) (?:the |our )?(?:[\w-]+ ){0,3}(?:page|website|site|section"
    r"|article|topic)\b|https?://|www\."
    r"|\b(?:read|found|listed|described|explained|available)(?: about)? here\b"
    r"|\bcontact (?:us|the manufacturer|(?-i:(?:[A-Z][\w.&]*,? ){1,5})at (?:1-|\d|www|http|\())"
    r"|\b(?:to )?report\b[^.]*\b(?:adverse|side|FDA\b)[^.]*\b(?:at|to) (?:FDA|1-8)"
    r"|\bto report (?:suspected )?(?:adverse|side)|\bwatch (?:this|the) video"
    r"|\blisten to (?:this|the|our) (?:audio|podcast|recording|interview)"
    r"|\bthe following (?:(?:clinically )?(?:significant|serious|important) )?(?:adverse reactions?|side effects?"
    r"|reactions?|risks?)[^.]{0,60}(?:are|is) (?:also )?(?:described|discussed|presented)"
    r"|\b(?:national|genetics|institute)[^.]{0,60}\bprovides? (?:more )?information\b"
    r"|(?<!no )(?<!specific )(?<!no further )(?<!limited )(?<!little )\binformation (?:is|can be) (?:available|found)\b"
    r"|\bfor (?:more|tips) (?:on|about)\b"
    r"|\b(?:go to|visit) (?:the|our|www|http)\S*[^.]{0,60}\b(?:article|page|website|web site|topic|section)"
    r"|\b(?:find|has|have|gives?) more information\b"
    r"|\blinks? (?:on|below)\b|\bfollowing (?:links?|web)\b"
    r"|\bon this page\b|\b(?:this|the|accompanying) (?:leaflet|package insert)\b"
    r"|\b(?:patient|FDA-approved|product) labell?ing\b|\bthese highlights\b|\bInitial U\.S\. Approval\b"
    r"|\bfederal law\b|\bstandard textbooks?\b"
    r"|\binformation\b[^.]{0,120}\b(?:is available (?:from|at|through)|can be (?:accessed|found|obtained))\b"
    r"|(?-i:\b[Ss]ee (?:[A-Z]{4,}|[A-Z][a-z]+ [A-Z][a-z]+|Section)\b)",
    re.IGNORECASE,
)  # fmt: skip
_BOILERPLATE = re.compile(
    r"\bhas been approved by the (?:U\.S\. )?Food and Drug Administration|"
    r"receive comment under|contact your medical professional|"
    r"because (?:these )?clinical (?:trials|studies) are conducted|because these reactions are reported voluntarily"
    r"|not always possible to reliably estimate"
    r"|cannot be directly compared|may not reflect the rates observed|the data described (?:below|in this)"
    r"|(?:the )?safety (?:data )?(?:of|described|was evaluated)"
    r"|were (?:evaluated|exposed|treated) (?:in|to|with)|a total of [\d,]+ |adverse reactions? (?:information|data) (?:is"
    r"|are) (?:derived|based|presented)"
    r"|tell (?:your|the) (?:doctor|healthcare)[^.]{0,300}(?:any side effect|bothers you)"
    r"|call your doctor for medical advice about side effects"
    r"|is called an? (?:risk|protective) factor|having a risk factor does not mean"
    r"|these are not all|your (?:doctor|doctors|care team) (?:will|can) (?:talk|discuss|advise|explain)|ask your (?:doctor"
    r"|pharmacist) for (?:more )?information"
    r"|(?:more|further|additional|future|larger) (?:research|stud\w+|work|trials?|investigation)s? (?:is|are|will be"
    r"|should be|may be)?\s?(?:needed|required|warranted|necessary)",
    re.IGNORECASE,
)  # fmt: skip
_ORGANISATION = re.compile(
    r"\b(?:foundation|association|society|institute|center|centre|registry|network|clinic|hospital|university|library"
    r"|testing|diagnostics|medlineplus|genereviews|encyclopedia)\b",
    re.I,
)
_PHONE = re.compile(r"\b1?[- (]*8(?:00|66|77|88)[) -]+\d{3}|\b\d{3}-\d{3}-\d{4}\b|@\w+\.\w+")
_ONLY_DEPENDS = re.compile(
    r"(?:the )?(?:prognosis|outlook|course|outcome)\b[^.,;\d]{0,120}?\b(?:depends? (?:up)?on|var(?:y|ies))\b[^.;\d]*\.?$",
    re.IGNORECASE,
)
_LEAST_NEW = 4  # words of substance that the question does not hold
# Questions to which "there are several" is no answer.
_HAS_TO_NAME = frozenset({"treatment", "diagnosis", "prevention", "causes"})
_YES_OR_NO = re.compile(r"^(?:yes|no|not always|not necessarily|maybe|it depends)\b[,.;]", re.IGNORECASE)
_ASKS_WHETHER = re.compile(
    r"(?:^|[.?!:,] )(?:is|are|can|do|does|did|should|will|could|would|may|must|has|have)\b [^.?]*\?",
    re.IGNORECASE,
)
# How a trial was made: no reaction, no use, no dose.
_TRIAL = re.compile(
    r"\b(?:randomi[sz]ed|placebo|open-label|trials?|stud(?:y|ies)|subjects|ethnicity|caucasian|population was|median age"
    r"|years of age|"
    r"discontinu\w+|enrolled|exposed to|exposure|cohort)\b",
    re.IGNORECASE,
)
_NAMES_REACTIONS = re.compile(
    r"\b(?:include[ds]?|are|were|was|is|reported|occurr(?:ed|ing)|observed|cause[ds]?|experienced)\b[^.;]*?,[^.;]*?(?:,"
    r"|\band\b|\bor\b)|%\)[^.;]*%\)",
    re.IGNORECASE,
)

# What states a use, where no list names conditions. What only names who uses it ("Women to reduce chance of pregnancy")
# is torn from its lead.
_STATES_USE = re.compile(
    r"\b(?:indicat\w+|used (?:to|for|in|as|with|by|alone)|reli(?:ef|eves?)|treats?|treating|treatment|management|manages?"
    r"|prevent\w*|prophyla\w+|helps?|reduces|controls|soothes?|protects?|kills?|decreases|increases|cleans\w*|dries|removes?|provides?"
    r"|diagnos\w+|adjunct\w*|therapy|replacement|induction|maintenance|correct\w*|suppress\w*|disinfect\w*|anesthe\w+"
    r"|for (?:the |use|handwashing|hand washing|temporary))\b",
    re.IGNORECASE,
)


# "For the treatment of …", and no verb.
_HEADLESS = re.compile(
    r"(?:For (?:the )?(?:[\w-]+ )?(?:treatment|management|relief|prevention|prophylaxis)|As an? [\w-]+ (?:to|for|in))\b"
    r"(?!.*\b(?:is|are|has|have|may|can|should)\b)"
)


def no_answer(example: Example, laid: list[Laid]) -> str:
    if not laid:
        return ""
    body = [u for u in laid if u.runs[0].source.passage.section != "boxed_warning"] or laid
    said = [u for u in body if u.unit.kind not in ("title",)]
    said = said or body
    asked = (asked_for(example.prompt) or ("",))[0]
    trial = asked == "side effects"
    of_uses = all(u.runs[0].source.passage.section == "indications" for u in body)
    if (
        (asked == "use" or of_uses)
        and "about_medicine" in example.traits
        and not any(u.unit.kind == "item" or _STATES_USE.search(u.unit.text) for u in said)
    ):
        return f"it states no use: {said[0].unit.text[:100]!r}"
    headless = next((u.unit.text for u in said if _is_headless(u)), "")
    if headless and asked == "use" and "about_medicine" in example.traits:
        return f"it is no sentence: {headless[:100]!r}"
    elsewhere = next((u.unit.text for u in said if _SENDS_AWAY.search(u.unit.text)), "")
    if elsewhere:
        return f"it sends the reader elsewhere: {elsewhere[:100]!r}"
    empty = [u for u in said if _is_empty(u.unit.text, trial)]
    rest = [u for u in said if u not in empty]
    words = sum(len(content(u.unit.text)) for u in rest)
    if not rest or words < len(content(" ".join(u.unit.text for u in empty))):
        return f"most of it is no answer: {empty[0].unit.text[:100]!r}" if empty else "nothing is said"
    if _YES_OR_NO.match(said[0].unit.text) and not _ASKS_WHETHER.search(example.prompt):
        return f"it answers whether, and the question asks what: {said[0].unit.text[:60]!r}"
    if asked == "outlook" and len(rest) == 1 and _ONLY_DEPENDS.match(rest[0].unit.text):
        return f"it says only that it depends: {rest[0].unit.text[:100]!r}"
    return _lists_addresses(rest) or _says_nothing_new(example, rest)


def _is_headless(laid: Laid) -> bool:
    """Whether a sentence is "For the treatment of …" and no more; Drug Facts say a use like that, prescribers' text does not."""
    of_otc = laid.runs[0].source.passage.attributes.get("product_type") == "otc"
    return laid.unit.kind == "sentence" and not of_otc and bool(_HEADLESS.match(laid.unit.text))


def _is_empty(text: str, of_trials: bool) -> bool:
    """Whether a sentence says nothing that was asked: boilerplate, how a trial was made."""
    if _BOILERPLATE.search(text):
        return True
    return of_trials and bool(_TRIAL.search(text)) and not _NAMES_REACTIONS.search(text)


def _lists_addresses(rest: list[Laid]) -> str:
    items = [u for u in rest if u.unit.kind == "item"]
    named = [u for u in items if _ORGANISATION.search(u.unit.text) or _PHONE.search(u.unit.text)]
    if items and len(named) >= max(2, len(items) / 2):
        return "it lists addresses"
    phones = [
        u
        for u in rest
        if _PHONE.search(u.unit.text)
        and not re.search(
            r"poison|overdos|emergency|medical help",
            f"{u.unit.text} {u.lead} {u.runs[0].source.passage.section}",
            re.I,
        )
    ]
    return "it gives an address to turn to, not an answer" if len(phones) * 3 > len(rest) else ""


def _says_nothing_new(example: Example, rest: list[Laid]) -> str:
    asked = stems(f"{example.prompt} {example.subject or ''}")
    new = {stem(w) for u in rest for w in content(u.unit.text)} - asked - _GENERAL
    asked_for_what = asked_for(example.prompt)
    names_something = "about_signs" in example.traits or (
        asked_for_what is not None and asked_for_what[0] in _HAS_TO_NAME
    )
    bare = [u for u in rest if u.unit.kind not in ("lead", "title", "open")]
    if bare and all(u.unit.kind == "item" and _CATEGORY.match(u.unit.text) for u in bare):
        return "it names categories of findings, and no finding"
    if names_something and len(new) < _LEAST_NEW:
        return "it says nothing that the question does not say"
    listed = (u.unit.text for u in bare if u.unit.kind == "item" and not _is_on_a_card(u, example))
    circular = next((text for text in listed if _is_within(text, asked)), "")
    tells = "about_signs" in example.traits and _TELLS_SIGNS.search(example.prompt)
    if tells and (left_out := _extras_alone(rest, asked)):
        return f"the signs that are told come beside others: {left_out!r}"
    asks_symptoms = not tells and _ASKS_SYMPTOMS.search(example.prompt)
    return f"the thing itself is among its symptoms: {circular!r}" if circular and asks_symptoms else ""


def _is_on_a_card(unit: Laid, example: Example) -> bool:
    """Whether an item beside signs says when to turn to somebody: "you have any symptoms of wheeze" lists no symptom."""
    cards = bool(unit.runs) and unit.runs[0].source.passage.section in OF_CARE
    return cards and "about_signs" in example.traits


def _is_within(item: str, asked: frozenset[str]) -> bool:
    """Whether an item says nothing but words of the question."""
    words = stems(item)
    return bool(words) and words <= asked


_TELLS_SIGNS = re.compile(
    r"\bI (?:have )?noticed?\b|\bbecause of\b|\bmight be behind\b|\bthere has been\b|\bmy symptoms are\b",
    re.IGNORECASE,
)
_BESIDE_OTHERS = re.compile(
    r"\b(?:as well as|besides|in addition to|apart from) (?P<others>[^,:.]{1,60}?)(?=,| (?:you|they|people|some|there)\b)",
    re.IGNORECASE,
)


def _extras_alone(rest: list[Laid], asked: frozenset[str]) -> str:
    """What a list of signs comes beside, where the question that tells of them leaves it out: vomiting, of a stomach bug."""
    leads = (u.unit.text for u in rest if u.unit.kind == "lead")
    beside = (found["others"] for text in leads if (found := _BESIDE_OTHERS.search(text)))
    return next((others for others in beside if stems(others) - asked), "")


_ASKS_SYMPTOMS = re.compile(r"\bsymptoms?\b|\bsigns\b", re.IGNORECASE)
_CATEGORY = re.compile(r"(?:abnormality of|abnormal)\b", re.IGNORECASE)
_GENERAL = frozenset(
    stem(w)
    for w in "treatment treatments option options doctor doctors help talk discuss risk risks benefit benefits different condition "
    "disease people person patient patients use used using available make easier depend depends cause causes known unknown "
    "information symptoms symptom see ask tell also other many often usually".split()
)
