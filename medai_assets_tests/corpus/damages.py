"""Ways to damage a record: its characters, or its structure alone, so that a parser takes it and what reads it is tried."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import orjson
from lxml import etree

Damage = Callable[[str, random.Random], str]

DEEP = 3_000
MOST_ELEMENTS = 1_000  # of a record that is damaged further: repeats of repeats are only large
ODD = [
    "\x1b[2J",
    "\u202e",
    "\x00",
    "&#xD800;",
    "&#0;",
    "<b>" * 200,
    "</p>",
    "<!--",
    "]]>",
    "9" * 5_000,
    "&lt;p&gt;",
    "\u2028" * 50,
]
VALUES = [
    None,
    7,
    -1.5,
    True,
    [],
    {},
    [7],
    ["x", None],
    {"a": {"b": []}},
    "",
    " ",
    10**400,
    "9" * 5_000,
    ["\ud800"],
]
TEXTS = [
    "",
    " ",
    "9" * 5_000,
    "-",
    "\u202e",
    "<b>x",
    "&amp;lt;p&amp;gt;",
    "\u2028" * 50,
    "0",
    "2024-13-99",
    "x" * 30_000,
]


def bytes_changed(payload: str, choose: random.Random) -> str:
    data = bytearray(payload.encode("utf-8", "surrogatepass"))
    for _ in range(choose.randint(1, 8)):
        place = choose.randrange(len(data) or 1)
        data[place : place + choose.randint(0, 3)] = bytes(
            choose.randrange(256) for _ in range(choose.randint(0, 3))
        )
    return data.decode("utf-8", "replace")


def cut(payload: str, choose: random.Random) -> str:
    begin, end = sorted(choose.randrange(len(payload) + 1) for _ in range(2))
    return choose.choice(
        [payload[:end], payload[begin:], payload[:begin] + payload[end:], payload[begin:end] * 3]
    )


def odd_text(payload: str, choose: random.Random) -> str:
    place = choose.randrange(len(payload) + 1)
    return payload[:place] + choose.choice(ODD) + payload[place:]


def nested(payload: str, choose: random.Random) -> str:
    place = choose.randrange(len(payload) + 1)
    unit = choose.choice(["[", "{", "<div>", "<i>", '{"a":', "<AbstractText>", "("])
    return payload[:place] + unit * DEEP + payload[place:]


def encoded_otherwise(payload: str, choose: random.Random) -> str:
    """As it reads where its bytes were taken for another encoding, where its characters are escaped, or in another form."""
    data = payload.encode("utf-8", "replace")
    return choose.choice(
        [
            data.decode("latin-1"),
            data.decode("cp1252", "replace"),
            payload.encode("utf-16", "replace").decode("latin-1"),
            f"\ufeff{payload}",
            unicodedata.normalize(choose.choice(["NFD", "NFKD"]), payload),
            payload.encode("ascii", choose.choice(["xmlcharrefreplace", "backslashreplace"])).decode(),
            "".join(f"\\u{ord(sign) & 0xFFFF:04x}" if choose.random() < 0.1 else sign for sign in payload),
            payload.replace("e", choose.choice(["\\ud83d", "&#xDFFF;", "\uff45", "%65", "&eacute;"])),
        ]
    )


CHARACTERS: list[Damage] = [bytes_changed, cut, odd_text, nested, encoded_otherwise]


def structure_changed(payload: str, choose: random.Random) -> str:
    """One to three values or elements of a JSON or XML record changed; of any other record, characters."""
    try:
        held = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return _elements_changed(payload, choose)
    for _ in range(choose.randint(1, 3)):
        _value_changed(held, choose)
    try:
        return orjson.dumps(held).decode()
    except TypeError:  # a number or half a character that only a hostile writer writes
        return str(held).replace("'", '"').encode("utf-8", "replace").decode()


def _value_changed(node: Any, choose: random.Random) -> None:
    while isinstance(node, dict | list) and node:
        key = choose.choice(list(node)) if isinstance(node, dict) else choose.randrange(len(node))
        if not isinstance(node[key], dict | list) or choose.random() < 0.2:
            text = node[key] if isinstance(node[key], str) and choose.random() < 0.6 else None
            node[key] = choose.choice(CHARACTERS)(text, choose) if text else choose.choice(VALUES)
            return
        node = node[key]


def _elements_changed(payload: str, choose: random.Random) -> str:
    try:
        root = etree.fromstring(payload.encode())
    except (etree.XMLSyntaxError, ValueError):
        return choose.choice(CHARACTERS)(payload, choose)
    for _ in range(choose.randint(1, 3)):
        elements = [one for one in root.iter(etree.Element) if one is not root]
        if 0 < len(elements) < MOST_ELEMENTS:
            choose.choice(ELEMENT_DAMAGES)(choose.choice(elements), choose.choice(elements), choose)
    return etree.tostring(root, encoding="unicode")


def _drop(one: Any, other: Any, choose: random.Random) -> None:
    one.getparent().remove(one)


def _repeat(one: Any, other: Any, choose: random.Random) -> None:
    for _ in range(choose.choice([1, 2, 300])):
        one.addnext(deepcopy(one))


def _move(one: Any, other: Any, choose: random.Random) -> None:
    (other if choose.random() < 0.5 else other.getparent()).append(deepcopy(one))


def _rename(one: Any, other: Any, choose: random.Random) -> None:
    one.tag = choose.choice([other.tag, one.tag.lower(), f"{{urn:x}}{etree.QName(one).localname}", "x"])


def _say(one: Any, other: Any, choose: random.Random) -> None:
    one.text = choose.choice([*TEXTS, other.text])


def _tail(one: Any, other: Any, choose: random.Random) -> None:
    one.tail = choose.choice([*TEXTS, other.text])


def _attribute(one: Any, other: Any, choose: random.Random) -> None:
    if one.attrib and choose.random() < 0.4:
        del one.attrib[choose.choice(list(one.attrib))]
    else:
        named = choose.choice(list({**one.attrib, **other.attrib}) or ["x"])
        one.set(named, choose.choice(TEXTS))


def _comment(one: Any, other: Any, choose: random.Random) -> None:
    one.insert(0, choose.choice([etree.Comment("x"), etree.ProcessingInstruction("x", "y")]))


def _wrap(one: Any, other: Any, choose: random.Random) -> None:
    for _ in range(choose.choice([1, 3, 100, 400])):
        inner = etree.SubElement(one, other.tag)
        inner.text, one = one.text, inner


ELEMENT_DAMAGES = [_drop, _repeat, _move, _rename, _say, _tail, _attribute, _comment, _wrap]


def damaged(payload: str, choose: random.Random) -> str:
    """The record damaged in one way, three times of four in its structure."""
    return (structure_changed if choose.random() < 0.75 else choose.choice(CHARACTERS))(payload, choose)
