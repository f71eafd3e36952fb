"""Deeds broken off by SIGKILL at any moment, done again as after a restart, and compared with undisturbed ones.

``python -m tests.faults.killing FOLDER KILLS SEED`` prints, as JSON, how many processes were killed in which deed, and
what was wrong afterwards. Each deed runs in a fork that kills itself before the n-th write, move, removal, statement or
commit; forking needs a process without threads, so this is one of its own.
"""

import json
import os
import random
import shutil
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from app import child, settings
from app.attempt import Attempt
from app.workflow import verifying
from app.workflow.home import Home, open_home
from app.workflow.sweeping import catch_up, sweep
from store import artifacts, db, standing
from tests.faults.deeds import DEEDS, Deed, play, template

TOUCHING = ("os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.truncate")
FOLDERS = ("datasets", "originals", "runs", "releases", "scored", "uploads", "work", "withdrawn", "drafts", "cards")
TABLES = ("project", "dataset", "problem", "override", "run", "version", "review", "release", "event", "job")


class Moments:
    """Counts the moments that matter in this process, and ends it at one of them."""

    def __init__(self, fatal: int | None) -> None:
        self.count, self._fatal = 0, fatal
        fsync = os.fsync

        def synced(descriptor: int) -> None:
            self._reached()
            fsync(descriptor)

        os.fsync = synced
        sys.addaudithook(self._heard)
        event.listen(Engine, "before_cursor_execute", lambda *_: self._reached())
        event.listen(Engine, "commit", lambda *_: self._reached())

    def _heard(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name in TOUCHING or (name == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT):
            self._reached()

    def _reached(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def forked(do: Callable[[], object], fatal: int | None = None) -> tuple[int, int]:
    """Do something in a fork; returns its status (negative: the signal that ended it), and its number of moments."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            child._PARENT = os.getppid()
            moments = Moments(fatal)
            do()
            os.write(tell, str(moments.count).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        count = pipe.read()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), int(count or 0)


class Here:
    """A child of the worker that is the worker: killed with it, as one that notices at once."""

    pid = 0

    def __init__(self, home: Home) -> None:
        self._home, self.returncode = home, 0

    def take(self, job_id: str) -> "Here":
        self.returncode = child.main(str(self._home.path), job_id)
        return self

    def poll(self) -> int:
        return self.returncode


def act(place: Path, deed: Deed, given: Any) -> None:
    """Do a deed as far as it is not done: what the app, or a person in front of it, does after a restart."""
    home = open_home(settings.load(place))
    if deed.job:
        Attempt(home, given, threading.Event(), Here(home)).perform()  # type: ignore[arg-type]
    elif not deed.done(home, given):
        deed.do(home, given)
    catch_up(home)
    sweep(home, older_than=-1)


def state(place: Path) -> dict[str, Any]:
    """Return what a home holds, without ids and moments; refuses one that is not whole."""
    home = open_home(settings.load(place))
    with db.reading(home.engine) as session:
        standing.check(session=session)
        for _, folder, digest in verifying.sealed(home, session, None):
            if digest != "x":  # as the template has it
                artifacts.verify(folder, expected=digest, key=home.key)
        rows = {table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in TABLES}  # noqa: S608
        events = Counter(f"{kind}" for (kind,) in session.execute(text("SELECT kind FROM event")))
        stages = sorted(map(str, session.execute(text("SELECT name, number, stage FROM version"))))
        ended = sorted(map(str, session.execute(text("SELECT kind, state, failure FROM job"))))
    home.engine.dispose()
    lying = {name: len(list((place / name).iterdir())) for name in FOLDERS if (place / name).is_dir()}
    beside = sorted(path.name for path in place.parent.iterdir())
    loose = sorted(path.name for path in place.iterdir() if path.name.startswith("."))
    return {"rows": rows, "events": events, "stages": stages, "jobs": ended, "lying": lying, "beside": beside,
            "loose": loose}  # fmt: skip


class Trial:
    """One deed in copies of the template."""

    def __init__(self, folder: Path, name: str, deed: Deed) -> None:
        self._folder, self._name, self._deed = folder, name, deed
        self._number = 0
        place, given = self._fresh()
        status, self.moments = forked(lambda: act(place, self._deed, given))
        if status:
            raise RuntimeError(f"{name} fails undisturbed")
        self._right = state(place)
        shutil.rmtree(place.parent)

    def _fresh(self) -> tuple[Path, Any]:
        self._number += 1
        place = self._folder / f"{self._name}-{self._number}" / "home"
        shutil.copytree(self._folder / "template", place)
        home = open_home(settings.load(place))
        given = self._deed.ready(home)
        home.engine.dispose()
        return place, given

    def broken_off(self, *fatal: int) -> tuple[int, str]:
        """Break the deed off at so many moments, one try after the other; returns kills, and what is wrong after."""
        place, given = self._fresh()
        kills = 0
        for at in fatal:
            status, _ = forked(lambda: act(place, self._deed, given), at)
            if status == 0:
                break
            if status != -signal.SIGKILL:
                return kills, f"killed at {fatal[:kills]}, it failed at the next try"
            kills += 1
        status, _ = forked(lambda: act(place, self._deed, given))
        try:
            return kills, "it failed after the restart" if status else self._wrong(state(place), kills)
        except Exception as error:
            return kills, repr(error)
        finally:
            shutil.rmtree(place.parent)

    def _wrong(self, found: dict[str, Any], kills: int) -> str:
        if found == self._right:
            return ""
        if kills > 1 and self._deed.job and "worker_lost" in str(found["jobs"]):
            return ""  # that is final too: it is said that the worker was lost twice; the seals were checked
        return "; ".join(f"{k}: {found[k]} instead of {self._right[k]}" for k in found if found[k] != self._right[k])


def main(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill so many processes, spread over the deeds, a fifth of them again while they recover."""
    play()
    template(folder / "template")
    rng = random.Random(seed)  # noqa: S311 - which moments
    killed: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    trials: dict[str, Trial] = {}
    turn = 0
    while sum(killed.values()) < kills:
        name = list(DEEDS)[turn % len(DEEDS)]
        trial = trials.get(name) or trials.setdefault(name, Trial(folder, name, DEEDS[name]))
        turn += 1
        fatal = [rng.randint(1, trial.moments) for _ in range(rng.choice((1, 1, 1, 1, 2)))]
        done, complaint = trial.broken_off(*fatal)
        killed[name] += done
        if complaint:
            wrong[f"{name} at {fatal} of {trial.moments}"] = complaint
    return {"killed": killed, "wrong": wrong, "moments": {name: trial.moments for name, trial in trials.items()}}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
