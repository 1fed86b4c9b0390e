"""Signals end everything that a command started, with real processes: also in sessions of their own, also by SIGKILL."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from medai_assets.foundation import child_processes
from medai_assets.foundation.child_processes import MARK, WITHIN, Ended, children_ended, process_start
from medai_assets_tests.browser.dagster_page import free_port
from medai_assets_tests.waiting import PATIENCE, ended, eventually

Start = Callable[..., subprocess.Popen[bytes]]
ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]

# Starts a child that leaves its session and ignores what asks it to end, and the child one of its own. What the command
# says of its end, and how many seconds that took, stands in a file.
FAMILY = """
import signal, subprocess, sys, time
sys.stderr = open(sys.argv[1] + " said", "w")
from medai_assets.foundation.child_processes import Ended, children_ended
STUBBORN = '''
import signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if len(sys.argv) > 1:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    open(sys.argv[1], "w").close()
time.sleep(600)
'''
try:
    with children_ended():
        subprocess.Popen([sys.executable, "-c", STUBBORN, sys.argv[1]], start_new_session=True)
        time.sleep(600)
except Ended as ended:
    print(ended.took, file=sys.stderr)
    sys.exit(ended.exit_code)
"""


def marked_by(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def mark_of(process: subprocess.Popen[bytes]) -> str:
    return f"{process.pid} {process_start(process.pid)}"


def assert_all_end(process: subprocess.Popen[bytes], ending: signal.Signals) -> None:
    """The process by this signal alone, and all it had started; its exit code names the signal."""
    mark = mark_of(process)
    assert marked_by(mark)
    process.send_signal(ending)
    expected = -ending if ending is signal.SIGKILL else 128 + ending
    assert ended(process, "the process") == expected
    eventually("the end of what it started", lambda: not marked_by(mark))


@pytest.fixture
def silent() -> Iterator[str]:
    """An upstream that takes a request and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def heard() -> None:
    """No signal is ignored, also where the tests run under nohup."""
    for ending in ENDINGS[:-1]:
        signal.signal(ending, signal.SIG_DFL)


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a program in a session of its own; it is killed with the test, and its guard ends what it had started."""
    started = []

    def begin(*words: str, **environment: str) -> subprocess.Popen[bytes]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(
            subprocess.Popen(
                [sys.executable, *words],
                env=os.environ | environment,
                start_new_session=True,
                preexec_fn=heard,
                **quiet,
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


# Holds a lock that the tracker of multiprocessing knows of, and gives it back while Python ends.
TRACKED = """
import multiprocessing, sys, time
from medai_assets.foundation.child_processes import Ended, children_ended
try:
    with children_ended():
        lock = multiprocessing.get_context("spawn").Lock()
        open(sys.argv[1], "w").close()
        time.sleep(600)
except Ended as ended:
    sys.exit(ended.exit_code)
"""


def test_what_multiprocessing_keeps_for_itself_is_ended_by_it_without_a_word(tmp_path: Path) -> None:
    there, said = tmp_path / "there", tmp_path / "said"
    with said.open("wb") as stream:
        command = [sys.executable, "-c", TRACKED, str(there)]
        process = subprocess.Popen(command, stderr=stream, start_new_session=True, preexec_fn=heard)
    eventually("the lock", there.exists, process)
    process.send_signal(signal.SIGINT)
    assert ended(process, "the process") == 130
    assert said.read_text() == ""


# Is asked to end while an object is destroyed: Python drops what is raised there.
DEAF = """
import sys, time
from medai_assets.foundation import child_processes
from medai_assets.foundation.child_processes import Ended, children_ended
child_processes.REMINDED_AFTER = 0.2
class Destroyed:
    def __del__(self):
        open(sys.argv[1], "w").close()
        time.sleep(600)
try:
    with children_ended():
        Destroyed()
        time.sleep(600)
except Ended as ended:
    sys.exit(ended.exit_code)
