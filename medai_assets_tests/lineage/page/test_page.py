"""The lineage page over real HTTP requests: search, walk both ways, marks, and nothing that a stranger could use."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator

import httpx
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from medai_assets.foundation.guard import LOOPBACK, Guard
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.page.app import create_app
from medai_assets.lineage.page.files import MOST_BYTES
from medai_assets.lineage.page.page_context import PAGE_ROWS
from medai_assets.lineage.taint import mark_models
from medai_assets.reviews.history import add_reviews, latest_verdicts
from medai_assets.reviews.reviewers import FILE, dismiss, invite
from medai_assets.sources.take_down_history import take_back, withdraw
from medai_assets.sources.take_downs import add_take_down, remove_take_down
from medai_assets_tests.lineage.library import BASE_MODEL, Library

OWN = "http://127.0.0.1:3070"


@pytest.fixture(scope="module")
def page(settled: Library) -> Iterator[TestClient]:
    with TestClient(create_app(settled.settings), base_url=OWN) as client:
        yield client


def client_of(library: Library) -> TestClient:
    return TestClient(create_app(library.settings), base_url=OWN)


def links(text: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="(/[^"]*)"', text)]


def follow(page: TestClient, text: str, beginning: str) -> str:
    """The text of the first page that is linked and whose address begins so."""
    link = next(link for link in links(text) if link.startswith(beginning))
    reply = page.get(link)
    assert reply.status_code == 200, link
    return reply.text


def test_the_walk_from_adapter_to_publisher(page: TestClient, settled: Library) -> None:
    adapter = settled.store.require("lora_adapter", BASE_MODEL)
    text = page.get(f"/version/lora_adapter/{BASE_MODEL}/{adapter.data_version}").text
    text = follow(page, text, "/version/training_examples/_/")
    text = follow(page, text, "/version/instruction_dataset/_/")
    assert "11" in text
    text = page.get("/search?q=metformin").text
    text = follow(page, text, "/example/")
    assert "<mark>Take metformin with meals.</mark>" in text
    text = follow(page, text, "/passage/")
    text = follow(page, text, "/record/fda%3Aaaa")
    assert 'href="https://labels.example.org/aaa"' in text
    assert "CC0-1.0" in text


def test_the_walk_back_from_record_to_adapter(page: TestClient) -> None:
    text = page.get("/record/fda:aaa").text
    assert follow(page, text, "/passage/")
    assert follow(page, text, "/example/")
    assert f"lora_adapter[{BASE_MODEL}]" in follow(page, text, "/version/lora_adapter/")


def test_every_link_on_every_page_leads_somewhere(page: TestClient) -> None:
    seen, waiting = (
        set(),
        ["/", "/versions", "/search?q=ibuprofen", "/slice/fda/2024", "/source/nhs", "/withdrawals"],
    )
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        reply = page.get(address)
        assert reply.status_code == 200, address
        waiting += links(reply.text)
    assert len(seen) > 40


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("fda:aaa", "/record/fda%3Aaaa"),
        ("https://labels.example.org/aaa", "/record/fda%3Aaaa"),
        ("nhs:/symptoms/cough", "/record/nhs%3A%2Fsymptoms%2Fcough"),
        ("fda:aaa@1", "/record/fda%3Aaaa"),
        ("raw_fda[2024]", "/slice/fda/2024"),
        ("nhs", "/source/nhs"),
    ],
)
def test_an_id_or_an_address_leads_straight_to_its_page(page: TestClient, words: str, address: str) -> None:
    reply = page.get("/search", params={"q": words}, follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, address)
    assert page.get(address).status_code == 200


def test_a_drug_is_offered_as_a_subject(page: TestClient) -> None:
    text = page.get("/search?q=ibuprofen").text
    assert "4 examples" in text
    assert follow(page, text, "/search?about=ibuprofen").count("/example/") == 4


@pytest.mark.parametrize(
    "address",
    ["/example/nope", "/passage/nope", "/record/fda:zzz", "/slice/fda/1999", "/source/moon", "/nowhere",
     "/version/lora_adapter/_/0", "/?dataset=zzz"],
)  # fmt: skip
def test_what_is_not_there_is_said_on_a_page(page: TestClient, address: str) -> None:
    reply = page.get(address)
    assert reply.status_code == 404
    assert "That is not here" in reply.text


def test_every_reply_forbids_scripts_frames_and_other_hosts(page: TestClient) -> None:
    for address in ("/", "/nowhere", "/static/style.css"):
        policy = page.get(address).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy


def test_a_page_elsewhere_cannot_read_it_by_another_name(page: TestClient) -> None:
    assert page.get("/", headers={"host": "evil.example.org"}).status_code == 421


def test_only_reading_is_possible(page: TestClient) -> None:
    assert page.post("/").status_code == 405
    assert page.delete("/versions").status_code == 405


def test_files_outside_the_static_folder_are_out_of_reach(page: TestClient) -> None:
    assert page.get("/static/..%2fapp.py").status_code == 404


def test_nothing_is_fetched_from_elsewhere(page: TestClient) -> None:
    text = page.get("/").text
    assert re.findall(r'(?:src|action)="(?!/)', text) == []
    assert "<script" not in text


def test_what_publishers_wrote_is_escaped(library: Library) -> None:
    library.texts["fda:aaa"] = "<img src=x onerror=alert(1)> Take with meals. Then <b>stop</b>."
    library.materialize()
    page = client_of(library)
    text = follow(page, page.get("/record/fda:aaa").text, "/passage/")
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text
    assert "<script>" not in page.get("/search", params={"q": "<script>alert(1)</script>"}).text


def test_an_address_that_is_no_web_address_is_text_only(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "_url", lambda self, source, record_id: "javascript:alert(1)")
    library.materialize()
    text = client_of(library).get("/record/fda:aaa").text
    assert "javascript:alert(1)" in text
    assert 'href="javascript' not in text


def test_withdrawn_and_tainted_are_marked(library: Library) -> None:
    library.materialize()
    library.withdrawn["fda:aaa"] = None
    library._withdrawals([])
    mark_models(library.store)
    page = client_of(library)
    adapter = library.store.require("lora_adapter", BASE_MODEL)
    assert "tainted: 1 withdrawn" in page.get("/").text
    assert "<b>Tainted:</b>" in page.get(f"/version/lora_adapter/{BASE_MODEL}/{adapter.data_version}").text
    record = page.get("/record/fda:aaa").text
    assert "is withdrawn" in record
    assert "fda:aaa is withdrawn" in follow(page, record, "/example/")


def test_the_words_on_a_withdrawal_follow_what_has_run_since(library: Library) -> None:
    """Asked, taken out, taken back, let in again; and one withdrawal is counted once, wherever it is written."""
    library.withdrawn["fda:bbb"] = None
    old = library.materialize()
    file, page = library.settings.take_downs_file, client_of(library)

    def told(address: str = "/record/fda:aaa") -> str:
        page.app = create_app(library.settings)  # a page keeps what it read of the store for seconds
        return page.get(address).text

    for record in ("fda:bbb", "fda:aaa"):
        add_take_down(file, record, "asked by its author", "A. Person")
    for address in ("/record/fda:aaa", "/withdrawals"):
        assert "The next run takes its text out." in told(address)
    assert "The next run takes its text out." in follow(page, told(), "/example/")

    library.withdrawn["fda:aaa"] = None
    library.materialize()
    assert "2 withdrawals" in told("/withdrawals")
    for address in ("/record/fda:aaa", f"/record/fda:aaa?dataset={old.data_version}", "/withdrawals"):
        assert "The current data set is made without it." in told(address)
        assert "The next run takes" not in told(address)

    remove_take_down(file, "fda:aaa")
    assert "Taken back; the next run lets it in again." in told("/withdrawals")
    assert "2 withdrawals, 1 taken back<" in told("/withdrawals")
    library.withdrawn.pop("fda:aaa")
    library.materialize()
    assert "1 withdrawal<" in told("/withdrawals")
    assert "withdrawn" not in told().split("<main")[1]


def test_a_record_is_shown_as_it_was_received(library: Library) -> None:
    library.texts["fda:aaa"] = "Take metformin <b>with meals</b>.\n\n  Do not crush."
    library.materialize()
    page = client_of(library)
    text = follow(page, page.get("/record/fda:aaa").text, "/copy/fda%3Aaaa")
    assert "Take metformin &lt;b&gt;with meals&lt;/b&gt;.\n\n  Do not crush." in text
    assert page.get("/copy/fda:zzz").status_code == 404


def test_a_withdrawn_record_is_not_shown_as_it_was_received(library: Library) -> None:
    library.materialize()
    add_take_down(library.settings.take_downs_file, "fda:aaa", "asked by its author", "A. Person")
    page = client_of(library)
    assert "/copy/" not in page.get("/record/fda:aaa").text
    assert page.get("/copy/fda:aaa").status_code == 404


def test_how_long_a_withdrawal_waited_is_shown(library: Library) -> None:
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    text = client_of(library).get("/withdrawals").text
    assert re.search(r">after 1 minute, [\d,]+ days after the day stated</td>", text)
    withdraw(library.store, library.settings.take_downs_file, "fda:bbb", "asked", "A. Person")
    text = client_of(library).get("/withdrawals").text
    assert ">waiting for 1 minute</td>" in text
    assert "for A. Person</td>" in text
    take_back(library.store, library.settings.take_downs_file, "fda:bbb")


def test_the_history_of_a_withdrawal_is_shown_whichever_host_made_it(library: Library) -> None:
    library.materialize()
    elsewhere = library.settings.profile_dir / "elsewhere.csv"
    withdraw(library.store, elsewhere, "fda:aaa", "asked by its author", "A. Person", "ticket 17")
    take_back(library.store, elsewhere, "fda:aaa", "a mistake")
    text = client_of(library).get("/withdrawals").text
    assert text.index("a mistake") < text.index("ticket 17")


def test_a_sample_names_no_page_of_a_publisher(library: Library) -> None:
    library.samples = True
    library.materialize()
    page = client_of(library)
    text = page.get("/record/fda:aaa").text
    assert "labels.example.org" not in text
    assert "none: a sample written for this project" in text
    assert "A sample written for this project" in follow(page, text, "/copy/fda%3Aaaa")


@pytest.mark.parametrize(("address", "row"), [("/records", "/record/"), ("/passages", "/passage/")])
def test_every_count_of_the_first_page_leads_to_as_many_rows(
    page: TestClient, settled: Library, monkeypatch: pytest.MonkeyPatch, address: str, row: str
) -> None:
    monkeypatch.setattr("medai_assets.lineage.page.rows.PAGE_ROWS", 4)
    monkeypatch.setattr("medai_assets.lineage.page.page_context.PAGE_ROWS", 4)
    numbers = re.findall(r"<dd>(.*?)</dd>", page.get("/").text)
    assert all(number.startswith("<a ") for number in numbers)
    (count,) = re.findall(rf'<a href="{address}">(\d+)</a>', page.get("/").text)
    listed: list[str] = []
    while address:
        text = page.get(address).text
        listed += re.findall(rf'<td><a href="{row}([^"]+)"', text)
        address = next((link for link in links(text) if f"page={len(listed) // 4 + 1}" in link), "")
    assert len(listed) == len(set(listed)) == int(count) > 4


def test_what_a_model_learned_is_listed_from_its_version(page: TestClient, settled: Library) -> None:
    adapter = settled.store.require("lora_adapter", BASE_MODEL)
    text = page.get(f"/version/lora_adapter/{BASE_MODEL}/{adapter.data_version}").text
    (count,) = re.findall(r"<dt>learned</dt><dd><a [^>]+>(\d+) examples</a>", text)
    assert f"<h1>{count} examples</h1>" in follow(page, text, "/examples?")


@pytest.mark.parametrize("address", ["/", "/search?q=metformin", "/record/fda:aaa", "/stale", "/nowhere"])
def test_every_page_of_the_sample_profile_says_so(page: TestClient, address: str) -> None:
    assert "Sample profile: what is marked" in page.get(address).text


def test_every_heading_of_a_column_says_that_it_is_one_and_numbers_name_theirs_in_a_narrow_window(
    page: TestClient,
) -> None:
    """So that a screen reader tells a cell's column."""
    (example_id, *_) = re.findall(r"/example/(\w+)", page.get("/examples").text)
    for address in (
        "/",
        "/search?q=ibuprofen",
        "/versions",
        "/slice/fda/2024",
        "/source/nhs",
        "/withdrawals",
        "/review",
        f"/example/{example_id}",
    ):
        text = page.get(address).text
        assert re.search(r"<th(?! scope=)[ >]", text) is None
        for table in re.findall(r'<table class="stack">.*?</table>', text, re.DOTALL):
            unnamed = re.search(r'<td class="number"(?! data-label=)', table)
            assert unnamed is None, (
                "in a narrow window no row of headings is seen, and a bare number tells nothing"
            )


