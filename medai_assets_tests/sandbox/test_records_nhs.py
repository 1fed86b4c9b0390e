"""What the sandbox's NHS pages promise: the wire format of the API, true care levels, and its known traps."""

from __future__ import annotations

import html
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from medai_assets_tests.of_each import of_each

RECORDS = Path(__file__).resolve().parents[2] / "medai_assets" / "sandbox" / "records" / "nhs"
FILES = sorted(RECORDS.glob("*/*.json"))
PAGES: dict[str, dict[str, Any]] = {
    f"{file.parent.name}/{file.stem}": json.loads(file.read_text(encoding="utf-8")) for file in FILES
}
API = "https://api.service.nhs.uk/nhs-website-content/"
LEAST = {"conditions": 26, "symptoms": 6, "medicines": 6, "mental-health": 2, "tests-and-treatments": 2}
GENRES = {
    "conditions": "Condition",
    "symptoms": "Symptom",
    "medicines": "Medicine",
    "mental-health": "Condition",
    "tests-and-treatments": "Test",
}
CARDS = {"non-urgent": "primary", "urgent": "urgent", "immediate": "immediate"}
CARD_ASPECTS = {
    "non-urgent": "MedicalHelpNonurgent",
    "urgent": "MedicalHelpUrgent",
    "immediate": "MedicalHelpEmergency",
}
CARD_TEXT = re.compile(r'<h([24])>([^<]+)</h\1><div class="block-richtext">\n(.+)\n</div>', re.DOTALL)
EACH_PAGE = of_each(PAGES)
Node = dict[str, Any]


def nodes(value: object) -> Iterator[Node]:
    """Every JSON object below ``value``, itself included, depth first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def body(page: Node) -> list[Node]:
    """The page's parts in order of reading, each once: ``mainEntityOfPage`` without the duplicates."""
    parts: list[Node] = []
    for section in page["mainEntityOfPage"]:
        parts.append({"headline": section.get("headline", ""), "text": section.get("text", "")})
        for part in section.get("mainEntityOfPage", []):
            parts += [part, *part.get("acceptedAnswer", {}).get("mainEntity", [])]
    return parts


def markup(part: Node) -> str:
    table = part.get("mainEntity")
    return part.get("text", "") + (table if isinstance(table, str) else "")


def words(markup_text: str) -> list[str]:
    return html.unescape(re.sub(r"<[^>]+>", " ", markup_text)).split()


def shown_words(page: Node) -> list[str]:
    return [word for part in body(page) for word in words(f"{part.get('headline', '')} {markup(part)}")]


def prose_words(page: Node) -> list[str]:
    """The words of a page without the standing headings of its care cards."""
    return [word for part in body(page) for word in words(re.sub(r"^<h[24]>.*?</h[24]>", "", markup(part)))]


def cards(page: Node) -> list[Node]:
    return [part for part in body(page) if part.get("name") in CARDS]


def pages_where(test: Any) -> int:
    return sum(1 for page in PAGES.values() if test(page))


def shingles(tokens: list[str], size: int) -> set[tuple[str, ...]]:
    plain = [re.sub(r"\W+", "", token.lower()) for token in tokens]
    return {tuple(plain[start : start + size]) for start in range(len(plain) - size + 1)}


