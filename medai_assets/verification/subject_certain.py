"""*subject certain*: what the question names is what the publisher's own structure calls the document's subject.

openFDA's names of a label, a page's title, a collection's focus and synonyms count; the most frequent word of a text or
the first bracket do not. A document without such a name makes no example that names a subject.
"""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, Finding, Source
from medai_assets.verification.page_section import QUOTED, titles_asked
from medai_assets.verification.structure import content, stem, stems, tokens

NAME = "subject_certain"
_SALTS = frozenset(
    "hydrochloride hydrobromide sodium potassium calcium besylate mesylate maleate hyclate bisulfate phosphate citrate acetate "
    "sulfate tartrate fumarate succinate chloride magnesium tromethamine".split()
)
_FORMS = _SALTS | frozenset(
    "tablet tablets capsule capsules injection solution suspension cream ointment gel oral topical usp for in and kit "
    "extended release delayed film coated hcl hbr monohydrate dihydrate trihydrate anhydrous spray lotion patch powder liquid "
    "drops".split()
)
_SHORT = {"hcl": "hydrochloride", "hbr": "hydrobromide"}
# Before a name they make it another ("non-Hodgkin lymphoma", "pre-eclampsia").
_TURNS = frozenset({"non", "pre", "post", "anti", "pseudo"})
_AROUND = frozenset("a an the in adults children and of for with overview guide about what is are s".split())
# Someone tells what has happened; the question is about that, not about a name.
_TOLD = re.compile(
    r"\b(?:I|I'm|I've|my|someone|there (?:is|are|has been)|your child|the|behind)\b", re.IGNORECASE
)
# Words of the one who tells, around the case.
_TELLING = frozenset(
    stem(w)
    for w in "urgent need see someone soon level care wait get help go ambulance call emergency department right now "
    "worried please "
    "frightened serious enough think reading patient writes message triage subject fits asks asking noticed notice lately "
    "symptoms could "
    "cause behind might want ask should question can't don't i'm i've what's it's doesn't isn't am me myself friend moment "
    "next first do seen quickly needed whom "
    "happening happened case whether has person must today still one pharmacist right person".split()
)
_LONGEST_BRAND = 6  # words
_EARLY = 8  # words; the names come first, the inactive ingredients after them
# What a study is asked about needs no name; its question's words stand in the article.
_SHARE_OF_STUDY = 0.7


def subject_certain(example: Example, evidence: Evidence) -> Finding | None:
    """The question names the publisher's subject, or what the publisher asks itself."""
    document = evidence.document
    if document.has("citation"):
        return _of_study(example, evidence)
    joined = (
        ()
        if document.has("label")
        else tuple(part for n in document.names for part in re.split(r",? and | or ", n))
    )
    names = [n for n in document.names if n.strip()]
    if example.subject and not names and stands_in_elements(example.subject, document.elements):
        names = [example.subject, *_before(example.subject, document.elements)]
    if not names:
        return Finding(NAME, "the publisher's own structure names no subject")
    if example.subject is not None and not is_name(example.subject, names):
        return Finding(
            NAME, f"the subject {example.subject!r} is none of the publisher's names: {', '.join(names[:5])}"
        )
    if document.has("frozen_copy") and not _is_spoken_of(names, document):
        return Finding(NAME, f"the document itself never speaks of {names[0]!r}")
    group = _of_group(example, evidence)
    if group:
        return Finding(NAME, group)
    by_title = document.has("page") and titles_asked(
        example
    )  # whose heading may name it says nothing of whose page is asked for
    if _names_in(QUOTED.sub(" ", example.prompt) if by_title else example.prompt, [*names, *joined]):
        return None
    if by_title:
        return Finding(NAME, f"the page that is asked for is none of: {', '.join(names[:5])}")
    if not document.has("label") and _is_publishers(example.prompt, evidence, names):
        return None
    if not document.has("label") and _TOLD.search(example.prompt):
        strange = _not_told(example, evidence)
        return Finding(NAME, f"the document says nothing of what is told: {strange!r}") if strange else None
    return Finding(NAME, f"the question names none of: {', '.join(names[:5])}")


