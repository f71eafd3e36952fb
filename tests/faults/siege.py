"""The worker and the web server as they run for a person, killed again and again; and what is to be so afterwards."""

import io
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable

from app import processes
from app.workflow import data, jobs, projects, registry, releasing, training, verifying, wizarding
from app.workflow.home import Home
from app.workflow.views import JobView, ProblemView
from engine.domain.run import JobState, Plan, Quality
from engine.domain.version import Stage
from store import artifacts, db, record
from tests.journeys.browsing import Analyst, answers, start, until

SOON = 90  # seconds within which everything is as it should be after a restart
PATIENCE = 600  # after these nobody waits to see whether it comes later
READ, TRAIN, REVIEW, RELEASE = KINDS = ("read", "train", "review", "release")


class Siege:
    """Kills at random moments while tables are read, models trained, reviewed on the screen and released."""

    def __init__(self, home: Home, asked: ProblemView, port: int, seed: int) -> None:
        self._home, self._asked, self._port = home, asked, port
        self._tables = projects.create(home, "tables").id
        self._rng = random.Random(seed)  # noqa: S311 - which moments
        self._programs = {"worker": processes.worker(home.path), "web": processes.web(home.path, "127.0.0.1", port)}
        self._running = {name: start(program) for name, program in self._programs.items()}
        self._usual = dict.fromkeys(KINDS, 1.5)  # seconds that it takes undisturbed
        self.killed: Counter[str] = Counter()
        self.victims: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.kills = self.lost = 0
        self.done: Counter[str] = Counter()
        self.waits: dict[str, list[float]] = {kind: [] for kind in KINDS}
        until(lambda: answers(port), 60)

    def lift(self) -> None:
        """End both in order."""
        until(lambda: answers(self._port), 60)
        for process in self._running.values():
            process.terminate()
            process.wait(timeout=30)

    def undisturbed(self, reviewer: Analyst) -> None:
        """Do each once to learn how long it takes: the moments are drawn from that time."""
        for kind in (READ, TRAIN, RELEASE):
            if kind == RELEASE:
                self._approve(reviewer, lambda: until(self._is_approved, SOON))
                self.done[REVIEW] += 1
            began = time.monotonic()
            job_id = self._begin(kind)
            until(lambda job_id=job_id: not jobs.job(self._home, job_id).alive, PATIENCE)  # type: ignore[misc]
            self._usual[kind] = time.monotonic() - began
            self.done[kind] += 1

    def round(self, kind: str, reviewer: Analyst) -> None:
        """Do one thing, killed once or twice, and look whether it came to its right end."""
        before = self.kills
        if kind == REVIEW:
            self._review(reviewer)
        else:
            self._job(kind)
        self.done[kind] += 1
        print(  # noqa: T201 - an hour without a word is long
            f"{self.kills} kills, {self.kills - before} of them while there was "
            f"{kind} {self.done[kind]}: {self.waits[kind][-1]:.1f} s to its end, load {os.getloadavg()[0]:.1f}; "
            f"wrong: {self.wrong}",
            flush=True,
        )

    def _begin(self, kind: str) -> str:
        if kind == TRAIN:
            return training.start(self._home, self._asked.id, Plan(minutes=0.1, quality=Quality.FAST))
        if kind == RELEASE:
            return releasing.start(self._home, self._newest())
        number = self.done[kind]
        table = "a,b\n" + "".join(f"{row},{row % 7 + number}\n" for row in range(2000))
        return wizarding.bring(self._home, self._tables, io.BytesIO(table.encode()), f"t{number}.csv")

    def _job(self, kind: str) -> None:
        job_id = self._begin(kind)
        behind = self._begin(READ) if kind != READ and self._rng.random() < 0.3 else None
        self._await_moment(job_id, kind)
        self._kill(job_id, kind, *self._aim())
        if kind != READ and self._rng.random() < 0.15:
            time.sleep(self._rng.uniform(0, self._usual[kind]))
            self._kill(job_id, kind, "worker")
        job = self._ended(job_id, kind)
        if job.state is JobState.FAILED and job.failure and job.failure.code == "worker_lost":
            self.lost += 1  # killed twice, and said to be: a right end; then it is started again, as it says
            job = self._ended(self._begin(kind), kind)
        if job.state is not JobState.DONE:
            self.wrong.append(f"{kind} {job.id} ended as {job.state}: {job.failure}")
        if behind is not None:
            self.done[READ] += 1
            if (waited := self._ended(behind, READ)).state is not JobState.DONE:
                self.wrong.append(f"the reading behind {kind} {job.id} ended as {waited.state}: {waited.failure}")
        self._look(f"after {kind} {job.id}")

    def _aim(self) -> tuple[str, ...]:
        return self._rng.choices((("worker",), ("web",), ("worker", "web")), (0.6, 0.05, 0.35))[0]

    def _await_moment(self, job_id: str, kind: str) -> None:
        """Wait for any moment of the whole, or, a third of the time, of the short one in which files are sealed."""
        if kind == READ or self._rng.random() > 1 / 3:
            time.sleep(self._rng.uniform(0, self._usual[kind]))
            return
        place = self._home.run(job_id) if kind == TRAIN else self._home.release(job_id)
        sealing = self._home.work(job_id) / "run" / artifacts.MANIFEST
        end = time.monotonic() + 3 * self._usual[kind] + 10
        while time.monotonic() < end and not place.exists() and not sealing.exists():
            time.sleep(0.0005)
        time.sleep(self._rng.uniform(0, 0.15))

    def _review(self, reviewer: Analyst) -> None:
        def kill() -> None:
            time.sleep(self._rng.uniform(0, 0.6))
            self._kill("", REVIEW, "web")

        self._approve(reviewer, kill)
        began = time.monotonic()
        self.killed["review: already approved" if self._is_approved() else "review: not yet approved"] += 1
        if not self._is_approved():
            self._approve(reviewer, lambda: until(self._is_approved, SOON))
        self.waits[REVIEW].append(time.monotonic() - began)
        self._look(f"after the review of {self._newest()}")

    def _approve(self, reviewer: Analyst, then: Callable[[], None]) -> None:
        """Approve the newest version on the screen, and do something once the button is pressed."""
        until(lambda: answers(self._port), SOON)
        reviewer.tab.goto(f"{reviewer.address}/review?project={self._asked.project_id}")
        reviewer.tab.get_by_role("textbox", name="Your note", exact=True).wait_for()
        reviewer.accepts_each("made up")
        reviewer.writes("Your note", "it holds")
        reviewer.presses("Approve")
        then()
        reviewer.tab.goto("about:blank")

    def _newest(self) -> str:
        return registry.every(self._home)[0].reference

    def _is_approved(self) -> bool:
        return registry.show(self._home, self._newest()).stage in {Stage.APPROVED, Stage.LIVE}

    def _kill(self, job_id: str, kind: str, *victims: str) -> None:
        for name in victims:
            os.kill(self._running[name].pid, signal.SIGKILL)
            self._running[name].wait()
        self.kills += len(victims)
        self.victims[" and ".join(victims)] += 1
        if job_id:
            self.killed[f"{kind}: {self._going_on(job_id, kind)}"] += 1
        self._look(f"killed while there was {kind} {job_id}")
        for name in victims:
            self._running[name] = start(self._programs[name])

    def _going_on(self, job_id: str, kind: str) -> str:
        job = jobs.job(self._home, job_id)
        if job.state is JobState.RUNNING and kind != READ:
            place = self._home.run(job_id) if kind == TRAIN else self._home.release(job_id)
            if place.exists():
                return "in its place, not yet in the registry"
            if (self._home.work(job_id) / "run" / artifacts.MANIFEST).exists():
                return "being sealed"
        said = job.progress.stage.partition(" 100 rows")[0]
        return (said or "begun") if job.state is JobState.RUNNING else str(job.state)

    def _ended(self, job_id: str, kind: str) -> JobView:
        """Wait for a right end; a late one is noted with how busy the machine was."""
        began = time.monotonic()
        until(lambda: not jobs.job(self._home, job_id).alive, PATIENCE)
        self.waits[kind].append(time.monotonic() - began)
        if self.waits[kind][-1] > SOON:
            late = f"{kind} {job_id} took {self.waits[kind][-1]:.0f} s after the restart"
            self.wrong.append(f"{late}, with a load of {os.getloadavg()} on {os.cpu_count()} cores")
        return jobs.job(self._home, job_id)

    def _look(self, when: str) -> None:
        """Whatever is visible is whole, and the record too."""
        try:
            list(verifying.verify(self._home, None))
        except Exception as error:
            self.wrong.append(f"{when}: {error!r}")

    def totals(self) -> dict[str, tuple[int, int]]:
        """Return what there is of everything once swept, and what there should be."""
        home, done = self._home, self.done
        versions = [registry.show(home, row.reference) for row in registry.every(home)]
        approvals = Counter(entry.decision for version in versions for entry in version.reviews)
        with db.reading(home.engine) as session:
            kinds = Counter(entry.kind for entry in record.chain(session=session))
            sealed = Counter(folder.parent.name for _, folder, _ in verifying.sealed(home, session, None))
        lying = {name: len(list((home.path / name).iterdir())) for name in ("work", "uploads", "runs", "releases")}
        return {
            "versions": (len(versions), done[TRAIN]),
            "trainings on record": (kinds["run"], done[TRAIN]),
            "versions on record": (kinds["version"], done[TRAIN]),
            "approvals": (approvals["approved"], done[REVIEW]),
            "tables": (len(data.every_dataset(home)), done[READ] + 1),
            "tables on record": (kinds["dataset"], done[READ] + 1),
            "releases on record": (kinds["release"], done[RELEASE]),
            "jobs that are not final": (len(jobs.alive(home)), 0),
            "folders of work": (lying["work"], 0),
            "uploads": (lying["uploads"], 0),
            "folders of runs": (lying["runs"], sealed["runs"]),
            "folders of releases": (lying["releases"], sealed["releases"]),
        }

    def told(self) -> str:
        """Return the figures."""
        with db.reading(self._home.engine) as session:
            entries = sum(1 for _ in record.chain(session=session))
        longest = {kind: round(max(waits), 1) for kind, waits in self.waits.items() if waits}
        return (
            f"{self.kills} kills of {dict(self.victims)} while there was {dict(self.killed)}; "
            f"{self.lost} jobs killed twice and said to be lost; longest seconds to a right end after a restart "
            f"{longest}; {entries} entries in the record; {self.totals()}; wrong: {self.wrong}"
        )
