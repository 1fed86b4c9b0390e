"""The benchmarks start: what they import is installed, and both sides of a comparison read a small input alike."""

from __future__ import annotations

import ast
import gzip
import importlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from medai_assets_tests.conftest import REPOSITORY
from medai_assets_tests.sources.citations import article, citation_set
from medai_assets_tests.waiting import PATIENCE

pytestmark = pytest.mark.slow

FOLDER = REPOSITORY / "benchmarks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
FROM_THE_KIT = {"pubmed_parser"}  # imported from its wheel
OF_ITS_OWN = {"datatrove"}  # corpus_datatrove makes an environment for it
TEXT = "Drug X relieved pain in most adults, and was as safe as placebo over one year of treatment and follow-up."


def imported(name: str) -> set[str]:
    """Packages that a benchmark imports, also those within its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {module.partition(".")[0] for module in found}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_benchmark_imports_is_installed(name: str) -> None:
    """All of it comes with ``pip install -e .[bench]``, in a fresh clone too."""
    wanted = imported(name) - set(NAMES) - {"benchmarks"} - FROM_THE_KIT - OF_ITS_OWN
    missing = {package for package in wanted if importlib.util.find_spec(package) is None}
    if "torch" in missing:
        pytest.skip("the training stack is not installed here")
    assert missing == set()


def taken_from_others(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Functions of other benchmarks, by the name that this one calls them by."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (other := (node.module or "").rpartition(".")[2]) in NAMES:
            theirs = ast.parse((FOLDER / f"{other}.py").read_text()).body
            functions = {one.name: one for one in theirs if isinstance(one, ast.FunctionDef)}
            named = {alias.asname or alias.name: alias.name for alias in node.names}
            found |= {mine: functions[name] for mine, name in named.items() if name in functions}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_functions_of_another_benchmark_are_given_what_they_take(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    functions = taken_from_others(tree)
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if (function := functions.get(call.func.id)) is None:
            continue
        known, given = function.args, {keyword.arg for keyword in call.keywords}
        takes = [one.arg for one in known.args]
        missing = set(takes[len(call.args) : len(takes) - len(known.defaults)]) - given
        if not any(isinstance(one, ast.Starred) for one in call.args) and None not in given:
            assert missing == set(), f"line {call.lineno} calls {function.name} without them"
            assert known.vararg or len(call.args) <= len(takes), f"line {call.lineno}: {function.name}"
            assert known.kwarg or given <= {*takes, *(one.arg for one in known.kwonlyargs)}


def python(*words: str, **environment: str) -> str:
    """What a program among the benchmarks prints."""
    paths = os.pathsep.join(map(str, (FOLDER, REPOSITORY)))
    ended = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": paths, **environment},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def citations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of three citations, as NLM packs it."""
    path = tmp_path_factory.mktemp("benchmarks") / "pubmed21n0001.xml.gz"
    abstract = "<Abstract><AbstractText>{} " + TEXT + "</AbstractText></Abstract>"
    records = [article(n, abstract=abstract.format(f"Group {n}.")) for n in range(1, 4)]
    path.write_bytes(gzip.compress(citation_set(*records)))
    return path


def test_doubled_texts_are_read_by_every_reader() -> None:
    read = "import doubling as d; [c.read(c.unit * (200 // len(c.unit))) for c in d.cases()]; print(d.ratio(d.cases()[0]))"
    assert python("-c", read, MEDAI_DOUBLING="200") == "2.0\n"


def test_a_pattern_is_asked_as_the_code_calls_it_and_with_what_it_takes_without_an_end() -> None:
    code = (
        "import re, patterns_case as p; p.ROOMS = ('transport',)\n"
        "print([held.call for held in p.patterns() if held.place == 'transport.redirects._PLACE'])\n"
        "texts = {text[1:] for text in p.attacks(re.compile('call [^.]*?now'), '')}\n"
        "print({('', ' ', ''), ('', 'call a ', '.'), ('call ', 'a', '!')} <= texts)"
    )
    assert python("-c", code) == "['fullmatch']\nTrue\n"


def test_training_is_measured_over_a_tiny_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("trl", reason="the training stack is not installed here")
    monkeypatch.syspath_prepend(str(FOLDER))
    measured = importlib.import_module("train_case")
    for case in ("make", "lora"):
        monkeypatch.setattr(sys, "argv", ["train_case.py", "mistral", case, str(tmp_path), "1", "tiny"])
        measured.main()
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["tokens_per_second"] > 0
    assert told["loss"][0] > 0


