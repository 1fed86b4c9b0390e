"""The committed lock is that of the code; what changed code needs before it can land; what raising a version does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medai_assets.cli import app
from medai_assets.code_identity import statements, syntax
from medai_assets.code_identity.closure import Package
from medai_assets.code_identity.golden import golden, inputs_digest
from medai_assets.code_identity.identities import BEYOND, DATA, FOLDER, Identity, identities, stage_units
from medai_assets.code_identity.lock import Entry, Lock
from medai_assets.code_identity.statements import NotStated
from medai_assets.foundation import code_versions as versions
from medai_assets.sources.registry import SOURCES

pytestmark = pytest.mark.slow

# What training rests on is found through the libraries that are installed.
pytest.importorskip("torch", reason="the training stack is not installed here")
Found = dict[str, Identity]
CONSTRAINTS = FOLDER.parent / "constraints.txt"


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """Most files of a patched copy are those of the package: what was read of their bytes is not read again."""
    with pytest.MonkeyPatch.context() as patched:
        parsed = cache(lambda code: statements_of(code, "module.py"))
        statements_of = syntax.statements_of
        patched.setattr(syntax, "statements_of", lambda code, file: parsed(code))
        patched.setattr(syntax, "digest_and_names", cache(syntax.digest_and_names))
        yield


@pytest.fixture(scope="module")
def found(read_once: None) -> Found:
    return identities()


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return golden(tmp_path_factory.mktemp("golden"))


def test_the_lock_is_that_of_the_code(found: Found) -> None:
    told = statements.problems(Lock.read(), found)
    assert not told, "\n".join(told)


def test_the_golden_outputs_are_the_locked_ones(outputs: dict[str, str]) -> None:
    told = statements.golden_problems(Lock.read(), outputs, inputs_digest())
    assert not told, "\n".join(told)


def test_every_rule_and_every_stage_of_text_or_settings_has_a_golden_output(
    found: Found, outputs: dict[str, str]
) -> None:
    without = {n for n in found if not statements.keys_of(n, outputs)}
    assert without == {
        "raw_pubmed", "raw_pubmed_bulk", "reviews", "question_rewrites", "lora_adapter", "preference_adapter", "preference_report",
        "model_card", "merged_model", "judged_report", "pretrained_adapter", "pretraining_report",
    }  # fmt: skip


# Patched code: copies of the package with files changed. Each change is named by what it makes and by nothing else, so
# several are tried in one copy where they name different things.

CHANGES = {
    "a stage's function": (
        'version = content_hash(table, ["record_id", "kind"',
        'version = content_hash(table, ["kind"',
        "withdrawals",
    ),
    "what its asset calls": ("checks.of_curation(made, ", "checks.of_curation(*(), made, ", "curated_corpus"),
    "a module imported in a function": (
        'KEPT_LANGUAGES = frozenset({"en"})',
        'KEPT_LANGUAGES = frozenset({"en", "de"})',
        "processed_corpus",
    ),
    "a rule": ("def from_aims(", "@bare\ndef from_aims(", "question_answer.study_aim"),
    "a scorer": ("FLAG_OVERLAP = 0.6", "FLAG_OVERLAP = 0.7", "evaluation_report"),
    "a collector, also named by its path in a table": (
        'MANIFEST = "/manifest/pages/"',
        'MANIFEST = "/manifest/others/"',
        "raw_nhs",
    ),
    "a script run in a process of its own": (
        "class Trainer(RecordingTrainer, SFTTrainer):",
        "@bare\nclass Trainer(RecordingTrainer, SFTTrainer):",
        "lora_adapter",
    ),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package's code in another folder, without the sandbox's records."""
    ignored = shutil.ignore_patterns("records", "__pycache__")
    shutil.copytree(FOLDER, tmp_path / FOLDER.name, ignore=ignored)
    return tmp_path / FOLDER.name


def patch(copy: Path, old: str, new: str, files: str = "*.py") -> None:
    """Replace in the one file that holds ``old``."""
    (path,) = (p for p in copy.rglob(files) if old in p.read_text("utf-8"))
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


def changed(copy: Path) -> list[str]:
    """Names whose code differs from the locked one."""
    return statements.changed(Lock.read(), identities(copy, CONSTRAINTS))


def test_code_that_changes_is_named_by_what_it_makes(copy: Path) -> None:
    for old, new, _ in CHANGES.values():
        patch(copy, old, new)
    scored_alike = [
        "preference_report",
        "pretraining_report",
    ]  # by the scorer that the evaluation report is made with
    trained_alike = "pretrained_adapter"
    expected = [*(name for _, _, name in CHANGES.values()), *scored_alike, trained_alike]
    assert sorted(changed(copy)) == sorted(expected)


