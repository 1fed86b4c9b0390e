"""``files.yaml``: what it may say, and what is told of everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.graph.graph import Graph
from medai_assets.settings import Settings
from medai_assets.sources.registry import find_slice, slices
from medai_assets_tests.sources.files.conftest import PAIRS, Mine


def test_each_set_is_a_slice(mine: Mine) -> None:
    mine.sets(leaflets=("*.md", ""), faq=("*.csv", PAIRS))
    assert [one.key for one in slices("files", mine.settings)] == ["leaflets", "faq"]


@pytest.mark.parametrize("profile", ["sample", "live"])
def test_the_source_is_in_the_graph_where_a_person_names_files(mine: Mine, profile: str) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    graph = Graph(mine.settings.model_copy(update={"profile": profile}))
    assert graph.partitions("raw_files") == ["faq"]
    assert "files" in graph.partitions("processed_corpus")


def test_live_has_no_such_source_until_then_and_sample_shows_one(tmp_path: Path) -> None:
    live = Graph(Settings(data=str(tmp_path), profile="live"))
    assert "raw_files" not in live.nodes
    assert "files" not in live.partitions("processed_corpus")
    assert Graph(Settings(data=str(tmp_path))).partitions("raw_files") == ["clinic-faq", "clinic-leaflets"]


def test_asking_for_it_before_it_is_named_says_how(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MEDAI_FILES"):
        _ = Graph(Settings(data=str(tmp_path), profile="live", sources=("files",))).sources


def test_the_config_folder_may_hold_the_file(mine: Mine, tmp_path: Path) -> None:
    mine.sets(faq=("*.csv", PAIRS))
    assert find_slice("files", "faq", Settings(data=str(tmp_path), config=mine.folder))


def test_what_a_set_is_called_decides_nothing_else_does(mine: Mine) -> None:
    def query(further: str) -> str:
        mine.sets(faq=("*.csv", f"{PAIRS}\n{further}"))
        return find_slice("files", "faq", mine.settings).query_digest

    assert query("  title: Questions") == query("  title: Other words")
    assert len({query(""), query("  subject: asthma"), query("  traits: [question_answer]")}) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("faq:\n  file: a.csv", "there is no setting 'file'; did you mean files"),
        ("faq:\n  licence: MIT", "faq.files: Field required"),
        ("faq: a.csv", "faq must hold settings"),
        ("Our FAQ: {files: a.csv}", "needs a name of a-z"),
        ("faq: {files: a.csv, licence: GPL}", "'GPL' is not a licence that is described here; choose one of"),
        ("faq: {files: a.docx}", "files that are read end in .csv"),
        ("faq: {files: ../a.csv}", "below the folder"),
        ("faq: {files: /etc/a.csv}", "below the folder"),
        ("faq: {files: a.csv, folder: ../b}", "write the full path"),
        ("faq: {files: a.csv, folder: 'https://example.org/x'}", "neither a folder nor an object store"),
        ("faq: {files: a.csv, folder: 'zip://x::s3://y/z.zip'}", "neither a folder nor an object store"),
        ("faq: {files: a.csv, columns: {questoin: q}}", "columns.questoin: Extra inputs"),
        ("faq: {files: a.csv, columns: {question: q}}", "name both"),
        ("faq: {files: a.csv}", "columns must name text, or question and answer"),
        ("faq: {files: [a.csv, b.md]}", "need a set each"),
        ("faq: {files: a.md, traits: [question_answer]}", "needs columns for question and answer"),
        ("faq: {files: a.md, traits: [label]}", "traits.0"),
        ("faq: {files: a.md, audience: doctors}", "audience"),
        ("faq: {files: a.md, encoding: ebcdic-7}", "there is no encoding 'ebcdic-7'"),
        ("faq: {files: a.md}\nfaq: {files: b.md}", "is set twice"),
    ],
)  # fmt: skip
def test_what_it_may_not_say_is_told_with_the_place(mine: Mine, text: str, told: str) -> None:
    sound = {"licence": "MIT", "attribution": "us", "audience": "consumer"}
    if text.endswith("}") and "\n" not in text:
        missing = [f"{name}: {value}" for name, value in sound.items() if f"{name}:" not in text]
        text = f"{text[:-1]}, {', '.join(missing)}}}"
    mine.write("files.yaml", text)
    with pytest.raises(ValueError, match=r"files\.yaml") as refused:
        slices("files", mine.settings)
    assert told in str(refused.value)


def test_a_folder_without_the_file_says_what_is_missing(mine: Mine) -> None:
    with pytest.raises(ValueError, match=r"files.yaml cannot be read: No such file.*docs/your_own_files.md"):
        slices("files", mine.settings)


def test_an_object_store_is_named_in_a_set_not_in_the_setting(mine: Mine) -> None:
    with pytest.raises(ValueError, match="as the folder of a set"):
        slices("files", mine.settings.model_copy(update={"files": "s3://bucket/mine"}))