"""


@pytest.mark.parametrize("ending", ENDINGS[:-1], ids=lambda ending: ending.name)
def test_a_signal_that_comes_where_nothing_can_be_raised_ends_the_command_all_the_same(
    tmp_path: Path, start: Start, ending: signal.Signals
) -> None:
    there = tmp_path / "there"
    process = start("-c", DEAF, str(there))
    eventually("the destructor", there.exists, process)
    process.send_signal(ending)
    assert ended(process, "the process") == 128 + ending


# Is asked to end while Python waits in a call that the signal does not interrupt, as where it comes just before that call: the
# second thread runs once the first one waits, and takes the signal itself.
ASLEEP = """
import signal, sys, threading, time
from medai_assets.foundation import child_processes
from medai_assets.foundation.child_processes import Ended, children_ended
child_processes.REMINDED_AFTER = 0.2
waits = threading.Lock()
def ask():
    with waits:
        signal.pthread_kill(threading.get_ident(), int(sys.argv[1]))
try:
    with children_ended(), waits:
        threading.Thread(target=ask).start()
        sys.setswitchinterval(1000)
        waits.release()
        try:
            time.sleep(600)
        finally:
            waits.acquire()
except Ended as ended:
    sys.exit(ended.exit_code)
"""


@pytest.mark.parametrize("ending", ENDINGS[:-1], ids=lambda ending: ending.name)
def test_a_signal_that_comes_just_before_a_call_that_waits_ends_the_command(
    start: Start, ending: signal.Signals
) -> None:
    assert ended(start("-c", ASLEEP, str(int(ending))), "the process") == 128 + ending


# A signal of another process that was forked, and one that another handler hears, are not ours.
ELSEWHERE = """
import os, signal, sys, time
from medai_assets.foundation import child_processes
from medai_assets.foundation.child_processes import Ended, children_ended
child_processes.REMINDED_AFTER = 0.1
with children_ended():
    if not (child := os.fork()):
        try:
            signal.raise_signal(signal.SIGTERM)
        except Ended:
            os._exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
    heard = []
    ours = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.4)
    signal.signal(signal.SIGTERM, ours)
    assert heard == [signal.SIGTERM]
