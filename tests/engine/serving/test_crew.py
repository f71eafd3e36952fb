"""Work beside: in order, prepared once a process, refusals whole, and no process left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from engine.errors import OutOfMemory, UnusableInput
from engine.serving import crew
from engine.serving.cells import NotTyped

ROOT = Path(__file__).parents[3]


def doubled(until: float) -> Callable[[int], tuple[int, int, str]]:
    """Give the first item to whoever is slow, and double."""
    prepared = time.monotonic_ns()

    def work(item: int) -> tuple[int, int, str]:
        time.sleep(until if item == 0 else 0)
        return 2 * item, prepared, os.environ.get("OMP_NUM_THREADS", "")

    return work


def refusing(error: Exception) -> Callable[[int], int]:
    def work(item: int) -> int:
        if item == 1:
            raise error
        return item

    return work


def ending() -> Callable[[int], int]:
    return lambda _: os.kill(os.getpid(), signal.SIGKILL) or 0


@pytest.mark.parametrize("processes", [0, 2])
def test_what_is_made_comes_in_the_order_of_the_items(processes: int) -> None:
    made = list(crew.in_order(partial(doubled, 0.2), range(12), processes))
    assert [number for number, _, _ in made] == list(range(0, 24, 2))
    assert len({prepared for _, prepared, _ in made}) == max(1, processes)
    if processes:
        assert {threads for _, _, threads in made} == {str(max(1, (os.cpu_count() or 1) // 2))}


def test_no_more_is_taken_than_is_worked_on() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    made = crew.in_order(partial(doubled, 0.0), items(), 2)
    next(made)
    assert len(taken) == 3
    made.close()
    assert not psutil.Process().children()[1:]  # one may be the tracker that Python keeps


@pytest.mark.parametrize("error", [UnusableInput("It is bad.", fix="Mend it."), NotTyped("age")])
def test_a_refusal_arrives_whole(error: Exception) -> None:
    with pytest.raises(type(error)) as told:
        list(crew.in_order(partial(refusing, error), range(5), 2))
    assert {k: v for k, v in vars(told.value).items() if not k.startswith("_")} == vars(error)


def test_a_process_that_the_system_ends_is_said_in_words() -> None:
    with pytest.raises(OutOfMemory, match="most likely because memory ran out"):
        list(crew.in_order(ending, range(5), 2))


PARENT = """
import sys
from functools import partial
from engine.serving import crew
from tests.engine.serving.test_crew import doubled
if __name__ == "__main__":
    for made in crew.in_order(partial(doubled, 60.0), (1, 0, 2), 2):
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
