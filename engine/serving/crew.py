"""The same work on many pieces, in processes beside this one. What they make comes back in the order of the pieces."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

from engine.errors import OutOfMemory
from engine.training import memory

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

# Each process holds a model of its own; two leave room for this one, which reads and writes meanwhile.
_MOST = 2
_LEAST_GIGABYTES = 4.0
_work: Callable[[Any], Any] | None = None


def size() -> int:
    """Return how many processes this machine has cores and memory for; 0 where the work is better done in this one."""
    roomy = memory.cores() >= _MOST and memory.limit_gigabytes() >= _LEAST_GIGABYTES
    return _MOST if roomy else 0


def in_order(
    prepare: Callable[[], Callable[[_Item], _Made]], items: Iterable[_Item], processes: int
) -> Generator[_Made, None, None]:
    """Yield what the function that ``prepare`` returns makes of each item.

    Parameters
    ----------
    prepare : callable
        Called once in each process, where it may open what is heavy. It, the items and what is made of them travel
        between processes.
    items : iterable
        Taken here, one more at a time than there are processes.
    processes : int
        0 does everything here, one item after the other.

    Raises
    ------
    OutOfMemory
        If the system ended one of the processes.
    """
    if not processes:
        yield from map(prepare(), items)
        return
    threads = max(1, memory.cores() // processes)
    # Started anew and not forked: a fork of a process with threads may hang.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_begin, initargs=(threads,))
    waiting: deque[Future[_Made]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(_perform, prepare, item))
            if len(waiting) > processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise OutOfMemory(
            "The system ended a process that was answering rows, most likely because memory ran out.",
            fix="Close other programs and try again, or bring the rows in several files.",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(threads: int) -> None:
    memory.share_cores()
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when the model's libraries are imported
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits for us
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # nobody waits for an answer any more


def _perform(prepare: Callable[[], Callable[[_Item], _Made]], item: _Item) -> _Made:
    global _work  # noqa: PLW0603 - one per process, made by its first piece
    if _work is None:
        _work = prepare()
    made: _Made = _work(item)
    return made