def test_a_withdrawn_record_is_found_by_its_id(library: Library) -> None:
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    reply = client_of(library).get("/search?q=fda:aaa", follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, "/record/fda%3Aaaa")


def test_a_take_down_file_that_cannot_be_read_is_told_on_a_page(library: Library) -> None:
    library.materialize()
    library.settings.take_downs_file.write_bytes(
        b'record_id,reason,reported_by,reported_at\nfda:aaa,"x,me,\n'
    )
    with TestClient(create_app(library.settings), OWN, raise_server_exceptions=False) as page:
        reply = page.get("/record/fda:aaa")
    assert reply.status_code == 500
    assert "a quote is opened" in reply.text


def test_a_record_that_was_left_out_says_why_and_who_asked(library: Library) -> None:
    library.withdrawn["fda:aaa"] = None
    library.materialize()
    page = client_of(library)
    text = follow(page, page.get("/withdrawals").text, "/record/fda%3Aaaa")
    assert "the record is withdrawn" in text
    assert "A. Person" in text


def test_a_row_of_an_older_version_is_shown_there(library: Library) -> None:
    old = library.materialize()
    with Lineage.of(library.settings) as lineage:
        index = lineage.index(old)
        example = index.example_lines(index.numbers("SELECT n FROM example WHERE n = 0"))[0].example_id
    library.texts.pop("fda:aaa")
    library.materialize()
    page = client_of(library)
    text = page.get(f"/example/{example}").text
    assert "You are looking at data set version" in text
    assert all(old.data_version in link for link in links(text) if link.startswith("/passage/"))