def test_adapters_on_the_maps_that_are_compared_learn_over_a_tiny_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("trl", reason="the training stack is not installed here")
    from medai_assets.training import callbacks
    from medai_assets_tests.training import tiny

    monkeypatch.syspath_prepend(str(FOLDER))
    adapted = importlib.import_module("adapted_maps")
    monkeypatch.setattr(callbacks, "time", callbacks.time)  # the benchmark puts the processor's clock there
    base, examples = tiny.build_base("llama", tmp_path / "base"), tiny.write_dataset(tmp_path / "data")
    wanted = adapted.shrunk(tiny.recipe("llama", epochs=1), adapted.ALL, 400, 1)
    told = adapted.train(wanted, base, examples, None, 17)
    # Rank, layers, and both sides of q and o, k and v, gate, up and down.
    assert told["trainable"] == 8 * 2 * (2 * (64 + 64) + 2 * (64 + 32) + 3 * (64 + 128))
    assert 0 < told["tokens"] <= 400
    assert told["cpu_seconds"] > 0
    assert told["tuned"] != told["base"]
    assert adapted.shrunk(wanted, adapted.ATTENTION, 9, 1).target_modules == adapted.ATTENTION
    assert adapted.tokens_in({"tokens": 100, "cpu_seconds": 2.0}, {"cpu_seconds": 31.0}) == 1550


@pytest.mark.kit
def test_both_readers_of_an_update_file_count_alike(citations: Path, kit_dir: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import pubmed_update as b; p = Path(sys.argv[1]);"
        "print(b.by_medai(p), b.by_pubmed_parser(p))"
    )
    assert python("-c", code, str(citations), MEDAI_KIT=str(kit_dir)).split() == ["3", "3"]


@pytest.mark.kit
def test_both_chains_of_the_corpus_keep_alike(citations: Path, kit_dir: Path, tmp_path: Path) -> None:
    questions = tmp_path / "data" / "benchmarks" / "exam.jsonl"
    questions.parent.mkdir(parents=True)
    questions.write_text(json.dumps({"question": "What helps?", "options": ["rest"], "answer": "A"}))
    code = (
        "import sys; from pathlib import Path; import corpus_usual as b; p, f = map(Path, sys.argv[1:]);"
        "print(b.ours(p, None, f / 'ours')['kept'], b.usual(p, None, f)['kept'])"
    )
    told = python(
        "-c", code, str(citations), str(tmp_path), MEDAI_KIT=str(kit_dir), MEDAI_REAL_DATA=str(tmp_path / "data")
    )  # fmt: skip
    ours, usual = map(int, told.split()[-2:])
    assert ours > 0
    assert usual > 0


def test_a_million_traces_can_be_a_few_hundred() -> None:
    assert "ratio " in python(str(FOLDER / "trace_million.py"), "300")


def test_the_walls_are_measured_once_and_a_withdrawal_reaches_the_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    common, walls = importlib.import_module("common"), importlib.import_module("walls")
    monkeypatch.setattr(importlib.import_module("walls_common"), "PER_SLICE", 50)
    monkeypatch.setattr(walls, "peak_mib", lambda: 100.0)
    monkeypatch.setattr(
        walls, "measure_in_process", lambda stage, *given: common.Measured(3.0, 2.0, 300.0, stage(*given))
    )
    measured = walls.Results(tmp_path / "measured.jsonl")
    walls.measure(measured, tmp_path, 100, keep=False)
    assert not (tmp_path / "100").exists()
    for phase, values in ((walls.EVERYTHING, [0, 1, 2, 665, 665]), (walls.WITHDRAWN, [1, 1, 1, 664, 664])):
        assert [measured.of(100, phase, stage)["value"] for stage in walls.STAGES] == values

    with measured.file.open("a") as file:
        for told in measured.found.values():  # as if ten times as many took a MiB more
            file.write(
                json.dumps(told | {"passages": 1000, "above_imports_mib": 201, "peak_mib": 301}) + "\n"
            )
    monkeypatch.delattr(walls, "measure_in_process")  # all is measured
    capsys.readouterr()
    walls.main(["--sizes", "100", "1000", "--at", "2000", "--folder", str(tmp_path)])
    told = capsys.readouterr().out.splitlines()
    assert "| 100 | curated | 2.0 | 300 | 200 | 2.0 | 3 " in told[4]
    assert [line.split(" | ")[:3] for line in told if "together" in line] == [
        ["| 100", "together", "12.0"],  # ten of all stages, and two for the slice that was not processed
        ["| 1,000", "together", "48.0"],
    ]
    assert "memory of curation, 100 to 1,000 passages: 1165 bytes each" in told
    assert "at 2,000 passages, extrapolated: 302 MiB" in told
    assert told[-3:] == [
        "one changed slice of 20: 10.0 CPU s, 8.0 not its own processing",
        "ratio walls-changed-slice 0.30 target 1",
        "ratio walls-withdrawal 12.00 target 1",
    ]
