"""Collecting a person's files: what is kept, what is set aside and why, what is withdrawn, and what turns stale."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.sources.files import folder
from medai_assets.transport.errors import CollectionFailed
from medai_assets.withdrawals.current import Withdrawn
from medai_assets.withdrawals.table import publish_withdrawals
from medai_assets_tests.sources.files.conftest import PAIRS, Mine

FAQ = "id,q,a\n1,What is it?,It is this.\n2,Why is it?,It is so.\n"
LEAFLET = "# Ear drops\n\nWarm the bottle in your hand.\n"


def test_a_record_names_its_file_terms_and_content(mine: Mine) -> None:
    mine.sets(faq=("*.csv", "  columns: {id: id, question: q, answer: a, url: u, date: d, language: l}"))
    mine.write("faq.csv", "id,q,a,u,d,l,patient\n7,What?,This.,https://example.org/7,2026-03-01,en-GB,Ann\n")
    mine.collect("faq")
    (row,) = mine.rows("faq", "records")
    digest = hashlib.sha256((mine.folder / "faq.csv").read_bytes()).hexdigest()
    assert row["record_id"] == "files:faq/7"
    assert (row["licence"], row["attribution"]) == ("CC-BY-4.0", "Riverside Clinic")
    assert row["request"] == f"files:/faq/faq.csv#sha256={digest}"
    assert (row["url"], row["updated_at"], row["language"]) == ("https://example.org/7", "2026-03-01", "en")
    assert row["version"] == row["payload_sha256"][:16]
    assert "Ann" not in row["payload"], "a column that nobody named is kept"


def test_a_record_without_an_address_of_its_own_tells_its_file_not_the_machines_folders(mine: Mine) -> None:
    mine.sets(leaflets=("leaflets/*.md", ""))
    mine.write("leaflets/ears.md", LEAFLET)
    mine.collect("leaflets")
    mine.write("leaflets/empty.md", "")
    mine.collect("leaflets")
    assert [row["url"] for row in mine.rows("leaflets", "records")] == ["leaflets/ears.md"]
    (mine.folder / "leaflets" / "ears.md").unlink()
    mine.collect("leaflets")
    told = [mine.rows("leaflets", table) for table in ("records", "rejected", "withdrawals")]
    assert [len(rows) for rows in told] == [0, 1, 1]
    assert str(mine.folder.parent) not in repr(told)


def test_a_row_without_an_id_keeps_its_name_when_others_come_before_it(mine: Mine) -> None:
    mine.sets(faq=("*.csv", "  columns: {question: q, answer: a}"))
    mine.write("faq.csv", "q,a\nWhy?,So.\n")
    mine.collect("faq")
    (before,) = mine.ids("faq")
    mine.write("faq.csv", "q,a\nWhat?,This.\nWhy?,So.\n")
    mine.collect("faq")
    assert before in mine.ids("faq")


def test_bad_rows_are_set_aside_with_what_to_do_and_the_run_goes_on(mine: Mine) -> None:
    rows = [
        {"id": 1, "q": "What?", "a": "This."},
        {"id": 1, "q": "Again?", "a": "That."},
        {"id": "2", "q": "What?", "a": "  "},
        {"id": "", "q": "What?", "a": "This."},
        {"id": "3", "q": ["What?"], "a": "This."},
        {"id": "4", "q": "What?", "a": 12},
        {"id": "5", "q": "What?"},
        {"id": 6.0, "q": "How?", "a": "Thus."},
    ]
    mine.sets(faq=("*.jsonl", PAIRS))
    mine.write("faq.jsonl", "\n".join([*map(json.dumps, rows), "{broken"]))
    report = mine.collect("faq")
    assert mine.ids("faq") == ["1", "6"]
    assert report.rejected_reasons == {
        "duplicate id": 1, "no answer": 2, "no id": 1, "nested value": 1, "not text": 1, "not JSON": 1,
    }  # fmt: skip
    assert (
        "duplicate id",
        "faq.jsonl row 2: files:faq/1 is already the id of faq.jsonl row 1; give each row an id of its own",
    ) in (mine.rejected("faq"))


def test_too_many_bad_rows_end_the_slice_with_what_to_do_about_the_first(mine: Mine) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    mine.write("faq.csv", FAQ.replace("so", "so – täglich").encode("windows-1252"))
    careful = mine.settings.model_copy(update={"max_rejected_share": 0.05})
    told = r"wrong encoding \(1; the first: faq.csv row 3: save the file as UTF-8, or say in files.yaml.*Mend the rows"
    with pytest.raises(CollectionFailed, match=told) as failed:
        mine.collect("faq", settings=careful)
    assert "upstream" not in str(failed.value)


def test_a_parquet_file_of_another_program_is_read(mine: Mine) -> None:
    table = pa.table(
        {
            "id": pa.array([1.0, 2.0, float("nan")]),
            "q": ["What?", "Why?", "Who?"],
            "a": pa.array(["This.", "So.", "I."], pa.dictionary(pa.int8(), pa.string())),
            "d": [datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)] * 3,
        }
    )
    mine.sets(faq=("*.parquet", "  columns: {id: id, question: q, answer: a, date: d}"))
    pq.write_table(table, mine.folder / "faq.parquet")
    mine.collect("faq")
    assert mine.ids("faq") == ["1", "2"]
    assert [reason for reason, _ in mine.rejected("faq")] == ["no id"]
    assert {row["updated_at"] for row in mine.rows("faq", "records")} == {"2026-03-01"}


def test_ids_that_a_program_has_rounded_are_set_aside(mine: Mine) -> None:
    mine.sets(faq=("*.jsonl", PAIRS))
    row = '{{"id": {}, "q": "What is it?", "a": "It is this."}}\n'
    mine.write(
        "faq.jsonl", "".join(map(row.format, ["7", "12345678901234567890123", "1e400", "9007199254740993"]))
    )
    mine.collect("faq")
    assert mine.ids("faq") == ["7", "9007199254740993"]
    assert [reason for reason, _ in mine.rejected("faq")] == ["rounded number", "not JSON"]


def test_a_moment_that_names_a_row_is_its_whole_name(mine: Mine) -> None:
    moments = pa.array([1_000, 2_000], pa.timestamp("ms"))
    mine.sets(faq=("*.parquet", PAIRS))
    pq.write_table(
        pa.table({"id": moments, "q": ["What?", "Why?"], "a": ["This.", "So."]}), mine.folder / "faq.parquet"
    )
    mine.collect("faq")
    assert mine.ids("faq") == ["1970-01-01T00:00:01", "1970-01-01T00:00:02"]


@pytest.mark.parametrize("name", ["faq.csv", "faq.jsonl", "faq.parquet"])
def test_a_set_whose_files_hold_nothing_is_no_fresh_slice(mine: Mine, name: str) -> None:
    mine.sets(faq=(name, PAIRS))
    path = mine.write(name, "id,q,a\n" if name.endswith("csv") else "")
    if name.endswith("parquet"):
        pq.write_table(pa.table({n: pa.array([], pa.string()) for n in ("id", "q", "a")}), path)
    with pytest.raises(CollectionFailed, match=f"there is no row in {name}"):
        mine.collect("faq")


def test_what_a_library_says_of_a_damaged_file_holds_no_control_characters(mine: Mine) -> None:
    mine.sets(faq=("*.parquet", PAIRS))
    path = mine.folder / "faq.parquet"
    pq.write_table(pa.table({"id": ["1"], "q": ["What?"], "a": ["This."]}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-280] + b"\x0f" * 20 + whole[-260:])
    with pytest.raises(CollectionFailed, match=r"faq\.parquet: it is damaged") as told:
        mine.collect("faq")
    assert str(told.value).isprintable()


def test_a_document_too_large_to_read_is_not_even_copied(mine: Mine) -> None:
    mine.sets(leaflets=("*.txt", ""))
    mine.write("sound.txt", "Fever is a body temperature above the usual range.")
    with mine.write("huge.txt", "Words ").open("r+") as file:
        file.truncate(1 << 40)  # a hole: it takes no place on the disk, its copy would
    mine.collect("leaflets")
    assert mine.ids("leaflets") == ["sound.txt"]
    assert [reason for reason, _ in mine.rejected("leaflets")] == ["too large"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("deep.html", "<div>" * 60_000, id="elements that never close"),
        pytest.param("list.html", "<ul><li>" * 60_000, id="lists in lists"),
        pytest.param("head.md", "---\n" + "".join(f"name{n}: x\n" for n in range(60_000)) + "---\nText", id="a long head"),
        pytest.param("head.md", "---\na: " + "[" * 3_000 + "\n---\nText", id="a deep head"),
    ],
)  # fmt: skip
def test_a_document_that_would_take_minutes_is_set_aside_at_once(mine: Mine, name: str, content: str) -> None:
    mine.sets(leaflets=(f"*.{name.rsplit('.')[-1]}", ""))
    mine.write(name, content)
    begun = time.process_time()
    mine.collect("leaflets")
    assert time.process_time() - begun < 1
    assert [reason for reason, _ in mine.rejected("leaflets")] == ["unreadable document"]


def test_documents_that_cannot_be_read_are_set_aside_by_their_name(mine: Mine) -> None:
    mine.sets(leaflets=("*.md", ""))
    mine.write("good.md", LEAFLET)
    mine.write("empty.md", " \n")
    mine.write("head.md", "---\ntitle: [\n---\nText.\n")
    mine.write("latin.md", "Für Ohren".encode("windows-1252"))
    mine.write("deep.md", "<div>" * 2_000 + "x")
    mine.write("huge.md", "x" * (5 << 20))
    report = mine.collect("leaflets")
    assert mine.ids("leaflets") == ["good.md"]
    assert report.rejected_reasons == {
        "no text": 1,
        "unreadable document": 2,
        "wrong encoding": 1,
        "too large": 1,
    }
    assert any(
        "latin.md: it is not utf-8; save the file as UTF-8" in detail
        for _, detail in mine.rejected("leaflets")
    )


def test_a_file_that_is_damaged_as_a_whole_ends_the_slice_by_name_and_the_version_before_stays(
    mine: Mine,
) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    mine.write("faq.csv", FAQ)
    mine.collect("faq")
    mine.write("faq.csv", FAQ.replace("q,a", "question,a"))
    with pytest.raises(
        CollectionFailed, match=r"files faq: faq.csv: there is no column 'q'.*Name in files.yaml"
    ):
        mine.collect("faq")
    assert mine.ids("faq") == ["1", "2"]


def test_a_file_that_changes_while_it_is_read_ends_the_slice(
    mine: Mine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    path = mine.write("faq.csv", FAQ)
    copied = folder.Folder._is_copied

    def appended(self: folder.Folder, found: folder.Found, to: Path, size: int) -> bool:
        is_copied = copied(self, found, to, size)
        with path.open("a") as writer:
            writer.write("3,Who?,I.\n")
        return is_copied

    monkeypatch.setattr(folder.Folder, "_is_copied", appended)
    with pytest.raises(CollectionFailed, match=r"faq.csv changed while it was read; run it again"):
        mine.collect("faq")


def test_nothing_outside_the_folder_is_read(mine: Mine, tmp_path: Path) -> None:
    secret, other = tmp_path / "secret.md", tmp_path / "other"
    secret.write_text("A secret.")
    other.mkdir()
    (other / "secret.md").write_text("A secret.")
    mine.sets(leaflets=("**/*.md", ""))
    mine.write("good.md", LEAFLET)
    (mine.folder / "link.md").symlink_to(secret)
    (mine.folder / "gone.md").symlink_to(tmp_path / "nowhere")
    (mine.folder / "loop.md").symlink_to("loop.md")
    (mine.folder / "folder").symlink_to(other)
    (mine.folder / "inner.md").symlink_to("good.md")
    os.mkfifo(mine.folder / "pipe.md")
    mine.collect("leaflets")
    assert mine.ids("leaflets") == ["good.md", "inner.md"]
    assert {reason for reason, _ in mine.rejected("leaflets")} == {"not a file of this folder"}
    assert any(
        "link.md: a link that leads out of the folder" in detail for _, detail in mine.rejected("leaflets")
    )
    assert len(mine.rejected("leaflets")) == 5


def test_a_file_whose_name_is_no_text_is_set_aside_and_costs_no_other(mine: Mine) -> None:
    """As a disk of another system may bring it."""
    mine.sets(leaflets=("d/*.md", ""))
    mine.write("d/good.md", LEAFLET)
    for name in (b"caf\xe9.md", b"\xff\x9b31m.md"):
        try:
            Path(os.fsdecode(bytes(mine.folder) + b"/d/" + name)).write_text(LEAFLET)
        except OSError:
            pytest.skip("this file system takes no such name")
    Path(os.fsdecode(bytes(mine.folder) + b"/d/fol\xff")).symlink_to(mine.folder.parent)
    report = mine.collect("leaflets")
    assert report.counts == {"records": 1, "rejected": 3, "withdrawals": 0}
    told = [detail for _, detail in mine.rejected("leaflets")]
    assert sum("its name is not UTF-8; rename it" in detail for detail in told) == 2
    assert all(detail.isprintable() for detail in told)
    assert mine.fingerprint("leaflets")


def test_hidden_files_and_those_an_office_program_keeps_open_are_left_out(mine: Mine) -> None:
    mine.sets(faq=("**/*.csv", PAIRS))
    for name in ("faq.csv", ".faq.csv", "~$faq.csv", ".git/faq.csv"):
        mine.write(name, FAQ)
    mine.collect("faq")
    assert mine.ids("faq") == ["1", "2"]
    assert mine.rejected("faq") == []


def test_a_folder_that_is_not_there_is_told_and_nothing_is_withdrawn(mine: Mine) -> None:
    mine.sets(faq=("*.csv", f"{PAIRS}\n  folder: below"))
    mine.write("below/faq.csv", FAQ)
    mine.collect("faq")
    (mine.folder / "below").rename(mine.folder / "moved")
    with pytest.raises(CollectionFailed, match=r"there is no folder .*below; is its disk mounted"):
        mine.collect("faq")
    assert mine.ids("faq") == ["1", "2"]


def test_a_set_that_never_had_a_file_is_told(mine: Mine) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    with pytest.raises(CollectionFailed, match=r"nothing below .*mine is called \*.csv"):
        mine.collect("faq")


# withdrawals


def withdrawn(mine: Mine, name: str = "faq") -> list[str]:
    return sorted(row["record_id"] for row in mine.rows(name, "withdrawals"))


def test_what_a_removed_file_held_is_withdrawn_until_it_is_back(mine: Mine) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    mine.write("a.csv", FAQ)
    second = mine.write("b.csv", "id,q,a\n3,Who?,I.\n")
    mine.collect("faq")
    assert withdrawn(mine) == []

    second.unlink()
    mine.collect("faq")
    assert (mine.ids("faq"), withdrawn(mine)) == (["1", "2"], ["files:faq/3"])
    (row,) = mine.rows("faq", "withdrawals")
    assert (row["kind"], row["reported_by"], row["evidence"]) == ("deletion", "files", "files:/faq/b.csv")

    assert mine.collect("faq").unchanged, "a withdrawal is told once and stays"
    assert withdrawn(mine) == ["files:faq/3"]

    mine.write("c.csv", "id,q,a\n3,Who?,I.\n")
    mine.collect("faq")
    assert (mine.ids("faq"), withdrawn(mine)) == (["1", "2", "3"], [])


def test_of_a_version_that_names_files_by_their_place_on_a_machine_withdrawals_are_told_without_it(
    mine: Mine, tmp_path: Path
) -> None:
    mine.sets(faq=("**/*.csv", PAIRS))
    for name in ("a.csv", "deep/b.csv", "deep/c.csv"):
        mine.write(name, f"id,q,a\n{name},Who?,I.\n")
    mine.collect("faq")
    last = mine.store.require("raw_files", "faq")
    with mine.store.draft("raw_files", "faq") as draft:
        for table in ("records", "rejected", "withdrawals"):
            rows = last.table(table).to_pylist()
            for row in rows:
                row["request"] = row["request"].replace("files:/faq", str(mine.folder))
            if table == "withdrawals":
                evidence = f"{tmp_path}/before/it/was/moved.csv"
                rows = [dict.fromkeys(last.table(table).column_names, "x") | {"evidence": evidence}]
            draft.write_table(table, pa.Table.from_pylist(rows, last.table(table).schema))
        draft.publish(code_version="1")
    mine.write("deep/b.csv", "id,q,a\n,Who?,I.\n")
    (mine.folder / "deep" / "c.csv").unlink()
    mine.collect("faq")
    assert mine.ids("faq") == ["a.csv"]
    assert {row["record_id"]: row["evidence"] for row in mine.rows("faq", "withdrawals")} == {
        "x": "files:/faq/moved.csv",
        "files:faq/deep/c.csv": "files:/faq/deep/c.csv",
    }, "what may still stand in a file is not withdrawn, and no place on a machine is told"


def test_a_withdrawal_reaches_the_table_of_all(mine: Mine) -> None:
    mine.sets(leaflets=("*.md", ""))
    mine.write("a.md", LEAFLET)
    gone = mine.write("b.md", LEAFLET)
    mine.collect("leaflets")
    gone.unlink()
    raw = mine.collect("leaflets").stored
    publishing: dict[str, Any] = {"code_version": "1", "inputs": [], "run_id": ""}
    publish_withdrawals(mine.store, [raw], mine.settings.take_downs_file, publishing)
    reason = Withdrawn.now(mine.store).reason("files:leaflets/b.md", "any version")
    assert reason == "deletion: no longer in its file, or the file is gone"


def test_a_row_taken_out_is_withdrawn_and_an_edited_one_is_not(mine: Mine) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    mine.write("faq.csv", FAQ)
    mine.collect("faq")
    mine.write("faq.csv", "id,q,a\n2,Why is it?,It is otherwise.\n")
    mine.collect("faq")
    assert withdrawn(mine) == ["files:faq/1"]


def test_a_row_that_cannot_be_read_any_more_withdraws_nothing_of_its_file(mine: Mine) -> None:
    mine.sets(faq=("*.jsonl", PAIRS))
    lines = ['{"id": "1", "q": "What?", "a": "This."}', '{"id": "2", "q": "Why?", "a": "So."}']
    mine.write("faq.jsonl", "\n".join(lines))
    mine.collect("faq")
    mine.write("faq.jsonl", f"{lines[0]}\n{lines[1][:-1]}")
    mine.collect("faq")
    assert (mine.ids("faq"), withdrawn(mine)) == (["1"], [])


def test_a_document_that_cannot_be_read_any_more_is_not_withdrawn(mine: Mine) -> None:
    mine.sets(leaflets=("*.md", ""))
    mine.write("a.md", LEAFLET)
    mine.write("b.md", LEAFLET)
    mine.collect("leaflets")
    mine.write("b.md", "Für".encode("windows-1252"))
    mine.collect("leaflets")
    assert (mine.ids("leaflets"), withdrawn(mine, "leaflets")) == (["a.md"], [])


def test_a_large_loss_is_refused_until_it_is_accepted(mine: Mine) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    path = mine.write("faq.csv", FAQ)
    mine.collect("faq")
    path.unlink()
    careful = mine.settings.model_copy(update={"max_shrink_share": 0.2})
    with pytest.raises(CollectionFailed, match="--accept-shrinkage"):
        mine.collect("faq", settings=careful)
    mine.collect("faq", settings=careful, force_shrink=True)
    assert (mine.ids("faq"), withdrawn(mine)) == ([], ["files:faq/1", "files:faq/2"])


def test_a_limit_withdraws_nothing_and_is_only_the_persons_own(mine: Mine) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    mine.write("faq.csv", "id,q,a\n" + "".join(f"{n},What?,This.\n" for n in range(700)))
    live = mine.settings.model_copy(update={"profile": "live"})
    assert mine.collect("faq", settings=live).counts["records"] == 700
    assert mine.collect("faq", settings=live.model_copy(update={"slice_limit": 10})).counts == {
        "records": 10, "rejected": 0, "withdrawals": 0,
    }  # fmt: skip


# what turns stale


@pytest.mark.parametrize("profile", ["sample", "live"])
def test_an_edit_is_seen_by_its_set_and_by_no_other(mine: Mine, profile: str) -> None:
    mine.settings = mine.settings.model_copy(update={"profile": profile})
    mine.sets(faq=("*.csv", PAIRS), leaflets=("*.md", ""))
    path = mine.write("faq.csv", FAQ)
    mine.write("a.md", LEAFLET)
    faq, leaflets = mine.fingerprint("faq"), mine.fingerprint("leaflets")
    mine.write("faq.csv", FAQ.replace("this", "that"))
    assert mine.fingerprint("faq") != faq
    assert mine.fingerprint("leaflets") == leaflets
    mine.write("faq.csv", FAQ)
    os.utime(path, (1, 1))
    assert mine.fingerprint("faq") == faq, "the content counts, not the day of the file"
    mine.write("unrelated.txt", "x")
    mine.write("b.csv", FAQ)
    assert mine.fingerprint("faq") != faq
    assert mine.fingerprint("leaflets") == leaflets


def test_a_folder_that_is_moved_with_its_yaml_changes_nothing(mine: Mine, tmp_path: Path) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    mine.write("faq.csv", FAQ)
    mine.collect("faq")
    before = mine.fingerprint("faq")
    mine.folder = mine.folder.rename(tmp_path / "elsewhere")
    mine.settings = mine.settings.model_copy(update={"files": str(mine.folder)})
    assert mine.fingerprint("faq") == before
    assert mine.collect("faq").unchanged


# an object store


@pytest.fixture
def bucket() -> Iterator[str]:
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/faq.csv", FAQ.encode())
    store.pipe("/bucket/deep/b.csv", b"id,q,a\n3,Who?,I.\n")
    yield "memory://bucket"
    store.rm("/bucket", recursive=True)


def test_an_object_store_is_read_like_a_folder(mine: Mine, bucket: str) -> None:
    mine.sets(faq=("**/*.csv", f"{PAIRS}\n  folder: {bucket}"))
    mine.collect("faq")
    assert mine.ids("faq") == ["1", "2", "3"]
    assert {row["request"].partition("#")[0] for row in mine.rows("faq", "records")} == {
        f"{bucket}/faq.csv",
        f"{bucket}/deep/b.csv",
    }
    before = mine.fingerprint("faq")
    fsspec.filesystem("memory").rm("/bucket/deep/b.csv")
    assert mine.fingerprint("faq") != before
    mine.collect("faq")
    assert withdrawn(mine) == ["files:faq/3"]


def test_an_object_store_that_cannot_be_had_is_told(mine: Mine) -> None:
    mine.sets(faq=("*.csv", f"{PAIRS}\n  folder: memory://nowhere"))
    with pytest.raises(CollectionFailed, match="there is nothing below memory://nowhere"):
        mine.collect("faq")