def test_two_versions_are_compared_with_the_cause(library: Library) -> None:
    library.materialize()
    library.texts.pop("fda:aaa")
    library.materialize()
    text = client_of(library).get("/diff").text
    assert "raw_fda[2023]: records gone" in text


def test_with_one_version_there_is_nothing_to_compare(page: TestClient) -> None:
    reply = page.get("/diff")
    assert reply.status_code == 200
    assert "Nothing to compare yet" in reply.text


def test_a_record_names_the_models_that_learned_it_from_an_older_version(library: Library) -> None:
    library.materialize()
    library.texts.pop("fda:bbb")
    library.materialize(train=False)
    text = client_of(library).get("/record/fda:aaa").text
    assert f"lora_adapter[{BASE_MODEL}]" in text


def test_a_version_is_found_by_its_first_characters(page: TestClient, settled: Library) -> None:
    adapter = settled.store.require("lora_adapter", BASE_MODEL)
    for name in (adapter.data_version[:12], "current"):
        reply = page.get(f"/version/lora_adapter/{BASE_MODEL}/{name}")
        assert adapter.data_version in reply.text


def test_files_for_people_are_opened_and_can_do_nothing(library: Library) -> None:
    files = {
        "report.html": "<script>alert(1)</script>",
        "README.md": "# Card",
        "model.bin": "weights",
        "big.json": "x" * (MOST_BYTES + 1),
    }
    with library.store.draft("evaluation_report", BASE_MODEL) as draft:
        for name, text in files.items():
            draft.path(name).write_text(text)
        draft.publish(code_version="1")
    page = client_of(library)
    home = f"/file/evaluation_report/{BASE_MODEL}/current"
    report = page.get(f"{home}/report.html")
    assert report.headers["content-type"].startswith("text/html")
    policy = report.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert page.get(f"{home}/README.md").headers["content-type"].startswith("text/plain")
    for name in ("model.bin", "big.json", "manifest.json", "..%2F..%2Fcurrent.json", "nothing.html"):
        assert page.get(f"{home}/{name}").status_code == 404, name
    version = page.get(f"/version/evaluation_report/{BASE_MODEL}/current").text
    assert f'href="{home.replace("current", "")}' in version
    assert "model.bin" in version


