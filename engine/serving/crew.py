"""The same work on many items, in processes beside this one; what they make comes back in the order of the items."""

import logging
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from typing import Any, Generic, Self, TypeVar

from engine.errors import Failed, OutOfMemory
from engine.training import memory

_log = logging.getLogger(__name__)

_Tool = TypeVar("_Tool")
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

# Each process holds a model of its own; two leave room for this one, which reads and writes meanwhile.
_MOST = 2
_LEAST_GIGABYTES = 4.0
# With what they start: they never import by accident what lies in the current folder, and they keep the memory of one
# item for the next (glibc gives large pieces back to the system at once, and asks for them anew: a tenth of the time).
_KEPT = str(256 << 20)
_ENVIRONMENT = {"PYTHONSAFEPATH": "1", "MALLOC_MMAP_THRESHOLD_": _KEPT, "MALLOC_TRIM_THRESHOLD_": _KEPT}
_held: list[Any] = []  # this process's tool, once it is prepared


def size(memory_gb: float | None) -> int:
    """Return how many processes there are cores and memory for; 0 where the work is better done in this one."""
    roomy = memory.cores() >= _MOST and memory.free_gigabytes(memory_gb) >= _LEAST_GIGABYTES
    return _MOST if roomy else 0


class Crew(Generic[_Tool]):
    """Processes that each hold the same tool, such as an opened model, and work on one item after the other.

    They start, and prepare their tools, while this process goes on. A context manager: at its end they are gone.

    Parameters
    ----------
    prepare : callable
        Returns the tool; called once in each process. It, the work, the items and what is made of them travel between
        processes.
    processes : int
        0 has all work done in this process, one item after the other.
    """

    def __init__(self, prepare: Callable[[], _Tool], processes: int) -> None:
        self._prepare, self._processes = prepare, processes
        self._pool: ProcessPoolExecutor | None = None
        self._members: set[Any] = set()

    def __enter__(self) -> Self:
        if self._processes:
            before = set(active_children())
            failed = None
            try:
                self._start()
            except OSError as error:  # no more processes or files are allowed: then all is done here
                _log.warning("No process could be started beside this one: %s", error)
                failed = type(error)
            self._members = set(active_children()) - before
            if failed is not None:
                self.__exit__(failed)
                self._pool = None
        return self

    def __exit__(self, failed: type[BaseException] | None = None, *_: object) -> None:
        if self._pool is None:
            return
        if failed is not None:  # what they are at nobody wants any more
            for member in self._members:
                member.terminate()
        self._pool.shutdown(cancel_futures=True)

    def _start(self) -> None:
        threads = max(1, memory.cores() // self._processes)
        with _surrounded():
            resource_tracker.ensure_running()  # as it starts it lets Ctrl-C through
            with _deaf():
                # Started anew and not forked: a fork of a process with threads may hang.
                self._pool = ProcessPoolExecutor(
                    self._processes, get_context("spawn"), initializer=_begin, initargs=(threads,)
                )
                for _ in range(self._processes):
                    self._pool.submit(_tool, self._prepare)

    def in_order(self, work: Callable[[_Tool, _Item], _Made], items: Iterable[_Item]) -> Iterator[_Made]:
        """Yield what becomes of each item; they are taken one more at a time than there are processes.

        Raises
        ------
        OutOfMemory
            If the system ended one of the processes.
        """
        if self._pool is None:
            tool = self._prepare()
            yield from (work(tool, item) for item in items)
            return
        waiting: deque[Future[_Made]] = deque()
        try:
            for item in items:
                waiting.append(self._pool.submit(_perform, self._prepare, work, item))
                if len(waiting) > self._processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise OutOfMemory(
                "The system ended a process that was answering rows, most likely because memory ran out.",
                fix="Close other programs and try again, or bring the rows in several files.",
            ) from error
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def _surrounded() -> Iterator[None]:
    """Start processes in the environment they work best in."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _deaf() -> Iterator[None]:
    """Start processes that never hear Ctrl-C, from their first moment on: it is for the one that waits for them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(threads: int) -> None:
    memory.share_cores()
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # read when the model's libraries are imported
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # nobody waits for an answer any more


def _perform(prepare: Callable[[], _Tool], work: Callable[[_Tool, _Item], _Made], item: _Item) -> _Made:
    try:
        _tool(prepare)
        return work(_held[0], item)
    except Exception as error:
        raise _carried(error) from error


def _carried(error: Exception) -> Exception:
    """Return an error as it arrives at the process that waits: one that cannot travel would take all others along."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own, made a moment ago
    except Exception:
        return Failed(
            f"An answering process failed: {error!r}.", fix="Try again; if it fails again, report it with these words."
        )
    return error


def _tool(prepare: Callable[[], object]) -> None:
    if not _held:
        _held.append(prepare())
