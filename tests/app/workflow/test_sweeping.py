"""No file lives for ever without its row; none is taken from under somebody's hands."""

import os
import time

from app.workflow import jobs, registry
from app.workflow.sweeping import OLD, sweep
from tests.app.prepared import prepare


def test_what_never_got_its_row_is_removed_and_nothing_else(tmp_path):
    home, project_id = prepare(tmp_path, "released")
    run = registry.show(home, "leaving:1").run.id
    alive = jobs.add(home, jobs.TRAIN, {}, project_id)
    kept = [home.run(run), home.judged(run), home.release("r0"), home.dataset("d0"), home.run(alive), home.work(alive)]
    lost = [home.run("lost"), home.judged("lost"), home.release("lost"), home.dataset("lost"), home.work("lost")]
    young = home.release("young")
    for folder in (*kept, *lost, young):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    (tmp_path / "work" / "half").touch()
    past = time.time() - OLD - 60
    for path in (*kept, *lost, tmp_path / "work" / "half"):
        os.utime(path, (past, past))
    assert set(sweep(home)) == {*lost, tmp_path / "work" / "half"}
    assert all(folder.is_dir() for folder in (*kept, young))
    assert not any(folder.exists() for folder in lost)