"""


def test_only_what_its_own_handler_hears_ends_the_command(start: Start) -> None:
    assert ended(start("-c", ELSEWHERE), "the process") == 0


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_children_in_sessions_of_their_own_end_too(
    tmp_path: Path, start: Start, ending: signal.Signals
) -> None:
    there = tmp_path / "there"
    process = start("-c", FAMILY, str(there))
    eventually("the grandchild", there.exists, process)
    assert_all_end(process, ending)
    if ending is not signal.SIGKILL:
        *said, took = Path(f"{there} said").read_text().splitlines()
        assert [one[:11] for one in said] == ["Ending took"] * (float(took) > WITHIN), (
            "five seconds, or a word why not"
        )


class Process:
    """A process with a mark that ends by the signal of this number, or by none."""

    def __init__(self, pid: int, ends_by: int | None) -> None:
        self.pid, self.ends_by, self.there = pid, ends_by, True

    def send_signal(self, number: int) -> None:
        self.there = self.there and number != self.ends_by


@pytest.mark.parametrize(
    ("ends_by", "look", "said"),
    [
        (signal.SIGTERM, 0.2, ""),
        (signal.SIGKILL, 0.2, ""),
        (
            signal.SIGKILL,
            2.5,
            r"took 7\.5 seconds, not 5: process 7 had to be killed, and the machine was busy",
        ),
        (signal.SIGTERM, 6.0, r"took 6\.0 seconds, not 5: all ended by themselves, and the machine was busy"),
        (None, 0.2, r"took 8\.\d seconds, not 5: process 7 is still there after SIGKILL"),
    ],
)
def test_an_end_that_takes_longer_than_five_seconds_is_said_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ends_by: int | None,
    look: float,
    said: str,
) -> None:
    """On a clock that a look at the processes moves on by these seconds."""
    family, now = [Process(7, ends_by), Process(8, signal.SIGTERM)], 0.0

    def looked(*_: object, **__: object) -> None:
        nonlocal now
        now += look

    monkeypatch.setattr(child_processes, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(child_processes, "_marked", lambda _: [one for one in family if one.there])
    monkeypatch.setattr(psutil, "wait_procs", looked)
    with pytest.raises(Ended) as ended, children_ended():
        raise Ended(signal.SIGTERM)
    told = capsys.readouterr().err
    assert re.search(said, told)
    assert bool(told) == bool(said) == (ended.value.took > WITHIN)


def test_a_hang_up_that_is_ignored_stays_so(tmp_path: Path, start: Start) -> None:
    """As under nohup."""
    there = tmp_path / "there"
    ignoring = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{FAMILY}"
    process = start("-c", ignoring, str(there))
    eventually("the grandchild", there.exists, process)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    assert_all_end(process, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_a_run_ends_with_its_workers(
    tmp_path: Path, start: Start, silent: str, ending: signal.Signals, everything: bool
) -> None:
    if ending is not signal.SIGTERM and not everything:
        pytest.skip("the one that services send is tried; `make search` tries all")
    process = start(
        "-m", "medai_assets.cli", "run", "-s", "raw_medquad", MEDAI_DATA=str(tmp_path), MEDAI_SANDBOX_URL=silent
    )  # fmt: skip
    running = tmp_path / "sample" / "work" / "running"
    eventually("a worker at work", lambda: list(running.glob("*.pid")), process)
    assert_all_end(process, ending)


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL], ids=lambda ending: ending.name)
def test_the_page_ends_with_the_runs_that_it_started(
    tmp_path: Path, start: Start, silent: str, ending: signal.Signals, everything: bool
) -> None:
    """The signal goes to the page's process alone; its server, its daemon, its code server and their runs end."""
    if ending is not signal.SIGKILL and not everything:
        pytest.skip("the one that no handler sees is tried; `make search` tries both")
    port = free_port()
    lineage = f"http://127.0.0.1:{free_port()}"
    process = start(
        "-m", "medai_assets.cli", "ui", "--port", str(port),
        MEDAI_DATA=str(tmp_path), MEDAI_SANDBOX_URL=silent, MEDAI_LINEAGE_ADDRESS=lineage,
        MEDAI_UI_TOKEN="known-to-this-test",
    )  # fmt: skip
    eventually("the page", lambda: answers(f"http://127.0.0.1:{port}/server_info"), process)
    assert launch(f"http://127.0.0.1:{port}/graphql") == {"__typename": "LaunchRunSuccess"}
    journals = tmp_path / "sample" / "work" / "raw_medquad"
    eventually("the run at work", lambda: list(journals.glob("*")), process)
    assert_all_end(process, ending)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=BEARER), timeout=20):
            return True
    except OSError:
        return False


BEARER = {"Authorization": "Bearer known-to-this-test"}
LAUNCH = """mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
  __typename ... on InvalidSubsetError { message } ... on PythonError { message } } }"""


def launch(url: str) -> dict[str, str]:
    """Materialize one slice as the page does."""
    selector = {
        "repositoryLocationName": "medai_assets.definitions",
        "repositoryName": "__repository__",
        "pipelineName": "__ASSET_JOB",
        "assetSelection": [{"path": ["raw_medquad"]}],
    }
    tags = [{"key": "dagster/partition", "value": "1_CancerGov_QA"}]
    params = {"selector": selector, "mode": "default", "executionMetadata": {"tags": tags}}
    body = json.dumps({"query": LAUNCH, "variables": {"params": params}}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} | BEARER)
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
        return json.load(reply)["data"]["launchPipelineExecution"]