def test_words_that_nothing_holds_and_very_long_ones_are_answered(page: TestClient) -> None:
    assert "No example holds all these words" in page.get("/search", params={"q": "zyxwv"}).text
    assert page.get("/search", params={"q": "metformin " * 2000}).status_code == 200
    assert "What are you looking for?" in page.get("/search").text


def test_long_lists_come_in_pages(library: Library) -> None:
    library.mixture["questions"] = PAGE_ROWS + 5
    library.materialize()
    page = client_of(library)
    first = page.get("/record/fda:aaa")
    assert first.text.count('href="/example/') == PAGE_ROWS
    second = page.get(next(link for link in links(first.text) if "page=2" in link))
    assert second.text.count('href="/example/') == 5


@pytest.mark.parametrize("page_number", ["0", "-1", "x", "99999999999999999999", "²"])
def test_a_strange_page_number_is_the_first_page(page: TestClient, page_number: str) -> None:
    assert page.get("/search", params={"q": "ibuprofen", "page": page_number}).status_code == 200


def test_an_empty_store_says_what_to_do(library: Library) -> None:
    assert "medai run" in client_of(library).get("/").text


def test_what_is_published_while_it_serves_appears(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medai_assets.lineage.page.page_context.FRESH_SECONDS", 0.0)
    library.materialize()
    page = client_of(library)
    assert "Metformin" in page.get("/record/fda:aaa").text
    library.texts.pop("fda:aaa")
    dataset = library.materialize()
    assert dataset.data_version[:12] in page.get("/").text


def read_by(client: TestClient, text: str, verdict: str, **headers: str) -> httpx.Response:
    """Send the form of the review page as a browser does."""
    (example_id,) = re.findall(r'name="example_id" value="(e[0-9a-f]{24})"', text)
    sent = {
        "example_id": example_id,
        "verdict": verdict,
        "reviewer": "A. Reader",
        "role": "clinician",
        "kind": "",
    }
    return client.post("/review", data=sent, headers={"Origin": OWN, **headers}, follow_redirects=False)


def test_an_example_after_the_other_is_read_and_said_to_be_right_or_not(library: Library) -> None:
    library.materialize()
    client = client_of(library)
    page = client.get("/review?kind=drug_information")
    # With "no-referrer" Chromium says that its form comes from "null", which the guard refuses.
    assert page.headers["Referrer-Policy"] == "same-origin"
    text = page.text
    assert "0 of 5" in text
    reply = read_by(client, text, "urgency")
    assert (reply.status_code, reply.headers["location"]) == (
        303,
        "/review?reviewer=A.+Reader&role=clinician",
    )
    assert read_by(client, client.get("/review?kind=drug_information").text, "approve").status_code == 303
    said = latest_verdicts(library.store)
    assert sorted((one["verdict"], one["fault"], one["reviewer"]) for one in said) == [
        ("approve", "", "A. Reader"), ("fault", "urgency", "A. Reader"),
    ]  # fmt: skip
    text = client.get("/review").text
    assert "2 of 5" in text
    assert "3 of 4" in text  # of those that stay: 5 without the one at fault, of which one was read


def test_another_page_enters_no_verdict_and_neither_do_words_that_mean_nothing(library: Library) -> None:
    library.materialize()
    client = client_of(library)
    text = client.get("/review").text
    assert read_by(client, text, "approve", Origin="https://evil.example").status_code == 403
    reply = read_by(client, text, "<script>")
    assert reply.status_code == 422
    assert "known are not_the_source" in reply.text
    assert "<script>" not in reply.text
    assert client.post("/review", data={"comment": "x" * 100_000}, headers={"Origin": OWN}).status_code == 413
    assert not latest_verdicts(library.store)


def test_a_sample_that_is_read_says_so(library: Library) -> None:
    library.materialize()
    rows = library.store.require("instruction_dataset").table("examples").to_pylist()
    said = {"verdict": "approve", "reviewer": "A. Reader", "role": "editor"}
    add_reviews(library.store, [{"example_id": row["example_id"], **said} for row in rows])
    assert "The sample is read" in client_of(library).get("/review").text


def test_an_example_asked_with_a_text_in_hand_is_shown_by_its_question(library: Library) -> None:
    library.in_hand = (
        "Answer from the text below alone.\n\n[1] Overdosage\nThe text in hand. " + "More. " * 60
    )
    library.materialize(train=False)
    client = client_of(library)
    listed = client.get("/examples?kind=drug_information").text
    assert "What should I know about" in listed
    assert "text in hand" not in listed
    text = follow(client, listed, "/example/")
    shown, _, folded = text.partition("<details>")
    assert re.search(r"<title>What should I .*<h1>What should I", shown, re.DOTALL)
    assert "The text in hand" not in shown
    assert "The text in hand" in folded.partition("</details>")[0]


def test_examples_are_narrowed_by_the_adapter_that_learned_them(library: Library) -> None:
    library.learns = lambda row: row["source"] == "fda"
    dataset = library.materialize()
    client = client_of(library)
    fda = sum(row["source"] == "fda" for row in dataset.table("examples").to_pylist())
    assert f'<option value="{BASE_MODEL}">{BASE_MODEL} ({fda})</option>' in client.get("/examples").text
    assert f"<h1>{fda} examples</h1>" in client.get(f"/examples?learned_by={BASE_MODEL}").text
    assert f'<a href="/examples?learned_by={BASE_MODEL}">{fda}</a>' in client.get("/").text
    assert "No example is all of this" in client.get("/examples?learned_by=qwen-7b").text
    lines = client.get(f"/examples.csv?learned_by={BASE_MODEL}").text.splitlines()
    assert sum(line.startswith("e") for line in lines[1:]) == fda
    stored = pq.read_table(io.BytesIO(client.get(f"/examples.parquet?learned_by={BASE_MODEL}").content))
    whole = dataset.table("examples")
    assert stored.equals(whole.filter(pc.equal(whole["source"], "fda")))


def test_a_verdict_is_that_of_the_person_whose_token_was_brought_whatever_name_is_sent(
    library: Library,
) -> None:
    library.materialize()
    folder = library.settings.profile_dir
    app = create_app(library.settings, "the-token-of-the-owner")
    owner, pharmacist = (TestClient(app, base_url=OWN) for _ in range(2))
    owner.get("/?token=the-token-of-the-owner")
    token = invite(folder, "B. Person", "pharmacist")
    text = pharmacist.get(f"/review?token={token}").text
    assert "You are B. Person, pharmacist." in text
    assert 'name="reviewer"' not in text
    assert read_by(pharmacist, text, "urgency").status_code == 303
    assert read_by(owner, owner.get("/review").text, "approve").status_code == 303
    said = [(one["reviewer"], one["role"]) for one in latest_verdicts(library.store)]
    assert sorted(said) == [("A. Reader", "clinician"), ("B. Person", "pharmacist")]

    invite(folder, "A. Reader", "clinician")
    refused = read_by(owner, owner.get("/review").text, "approve")
    assert refused.status_code == 422
    assert "A. Reader has a token of their own" in refused.text

    invite(folder, "B. Person", "pharmacist")
    assert pharmacist.get("/review").status_code == 401  # by the token before
    assert token not in (folder / FILE).read_text()
    assert (folder / FILE).stat().st_mode & 0o077 == 0


def test_of_two_people_in_one_browser_the_last_to_open_the_page_counts(library: Library) -> None:
    library.materialize()
    browser = TestClient(create_app(library.settings, "the-token-of-the-owner"), base_url=OWN)
    tokens = {name: invite(library.settings.profile_dir, name, "editor") for name in ("A. One", "B. Two")}
    for name, token in tokens.items():
        assert f"You are {name}, editor." in browser.get(f"/review?token={token}").text
    assert 'name="reviewer"' in browser.get("/review?token=the-token-of-the-owner").text


def test_a_damaged_file_of_tokens_keeps_nobody_out_but_those_it_named(library: Library) -> None:
    library.materialize()
    page = TestClient(create_app(library.settings, "the-token-of-the-owner"), base_url=OWN)
    (library.settings.profile_dir / FILE).write_text("{broken")
    assert page.get("/", headers={"Authorization": "Bearer another"}).status_code == 401
    owner = page.get("/review?token=the-token-of-the-owner")
    assert owner.status_code == 200
    refused = read_by(page, owner.text, "approve")
    assert refused.status_code == 422
    assert "invite the reviewers again" in refused.text


def test_a_dismissed_reviewer_reads_nothing_and_dagsters_page_knows_none(library: Library) -> None:
    library.materialize()
    folder = library.settings.profile_dir
    token = invite(folder, "A. One", "editor")
    page = TestClient(create_app(library.settings, "the-token-of-the-owner"), base_url=OWN)
    bearer = {"Authorization": f"Bearer {token}"}
    assert page.get("/", headers=bearer).status_code == 200
    dagster = TestClient(Guard(page.app, LOOPBACK, "the-token-of-the-owner"), base_url=OWN)
    assert dagster.get("/", headers=bearer).status_code == 401
    assert dismiss(folder, "A. One")
    assert page.get("/", headers=bearer).status_code == 401
