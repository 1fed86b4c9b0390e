"""Keys out of everything that is stored or shown."""

from __future__ import annotations

import base64
import json
import random
import re
import string
import time
import traceback
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.redaction import PUT_IN_PLACE, Secrets, secrets_of_environment, told_without_keys

KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@given(key=KEYS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_spelling_of_a_key_stays(key: str, before: str, after: str) -> None:
    secrets = Secrets([key])
    quoted = json.dumps(key)[1:-1]
    for spelling in (
        key,
        quote(key, safe=""),
        quote_plus(key),
        quoted,
        key.upper(),
        key.lower(),
        quote(key, safe="").lower(),
        json.dumps(quoted)[1:-1],
        "".join(f"\\x{ord(letter):02x}" for letter in key),
    ):
        assert spelling not in secrets.text(f"{before}{spelling}{after}")
        assert spelling.encode() not in secrets.body(f"{before}{spelling}{after}".encode())
        assert spelling not in secrets.url(f"https://example.org/{spelling}?q={spelling}")


@given(text=st.text().filter(lambda text: "?" not in text and "api" not in text.lower()))
def test_other_text_stays_as_it_is(text: str) -> None:
    secrets = Secrets(["a-key-that-is-long"])
    assert secrets.text(text) == text
    assert secrets.body(text.encode()) == text.encode()


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://api.fda.gov/x?search=a+b&api_key=K&limit=1", "https://api.fda.gov/x?search=a+b&limit=1"),
        ("https://e.org/x?API_KEY=K", "https://e.org/x"),
        ("https://e.org/x?email=me%40e.org&tool=t", "https://e.org/x?tool=t"),
        ("https://e.org/x?q=%5B2024+TO+2025%5D", "https://e.org/x?q=%5B2024+TO+2025%5D"),
        ("https://name:pass%40word@mirror.example/x?q=1", "https://mirror.example/x?q=1"),
        ("https://name@mirror.example/x", "https://mirror.example/x"),
        ("https://e.org/x@2?q=a@b", "https://e.org/x@2?q=a@b"),
        ("http://127.0.0.1:4711/fda/x?q=1", "sandbox:/fda/x?q=1"),
        ("http://localhost:4711/nhs/", "sandbox:/nhs/"),
    ],
)
def test_a_url_is_stored_without_private_parameters_and_ports(url: str, stored: str) -> None:
    assert Secrets().url(url) == stored
    assert stored.startswith("sandbox:") or Secrets().text(f"of {url} it") == f"of {stored} it"


def test_ncbi_tells_the_callers_key_or_address_and_it_is_not_repeated() -> None:
    body = '{"error":"API rate limit exceeded","api-key":"203.0.113.7","count":"4"}'
    assert Secrets().text(body) == body.replace("203.0.113.7", PUT_IN_PLACE)


def test_urls_inside_a_message_lose_their_keys() -> None:
    text = "Max retries exceeded with url: /entrez/esearch.fcgi?term=x&api_key=SECRET (Caused by …)"
    assert Secrets().text(text) == "Max retries exceeded with url: /entrez/esearch.fcgi?term=x (Caused by …)"