def _is_spoken_of(names: list[str], document: Source) -> bool:
    """Whether the text has a word of a name, or its initials: a collection may file a page under another illness's name."""
    if "spoken_of" not in document.memo:
        text = "\n".join(p.text for p in document.passages)
        said = {stem(t) for t in tokens(text)}
        whole = {stem(w) for name in names for w in content(name) if w not in _ANY_ILLNESS} or said
        initials = {"".join(w[0] for w in name.split()).lower() for name in names if " " in name}
        document.memo["spoken_of"] = bool(said & (whole | initials)) or any(
            w[:_SHARED_STEM] == s[:_SHARED_STEM] for w in whole for s in said if len(w) >= _SHARED_STEM
        )
    found: bool = document.memo["spoken_of"]
    return found


_SHARED_STEM = 6  # letters; "angiostrongyliasis" and its worm "Angiostrongylus"
_ANY_ILLNESS = frozenset(
    "disease diseases disorder disorders syndrome syndromes condition type deficiency cancer in of the and".split()
)


def _of_group(example: Example, evidence: Evidence) -> str:
    """One type is asked about, and the answer is about all of them."""
    number = re.search(r"\b(?P<name>[A-Za-z][a-z]+ [a-z]+) (?P<number>\d+[A-Z]?)(?=\W|$)", example.prompt)
    if (
        number
        and not evidence.document.has("label")
        and re.search(
            rf"\b{re.escape(number['name'])} (?!{number['number']}\b)(?:is|are) ",
            example.completion,
            re.IGNORECASE,
        )
    ):
        return f"it asks about {number[0]!r}, and the answer speaks of {number['name']!r}"
    asked = _TYPE.search(example.prompt)
    said = " ".join(p.text for p in evidence.passages)
    if not asked or not _TYPES.search(said):
        return ""
    return (
        ""
        if asked[0].lower() in said.lower()
        else f"it asks about {asked[0]!r}, and the answer is about several types"
    )


_TYPE = re.compile(
    r"\btypes? (?:\d+[A-Za-z]?|[IVX]+[A-Za-z]?|[A-Z])\b|\bX-linked\b|\bautosomal (?:dominant|recessive)\b",
    re.IGNORECASE,
)
_TYPES = re.compile(
    r"\bgroup of\b|\b(?:several|different|various|two|three|four|five|six|seven|eight|many|all|other) (?:\w+ )?(?:types|forms"
    r"|subtypes)\b|\btypes? \w+ and \w+\b",
    re.IGNORECASE,
)


def stands_in_elements(subject: str, elements: str) -> bool:
    """Whether a label's product elements ("Lipitor atorvastatin calcium ATORVASTATIN CALCIUM ...") begin with the name, or say
    it early and not only as the end of a longer one, as "calcium" is of "atorvastatin calcium"."""
    words, name = list(tokens(elements)), list(tokens(subject))
    places = [n for n in range(len(words) - len(name) + 1) if name and words[n : n + len(name)] == name]
    if not places or places[0] > _EARLY:
        return False
    return places[0] == 0 or len({words[p - 1] for p in places}) > 1


def _before(subject: str, elements: str) -> list[str]:
    """The brand that a label's product elements begin with, right before the substance's name; none where it is far."""
    place = f" {elements.lower()} ".find(f" {subject.lower()} ")
    brand = elements[: max(0, place)].strip()
    return [brand] if brand and len(brand.split()) <= _LONGEST_BRAND else []


def is_name(subject: str, names: list[str]) -> bool:
    """Whether a name is one of the publisher's, dosage forms and small words aside, and a salt that either leaves out."""
    wanted, salts = _core(subject), _salts(subject)
    called = [
        n
        for n in names
        if wanted and any(wanted == _core(v) or tokens(subject) == tokens(v) for v in _variants(n))
    ]
    others = [s for n in called if (s := _salts(n))]
    return bool(called) and (not salts or not others or any(salts & other for other in others))


def _salts(name: str) -> set[str]:
    """The salts of a name behind its first word: sodium phosphate is no sodium chloride."""
    return {_SHORT.get(t, t) for t in tokens(name)[1:]} & _SALTS


