"""Whether an answer keeps IFEval's instructions (Zhou et al. 2023, arXiv 2311.07911), strictly, without further packages.

An instruction is IFEval's ``id`` with its arguments. Three need a language detector or a model of sentences and are not
read; questions with one of them are not asked. Words in capitals are told apart by white space and marks here, by NLTK
there; capitals and small letters are counted whatever the language is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Arguments = Mapping[str, Any]


def all_followed(answer: str, instructions: list[dict[str, Any]]) -> bool:
    """Whether every instruction is kept; an empty answer keeps none. Each has ``id`` and its arguments.

    Raises:
        KeyError: an instruction that is not among FOLLOWED.
    """
    return bool(answer.strip()) and all(FOLLOWED[one["id"]](answer, one) for one in instructions)


def _compared(count: int, wanted: int, relation: str | None) -> bool:
    return count < wanted if relation == "less than" else count >= wanted


def _words_there(answer: str, arguments: Arguments) -> bool:
    return all(re.search(word, answer, re.IGNORECASE) for word in arguments["keywords"])


def _word_as_often(answer: str, arguments: Arguments) -> bool:
    found = len(re.findall(arguments["keyword"].strip(), answer, re.IGNORECASE))
    return _compared(found, arguments["frequency"], arguments.get("relation"))


def _words_away(answer: str, arguments: Arguments) -> bool:
    return not any(re.search(rf"\b{word}\b", answer, re.IGNORECASE) for word in arguments["forbidden_words"])


def _letter_as_often(answer: str, arguments: Arguments) -> bool:
    found = answer.lower().count(arguments["letter"].strip().lower())
    return _compared(found, arguments["let_frequency"], arguments.get("let_relation"))


def _so_many_words(answer: str, arguments: Arguments) -> bool:
    return _compared(len(re.findall(r"\w+", answer)), arguments["num_words"], arguments.get("relation"))


def _so_many_paragraphs(answer: str, arguments: Arguments) -> bool:
    paragraphs = [part.strip() for part in re.split(r"\s?\*\*\*\s?", answer)]
    inner = paragraphs[1:-1]
    return all(inner) and sum(map(bool, paragraphs)) == arguments["num_paragraphs"]


def _first_word_of_a_paragraph(answer: str, arguments: Arguments) -> bool:
    paragraphs, place = answer.split("\n\n"), arguments["nth_paragraph"]
    count = sum(bool(part.strip()) for part in paragraphs)
    if count != arguments["num_paragraphs"] or not 0 < place <= count or not paragraphs[place - 1].strip():
        return False
    word = paragraphs[place - 1].split()[0].lstrip("'\"").lower()
    return bool(re.split(r"[.,?!'\"]", word)[0] == arguments["first_word"].strip().lower())


def _so_many_placeholders(answer: str, arguments: Arguments) -> bool:
    return bool(len(re.findall(r"\[.*?\]", answer)) >= arguments["num_placeholders"])


def _ends_with_a_postscript(answer: str, arguments: Arguments) -> bool:
    marker = arguments["postscript_marker"].strip()
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return re.search(known.get(marker, marker.lower()), answer.lower()) is not None


def _so_many_bullets(answer: str, arguments: Arguments) -> bool:
    return bool(len(re.findall(r"^\s*(?:\*[^*]|-).*$", answer, re.MULTILINE)) == arguments["num_bullets"])


def _one_of_three_answers(answer: str, arguments: Arguments) -> bool:
    return any(said in answer for said in ("My answer is yes.", "My answer is no.", "My answer is maybe."))


def _so_many_highlights(answer: str, arguments: Arguments) -> bool:
    marked = re.findall(r"\*[^\n*]*\*", answer) + re.findall(r"\*\*[^\n*]*\*\*", answer)
    return bool(sum(bool(part.strip("*").strip()) for part in marked) >= arguments["num_highlights"])


def _so_many_sections(answer: str, arguments: Arguments) -> bool:
    mark = arguments["section_spliter"].strip()
    return bool(len(re.findall(rf"\s?{mark}\s?\d+\s?", answer)) >= arguments["num_sections"])


def _is_json(answer: str, arguments: Arguments) -> bool:
    try:
        json.loads(re.sub(r"^```(?:json)?|```$", "", answer.strip(), flags=re.IGNORECASE))
    except ValueError:
        return False
    return True


def _has_a_title(answer: str, arguments: Arguments) -> bool:
    return any(title.strip("<> ") for title in re.findall(r"<<[^\n]+>>", answer))


def _two_answers(answer: str, arguments: Arguments) -> bool:
    parts = [part.strip() for part in answer.split("******")]
    said = [part for part in parts if part]
    return all(parts[1:-1]) and len(said) == 2 and said[0] != said[1]


def _begins_with_the_request(answer: str, arguments: Arguments) -> bool:
    return answer.strip().lower().startswith(arguments["prompt_to_repeat"].strip().lower())


def _ends_so(answer: str, arguments: Arguments) -> bool:
    return answer.strip().strip('"').lower().endswith(arguments["end_phrase"].strip().lower())


def _so_many_capitals(answer: str, arguments: Arguments) -> bool:
    capitals = [word for word in re.findall(r"\w[\w-]*", answer) if word.isupper()]
    return _compared(len(capitals), arguments["capital_frequency"], arguments.get("capital_relation"))


def _in_quotation_marks(answer: str, arguments: Arguments) -> bool:
    return re.fullmatch(r'".*"', answer.strip(), re.DOTALL) is not None


FOLLOWED: dict[str, Callable[[str, Arguments], bool]] = {
    "keywords:existence": _words_there,
    "keywords:frequency": _word_as_often,
    "keywords:forbidden_words": _words_away,
    "keywords:letter_frequency": _letter_as_often,
    "length_constraints:number_words": _so_many_words,
    "length_constraints:number_paragraphs": _so_many_paragraphs,
    "length_constraints:nth_paragraph_first_word": _first_word_of_a_paragraph,
    "detectable_content:number_placeholders": _so_many_placeholders,
    "detectable_content:postscript": _ends_with_a_postscript,
    "detectable_format:number_bullet_lists": _so_many_bullets,
    "detectable_format:constrained_response": _one_of_three_answers,
    "detectable_format:number_highlighted_sections": _so_many_highlights,
    "detectable_format:multiple_sections": _so_many_sections,
    "detectable_format:json_format": _is_json,
    "detectable_format:title": _has_a_title,
    "combination:two_responses": _two_answers,
    "combination:repeat_prompt": _begins_with_the_request,
    "startend:end_checker": _ends_so,
    "startend:quotation": _in_quotation_marks,
    "change_case:capital_word_frequency": _so_many_capitals,
    "change_case:english_capital": lambda answer, told: answer.isupper(),
    "change_case:english_lowercase": lambda answer, told: answer.islower(),
    "punctuation:no_comma": lambda answer, told: "," not in answer,
}
