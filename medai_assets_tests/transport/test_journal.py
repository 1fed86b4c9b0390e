"""The journal: what has come once is not asked for again, and what is damaged, old or of another question does not count."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.files import read_hashed, write_hashed
from medai_assets.transport.errors import (
    CollectionFailed,
    Misread,
    ReplyInvalid,
    UpstreamRefused,
    UpstreamUnavailable,
)
from medai_assets.transport.journal import Journal, remove
from medai_assets.transport.reply import Download, Reply, headers

IDENTITY = {"query": "q1", "limit": None}


def a_reply(body: bytes) -> Reply:
    facts = headers({"Link": '<x>; rel="next"'})
    return Reply("fda", 200, facts, body, "sandbox:/x", datetime.now(UTC))


def never() -> Reply:
    raise AssertionError("asked again")


def never_fetched(to: Path) -> Download:
    raise AssertionError("asked again")


def written(path: Path, body: bytes) -> Download:
    path.write_bytes(body)
    return Download("sandbox:/f", len(body), hashlib.md5(body).hexdigest(), datetime.now(UTC))


@given(body=st.binary(), name=st.text(min_size=1))
def test_a_kept_reply_comes_back_as_it_was(
    body: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journal") / "slice"
    with Journal(folder, IDENTITY) as journal:
        first = journal.reply(name, lambda: a_reply(body))
    with Journal(folder, IDENTITY) as journal:
        again = journal.reply(name, never)
        assert journal.replayed == 1
    assert again == first
    assert again.headers["link"] == '<x>; rel="next"'


def test_names_that_look_alike_are_kept_apart(tmp_path: Path) -> None:
    with Journal(tmp_path / "s", IDENTITY) as journal:
        for number, name in enumerate(["a/b", "a_b", "a:b", "../a", "x" * 300, "x" * 301]):
            assert journal.reply(name, lambda n=number: a_reply(b"%d" % n)).body == b"%d" % number
    assert all(path.parent == tmp_path / "s" for path in (tmp_path / "s").rglob("*"))


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    def breaks(path: Path) -> Download:
        path.write_bytes(b"half")
        raise UpstreamUnavailable("fda", "u", "cut")

    with Journal(tmp_path / "s", IDENTITY) as journal:
        with pytest.raises(UpstreamUnavailable):
            journal.file("part", breaks)
        path = journal.file("part", lambda to: written(to, b"whole"))
        assert path.read_bytes() == b"whole"
    with Journal(tmp_path / "s", IDENTITY) as journal:
        assert journal.file("part", breaks) == path
        assert journal.download("part").bytes == len(b"whole")
        journal.forget("part")
        with pytest.raises(KeyError, match="no file 'part'"):
            journal.download("part")


RIGHT = b"as it came" * 20
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda held: held[:-1],
    "empty": lambda held: b"",
    "other JSON": lambda held: b"null\n" + held,
    "a bit of its head": lambda held: held[:90] + bytes([held[90] ^ 1]) + held[91:],
    "its last bit": lambda held: held[:-1] + bytes([held[-1] ^ 1]),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", [".reply", ".facts", "file"])
def test_a_damaged_entry_is_asked_for_again(tmp_path: Path, kind: str, damage: str) -> None:
    with Journal(tmp_path / "s", IDENTITY) as journal:
        journal.reply("one", lambda: a_reply(RIGHT))
        file = journal.file("two", lambda to: written(to, RIGHT))
    path = file if kind == "file" else next((tmp_path / "s").glob(f"*{kind}"))
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with Journal(tmp_path / "s", IDENTITY) as journal:
        assert journal.reply("one", lambda: a_reply(RIGHT)).body == RIGHT
        assert journal.file("two", lambda to: written(to, RIGHT)).read_bytes() == RIGHT
        assert journal.download("two").bytes == len(RIGHT)
        assert journal.replayed == 1, "the other one"


@pytest.mark.parametrize(
    "changed",
    [
        {"retrieved_at": "soon"},
        {"retrieved_at": 7},
        {"retrieved_at": "0001-01-01T00:00:00"},
        {"retrieved_at": "2031-01-01T00:00:00+00:00"},
        {"url": None, "address": "sandbox:/x"},
        {"url": 7},
        {"place": None},
    ],
    ids=str,
)
def test_an_entry_of_another_form_is_asked_for_again_though_its_hash_is_right(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    """As another version of this program may have left it."""
    with Journal(tmp_path / "s", IDENTITY) as journal:
        journal.reply("one", lambda: a_reply(RIGHT))
        journal.file("two", lambda to: written(to, RIGHT))
    for path in (*(tmp_path / "s").glob("*.reply"), *(tmp_path / "s").glob("*.facts")):
        head, _, body = (read_hashed(path) or b"").partition(b"\n")
        facts = {name: value for name, value in (json.loads(head) | changed).items() if value is not None}
        write_hashed(path, json.dumps(facts).encode() + b"\n" + body)
    with Journal(tmp_path / "s", IDENTITY) as journal:
        assert journal.reply("one", lambda: a_reply(RIGHT)).body == RIGHT
        assert journal.file("two", lambda to: written(to, RIGHT)).read_bytes() == RIGHT
        assert journal.replayed == 0


def test_what_lies_under_the_name_of_another_is_asked_for_again(tmp_path: Path) -> None:
    with Journal(tmp_path / "s", IDENTITY) as journal:
        for name in ("one", "two"):
            journal.reply(name, lambda name=name: a_reply(name.encode()))
            journal.file(f"file {name}", lambda to, name=name: written(to, name.encode()))
    for suffix in (".reply", ".facts", ""):
        first, second = sorted(
            path for path in (tmp_path / "s").iterdir() if path.suffix == suffix and "-" in path.name
        )
        aside = first.rename(tmp_path / "aside")
        second.rename(first)
        aside.rename(second)
    with Journal(tmp_path / "s", IDENTITY) as journal:
        for name in ("one", "two"):
            assert journal.reply(name, lambda: a_reply(b"asked")).body == b"asked"
            assert journal.file(f"file {name}", lambda to: written(to, b"asked")).read_bytes() == b"asked"


def test_what_was_received_for_another_slice_or_question_is_asked_for_again(tmp_path: Path) -> None:
    """Entries, and a whole journal with its identity, copied to the place of another."""
    for folder, identity in (("a", IDENTITY), ("b", IDENTITY), ("c", {"query": "q2", "limit": None})):
        with Journal(tmp_path / folder, identity) as journal:
            journal.reply("one", lambda: a_reply(b"of a"))
            journal.file("two", lambda to: written(to, b"of a"))
    shutil.rmtree(tmp_path / "b")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    for path in (tmp_path / "a").glob("*-*"):
        shutil.copy2(path, tmp_path / "c")
    for folder, identity in (("b", IDENTITY), ("c", {"query": "q2", "limit": None})):
        with Journal(tmp_path / folder, identity) as journal:
            assert journal.reply("one", lambda: a_reply(b"now")).body == b"now"
            assert journal.file("two", lambda to: written(to, b"now")).read_bytes() == b"now"
            assert journal.replayed == 0


@pytest.mark.parametrize("from_scratch", [False, True])
def test_a_linked_journal_is_not_believed_and_what_it_leads_to_stays(
    tmp_path: Path, from_scratch: bool
) -> None:
    with Journal(tmp_path / "s", IDENTITY) as journal:
        journal.reply("one", lambda: a_reply(b"before"))
    (tmp_path / "s").rename(tmp_path / "elsewhere")
    (tmp_path / "s").symlink_to(tmp_path / "elsewhere")
    with Journal(tmp_path / "s", IDENTITY, from_scratch=from_scratch) as journal:
        assert journal.reply("one", lambda: a_reply(b"now")).body == b"now"
        journal.clear()
    assert len(list((tmp_path / "elsewhere").iterdir())) == 2


def test_a_folder_or_a_link_where_a_file_belongs_gives_way(tmp_path: Path) -> None:
    def kept() -> tuple[bytes, bytes]:
        with Journal(tmp_path / "s", IDENTITY) as journal:
            reply, file = (
                journal.reply("one", lambda: a_reply(RIGHT)),
                journal.file("two", lambda to: written(to, RIGHT)),
            )
            return reply.body, file.read_bytes()

    kept()
    mine = tmp_path / "mine"
    mine.write_text("not to be touched")
    names = [path.name for path in (tmp_path / "s").iterdir()]
    names += [
        f"{name}{suffix}"
        for name in names
        if name.endswith("two")
        for suffix in (".arriving", ".arriving.part")
    ]
    for name in names:
        for put in (
            lambda at: (at / "deep").mkdir(parents=True),
            lambda at: at.symlink_to(mine),
            lambda at: at.symlink_to(at),
        ):
            remove(tmp_path / "s" / name)
            put(tmp_path / "s" / name)
            assert kept() == (RIGHT, RIGHT)
    assert mine.read_text() == "not to be touched"


def test_of_several_files_only_the_one_that_was_misread_is_fetched_again(tmp_path: Path) -> None:
    def named(name: str) -> Callable[[Path], Download]:
        return lambda to: replace(written(to, name.encode()), url=f"sandbox:/{name}")

    def collect(error: Exception | None) -> int:
        with Journal(tmp_path / "s", IDENTITY) as journal, journal.shared(tmp_path / "all", {}, 0) as shared:
            for name in ("f1", "f2"):
                journal.file(name, named(name))
                shared.file(name, named(name))
            journal.reply("list", lambda: a_reply(b"list"))
            if error:
                raise error
            return journal.replayed + shared.replayed

    for error, left in (
        (ReplyInvalid("pubmed_bulk", "sandbox:/f2", "no PubMed file"), 2),
        (ReplyInvalid("pubmed_bulk", "sandbox:/list", "not the list"), 0),
        (UpstreamUnavailable("pubmed_bulk", "sandbox:/f2", "cut"), 5),
    ):
        with pytest.raises(type(error)):
            collect(error)
        assert collect(None) == left

    def too_much_was_wrong_when_all_of_it_was_read() -> None:
        with Journal(tmp_path / "s", IDENTITY) as journal:
            with journal.shared(tmp_path / "all", {}, 0) as shared:
                assert shared.file("f1", named("f1")).read_bytes() == b"f1"
            raise Misread("too much of it")

    with pytest.raises(Misread):
        too_much_was_wrong_when_all_of_it_was_read()
    with Journal(tmp_path / "all", {}) as shared:
        shared.file("f1", named("f1"))
        assert shared.replayed == 0


@pytest.mark.parametrize(
    ("identity", "hours"),
    [({"query": "q2", "limit": None}, 0), ({"query": "q1", "limit": 5}, 0), (IDENTITY, 25), (IDENTITY, -2)],
)
def test_another_question_or_an_old_answer_does_not_count(
    identity: dict, hours: float, tmp_path: Path
) -> None:
    with Journal(tmp_path / "s", IDENTITY) as journal:
        journal.reply("one", lambda: a_reply(b"before"))
    with Journal(tmp_path / "s", identity, clock=lambda: time.time() + hours * 3600) as journal:
        assert journal.reply("one", lambda: a_reply(b"now")).body == b"now"
        assert journal.replayed == 0


def test_a_published_slice_leaves_nothing(tmp_path: Path) -> None:
    with Journal(tmp_path / "s", IDENTITY) as journal:
        journal.reply("one", lambda: a_reply(b"x"))
        journal.clear()
    assert not (tmp_path / "s").exists()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from medai_assets.transport.journal import Journal\n"
        "with Journal(Path(sys.argv[1]), {}): print('in', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "s")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout
    assert other.stdout.readline() == "in\n"
    with (
        pytest.raises(CollectionFailed, match="another process is collecting s"),
        Journal(tmp_path / "s", {}),
    ):
        pass
    other.kill()
    other.communicate()
    with Journal(tmp_path / "s", {}, wait=5):
        assert os.getpid()


@pytest.mark.parametrize(
    ("error", "is_kept"),
    [
        (ReplyInvalid("cdc", "u", "no topics"), False),
        (UpstreamRefused("cdc", "u", "there is no topic 'flu'"), False),
        (Misread("nothing could be read"), False),
        (KeyError("results"), False),
        (UpstreamUnavailable("cdc", "u", "busy"), True),
        (UpstreamRefused("cdc", "u", "answered 403", status=403), True),
        (CollectionFailed("only 3 records where there were 10"), True),
        (KeyboardInterrupt(), True),
        (OSError("the disk is full"), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_replies_that_led_to_a_failure_to_read_are_not_kept(
    error: BaseException, is_kept: bool, tmp_path: Path
) -> None:
    def ended() -> None:
        with Journal(tmp_path / "s", IDENTITY) as journal:
            journal.reply("one", lambda: a_reply(b"before"))
            journal.file("two", lambda to: written(to, b"before"))
            raise error

    with pytest.raises(type(error)):
        ended()
    with Journal(tmp_path / "s", IDENTITY) as journal:
        kept = b"before" if is_kept else b"now"
        assert journal.reply("one", lambda: a_reply(b"now")).body == kept
        assert journal.file("two", lambda to: written(to, b"now")).read_bytes() == kept


def test_a_reply_that_could_not_be_had_costs_none_of_those_before(tmp_path: Path) -> None:
    """What the client refused while it asked was never kept."""

    def wrong() -> Reply:
        raise ReplyInvalid("cdc", "u", "the reply is not JSON")

    def ended() -> None:
        with Journal(tmp_path / "s", IDENTITY) as journal:
            journal.reply("one", lambda: a_reply(b"before"))
            journal.reply("two", wrong)

    with pytest.raises(ReplyInvalid):
        ended()
    with Journal(tmp_path / "s", IDENTITY) as journal:
        assert journal.reply("one", never).body == b"before"


def test_a_file_that_is_not_as_listed_costs_the_list_and_no_other_file(tmp_path: Path) -> None:
    """Its size and digest stand in a reply that may be the wrong one of the two."""

    def differs(to: Path) -> Download:
        raise ReplyInvalid("hub", "sandbox:/two", "the file has 7 bytes, the hub lists 8")

    def ended() -> None:
        with Journal(tmp_path / "s", IDENTITY) as journal, journal.shared(tmp_path / "all", {}, 0) as shared:
            journal.reply("list", lambda: a_reply(b"before"))
            journal.file("one", lambda to: written(to, b"before"))
            shared.file("archive", lambda to: written(to, b"before"))
            journal.file("two", differs)

    with pytest.raises(ReplyInvalid):
        ended()
    with Journal(tmp_path / "s", IDENTITY) as journal, journal.shared(tmp_path / "all", {}, 0) as shared:
        assert (
            journal.file("one", never_fetched).read_bytes()
            == shared.file("archive", never_fetched).read_bytes()
            == b"before"
        )
        assert journal.reply("list", lambda: a_reply(b"now")).body == b"now"


def test_a_reply_is_as_old_as_when_it_came(tmp_path: Path) -> None:
    """Also when the slice was tried again and again since."""
    hours = 20
    for tries in range(3):
        with Journal(
            tmp_path / "s", IDENTITY, clock=lambda tries=tries: time.time() + tries * hours * 3600
        ) as journal:
            journal.reply(f"try {tries}", lambda: a_reply(b"x"))
            body = journal.reply("one", lambda tries=tries: a_reply(b"now" if tries else b"before")).body
    assert body == b"now"


def test_from_scratch_uses_nothing_of_before(tmp_path: Path) -> None:
    with Journal(tmp_path / "s", IDENTITY) as journal:
        journal.reply("one", lambda: a_reply(b"before"))
    with Journal(tmp_path / "s", IDENTITY, from_scratch=True) as journal:
        assert journal.reply("one", lambda: a_reply(b"now")).body == b"now"
        assert journal.replayed == 0
