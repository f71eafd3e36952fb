"""A backup of a home at work: whatever comes or goes in the middle of it, its registry speaks of nothing it lacks."""

import os
import shutil
import tarfile

import pytest

from app import settings
from app.workflow import backup as module
from app.workflow import catalogue, collecting, data, registry, stages, verifying
from app.workflow.backup import backup
from app.workflow.home import open_home
from engine.errors import Unavailable
from store import cases, db
from tests.app.prepared import again, copied, prepare
from tests.app.workflow.left import served


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    home, project = prepare(tmp_path_factory.mktemp("prepared"), "released")
    bring(home, 0)
    lay(home)
    return home, project


@pytest.fixture
def home(prepared, tmp_path):
    return copied(prepared[0], tmp_path / "home")


def bring(home, number):
    file = home.uploads() / f"t{number}.csv"
    file.write_text("a,b\n" + "".join(f"{i},{i % 7 + number}\n" for i in range(60)))
    return data.bring(home, file, file.name).dataset.id


def lay(home):
    """Give the rows of prepared trainings and releases the folders that real ones have."""
    for folder in sealed(home):
        folder.mkdir(exist_ok=True)
        (folder / "file").write_text("x")


def sealed(home):
    with db.reading(home.engine) as session:
        return {folder for _, folder, _ in verifying.sealed(home, session)}


def hooked(monkeypatch, *, before=lambda name: None, after=lambda name: None):
    """Let something happen before or after each file is packed."""
    real = module._add

    def add(archive, source, name):
        before(name)
        listed = real(archive, source, name)
        after(name)
        return listed

    monkeypatch.setattr(module, "_add", add)


def laid_out(file, to):
    with tarfile.open(file) as archive:
        archive.extractall(to, filter="data")
    return open_home(settings.load(to))


def test_what_arrives_in_the_middle_comes_with_its_files_where_it_comes_with_its_row(
    prepared, home, tmp_path, monkeypatch
):
    came = []

    def arrive(moment):
        if moment not in came:
            came.append(moment)
            again(home, prepared[1], "released")
            if moment in {"handrail.db", "before it is copied", "datasets"}:
                bring(home, len(came))
            lay(home)

    def copy(source, to, real=db.copy_sqlite):
        arrive("before it is copied")
        real(source, to)

    before = len(sealed(home))
    monkeypatch.setattr(db, "copy_sqlite", copy)
    hooked(monkeypatch, before=lambda name: arrive(name.partition("/")[0]))
    after = laid_out(backup(home, tmp_path / "b.tar").file, tmp_path / "after")
    assert len(sealed(after)) > before
    for folder in sealed(after):
        assert (folder / "file").is_file(), folder
    assert len(came) > 5
    assert len(sealed(home)) > len(sealed(after))  # what arrived later still


@pytest.mark.parametrize("moment", ["handrail.db", "datasets/"], ids=["before it is looked for", "while it is packed"])
def test_a_backup_is_given_up_where_what_it_speaks_of_is_erased(home, tmp_path, monkeypatch, moment):
    known = bring(home, 1)

    def erase(name):
        if name.startswith(moment) and home.dataset(known).exists():
            catalogue.delete(home, known)

    hooked(monkeypatch, **{"after" if moment == "handrail.db" else "before": erase})
    with pytest.raises(Unavailable, match="The table t1 was erased meanwhile"):
        backup(home, tmp_path / "b.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_what_goes_and_is_of_no_row_is_no_obstacle(home, tmp_path, monkeypatch):
    orphan = home.run("20260101T000000-00000000")
    orphan.mkdir()
    for place in (orphan / "a", orphan / "b", home.uploads() / "c.csv"):
        place.write_text("x")

    def sweep(_name):
        shutil.rmtree(orphan, ignore_errors=True)
        (home.uploads() / "c.csv").unlink(missing_ok=True)

    hooked(monkeypatch, before=lambda name: sweep(name) if name.startswith("runs/") else None)
    after = laid_out(backup(home, tmp_path / "b.tar").file, tmp_path / "after")
    assert not (after.uploads() / "c.csv").exists()
    assert all(folder.is_dir() for folder in sealed(after))


def test_folders_that_go_while_they_are_looked_into_are_no_obstacle(home, tmp_path, monkeypatch):
    goes = (home.work("job") / "deep", home.uploads() / "half")
    for folder in goes:
        folder.mkdir(parents=True)
    real = os.scandir

    def scandir(path="."):
        for folder in goes:
            if str(path) == str(folder):
                shutil.rmtree(folder.parent if folder.parent.parent == home.path / "work" else folder)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert backup(home, tmp_path / "b.tar").files


def test_what_is_not_readable_is_no_gap_that_nobody_sees(home, tmp_path, monkeypatch):
    real = os.scandir

    def scandir(path="."):
        if str(path) == str(home.path / "scored"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PermissionError):
        backup(home, tmp_path / "b.tar")


def test_a_version_that_is_retired_meanwhile_is_not_withdrawn_where_its_row_says_that_it_is_live(
    home, tmp_path, monkeypatch
):
    live = registry.show(home, "leaving")
    hooked(monkeypatch, after=lambda name: stages.retire(home, live.reference) if name == "handrail.db" else None)
    after = laid_out(backup(home, tmp_path / "b.tar").file, tmp_path / "after")
    assert registry.show(after, "leaving").stage == "live"
    assert home.withdrawn(live.run.id).exists()
    assert not after.withdrawn(live.run.id).exists()


def test_a_case_that_is_collected_meanwhile_is_in_the_service_s_copy_or_in_the_registry_s(home, tmp_path, monkeypatch):
    served(home, left=("d1", "d2"))
    hooked(monkeypatch, after=lambda name: collecting.collect(home) if name.endswith(".db") else None)
    after = laid_out(backup(home, tmp_path / "b.tar").file, tmp_path / "after")
    collecting.collect(after)
    version = registry.show(after, "leaving").id
    with db.reading(after.engine) as session:
        assert sum(cases.by_state(session=session, versions=[version]).values()) == 2
