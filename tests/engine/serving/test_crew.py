"""Work beside: in order, prepared once a process, refusals whole, and no process left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from multiprocessing import resource_tracker, util
from pathlib import Path

import psutil
import pytest

from engine.errors import Failed, OutOfMemory, UnusableInput
from engine.serving import crew
from engine.training import memory
from tests.engine.serving.tools import Tool, broken, doubled, ending, odd, refusing

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def two() -> Iterator[crew.Crew[Tool]]:
    with pytest.MonkeyPatch.context() as nobodys:
        nobodys.delenv("OMP_NUM_THREADS", raising=False)
        with crew.Crew(Tool, 2) as beside:
            yield beside


def test_what_is_made_comes_in_the_order_of_the_items(two: crew.Crew[Tool]) -> None:
    made = list(two.in_order(partial(doubled, first=0.2), range(12)))
    assert [number for number, _ in made] == list(range(0, 24, 2))
    assert len({tool.prepared for _, tool in made}) <= 2
    assert {tool.threads for _, tool in made} == {str(max(1, memory.cores() // 2))}


def test_without_processes_it_is_made_here() -> None:
    with crew.Crew(Tool, 0) as beside:
        made = list(beside.in_order(doubled, range(12)))
    assert [number for number, _ in made] == list(range(0, 24, 2))
    assert len({tool.prepared for _, tool in made}) == 1


def test_what_lies_in_the_current_folder_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    with crew.Crew(Tool, 1) as beside:
        assert [number for number, _ in beside.in_order(doubled, [1])] == [2]


def test_no_more_is_taken_than_is_worked_on_and_nobody_stays() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    resource_tracker.ensure_running()  # Python's own, which stays
    before = set(psutil.Process().children())
    with crew.Crew(Tool, 2) as beside:
        next(iter(beside.in_order(doubled, items())))
        assert len(taken) == 3
        members = set(psutil.Process().children()) - before
        assert len(members) == 2
    assert not [one for one in members if one.is_running()]


def test_a_refusal_arrives_whole(two: crew.Crew[Tool]) -> None:
    error = UnusableInput("It is bad.", fix="Mend it.")
    with pytest.raises(UnusableInput) as told:
        list(two.in_order(partial(refusing, error=error), range(5)))
    assert {k: v for k, v in vars(told.value).items() if not k.startswith("_")} == vars(error)


def test_a_tool_that_cannot_be_prepared_is_said_when_it_is_needed() -> None:
    with crew.Crew(broken, 2) as beside, pytest.raises(UnusableInput, match="There is no model"):
        list(beside.in_order(doubled, range(5)))


def test_a_process_that_the_system_ends_is_said_in_words() -> None:
    with crew.Crew(Tool, 2) as beside, pytest.raises(OutOfMemory, match="most likely because memory ran out"):
        list(beside.in_order(ending, range(5)))


PARENT = """
import signal, sys
from functools import partial
from engine.serving import crew
from tests.engine.serving.tools import Tool, doubled
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where this was started in the background
    try:
        with crew.Crew(Tool, 2) as beside:
            for made in beside.in_order(partial(doubled, first=60.0), (1, 0, 2)):
                print("made", flush=True)
                sys.stdin.read()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\\n")
        sys.exit(130)
"""


def test_who_loses_the_one_that_asked_ends(tmp_path: Path) -> None:
    """Also in the middle of a piece: one of the two sleeps for a minute."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        members = psutil.Process(parent.pid).children(recursive=True)
        assert len(members) >= 2
        parent.kill()
        _, alive = psutil.wait_procs(members, timeout=10)
    # Where nobody waits for orphans, what has ended stays in the list of processes.
    assert not [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_who_is_interrupted_waits_for_no_piece_and_shows_no_traceback(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: everybody gets it
        _, said = parent.communicate(timeout=30)  # one of them sleeps for a minute
    assert (parent.returncode, said) == (130, "interrupted\n")


def test_what_cannot_travel_is_said_as_our_own_failure(two: crew.Crew[Tool]) -> None:
    with pytest.raises(Failed, match=r"An answering process failed: Odd\(.*sick"):
        list(two.in_order(odd, range(3)))


def test_where_no_process_can_be_started_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(util, "spawnv_passfds", none)
    with crew.Crew(Tool, 2) as beside:
        assert [number for number, _ in beside.in_order(doubled, range(3))] == [0, 2, 4]