@pytest.mark.parametrize("unit", ["/", "http://", "://a:", "https://a", "?/", "/?a=b&"])
def test_a_long_run_is_read_in_proportion(unit: str) -> None:
    begun = time.process_time()
    Secrets(["0123456789abcdef"]).text(unit * (200_000 // len(unit)))
    assert time.process_time() - begun < 10  # a square takes minutes


@given(
    key=st.binary(min_size=8, max_size=40).map(lambda data: data.hex()),
    before=st.binary(max_size=5),
    after=st.binary(max_size=5),
)
def test_a_key_inside_base64_does_not_stay(key: str, before: bytes, after: bytes) -> None:
    """At most four letters at either end, which also hold what stands beside the key, stay."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        left = Secrets([key]).text(encode(before + key.encode() + after).decode())
        assert PUT_IN_PLACE in left
        assert len(left) < len(PUT_IN_PLACE) + 4 * (len(before + after) // 3 + 4)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "said", ["sk/Test-9+Key=42", "SK%2FTEST-9%2BKEY%3D42", base64.b64encode(b"sk/Test-9+Key=42").decode()]
)
def test_a_key_does_not_stay_in_a_wide_encoding(said: str, encoding: str) -> None:
    left = Secrets(["sk/Test-9+Key=42"]).body(f'{{"error": "{said}"}}'.encode(encoding))
    assert PUT_IN_PLACE.encode() in left
    assert len(left.replace(b"\0", b"")) < 40


def _each(form: str, text: str) -> str:
    return "".join(form.format(ord(character)) for character in text)


@pytest.mark.parametrize(
    "escaped",
    [
        pytest.param("sk/Te%73t-9+K%65y=42", id="letters in a URL"),
        pytest.param("sk%252FTest-9%252bKey%253D42", id="a URL within a URL"),
        pytest.param("sk/Test-9\\u002bKey\\u003D42", id="JSON that is safe within HTML"),
        pytest.param("sk/Test-9\\\\u002bKey\\\\u003d42", id="JSON within JSON"),
        pytest.param("sk&#x2F;Test-9&#43;Key&#061;42", id="HTML"),
        pytest.param("sk&sol;Test-9&PLUS;Key&equals;42", id="names of HTML"),
        pytest.param(_each("%{:02x}", "sk/Test-9+Key=42"), id="all of a URL"),
        pytest.param(_each("\\u{:04x}", "sk/Test-9+Key=42"), id="all of JSON"),
    ],
)
def test_a_key_does_not_stay_with_some_characters_escaped(escaped: str) -> None:
    secrets = Secrets(["sk/Test-9+Key=42"])
    assert secrets.text(f"refused: {escaped}!") == f"refused: {PUT_IN_PLACE}!"
    assert secrets.body(f"refused: {escaped}!".encode()) == f"refused: {PUT_IN_PLACE}!".encode()


WHOLE = "sk/Test-9+Key=42"
SPELLINGS = {
    "backwards": WHOLE[::-1],
    "backwards in a URL": quote(WHOLE[::-1], safe=""),
    "base32": base64.b32encode(WHOLE.encode()).decode(),
    "base32 in lower case": base64.b32encode(WHOLE.encode()).decode().lower(),
    "base32 of more": base64.b32encode(b"ab" + WHOLE.encode() + b"c").decode(),
    "base64 backwards": base64.b64encode(WHOLE[::-1].encode()).decode(),
    "base64 of UTF-16": base64.b64encode(WHOLE.encode("utf-16-le")).decode(),
    "base64 of a URL": base64.b64encode(quote(WHOLE, safe="").encode()).decode(),
    "base64 of a URL with small digits": base64.b64encode(b"sk%2fTest-9%2bKey%3d42").decode(),
    "base64 of a form": base64.urlsafe_b64encode(f"me:{quote_plus(WHOLE)}".encode()).decode(),
    "base64 of a URL within a URL": base64.b64encode(quote(quote(WHOLE, safe=""), safe="").encode()).decode(),
    "base64 of all of a URL": base64.b64encode("".join(f"%{ord(letter):02x}" for letter in WHOLE).encode()).decode(),
    "base64 of all of JSON": base64.b64encode("".join(f"\\u{ord(letter):04x}" for letter in WHOLE).encode()).decode(),
    "base64 in capitals": base64.b64encode(WHOLE.upper().encode()).decode(),
    "base64 of base64": base64.b64encode(base64.b64encode(WHOLE.encode())).decode(),
    "base64 of a URL in a URL": quote(base64.b64encode(b"ab" + quote(WHOLE, safe="").encode()), safe=""),
    "hexadecimal of a URL": quote(WHOLE, safe="").encode().hex(),
    "base64 in lines": "\r\n".join(re.findall(".{1,7}", base64.b64encode(WHOLE.encode()).decode())),
    "hexadecimal with colons": WHOLE.encode().hex(":").upper(),
    "hexadecimal with blanks": WHOLE.encode().hex(" "),
    "a line each": "\n".join(WHOLE),
    "a line end in JSON": f"{WHOLE[:6]}\\r\\n{WHOLE[6:]}",
    "a line end in HTML": f"{WHOLE[:6]}&#10;{WHOLE[6:]}",
    "a tag each": "".join(f"<i class='a'>{letter}</i>" for letter in WHOLE).removeprefix("<i class='a'>").removesuffix("</i>"),
    "an invisible character": "\u200b".join(WHOLE),
    "a soft hyphen": f"{WHOLE[:6]}\u00ad{WHOLE[6:]}",
    "a terminal's colours": f"{WHOLE[:6]}\x1b[31m{WHOLE[6:]}",
    "zero bytes": "\0".join(WHOLE),
}  # fmt: skip


@pytest.mark.parametrize("spelling", [pytest.param(value, id=name) for name, value in SPELLINGS.items()])
def test_a_key_does_not_stay_encoded_or_split(spelling: str) -> None:
    secrets = Secrets([WHOLE])
    for before, after in (("refused: ", "!"), ("key=", "&b=1"), ("<p>", "</p>")):
        left = secrets.text(f"{before}{spelling}{after}")
        assert PUT_IN_PLACE in left
        # Letters at the ends that hold more than the key, or nothing, stay.
        assert len(left) <= len(before) + len(PUT_IN_PLACE) + len(after) + 8
        assert secrets.stand_in(f"{before}{spelling}{after}")
        if not {"\x1b", "\u00ad", "\u200b"} & set(spelling):
            assert PUT_IN_PLACE.encode() in secrets.body(f"{before}{spelling}{after}".encode("utf-16"))


def test_a_key_is_found_wherever_a_long_body_is_cut_for_the_search() -> None:
    secrets, split = Secrets([WHOLE]), "<b></b>".join(WHOLE)
    for at in ((1 << 18) - len(split) - 1, (1 << 18) - 20, 1 << 18):
        body = b"x" * at + split.encode() + b"y" * 9
        assert secrets.body(body) == b"x" * at + PUT_IN_PLACE.encode() + b"y" * 9


@pytest.mark.parametrize("lengths", [(36, 38, 40, 40), (1_000,)])
def test_many_keys_and_long_ones_are_looked_for_in_time_and_without_a_word(
    lengths: tuple[int, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    letters = random.Random(7)
    keys = ["".join(letters.choices(string.ascii_letters + string.digits, k=length)) for length in lengths]
    body = "".join(letters.choices(string.printable, k=1 << 17))
    secrets = Secrets(keys)
    secrets.stand_in(body[:100])  # what is made at the first search
    began = time.process_time()
    assert not secrets.stand_in(body)
    assert time.process_time() - began < 0.5
    for key in keys:
        for spelling in ("\u00ad".join(key), base64.b64encode(key.encode()).decode(), key.encode().hex(":")):
            assert PUT_IN_PLACE in secrets.text(f"{body[:500]}{spelling}.")
    assert capfd.readouterr().err == ""


def test_what_is_shorter_than_a_key_is_a_word() -> None:
    """vLLM's own examples want the key EMPTY, and a teacher may say it of a stomach."""
    assert Secrets(["EMPTY"]).body(b"on an empty stomach") == b"on an empty stomach"


class Odd(Exception):
    """Made otherwise than its arguments tell."""

    def __init__(self, *, what: str) -> None:
        super().__init__(what)


@pytest.mark.parametrize("kind", [ValueError, OSError, lambda what: Odd(what=what)])
def test_what_is_raised_says_no_key_of_the_environment(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", WHOLE)

    def fail() -> None:
        try:
            raise RuntimeError(f"its cause says {WHOLE.lower()}")
        except RuntimeError as cause:
            raise kind(f"no {WHOLE}") from cause

    with pytest.raises(Exception, match=re.escape(f"no {PUT_IN_PLACE}")) as caught, told_without_keys():
        fail()
    assert not Secrets([WHOLE]).stand_in("".join(traceback.format_exception(caught.value)))
    assert kind not in (ValueError, OSError) or type(caught.value) is kind


def test_a_missing_file_stays_a_missing_file_though_its_name_holds_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", WHOLE)
    with pytest.raises(FileNotFoundError, match=re.escape(PUT_IN_PLACE)) as caught, told_without_keys():
        raise FileNotFoundError(2, "No such file", f"/store/{WHOLE}")
    assert caught.value.errno == 2
    assert not Secrets([WHOLE]).stand_in("".join(traceback.format_exception(caught.value)))


def test_name_and_password_before_any_host_are_left_out() -> None:
    said = Secrets().text("no answer of postgresql://medai:open-sesame@db.example:5432/runs")
    assert said == "no answer of postgresql://db.example:5432/runs"


def test_what_says_no_key_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", WHOLE)
    error = ValueError("another")
    with pytest.raises(ValueError, match="another") as caught, told_without_keys():
        raise error from KeyError("cause")
    assert caught.value is error
    assert isinstance(error.__cause__, KeyError)


@pytest.mark.parametrize(
    ("variable", "is_key"),
    [
        ("AWS_SECRET_ACCESS_KEY", True), ("AWS_ACCESS_KEY_ID", True), ("AWS_SESSION_TOKEN", True), ("HF_TOKEN", True),
        ("WANDB_API_KEY", True), ("MLFLOW_TRACKING_TOKEN", True), ("MLFLOW_TRACKING_PASSWORD", True), ("MEDAI_JUDGE_KEY", True),
        ("OPENLINEAGE_API_KEY", True), ("OPENLINEAGE__TRANSPORT__AUTH__APIKEY", True), ("MEDAI_SIGNING_PASSPHRASE", True),
        ("MEDAI_DATA", False), ("KEYBOARD", False), ("TOKENIZERS_PARALLELISM", False), ("MEDAI_TRUSTED_KEYS", False),
        ("PGPASSWORD", True), ("AZURE_STORAGE_CONNECTION_STRING", True), ("MEDAI_SIGNING_KEY", False),
    ],
)  # fmt: skip
def test_which_variables_hold_a_key(variable: str, is_key: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, WHOLE)
    assert secrets_of_environment().stand_in(f"refused: {WHOLE}") is is_key
