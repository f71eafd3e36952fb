"""A model from elsewhere is taken only where it answers as the one that was served, and then as a whole or not at all.

That training again gives the same answers is held by the journeys; here training is left out.
"""

from pathlib import Path

import pytest
from sqlmodel import select

from app.workflow import elsewhere, judging, registry, reproducing
from app.workflow.sweeping import sweep
from engine.domain.card import Done
from engine.errors import NotFound
from store import artifacts, db, runs, standing
from store import tables as rows
from tests.app.prepared import prepare

MODEL = "leaving:1"
SERVED = {"model": "m", "what": "as it is served", "rows": 9, "difference": 0.0}
BEFORE = {**SERVED, "what": "before it learned from the choose rows"}


@pytest.fixture
def home(tmp_path: Path):
    """A version whose model came from elsewhere, and was left out."""
    opened, _ = prepare(tmp_path, "trained")
    with db.writing(opened.engine) as session:
        run = session.exec(select(rows.Run)).one()
        folder = opened.work(run.id)
        (folder / "model").mkdir(parents=True)
        (folder / "model" / "steps.json").write_text("{}")
        elsewhere.strip(folder, "another")
        digest = artifacts.keep(folder, opened.run(run.id), key=opened.key)
        runs.reseal(session=session, run_id=run.id, digest=digest, by="")
    yield opened
    opened.engine.dispose()


@pytest.fixture
def compared(monkeypatch):
    """What the comparison finds; a model is fitted at once."""
    found: list[dict] = [SERVED, BEFORE]

    def fit(_rows, _plan, _record, again, **_):
        again.mkdir()
        (again / "learner.pkl").write_bytes(b"fitted here")
        return ()

    monkeypatch.setattr("engine.training.described.check_versions", lambda _: None)
    monkeypatch.setattr("engine.training.steps.read", lambda *_: None)
    monkeypatch.setattr("app.workflow.data.load", lambda *_: None)
    monkeypatch.setattr("app.workflow.training.material", lambda *_: None)
    monkeypatch.setattr(reproducing, "_fit", fit)
    monkeypatch.setattr(reproducing, "_compared", lambda *_: iter(found))
    return found


def _folder(home) -> Path:
    """The run's folder, as its seal says."""
    return judging.sealed(home, registry.show(home, MODEL).run.id, to_open=False)


def test_what_answers_the_same_is_taken(home, compared) -> None:
    told = reproducing.reproduce(home, MODEL)
    assert (told["same"], told["adopted"], told["largest_difference"]) == (True, True, 0.0)
    assert (_folder(home) / "model" / "learner.pkl").read_bytes() == b"fitted here"
    assert not elsewhere.is_marked(_folder(home))
    assert registry.show(home, MODEL).answers[-1].done == Done.BY_HAND
    with db.reading(home.engine) as session:
        assert standing.check(session=session)


def test_an_answer_that_is_no_number_is_not_the_same(home, compared) -> None:
    compared.append({**SERVED, "difference": float("nan")})
    assert not reproducing.reproduce(home, MODEL)["same"]
    assert elsewhere.is_marked(_folder(home))


def test_without_the_answers_of_the_model_as_it_is_served_nothing_is_the_same(home, compared) -> None:
    compared.remove(SERVED)
    told = reproducing.reproduce(home, MODEL)
    assert (told["same"], told["adopted"], told["largest_difference"]) == (False, False, None)
    assert "as it is served" in told["differs"][-1]
    assert elsewhere.is_marked(_folder(home))
    assert registry.show(home, MODEL).answers[-1].done == Done.NOT_DONE


def test_a_kill_between_the_registry_and_the_move_is_made_good_by_whoever_opens_the_model(home, compared, monkeypatch):
    run_id, real = registry.show(home, MODEL).run.id, artifacts.publish

    def killed(folder: Path, to: Path) -> Path:
        if to == home.run(run_id):
            raise KeyboardInterrupt
        return real(folder, to)

    with monkeypatch.context() as patched:
        patched.setattr(artifacts, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            reproducing.reproduce(home, MODEL)
    assert home.adopted(run_id).is_dir()
    assert elsewhere.is_marked(home.run(run_id))
    assert home.run(run_id) not in sweep(home, older_than=-1)
    assert (_folder(home) / "model" / "learner.pkl").read_bytes() == b"fitted here"
    assert [path.name for path in home.run(run_id).parent.iterdir()] == [run_id]


@pytest.mark.parametrize("what", ["erased", "no room", "killed at the commit"])
def test_what_breaks_off_leaves_the_folder_that_is_on_record(home, compared, monkeypatch, what) -> None:
    real = artifacts.publish

    def broken(folder: Path, to: Path) -> Path:
        if (folder / "model" / "learner.pkl").exists():
            if what == "killed at the commit":
                real(folder, to)
                raise KeyboardInterrupt
            raise OSError(28, "No space left on device")
        return real(folder, to)

    if what == "erased":

        def gone(**_):
            raise NotFound("There is no such run.", fix="Open another.")

        monkeypatch.setattr(runs, "reseal", gone)
    else:
        monkeypatch.setattr(artifacts, "publish", broken)
    with pytest.raises((NotFound, OSError, KeyboardInterrupt)):
        reproducing.reproduce(home, MODEL)
    assert elsewhere.is_marked(_folder(home))
    assert not list((home.path / "work").iterdir())
    sweep(home, older_than=-1)
    assert len(list((home.path / "runs").iterdir())) == 1