def test_so_is_a_constant_or_an_authored_text_and_no_comment(copy: Path) -> None:
    """Whatever lines the code stands on."""
    for path in copy.rglob("*.py"):
        path.write_text(f"# a comment\n\n{path.read_text('utf-8')}", "utf-8")
    patch(copy, "MOST_COMPARISONS_KEPT = 500_000", "MOST_COMPARISONS_KEPT = 1")
    first = next(FOLDER.rglob("authored/lethal_dose.jsonl")).read_text("utf-8").splitlines()[0]
    patch(copy, first, first.replace("completion", "completion "), "*.jsonl")
    read_by = [
        "evaluation_report",
        "instruction_dataset",
        "instruction_mixture",
        "preference_dataset",
        "preference_report",
        "pretraining_report",
        "question_rewrites",
    ]
    assert sorted(changed(copy)) == [
        "curated_corpus",
        *read_by,
    ]  # whatever reads a kind reads its authored texts


# Statements about what changed.


def test_an_unstated_change_says_what_to_type(found: Found) -> None:
    told = statements.problems(with_other_code("curated_corpus"), found)
    assert told == [
        "code under curated_corpus changed: raise its version with `medai code-lock --raise curated_corpus`, or state with "
        "`medai code-lock --same curated_corpus` that its output is the same"
    ]


def with_other_code(*names: str) -> Lock:
    """The committed lock as if it had been written with other code of these."""
    lock = Lock.read()
    return statements._with(lock, {n: Entry(lock.entry(n).version, "0" * 16) for n in names})  # type: ignore[union-attr]


def test_an_output_that_changed_without_its_code_is_told(outputs: dict[str, str]) -> None:
    """As when a library changes it, or storage loses a row."""
    told = statements.golden_problems(
        Lock.read(), outputs | {"processed_corpus[fda]": "f" * 16}, inputs_digest()
    )
    assert [t.partition(" is not")[0] for t in told] == [
        "on the golden inputs the output of processed_corpus[fda]"
    ]
    assert "`medai code-lock --raise processed_corpus`" in told[0]


def test_raising_takes_the_code_and_its_outputs_in(found: Found, outputs: dict[str, str]) -> None:
    before = with_other_code("curated_corpus")
    after = statements.raised(
        before, ["curated_corpus"], found, outputs | {"curated_corpus": "f" * 16}, inputs_digest()
    )
    assert after.stages["curated_corpus"] == Entry(
        before.stages["curated_corpus"].version + 1,
        found["curated_corpus"].code,
        found["curated_corpus"].data,
    )
    assert after.golden["curated_corpus"] == "f" * 16
    assert not statements.problems(after, found)


def test_the_same_output_renews_the_code_alone(found: Found, outputs: dict[str, str]) -> None:
    names, lock = ["curated_corpus", "question_answer.pair"], Lock.read()
    proven = statements._with(lock, {n: replace(lock.entry(n), because="") for n in names})  # type: ignore[type-var]
    assert statements.same(with_other_code(*names), names, found, outputs, inputs_digest()) == proven


def test_all_the_same_means_all_that_is_not_raised_in_the_same_command(found: Found) -> None:
    lock = with_other_code("curated_corpus", "question_answer.pair")
    others = statements.not_yet_stated(["all"], lock, found, raised=["curated_corpus"])
    assert set(statements.changed(lock, found)) - set(others) == {"curated_corpus"}
    assert "question_answer.pair" in others


def test_another_output_is_not_the_same(found: Found, outputs: dict[str, str]) -> None:
    changed = outputs | {"processed_corpus[nhs]": "f" * 16}
    with pytest.raises(NotStated, match=r"output of processed_corpus differs.*--raise processed_corpus"):
        statements.same(
            with_other_code("processed_corpus"), ["processed_corpus"], found, changed, inputs_digest()
        )


def test_other_words_are_never_the_same_though_no_golden_input_holds_them(
    copy: Path, outputs: dict[str, str]
) -> None:
    patch(copy, "_MAY_DOUBLE = frozenset({", '_MAY_DOUBLE = frozenset({"zyn", ')
    found = identities(copy, CONSTRAINTS)
    names = [name for name in statements.changed(Lock.read(), found) if statements.keys_of(name, outputs)]
    assert names
    with pytest.raises(NotStated, match=rf"data written down in the code of {names[0]}.* --raise {names[0]}"):
        statements.same(
            Lock.read(), names, found, outputs, inputs_digest(), because="no golden input holds it"
        )
    differing = outputs | dict.fromkeys(statements.keys_of(names[0], outputs), "f" * 16)
    with pytest.raises(NotStated, match=rf"{names[0]} differs; data .* of {names[1]}.*--raise {names[0]} "):
        statements.same(Lock.read(), names[:2], found, differing, inputs_digest(), because="nothing sees it")