class Balance(HTMLParser):
    """Raises AssertionError at the first tag that closes what is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag


def test_each_section_holds_enough_pages() -> None:
    counts = Counter(name.split("/")[0] for name in PAGES)
    assert set(counts) == set(LEAST)
    assert all(counts[section] >= least for section, least in LEAST.items())
    assert len(PAGES) >= 42


@EACH_PAGE
def test_a_page_has_the_fields_of_a_reply(page: Node) -> None:
    assert page["@context"] == "http://schema.org"
    assert page["@type"] == "MedicalWebPage"
    assert page["name"] == page["headline"] == page["about"]["name"]
    assert len(page["description"].split()) >= 8
    assert page["keywords"]
    assert page["contentSubTypes"] == []
    assert [link["url"] for link in page["relatedLink"]] == [page["url"]]


@of_each({name: name for name in PAGES})
def test_addresses_and_genre_follow_the_path_of_the_file(name: str) -> None:
    page = PAGES[name]
    section = name.split("/")[0]
    crumbs = [crumb["item"]["@id"] for crumb in page["breadcrumb"]["itemListElement"]]
    assert page["url"] == f"{API}{name}/"
    assert page["webpage"] == f"https://www.nhs.uk/{name}/"
    assert crumbs == [f"{API}{section}/", page["url"]]
    assert page["genre"] == [GENRES[section]]


@EACH_PAGE
def test_a_page_says_that_it_is_not_nhs_text(page: Node) -> None:
    assert page["license"] == "medai-sample: written for medai-assets as sample data, not NHS text"
    assert page["copyrightHolder"] == {"name": "medai-assets sample", "@type": "Organization"}
    assert page["author"]["name"] == "medai-assets sample"


@EACH_PAGE
def test_dates_are_in_order(page: Node) -> None:
    modified = datetime.fromisoformat(page["dateModified"])
    last, due = map(datetime.fromisoformat, page["lastReviewed"])
    assert datetime(2025, 1, 1, tzinfo=UTC) <= modified < datetime(2026, 11, 1, tzinfo=UTC)
    assert last < modified
    assert due.year - last.year == 3


def test_dates_are_spread_and_distinct() -> None:
    dates = [page["dateModified"] for page in PAGES.values()]
    assert len(set(dates)) == len(dates)
    assert len({date[:7] for date in dates}) >= 18


@EACH_PAGE
def test_topics_hold_their_aspect_and_nested_elements(page: Node) -> None:
    for topic in page["hasPart"]:
        assert topic["@type"] == "HealthTopicContent"
        assert re.fullmatch(r"http://schema\.org/[A-Z]\w+HealthAspect", topic["hasHealthAspect"])
        assert topic["url"].startswith(f"{page['url']}#")
        assert topic["hasPart"]
        assert all(part["@type"] == "WebPageElement" for part in topic["hasPart"])
    assert "http://schema.org/OverviewHealthAspect" in [topic["hasHealthAspect"] for topic in page["hasPart"]]


@EACH_PAGE
def test_sections_carry_their_parts_twice(page: Node) -> None:
    sections = [part for part in page["mainEntityOfPage"] if part["name"] == "section heading"]
    for section in sections:
        assert section["identifier"] == "0"
        assert section["hasPart"] == section["mainEntityOfPage"]
        assert [part["position"] for part in section["hasPart"]] == list(range(len(section["hasPart"])))
    assert [part["position"] for part in page["mainEntityOfPage"]] == list(
        range(len(page["mainEntityOfPage"]))
    )
    assert len(sections) >= len(page["mainEntityOfPage"]) - 1


@EACH_PAGE
def test_every_topic_but_the_overview_is_also_a_section(page: Node) -> None:
    sections = [s["hasHealthAspect"] for s in page["mainEntityOfPage"] if "hasHealthAspect" in s]
    topics = [topic["hasHealthAspect"] for topic in page["hasPart"]]
    overview = ["http://schema.org/OverviewHealthAspect"]
    assert topics in (sections, sections + overview)


@EACH_PAGE
def test_a_naive_walk_would_double_the_text(page: Node) -> None:
    once = len(shown_words(page))
    naive = sum(len(words(markup(node))) for node in nodes(page["mainEntityOfPage"]))
    assert naive > 1.7 * once


@EACH_PAGE
def test_a_page_is_450_to_800_words_long(page: Node) -> None:
    assert 450 <= len(shown_words(page)) <= 800


@EACH_PAGE
def test_care_cards_are_marked_as_in_recorded_replies(page: Node) -> None:
    for card in cards(page):
        found = CARD_TEXT.fullmatch(card["text"])
        assert found
        assert card["identifier"] == "5"
        heading = html.unescape(found[2])
        demands = {"non-urgent": r"GP", "urgent": r"111|urgent", "immediate": r"999|A&E"}
        assert re.search(demands[card["name"]], heading)
        assert heading.endswith(":")
        assert "<ul><li>" in found[3]


@EACH_PAGE
def test_each_card_is_repeated_under_its_topic_with_a_plain_headline(page: Node) -> None:
    topics = {
        (part["identifier"], part["headline"], tuple(words(part["text"])))
        for topic in page["hasPart"]
        for part in topic["hasPart"]
        if "identifier" in part
    }
    for card in cards(page):
        _, heading, text = CARD_TEXT.fullmatch(card["text"]).groups()  # type: ignore[union-attr]
        assert (CARDS[card["name"]], html.unescape(heading), tuple(words(text))) in {
            (level, headline, _respaced(tokens, words(text))) for level, headline, tokens in topics
        }


def _respaced(tokens: tuple[str, ...], wanted: list[str]) -> tuple[str, ...]:
    """``wanted`` if the tokens differ from it only in spacing, for topics put links on their own lines."""
    return tuple(wanted) if "".join(tokens) == "".join(wanted) else tokens


@EACH_PAGE
def test_a_card_that_is_a_section_of_its_own_has_the_aspect_of_its_level(page: Node) -> None:
    for section in page["mainEntityOfPage"]:
        names = [part["name"] for part in section.get("hasPart", [])]
        if names and names[0] in CARDS and "headline" not in section:
            assert section["hasHealthAspect"] == f"http://schema.org/{CARD_ASPECTS[names[0]]}HealthAspect"


@pytest.mark.parametrize(("level", "least"), [("non-urgent", 34), ("urgent", 26), ("immediate", 24)])
def test_care_levels_occur_often_enough(level: str, least: int) -> None:
    assert pages_where(lambda page: level in {card["name"] for card in cards(page)}) >= least


def test_self_care_occurs_often_enough() -> None:
    aspect = "http://schema.org/SelfCareHealthAspect"
    assert pages_where(lambda page: aspect in {topic["hasHealthAspect"] for topic in page["hasPart"]}) >= 24


@EACH_PAGE
def test_markup_is_well_formed(page: Node) -> None:
    for node in nodes(page["mainEntityOfPage"] + page["hasPart"]):
        balance = Balance()
        balance.feed(markup(node))
        assert balance.open == []


def test_the_known_traps_are_inside() -> None:
    every = [(page, part) for page in PAGES.values() for part in body(page)]
    raw = {name: " ".join(markup(part) for part in body(page)) for name, page in PAGES.items()}
    assert all(sum(entity in text for text in raw.values()) >= 10 for entity in ("&nbsp;", "&amp;", "&#39;"))
    assert sum("<table" in text for text in raw.values()) >= 2
    assert sum("<ol><li>" in text for text in raw.values()) >= 3
    assert sum('<a href="https://www.nhs.uk/' in text for text in raw.values()) >= 20
    assert sum(part.get("headline", "").endswith("?") for _, part in every) >= 20
    assert sum("Page last reviewed:" in text for text in raw.values()) >= 5
    assert sum(part.get("@type") == "Question" for _, part in every) >= 2
    assert any(
        section.get("hasPart") == [] for page in PAGES.values() for section in page["mainEntityOfPage"]
    )


def test_pictures_are_third_parties_and_have_no_text() -> None:
    pictures = [node for page in PAGES.values() for node in nodes(page) if node.get("@type") == "ImageObject"]
    assert len(pictures) >= 9
    assert all(
        "text" not in picture and picture["provider"] == "Example Picture Library" for picture in pictures
    )


@EACH_PAGE
def test_the_review_line_agrees_with_the_review_dates(page: Node) -> None:
    last, due = (f"{datetime.fromisoformat(date):%d %B %Y}" for date in page["lastReviewed"])
    for part in body(page):
        if "Page last reviewed:" in part.get("text", ""):
            line = f"<p>Page last reviewed: {last}<br/>Next review due: {due}</p>"
            assert part["text"] == line


def test_pages_do_not_repeat_each_other() -> None:
    """No run of 16 words occurs in 2 pages: the text is written page by page, not from a template."""
    runs = {name: shingles(prose_words(page), 16) for name, page in PAGES.items()}
    shared = {(a, b): runs[a] & runs[b] for a, b in itertools.combinations(runs, 2) if runs[a] & runs[b]}
    assert shared == {}


@pytest.mark.real_data
def test_no_sentence_is_copied_from_recorded_pages(real_data: Path) -> None:
    recorded: set[tuple[str, ...]] = set()
    for file in (real_data / "nhs").glob("*.json"):
        for node in nodes(json.loads(file.read_text(encoding="utf-8"))):
            for field in ("text", "description", "headline"):
                if isinstance(node.get(field), str):
                    recorded |= shingles(words(node[field]), 12)
    own = {name: shingles(prose_words(page), 12) & recorded for name, page in PAGES.items()}
    assert {name: runs for name, runs in own.items() if runs} == {}


@pytest.mark.real_data
def test_fields_of_a_page_are_those_of_a_recorded_page(real_data: Path) -> None:
    recorded = json.loads((real_data / "nhs" / "conditions-acne-no-params.json").read_text(encoding="utf-8"))
    fields = (set(recorded) | {"headline"}) - {"alternativeHeadline"}
    assert all(set(page) == fields for page in PAGES.values())
