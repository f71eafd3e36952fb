"""Keeps programs running, and ends them with everything they started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Self

from app import launch
from engine.errors import Failed, Unavailable

GRACE_SECONDS = 10.0
STEADY_SECONDS = 60.0  # whoever ran this long is not in a loop of falls
LONGEST_PAUSE = 30.0
FALLS_BEFORE_ANSWER = 3  # a page that never answered and fell this often will not come
FIRST_SECONDS = 10.0  # how long the page has the machine to itself: somebody waits for it
LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Program:
    """What to run, under which name people know it, and where its output goes."""

    name: str
    command: tuple[str, ...]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)


def supervise(
    programs: Iterable[Program],
    *,
    answers: Callable[[], bool],
    address: str,
    pause: float = 0.1,
    grace: float = GRACE_SECONDS,
) -> int:
    """Keep programs alive until a signal asks for the end, then end them and all they started.

    Parameters
    ----------
    programs : iterable of Program
        The first one is the page: ``answers`` asks whether it is up, and the others start after it.
    address : str
        Printed once, when the page first answers.
    pause, grace : float
        Seconds between two looks, and seconds to end in peace.

    Raises
    ------
    Unavailable
        If a log cannot be written.
    Failed
        If the page falls again and again before it ever answers.
    """
    watched = [_Watched(program) for program in programs]
    with _Signals() as signals, _Guard(grace) as guard:
        try:
            up, began = False, time.monotonic()
            while not signals.count:
                alone = not up and time.monotonic() - began < FIRST_SECONDS
                for one in watched[:1] if alone else watched:
                    one.look(guard)
                if not up and watched[0].falls >= FALLS_BEFORE_ANSWER:
                    raise Failed(
                        f"The page at {address} does not start.", fix=f"The reason stands in {watched[0].program.log}."
                    )
                if not up and answers():
                    up = True
                    _say(f"Handrail is ready: {address}\nCtrl-C ends it.", sys.stdout)
                time.sleep(pause)
        finally:
            running = [one.process for one in watched if one.process]
            end([process.pid for process in running], grace, over=lambda: signals.count > 1, reap=running)
    return 0


class _Watched:
    """A program, its process, and how often it fell lately."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.falls = 0
        self.since = 0.0
        self.due = 0.0

    def look(self, guard: "_Guard") -> None:
        """Start what is due; notice what fell, and make each next start wait longer."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.process, self.since = spawn(self.program), now
                guard.watch(self.process.pid)
            return
        status = self.process.poll()
        if status is None:
            return
        # What the fallen one had started must not run on beside its successor.
        end([self.process.pid], grace=0.0)
        guard.forget(self.process.pid)
        self.process = None
        self.falls = 1 if now - self.since > STEADY_SECONDS else self.falls + 1
        wait = min(LONGEST_PAUSE, 0.5 * 2.0 ** (self.falls - 1))
        self.due = now + wait
        _say(
            f"{self.program.name} stopped (status {status}); it starts again in {wait:g} s. Log: {self.program.log}",
            sys.stderr,
        )


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start a program whose words go to its log.

    Raises
    ------
    Unavailable
        If the log cannot be written.
    """
    try:
        program.log.parent.mkdir(parents=True, exist_ok=True)
        if program.log.exists() and program.log.stat().st_size > LOG_BYTES:
            program.log.replace(program.log.with_suffix(".log.1"))
        with program.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches only the supervisor, which ends everybody in order.
            return subprocess.Popen(  # noqa: S603 - the command is ours
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **program.environment},
                start_new_session=True,
            )
    except OSError as error:
        raise Unavailable(
            f"{program.log} cannot be written ({error.strerror or error}).",
            fix="Choose a folder of your own with --home, or make room on its disk.",
        ) from error


def end(
    leaders: Iterable[int],
    grace: float,
    *,
    over: Callable[[], bool] = lambda: False,
    reap: Iterable["subprocess.Popen[bytes]"] = (),
) -> None:
    """End process groups and all their descendants: asked first, killed after ``grace`` seconds or when ``over``."""
    import psutil

    leaders, reap = list(leaders), list(reap)
    family = []
    for pid in leaders:
        try:
            # Whoever moved into a group of their own is found by descent.
            family += psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            continue
    _signal(leaders, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while _signal(leaders, 0) and time.monotonic() < deadline and not over():
        for process in reap:
            process.poll()
        time.sleep(0.05)
    _signal(leaders, signal.SIGKILL)
    for member in family:
        try:
            member.kill()  # psutil looks first whether this is still the same process
        except psutil.Error:
            continue
    for process in reap:
        process.wait()


def _signal(groups: Iterable[int], number: int) -> bool:
    """Send a signal to process groups; say whether any of them is still there."""
    found = False
    for group in groups:
        try:
            os.killpg(group, number)
            found = True
        except (ProcessLookupError, PermissionError):
            continue
    return found


class _Guard:
    """A small process that outlives the supervisor just long enough to end what it leaves behind.

    A supervisor killed with SIGKILL cannot tell anybody. The guard holds the other end of a pipe: when the supervisor
    is gone, however it went, the pipe closes and the guard ends the groups it was told of. The kernel's own
    parent-death signal is known to Linux only and does not reach grandchildren, and training runs in one.
    """

    def __init__(self, grace: float) -> None:
        command = launch.module("app.supervisor", str(grace))
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True
        )

    def __enter__(self) -> Self:
        return self

    def watch(self, pid: int) -> None:
        self._tell(pid)

    def forget(self, pid: int) -> None:
        self._tell(-pid)

    def _tell(self, number: int) -> None:
        pipe = self._process.stdin
        try:
            if pipe:
                pipe.write(f"{number}\n")
                pipe.flush()
        except BrokenPipeError:
            # Somebody killed the guard: the supervisor still ends its children itself.
            return

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()


def _keep_guard(lines: Iterable[str], grace: float) -> None:
    watched: set[int] = set()
    for line in lines:
        number = int(line)
        if number > 0:
            watched.add(number)
        else:
            watched.discard(-number)
    end(watched, grace)


class _Signals:
    """Counts requests to end: Ctrl-C, SIGTERM, a closed terminal. The second one is impatient."""

    ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in self.ASKING}
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _say(text: str, stream: IO[str]) -> None:
    stream.write(text + "\n")
    stream.flush()


if __name__ == "__main__":
    _keep_guard(sys.stdin, float(sys.argv[1]))