@pytest.mark.parametrize("unknown", ["raw_nhs", "triage_recommendation."], ids=["a source", "a kind"])
def test_what_comes_brings_its_own_words(copy: Path, outputs: dict[str, str], unknown: str) -> None:
    patch(copy, "_MAY_DOUBLE = frozenset({", '_MAY_DOUBLE = frozenset({"zyn", ')
    found, before = identities(copy, CONSTRAINTS), Lock.read()
    stages, rules = (
        {n: e for n, e in entries.items() if not n.startswith(unknown)}
        for entries in (before.stages, before.rules)
    )
    without = replace(before, stages=stages, rules=rules)
    assert statements.adds_source_or_kind(without, found)
    assert not statements.adds_source_or_kind(before, found)
    after = statements.same(before, ["instruction_dataset"], found, outputs, inputs_digest(), grown=True)
    assert after.stages["instruction_dataset"].version == before.stages["instruction_dataset"].version
    assert after.stages["instruction_dataset"].code == found["instruction_dataset"].code


def test_a_plain_look_does_not_take_in_what_has_come_before_the_rest_is_stated(
    found: Found, outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the statement of the rest finds nothing new, and refuses what the new kind brought."""
    lock, written = with_other_code("instruction_dataset"), list[Lock]()
    kept = {n: e for n, e in lock.rules.items() if not n.startswith("triage_recommendation.")}
    before = replace(lock, rules=kept)
    monkeypatch.setattr("medai_assets.code_identity.golden.golden", lambda folder: outputs)
    monkeypatch.setattr("medai_assets.code_identity.identities.identities", lambda: found)
    monkeypatch.setattr(Lock, "read", lambda: before)
    monkeypatch.setattr(Lock, "write", lambda lock: written.append(lock))
    looked = CliRunner().invoke(app, ["code-lock"])
    assert looked.exit_code == 1
    assert "was added" in looked.output
    assert not written
    stated = CliRunner().invoke(app, ["code-lock", "--same", "all", "--because", "a new kind"])
    assert stated.exit_code == 0, stated.output
    assert [entry.rules.keys() for entry in written] == [lock.rules.keys()]


def test_a_source_that_comes_or_goes_leaves_the_others_the_same(
    found: Found, outputs: dict[str, str]
) -> None:
    before = with_other_code("processed_corpus")
    others = {key: digest for key, digest in before.golden.items() if key != "processed_corpus[fda]"}
    lock = statements.tidied(
        replace(before, golden=others | {"processed_corpus[gone]": "f" * 16}), found, outputs
    )
    assert lock.golden == outputs
    after = statements.same(lock, ["processed_corpus"], found, outputs, before.inputs)
    assert after.stages["processed_corpus"].version == before.stages["processed_corpus"].version


def test_a_choice_of_sources_in_use_takes_none_out_of_the_lock(
    found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAI_SOURCES", "nhs,fda")
    stages = stage_units(Package(FOLDER, BEYOND, DATA, {}))
    assert set(stages) == {name for name, one in found.items() if not one.is_rule}


def test_where_no_output_can_tell_a_reason_is_kept(found: Found, outputs: dict[str, str]) -> None:
    lock, name = with_other_code("lora_adapter"), "lora_adapter"
    with pytest.raises(NotStated, match="no golden output can tell whether lora_adapter"):
        statements.same(lock, [name], found, outputs, inputs_digest())
    after = statements.same(lock, [name], found, outputs, inputs_digest(), because="only a message")
    assert after.stages[name].because == "only a message"


def test_other_inputs_prove_nothing(found: Found, outputs: dict[str, str]) -> None:
    with pytest.raises(NotStated, match="land the inputs first"):
        statements.same(with_other_code("curated_corpus"), ["curated_corpus"], found, outputs, "other")
    with pytest.raises(NotStated, match="the lock would hold outputs of both: land the inputs first"):
        statements.raised(with_other_code("curated_corpus"), ["curated_corpus"], found, outputs, "other")
    with pytest.raises(NotStated, match="state the changed code first: curated_corpus"):
        statements.renewed(with_other_code("curated_corpus"), found, outputs, "other")


def test_a_rule_cannot_carry_a_change_of_its_stage_along(found: Found, outputs: dict[str, str]) -> None:
    lock = with_other_code("question_answer.pair", "instruction_dataset")
    with pytest.raises(NotStated, match="code under instruction_dataset changed too"):
        statements.raised(lock, ["question_answer.pair"], found, outputs, inputs_digest())


def test_groups_are_resolved_and_unknown_names_refused(found: Found) -> None:
    assert set(statements.members(["question_answer"], found)) == {
        n for n in found if n.startswith("question_answer.")
    }
    assert len(statements.members(["raw", "raw_nhs"], found)) == len(SOURCES)
    with pytest.raises(NotStated, match="no stage, rule or kind 'curated'"):
        statements.members(["curated"], found)


def test_a_lock_with_both_sides_of_a_merge_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "stage_versions.lock"
    path.write_text("<<<<<<< HEAD\n[stages]\n")
    with pytest.raises(ValueError, match=r"After a merge take one side.*medai code-lock"):
        Lock.read(path)


def test_the_file_is_written_as_it_is_read(tmp_path: Path) -> None:
    Lock.read().write(tmp_path / "lock")
    assert (tmp_path / "lock").read_bytes() == versions.LOCK.read_bytes()
