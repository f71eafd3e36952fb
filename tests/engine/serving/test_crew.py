"""Work beside: in order, prepared once a process, refusals whole, and no process left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from engine.errors import OutOfMemory, UnusableInput
from engine.serving import crew
from engine.serving.cells import NotTyped
from engine.training import memory

ROOT = Path(__file__).parents[3]


class Tool:
    """Tells when it was prepared, and with how many threads."""

    def __init__(self) -> None:
        self.prepared, self.threads = time.monotonic_ns(), os.environ.get("OMP_NUM_THREADS", "")


def doubled(tool: Tool, item: int, *, first: float = 0.0) -> tuple[int, Tool]:
    """Double; the first item takes so many seconds."""
    time.sleep(first if item == 0 else 0)
    return 2 * item, tool


def refusing(_: Tool, item: int, *, error: Exception) -> int:
    if item == 1:
        raise error
    return item


def ending(_: Tool, item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return item


@pytest.mark.parametrize("processes", [0, 2])
def test_what_is_made_comes_in_the_order_of_the_items(processes: int) -> None:
    with crew.Crew(Tool, processes) as beside:
        made = list(beside.in_order(partial(doubled, first=0.2), range(12)))
    assert [number for number, _ in made] == list(range(0, 24, 2))
    assert len({tool.prepared for _, tool in made}) <= max(1, processes)
    if processes:
        assert {tool.threads for _, tool in made} == {str(max(1, memory.cores() // 2))}


def test_no_more_is_taken_than_is_worked_on_and_nobody_stays() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    before = set(psutil.Process().children())
    with crew.Crew(Tool, 2) as beside:
        next(iter(beside.in_order(doubled, items())))
        assert len(taken) == 3
        members = set(psutil.Process().children()) - before
        assert len(members) >= 2
    assert len([one for one in members if one.is_running()]) <= 1  # Python keeps a tracker of its own


@pytest.mark.parametrize("error", [UnusableInput("It is bad.", fix="Mend it."), NotTyped("age")])
def test_a_refusal_arrives_whole(error: Exception) -> None:
    with pytest.raises(type(error)) as told, crew.Crew(Tool, 2) as beside:
        list(beside.in_order(partial(refusing, error=error), range(5)))
    assert {k: v for k, v in vars(told.value).items() if not k.startswith("_")} == vars(error)


def broken() -> Tool:
    raise UnusableInput("There is no model.", fix="Train again.")


def test_a_tool_that_cannot_be_prepared_is_said_when_it_is_needed() -> None:
    with crew.Crew(broken, 2) as beside, pytest.raises(UnusableInput, match="There is no model"):
        list(beside.in_order(doubled, range(5)))


def test_a_process_that_the_system_ends_is_said_in_words() -> None:
    with crew.Crew(Tool, 2) as beside, pytest.raises(OutOfMemory, match="most likely because memory ran out"):
        list(beside.in_order(ending, range(5)))


PARENT = """
import sys
from functools import partial
from engine.serving import crew
from tests.engine.serving.test_crew import Tool, doubled
if __name__ == "__main__":
    with crew.Crew(Tool, 2) as beside:
        for made in beside.in_order(partial(doubled, first=60.0), (1, 0, 2)):
            print("made", flush=True)
            sys.stdin.read()
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
    assert not alive