def _core(name: str) -> tuple[str, ...]:
    """The words of a name that tell it from others; a salt or form stays where nothing else is left."""
    said = tokens(re.sub(r"\([^)]*(\)?)", lambda m: " " if m[1] else m[0], name))
    lettered = len(said) - 1 if said[-1:] == ("a",) else 0  # hepatitis A
    words = [
        stem(t) for n, t in enumerate(said) if (t not in _AROUND or n == lettered > 0) and t not in "-–,/"
    ]
    kept = [words[0]] + [w for w in words[1:] if w not in _FORM_STEMS] if words else []
    return tuple(sorted(kept))


_FORM_STEMS = frozenset(stem(w) for w in _FORMS)


def _names_in(prompt: str, names: list[str]) -> bool:
    said = [stem(t) for t in tokens(prompt)]
    for name in names:
        for variant in _variants(name):
            words = [stem(t) for t in tokens(variant) if t not in "-–/"]
            plain = [s for s in said if s not in "-–/"]
            if words and _holds(plain, words):
                return True
    return False


def is_named(question: str, name: str) -> bool:
    """Whether a question has a name whole, or all words of it that tell it from others: tramadol of its hydrochloride."""
    core = _core(name)
    return _names_in(question, [name]) or bool(core and set(core) <= {stem(t) for t in tokens(question)})


def _variants(name: str) -> list[str]:
    """A name whole, without its bracket, without "in adults", and its bracket alone."""
    found = [name, re.sub(r"(?:(?<!\s)\s+)?\([^)]*(\)?)", lambda m: "" if m[1] else m[0], name)]
    found += [m[1] for m in re.finditer(r"\(([^)]{3,})(\)?)", name) if m[2]]
    found += [
        re.sub(
            r"^(?:about|overview of|what i need to know about|parasites - )\s*|(?<!\s)\s+(?:in|for) (?:adults|children)$",
            "",
            n,
            flags=re.I,
        )
        for n in list(found)
    ]
    found += [n.split(":")[0].split(" - ")[-1] for n in list(found)]
    found += [
        re.sub(
            r"^(?:signs|symptoms) of\s+|(?<!\s)\s+(?:symptoms|signs|complications|basics|facts|safety)\b.*",
            "",
            n,
            flags=re.I | re.DOTALL,
        )
        for n in list(found)
    ]
    for text in list(found):
        words = text.split()
        while len(words) > 1 and words[-1].lower().strip(",") in _FORMS:
            words.pop()
        found.append(" ".join(words))
    return list(dict.fromkeys(f.strip() for f in found if f.strip()))


def _holds(said: list[str], words: list[str]) -> bool:
    return any(
        said[n : n + len(words)] == words and not (n and said[n - 1] in _TURNS)
        for n in range(len(said) - len(words) + 1)
    )


def _is_publishers(prompt: str, evidence: Evidence, names: list[str]) -> bool:
    """Whether the publisher itself asks the question, with a word of the subject's name in it ("What causes eczema?")."""
    asked = any(prompt in (p.heading, p.attributes.get("question")) for p in evidence.passages)
    named = {stem(w) for name in names for w in content(name) if len(w) > 3}
    return asked and bool(named & stems(prompt))


def _not_told(example: Example, evidence: Evidence) -> str:
    """A word of a told case that the document does not have; then the case is of something else."""
    if "stems" not in evidence.document.memo:
        evidence.document.memo["stems"] = {
            stem(t) for t in tokens(f"{evidence.document.title}\n{evidence.document.text}")
        }
    there = evidence.document.memo["stems"]
    case = content(example.prompt)
    return next((w for w in case if stem(w) not in there and stem(w) not in _TELLING), "")


def _of_study(example: Example, evidence: Evidence) -> Finding | None:
    asked = [stem(w) for w in content(example.prompt)]
    there = {stem(t) for t in tokens(f"{evidence.document.title}\n{evidence.document.text}")}
    if asked and sum(w in there for w in asked) < _SHARE_OF_STUDY * len(asked):
        return Finding(NAME, "the question's words are not the article's")
    return None
