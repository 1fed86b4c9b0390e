"""What a digest sees of code and what it does not, on small packages of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from medai_assets.code_identity.closure import Closure, CodeNotFound, Package, Pointers

STAGE = '''
"""A stage."""
from pack.steps import clean

def stage(rows):
    """Docstring."""
    from pack.late import finish
    return finish(clean(rows))  # comment
'''
FILES = {
    "__init__.py": "",
    "stage.py": STAGE,
    "steps.py": "import re\nfrom pathlib import Path\nWORDS = re.compile('a')\nTERMS = Path(__file__).parent / 'terms'\n"
    "def clean(rows):\n    return [WORDS.sub('', r) for r in rows]\n"
    "def unused(rows):\n    return rows\n",
    "late.py": "from pathlib import Path\ndef finish(rows):\n    return rows + (Path('.') / 'terms' / 'a.yaml').read_text()\n",
    "terms/a.yaml": "one: 1 # first\n",
    "other.py": "def finish(rows):\n    return rows\n",
}
Digest = Callable[..., str]


def closure(
    folder: Path, changes: dict[str, str | None], pointers: Pointers | None = None, **options: object
) -> Closure:
    """Of ``stage`` in the package with these files replaced."""
    root = folder / "pack"
    for name, text in (FILES | changes).items():
        if text is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    package = Package(root, **options)  # type: ignore[arg-type]
    place = next(n for n, p in package.paths.items() if "def stage(" in p.read_text())
    return package.closure(package.module(place).bound_to("stage"), pointers=pointers)


@pytest.fixture
def digest(tmp_path: Path) -> Digest:
    def of(**changes: str | None) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return closure(
            folder, {k.replace("__", "/").replace("_py", ".py"): v for k, v in changes.items()}
        ).digest()

    return of


def test_comments_docstrings_and_layout_are_no_code(digest: Digest) -> None:
    told = (
        STAGE.replace("# comment", "")
        .replace("Docstring.", "Other words.")
        .replace("(clean(rows))", "(\n  clean(rows)\n )")
    )
    assert digest(stage_py=told) == digest()


@pytest.mark.parametrize(
    "change",
    [
        {"stage_py": STAGE.replace("finish(clean(rows))", "clean(finish(rows))")},
        {"steps_py": FILES["steps.py"].replace("'a'", "'b'")},
        {"late_py": FILES["late.py"].replace("rows +", "rows * 2 +")},
        {"stage_py": STAGE.replace("pack.late", "pack.other")},
        {"steps_py": FILES["steps.py"].replace("import re\n", "import regex as re\n")},
        {"steps_py": FILES["steps.py"] + "clean.calls = 0\n"},
        {"steps_py": FILES["steps.py"] + "def clean(rows):\n    return rows\n"},
    ],
    ids=["the function", "a constant", "a module imported in a function", "another function of that name", "another library",
         "what a module does on import", "a second definition"],
)  # fmt: skip
def test_code_that_the_stage_reaches_is_its_own(digest: Digest, change: dict[str, str]) -> None:
    assert digest(**change) != digest()


def test_code_that_the_stage_does_not_reach_is_not(digest: Digest) -> None:
    assert digest(steps_py=FILES["steps.py"].replace("return rows\n", "return rows[1:]\n")) == digest()


def test_a_data_file_counts_by_its_values(tmp_path: Path) -> None:
    plain = closure(tmp_path / "a", {}).digest()
    assert closure(tmp_path / "b", {"terms/a.yaml": "# comment\none:   1\n"}).digest() == plain
    assert closure(tmp_path / "c", {"terms/a.yaml": "one: 2\n"}).digest() != plain
    assert closure(tmp_path / "d", {"terms/b.yaml": "two: 2\n"}).digest() != plain


@pytest.mark.parametrize(
    "change",
    [
        {"steps.py": FILES["steps.py"].replace("'a'", "'a|b'")},
        {
            "stage.py": STAGE.replace(
                "clean(rows)", "clean(rows) if rows[0] in {'may', 'can', 'might'} else rows"
            )
        },
        {"terms/a.yaml": "one: 2\n"},
    ],
    ids=["a pattern", "words inside a function", "a packaged file"],
)
def test_data_written_down_in_code_has_a_digest_of_its_own(
    tmp_path: Path, change: dict[str, str | None]
) -> None:
    assert closure(tmp_path / "a", change).data_digest != closure(tmp_path / "b", {}).data_digest


def test_what_a_module_of_facts_states_is_code_and_no_data(tmp_path: Path) -> None:
    change: dict[str, str | None] = {"steps.py": FILES["steps.py"].replace("'a'", "'a|b'")}
    before = closure(tmp_path / "a", {}, facts=r"pack\.steps")
    after = closure(tmp_path / "b", change, facts=r"pack\.steps")
    assert after.data_digest == before.data_digest
    assert after.digest() != before.digest()


def test_which_code_alone_does_not_touch(tmp_path: Path) -> None:
    """Nor another name or place of the data, nor a message."""
    code = STAGE.replace("clean(rows))", 'clean(rows)) or fail("no rows")')
    named = FILES["steps.py"].replace("WORDS", "PATTERN").replace("return [", "return [*rows] + [")
    assert closure(tmp_path / "a", {"stage.py": code, "steps.py": named}).data_digest == (
        closure(tmp_path / "b", {}).data_digest
    )


def test_moving_a_module_changes_no_digest(tmp_path: Path) -> None:
    moved = {
        "steps.py": None,
        "rooms/__init__.py": '"""A room."""\n',
        "rooms/first_steps.py": FILES["steps.py"],
        "terms/a.yaml": None,
        "rooms/terms/a.yaml": FILES["terms/a.yaml"],
        "late.py": None,
        "rooms/late.py": FILES["late.py"],
        "stage.py": None,
        "top/stage.py": STAGE.replace("pack.steps", "pack.rooms.first_steps").replace(
            "pack.late", "pack.rooms.late"
        ),
    }
    assert closure(tmp_path / "b", moved).digest() == closure(tmp_path / "a", {}).digest()


def test_a_module_named_by_its_path_is_reached_whole(tmp_path: Path) -> None:
    """As for a process of its own, or a table of collectors."""
    by_path = STAGE + '\nWORKER = "pack.other"\n'
    by_path = by_path.replace("return finish", "start(WORKER); return finish")
    one = closure(tmp_path / "a", {"stage.py": by_path})
    other = closure(tmp_path / "b", {"stage.py": by_path, "other.py": FILES["other.py"] + "X = 1\n"})
    assert "pack.other" in one.modules
    assert one.digest() != other.digest()


def test_a_pointer_is_followed_where_it_is_loaded(tmp_path: Path) -> None:
    """A source names its functions by pointers; one stage loads one of them."""
    loading = STAGE.replace("return finish", 'registry["x"].load("finisher"); return finish')
    told = {"stage.py": loading + '\nPOINTER = "pack.other:finish"\n'}
    other = {"other.py": FILES["other.py"].replace("return rows", "return None")}
    pointers = {"finisher": ["pack.other:finish"]}
    one = closure(tmp_path / "a", told, pointers=pointers)
    assert one.digest() != closure(tmp_path / "b", told | other, pointers=pointers).digest()
    plain = {"stage.py": loading.replace("finisher", "starter")}
    without = closure(tmp_path / "c", plain, pointers=pointers)
    assert without.digest() == closure(tmp_path / "d", plain | other, pointers=pointers).digest()


def test_types_named_in_quotes_are_reached(tmp_path: Path) -> None:
    quoted = (
        STAGE.replace("def stage(rows)", 'def stage(rows: "Rows") -> "Rows"')
        + "\nfrom typing import TYPE_CHECKING\n"
    )
    quoted += "if TYPE_CHECKING:\n    from pack.types_ import Rows\n"
    one = closure(tmp_path / "a", {"stage.py": quoted, "types_.py": "class Rows:\n    size = 1\n"})
    other = closure(tmp_path / "b", {"stage.py": quoted, "types_.py": "class Rows:\n    size = 2\n"})
    assert one.digest() != other.digest()


def test_a_closure_ends_where_it_is_told_to(tmp_path: Path) -> None:
    one = closure(tmp_path / "a", {}, beyond=["pack.late"])
    other = closure(tmp_path / "b", {"late.py": "def finish(rows):\n    return None\n"}, beyond=["pack.late"])
    assert one.digest() == other.digest()
    assert "pack.late" not in one.modules


def test_an_end_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CodeNotFound, match=r"pack\.gone, which does not exist"):
        closure(tmp_path, {}, beyond=["pack.gone"])


def test_the_pinned_version_of_a_library_belongs_to_the_code(tmp_path: Path) -> None:
    used = {"steps.py": FILES["steps.py"].replace("import re\n", "import regex as re\n")}
    one = closure(tmp_path / "a", used, pins={"regex": "1.0"})
    assert one.libraries == {"regex": "1.0"}
    assert one.digest() != closure(tmp_path / "b", used, pins={"regex": "1.1"}).digest()


def test_a_library_whose_files_are_read_belongs_to_the_code(tmp_path: Path) -> None:
    finds = 'from importlib.util import find_spec\n_LIST = find_spec("wordlist")\n'
    used = {"steps.py": FILES["steps.py"].replace("import re\n", f"import re\n{finds}")}
    used["steps.py"] = used["steps.py"].replace("return ", "return _LIST and ", 1)
    one = closure(tmp_path / "a", used, pins={"wordlist": "1.0"})
    assert one.libraries["wordlist"] == "1.0"
    assert one.digest() != closure(tmp_path / "b", used, pins={"wordlist": "1.1"}).digest()
