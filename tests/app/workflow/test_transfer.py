"""A project goes out in one file and comes back: here whole, elsewhere without what is code."""

import hashlib
import io
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlmodel import select

from app import settings
from app.workflow import (
    cases,
    collecting,
    elsewhere,
    erasing,
    exporting,
    importing,
    judging,
    keys,
    lineage,
    originals,
    registry,
    releasing,
    reviewing,
    stages,
    travelling,
    verifying,
)
from app.workflow.exporting import LIST, SEAL
from app.workflow.home import Home, open_home
from engine.domain.card import Done, ReviewEntry
from engine.domain.kept import KeptDecision
from engine.domain.service import Form
from engine.domain.version import Stage
from engine.errors import HandrailError, NotFound, Refused, UnreadableFile, UnusableOption
from engine.serving import admitted
from store import artifacts, db, decided, models, record, reviews, runs, standing
from store import tables as rows
from tests.app.prepared import DATASET, copied, prepare
from tests.app.workflow.left import served

MODEL = "leaving:1"
BROUGHT = b"a,b\n1,2\n"
SHA = hashlib.sha256(BROUGHT).hexdigest()
BOMB = b"cposix\nsystem\n(S'touch opened'\ntR."  # what a hostile pickle looks like


def _sealed(home: Home, place: Path, files: dict[str, bytes]) -> str:
    work = home.path / "work" / place.name
    for name, content in files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_bytes(content)
    (work / "empty").mkdir()
    return artifacts.keep(work, place, key=home.key)


def _whole(folder: Path) -> Home:
    """A released version with all its files, an answer of a person, and the file that was brought."""
    home, _ = prepare(folder, "released", dataset=DATASET.model_copy(update={"sha256": SHA}))
    with db.writing(home.engine) as session:
        dataset = session.exec(select(rows.Dataset)).one()
        dataset.digest = _sealed(home, home.dataset(dataset.id), {"rows.parquet": b"rows"})
        record.append(session=session, kind=record.DATASET, subject=dataset.id, **standing.of_dataset(dataset))
        run = session.exec(select(rows.Run)).one()
        files = {"model/learner.pkl": BOMB, "model/steps.json": b"{}", "golden.parquet": b"rows"}
        runs.reseal(session=session, run_id=run.id, digest=_sealed(home, home.run(run.id), files), by="")
        version = session.exec(select(rows.Version)).one()
        entry = ReviewEntry(decision="approved", note="It may go.", reviewer="r", at=datetime(2026, 1, 2, tzinfo=UTC))
        reviews.add(session=session, version=version, entry=entry)
        release = session.exec(select(rows.Release)).one()
        release.digest = _sealed(home, home.release(release.id), {"bento.pkl": BOMB})
        of = standing.of_release(release)
        record.append(session=session, kind=record.RELEASE, subject=release.version_id, **of)
        for stage, why in ((Stage.APPROVED, ""), (Stage.LIVE, "It is asked for."), (Stage.APPROVED, "")):
            models.stage(session=session, version=version, stage=stage, why=why)
    reviewing.answer(home, MODEL, "data_3", Done.BY_HAND)
    served(home, left=("left", "told"), answered=("sure",), outcomes=[("sure", "no")])
    collecting.collect(home)
    cases.answer(home, "told", "yes", "looked it up")
    brought = folder / "brought.csv"
    brought.write_bytes(BROUGHT)
    originals.keep(home, brought, SHA)
    return home


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> SimpleNamespace:
    """A whole home and its project's file, made once; nobody changes them."""
    folder = tmp_path_factory.mktemp("kept")
    home = _whole(folder / "home")
    file = folder / "leaving.handrail"
    exporting.export(home, _project(home).id, file)
    return SimpleNamespace(home=home, file=file)


@pytest.fixture
def home(kept, tmp_path: Path) -> Home:
    return copied(kept.home, tmp_path / "home")


@pytest.fixture
def other(tmp_path: Path) -> Home:
    """Another installation, with a key of its own."""
    return open_home(settings.load(tmp_path / "other"))


@pytest.fixture(scope="module")
def emptied(kept, tmp_path_factory) -> Home:
    """The same installation with nothing in it, and nothing gets in."""
    folder = tmp_path_factory.mktemp("emptied")
    shutil.copy(kept.home.path / "key", folder / "key")
    return open_home(settings.load(folder))


def _project(home: Home) -> rows.Project:
    with db.reading(home.engine) as session:
        return session.exec(select(rows.Project)).one()


def _cards(home: Home) -> dict[str, str]:
    return {form: registry.render(registry.card(home, MODEL), form) for form in registry.FORMATS}


def _files(home: Home) -> dict[str, bytes]:
    tops = ("datasets", "runs", "releases", "originals")
    found = [path for top in tops for path in (home.path / top).rglob("*") if path.is_file()]
    return {path.relative_to(home.path).as_posix(): path.read_bytes() for path in found}


def _life(home: Home) -> list[str]:
    return [moment.said for moment in lineage.life(home, registry.show(home, MODEL))]


def test_what_was_exported_and_erased_comes_back_as_it_was(kept, home) -> None:
    cards, files, life = _cards(home), _files(home), _life(home)
    assert len(files) == 9
    assert "It went live. Why: It is asked for." in life
    erasing.erase(home, _project(home).id)
    assert _files(home) == {}
    brought = importing.bring(home, kept.file)
    assert (brought.own, brought.notes, brought.models) == (True, (), (MODEL,))
    assert _cards(home) == cards
    assert _files(home) == files
    assert _life(home) == [*life, "It came back in a file that was exported here."]
    assert len(list(verifying.verify(home, None))) == 5
    assert releasing.released(home, MODEL, Form.SERVICE)
    assert stages.promote(home, MODEL)
    assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600


def _decided(home: Home) -> list[dict]:
    with db.reading(home.engine) as session:
        found = [
            *session.exec(select(rows.Decision).order_by(rows.Decision.id)),
            *session.exec(select(rows.Reported).order_by(rows.Reported.decision_id)),
            *session.exec(select(rows.LeftCase).order_by(rows.LeftCase.decision_id)),
        ]
        return [row.model_dump() for row in found]


def test_what_it_decided_comes_along_here_and_elsewhere(kept, home, other) -> None:
    before = _decided(home)
    assert len(before) == 3 + 2 + 2
    erasing.erase(home, _project(home).id)
    assert _decided(home) == []
    for to in (home, other):
        importing.bring(to, kept.file)
        assert _decided(to) == before
        assert [one.decision_id for one in cases.waiting(to)] == ["left"]
        assert lineage.of_decision(to, "sure").model == MODEL
        assert cases.show(to, "told").note == "looked it up"


def test_what_is_older_than_is_kept_neither_goes_nor_comes(kept, home, tmp_path) -> None:
    with db.writing(home.engine) as session:
        session.get_one(rows.Decision, "sure").at = rows.now() - timedelta(days=91)
    served(home, answered=("late",))  # and not collected yet
    file = tmp_path / "young.handrail"
    exported = exporting.export(home, _project(home).id, file)
    assert (exported.decisions, exported.cases) == (3, 2)
    strict = open_home(settings.load(tmp_path / "strict").model_copy(update={"service_log_days": 1}))
    with db.writing(home.engine) as session:
        for table in (rows.Decision, rows.LeftCase):
            session.get_one(table, "left").at = rows.now() - timedelta(days=2)
    second = tmp_path / "second.handrail"
    exporting.export(home, _project(home).id, second)
    (note,) = [note for note in importing.bring(strict, second).notes if "decisions" in note]
    assert note == "1 of its decisions were left out: they are older than the 1 days for which they are kept."
    assert cases.waiting(strict) == []


def test_what_an_earlier_service_wrote_goes_along_as_every_database_holds_it(home, other, tmp_path) -> None:
    with db.writing(home.engine) as session:
        session.get_one(rows.Decision, "sure").key = "a\0b"
        session.get_one(rows.LeftCase, "told").note = "looked\0it up"
        session.get_one(rows.Reported, ("sure", "application")).outcome = "n\0"
    file = tmp_path / "old.handrail"
    exporting.export(home, _project(home).id, file)
    importing.bring(other, file)
    with db.writing(other.engine) as session:
        assert session.get_one(rows.Decision, "sure").key == "a\ufffdb"
        assert session.get_one(rows.LeftCase, "told").note == "looked\ufffdit up"
        assert session.get_one(rows.Reported, ("sure", "application")).outcome == "n\ufffd"
    with db.writing(home.engine) as session:
        session.get_one(rows.Decision, "sure").trust = "blind"
    with pytest.raises(Refused, match="The decision 'sure' is none that can be taken along"):
        exporting.export(home, _project(home).id, tmp_path / "blind.handrail")


def test_no_more_of_a_file_is_held_in_memory_than_there_is_room_for(kept, other, monkeypatch) -> None:
    lines = _members(kept.file)[travelling.FILE].splitlines(keepends=True)
    held = []

    def add(*, found: Sequence[KeptDecision], **more: object) -> int:
        held.append(len(found))
        return decided.add(found=found, **more)

    monkeypatch.setattr(travelling, "decided", SimpleNamespace(add=add, CHUNK=decided.CHUNK))
    monkeypatch.setattr(travelling, "LONGEST", max(map(len, lines)))
    assert importing.bring(other, kept.file).models == (MODEL,)
    assert sum(held) == len(lines) == 3
    assert len(held) > 1
    monkeypatch.setattr(travelling, "LONGEST", max(map(len, lines)) - 1)
    erasing.erase(other, _project(other).id)
    with pytest.raises(UnreadableFile, match="do not belong together"):
        importing.bring(other, kept.file)


def test_keys_stay_and_their_names_are_told(home, other, tmp_path) -> None:
    made = keys.add(home, MODEL, "Billing")
    file = tmp_path / "with-a-key.handrail"
    assert exporting.export(home, _project(home).id, file).without == ("Billing",)
    whole = file.read_bytes()
    assert made.key.encode() not in whole
    assert admitted.hashed(made.key.encode()).encode() not in whole
    said = " ".join(importing.bring(other, file).notes)
    assert "Billing had one for leaving: make a new one for each (handrail key add leaving" in said
    assert keys.every(other) == []


def test_elsewhere_a_model_is_a_record_and_is_never_opened(kept, other, monkeypatch) -> None:
    brought = importing.bring(other, kept.file)
    assert not brought.own
    assert brought.notes == (f"{MODEL} was approved where it came from: here it is a draft.",)
    assert not [name for name, content in _files(other).items() if content == BOMB]
    assert len(list(verifying.verify(other, None))) == 4
    shown = registry.show(other, MODEL)
    assert (shown.stage, shown.release_id, len(shown.reviews)) == ("draft", None, 1)
    assert [answer.test for answer in shown.answers] == ["data_3"]
    assert MODEL in _cards(other)["html"]
    assert "from another installation" in " ".join(_life(other))
    for use in (
        lambda: judging.sealed(other, shown.run.id),
        lambda: judging.perform(other, shown.run.id, "CatBoost"),
    ):
        with pytest.raises(Refused, match="only what was sealed here is opened") as refused:
            use()
        assert "handrail reproduce" in refused.value.fix
    with pytest.raises(NotFound, match="has not been released"):
        releasing.released(other, MODEL, Form.SERVICE)
    assert exporting.installation(other) != json.loads((other.run(shown.run.id) / elsewhere.MARK).read_text())


def test_what_is_here_is_not_brought_twice(kept, home, other) -> None:
    before = _files(home)
    with pytest.raises(Refused, match="nothing was brought twice"):
        importing.bring(home, kept.file)
    assert _files(home) == before
    importing.bring(other, kept.file)
    with pytest.raises(Refused, match="nothing was brought twice"):
        importing.bring(other, kept.file)
    assert len(list(verifying.verify(other, None))) == 4


def test_a_name_that_is_taken_gets_a_number(kept, other, tmp_path) -> None:
    there, _ = prepare(tmp_path / "there", "trained")
    brought = importing.bring(there, kept.file)
    assert brought.project.endswith(" 2")
    assert brought.models == ("leaving-2:1",)
    assert [note.split(" called")[0] for note in brought.notes[:2]] == ["A project", "A model"]
    assert registry.show(there, "leaving:1").id != registry.show(there, "leaving-2:1").id


def test_what_answers_under_a_name_that_is_taken_is_released_again(kept, home, tmp_path) -> None:
    with db.writing(home.engine) as session:
        models.stage(session=session, version=session.exec(select(rows.Version)).one(), stage=Stage.LIVE)
    file = tmp_path / "live.handrail"
    exporting.export(home, _project(home).id, file)
    _write(tmp_path / "there" / "key", (home.path / "key").read_bytes())  # the same installation, another registry
    there, _ = prepare(tmp_path / "there", "trained")
    brought = importing.bring(there, file)
    assert (brought.own, brought.models) == (True, ("leaving-2:1",))
    assert "What was released of it answers as 'leaving' and was left out" in " ".join(brought.notes)
    assert registry.show(there, "leaving-2:1").stage == "approved"
    assert not list((there.path / "releases").iterdir())
    with pytest.raises(NotFound, match="has not been released"):
        releasing.released(there, "leaving-2:1", Form.SERVICE)
    with db.reading(there.engine) as session:
        assert standing.check(session=session)


def test_the_table_of_another_project_stays(kept, home) -> None:
    with db.writing(home.engine) as session:
        second = projects_row(session)
    erasing.erase(home, next(p.id for p in _every(home) if p.id != second))
    assert (home.path / "datasets").iterdir()
    importing.bring(home, kept.file)
    assert len(list(verifying.verify(home, None))) == 5


def projects_row(session) -> str:
    from store import projects as stored

    dataset = session.exec(select(rows.Dataset)).one()
    made = stored.create(session=session, name="Another")
    stored.point(session=session, project=made, dataset_id=dataset.id)
    return made.id


def _every(home: Home) -> list[rows.Project]:
    with db.reading(home.engine) as session:
        return list(session.exec(select(rows.Project)))


def test_a_file_is_refused_before_it_is_written(kept, home, tmp_path) -> None:
    project = _project(home).id
    with pytest.raises(Refused, match="exists already"):
        exporting.export(home, project, kept.file)
    with pytest.raises(UnusableOption, match="lies in the home"):
        exporting.export(home, project, home.path / "x.handrail")
    (home.run(registry.show(home, MODEL).run.id) / "model" / "learner.pkl").write_bytes(b"another")
    with pytest.raises(Refused, match="not what was sealed"):
        exporting.export(home, project, tmp_path / "x.handrail")
    assert not list(tmp_path.glob("x.handrail*"))


def test_what_services_wrote_is_not_looked_at_for_nothing(kept, home, tmp_path) -> None:
    log = collecting.service_file(home)
    log.write_bytes(b"no log")
    (project,) = _every(home)
    with pytest.raises(Refused, match="exists already"):
        exporting.export(home, project.id, kept.file)
    with pytest.raises(NotFound):
        exporting.export(home, "x", tmp_path / "x.handrail")
    with pytest.raises(UnreadableFile, match="damaged"):
        exporting.export(home, project.id, tmp_path / "x.handrail")
    assert not list(tmp_path.glob("x.handrail*"))
    with db.writing(home.engine) as session:
        session.delete(session.exec(select(rows.Release)).one())
    assert exporting.export(home, project.id, tmp_path / "x.handrail").decisions == 3
    assert log.read_bytes() == b"no log"


def _zipped(folder: Path, members: dict[str, bytes]) -> Path:
    file = folder / "broken.handrail"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(content)


def _lost(**_: object) -> None:
    raise OSError("no more room")


# What can be wrong with a file: what is done to its members, and what is said of it.
def _members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _listed(change: Callable[[dict], None]) -> Callable[[dict[str, bytes]], None]:
    def changed(members: dict[str, bytes]) -> None:
        about = json.loads(members[LIST])
        about["installation"] = "elsewhere"  # else it is known as one of ours that was changed
        change(about)
        members[LIST] = json.dumps(about).encode()

    return changed


def _first(members: dict[str, bytes], end: str) -> str:
    return next(name for name in members if name.endswith(end))


def _row(table: str, **values) -> Callable[[dict[str, bytes]], None]:
    return _listed(lambda about: about["rows"][table][0].update(values))


def _called(table: str, id_: str) -> Callable[[dict[str, bytes]], None]:
    """Give the first row of a table another id, wherever rows speak of it."""

    def change(about: dict) -> None:
        before = about["rows"][table][0]["id"]
        about["rows"] = json.loads(json.dumps(about["rows"]).replace(before, id_))

    return _listed(change)


def _entry(of: str, body: dict | None = None, **values) -> Callable[[dict[str, bytes]], None]:
    """Change the first entry of a kind."""

    def change(about: dict) -> None:
        entry = next(entry for entry in about["record"] if entry["kind"] == of)
        entry.update(values, body=entry["body"] if body is None else body)

    return _listed(change)


def _decision(whole: object = "", **values: object) -> Callable[[dict[str, bytes]], None]:
    """Change the first decision, and the list that says what the file of decisions holds."""

    def change(members: dict[str, bytes]) -> None:
        first, _, rest = members[travelling.FILE].partition(b"\n")
        line = b"{" if whole is None else json.dumps({**json.loads(first), **values}).encode()
        content = members[travelling.FILE] = line + b"\n" + rest
        listed = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        _listed(lambda about: about["files"].update({travelling.FILE: listed}))(members)

    return change


def _file(end: str, content: bytes | None) -> Callable[[dict[str, bytes]], None]:
    """Change a file, or take it out (None), and the list that says what it holds."""

    def change(members: dict[str, bytes]) -> None:
        name = _first(members, end)
        about = json.loads(members[LIST])
        if content is None:
            del members[name], about["files"][name]
        else:
            members[name] = content
            about["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        _listed(lambda known: known.update(files=about["files"]))(members)

    return change


def _without(kind: str) -> Callable[[dict[str, bytes]], None]:
    return _listed(lambda about: about.update(record=[e for e in about["record"] if e["kind"] != kind]))


BROKEN: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "a file changed": (lambda m: m.update({_first(m, ".pkl"): BOMB[:-2] + b"x."}), "is not what was exported"),
    "a file missing": (lambda m: m.pop(_first(m, "rows.parquet")), "is not what was exported"),
    "a file added": (lambda m: m.update({"runs/x/code.py": b"import os"}), "is not what was exported"),
    "its list changed": (lambda m: m.update({LIST: m[LIST].replace(b"approved", b"live")}), "not the one that was"),
    "its seal changed": (lambda m: m.update({SEAL: b"0" * 64}), "not the one that was written here"),
    "no list": (lambda m: m.pop(LIST), "has no list"),
    "no JSON": (lambda m: m.update({LIST: b"{"}), "not a project's file, or is damaged"),
    "another JSON": (lambda m: m.update({LIST: b"[]"}), "its list is none"),
    "deep JSON": (lambda m: m.update({LIST: b"[" * 200_000}), "not a project's file, or is damaged"),
    "a newer format": (_listed(lambda about: about.update(format=3)), "newer version"),
    "a newer database": (_listed(lambda about: about.update(database="9999")), "newer version"),
    "a way out": (lambda m: m.update({"../x": b""}), "would land outside"),
    "a way out by an absolute path": (lambda m: m.update({"/etc/x": b""}), "would land outside"),
    "a way out by a backslash": (lambda m: m.update({"runs\\..\\x": b""}), "would land outside"),
    "an empty folder": (lambda m: m.update({"runs/x/": b""}), "belongs to nothing in it"),
    "a folder in a file's place": (lambda m: m.update({f"originals/{'4' * 64}.zst/": b""}), "belongs to nothing"),
    "a run named after another's rows": (_called("run", f"20261121T143933-3e79f3ac-judged-{'0' * 16}"), "no job's id"),
    "a run named as another is for a moment": (_called("run", "20261121T143933-3e79f3ac-adopted"), "no job's id"),
    "a run named as others begin": (_called("run", "20261121T143933"), "no job's id"),
    "a project named as others begin": (_called("project", "20261121T143933"), "no project's id"),
    "a project with a way out": (_row("project", id="../../x"), "is no id"),
    "a table with a way out": (_row("dataset", sha256="../x"), "no hash of a table"),
    "a model with a way out": (_row("version", name="../x"), "no model's name"),
    "a stage that is none": (_row("version", stage="crowned"), "no stage"),
    "another's project": (_row("problem", project_id="p1"), "is not in it"),
    "another's run": (_row("version", run_id="r1"), "is not in it"),
    "a decision of another's": (_decision(version_id="v1"), "do not belong together"),
    "a decision of no trust": (_decision(trust="blind"), "is damaged"),
    "a decision that says more": (_decision(row={"calls": 1}), "is damaged"),
    "a decision of a day to come": (_decision(at="9999-12-31T00:00:00"), "do not belong together"),
    "an outcome of a day to come": (
        _decision(outcomes=[{"source": "person", "outcome": "no", "received": "9999-12-31T00:00:00"}]),
        "do not belong together",
    ),
    "decisions that are none": (_decision(None), "is damaged"),
    "applications that are none": (_listed(lambda about: about.update(applications={"leaving": 1})), "had keys"),
    "an application that is more than a line": (
        _listed(lambda about: about.update(applications={"leaving": ["\x1b[2Jx\ny"]})), "had keys"
    ),
    "an application without an end": (
        _listed(lambda about: about.update(applications={"leaving": ["x" * 61]})), "had keys"
    ),
    "an application of no model of its": (
        _listed(lambda about: about.update(applications={"wages": ["Billing"]})), "had keys"
    ),
    "versions that are none": (_listed(lambda about: about["rows"].update(version=[1])), "is damaged"),
    "a job at work": (_row("job", state="running"), "has not ended"),
    "a noun that is none": (_row("run", plan={"minutes": -1}), "is damaged"),
    "a column that is none": (_row("run", code="import os"), "has no code"),
    "a value that is none": (_row("run", builder={}), "is no builder"),
    "a table that is none": (_listed(lambda about: about["rows"].update(event=[])), "is damaged"),
    "no table": (_listed(lambda about: about["rows"].pop("run")), "is damaged"),
    "no rows at all": (_listed(lambda about: about.update(rows=None)), "is damaged"),
    "a number that is none": (_row("report", seconds={"DA001": float("nan")}), "holds 'NaN' for a number"),
    "a number without an end": (
        lambda m: (_row("report", seconds={"DA001": 0.25})(m), m.update({LIST: m[LIST].replace(b"0.25", b"1e999")})),
        "holds '1e999' for a number",
    ),
    "two projects": (_listed(lambda about: about["rows"]["project"].append({"id": "x"})), "is damaged"),
    "a record of others": (_listed(lambda about: about["record"][0].update(subject="x")), "speaks of 'x'"),
    "an entry of another clock": (_entry("stage", at="2026-01-02T03:04:05+02:00"), "another clock's"),
    "an entry of no time": (_entry("stage", at="yesterday"), "Invalid isoformat"),
    "an entry of a number's": (_entry("stage", by=5), "an entry of its record is none"),
    "an entry of a key": (_entry("stage", kind="key"), "of the kind 'key'"),
    "an entry of no kind": (_entry("stage", kind=[]), "an entry of its record is none"),
    "a review of nothing": (_entry("review", {}), "does not say the said of a review"),
    "a review of another text": (_entry("review", {"said": "x", "decision": "approved"}), "record does not agree"),
    "a release of nothing": (_entry("release", {}), "does not say the release of a release"),
    "a stage of nothing": (_entry("stage", {"to": "live"}), "does not say the policy of a stage"),
    "an answer of nothing": (_entry("answer", {"test": "data_3", "done": "often"}), "is damaged"),
    "a table of a model's": (_entry("dataset", kind="version"), "speaks of"),
    "no entry of a table": (_without("dataset"), "record does not agree"),
    "no entry of a review": (_without("review"), "record does not agree"),
    "a table without its rows": (_file("rows.parquet", None), "rows.parquet is missing"),
    "a table of other rows": (_file("rows.parquet", b"other"), "rows.parquet was changed"),
    "a table without a manifest": (_file("d0/MANIFEST.json", None), "its manifest is gone"),
    "a table with a manifest that is none": (_file("d0/MANIFEST.json", b"[]"), "its manifest is none"),
    "another file than was brought": (_file(".zst", b"other"), "is not what was brought"),
    "a training without a plan": (_row("run", plan=None), "a run in it has no plan"),
    "a version that decides by nothing": (_row("version", policy=None), "a version in it has no policy"),
    "a version before the first": (_row("version", number=0), "leaving:0 is no version"),
    "a training that nothing says the end of": (
        _listed(lambda about: about["rows"].update(job=[])), "how the training .* ended"
    ),
    "a moment of another clock": (_row("run", created_at="2026-01-02T03:04:05Z"), "of another clock"),
    "a number that no table takes": (_row("version", number=10**30), "do not belong together"),
    "a name that no table takes": (_row("project", name="\ud800"), "do not belong together"),
    "a record that says twice": (
        _listed(lambda about: about["rows"]["version"].append(about["rows"]["version"][0])), "do not belong together"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BROKEN.values(), ids=list(BROKEN))
def test_a_file_that_is_not_right_leaves_nothing_behind(kept, emptied, tmp_path, change, words) -> None:
    members = _members(kept.file)
    change(members)
    with pytest.raises(HandrailError, match=words):
        importing.bring(emptied, _zipped(tmp_path, members))
    assert _every(emptied) == []
    assert _files(emptied) == {}
    assert not list((emptied.path / "work").iterdir())
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("what", ["cut off", "no archive", "absent", "a bomb", "a link", "a double"])
def test_no_archive_is_unpacked_that_is_not_plain(kept, emptied, tmp_path, what) -> None:
    file = tmp_path / "broken.handrail"
    shutil.copy(kept.file, file)
    broken = r"is not a project's file, or is damaged\. Take another copy, as “Export it” at a project wrote it"
    words = {"a bomb": "unpack to more", "a link": "no plain file", "a double": "twice", "absent": "no file"}
    if what == "cut off":
        os.truncate(file, file.stat().st_size // 2)
    elif what == "no archive":
        file.write_bytes(b"PK\x03\x04 and then nothing")
    elif what == "absent":
        file.unlink()
    else:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if what == "a bomb" else zipfile.ZIP_STORED) as archive:
            entry = zipfile.ZipInfo("originals/x.zst")
            entry.external_attr = ((stat.S_IFLNK if what == "a link" else stat.S_IFREG) | 0o777) << 16
            entry.compress_type = archive.compression
            archive.writestr(entry, b"\0" * 100_000)
            if what == "a double":
                archive.writestr("originals/X.zst", b"")
        file.write_bytes(out.getvalue())
    with pytest.raises((UnreadableFile, Refused), match=words.get(what, broken)):
        importing.bring(emptied, file)
    assert _files(emptied) == {}


def test_a_file_from_before_a_column_was_dropped_still_comes_in(kept, other, tmp_path) -> None:
    members = _members(kept.file)
    for was in (_row("report", against={"answer": "yes"}), _row("job", handed_over=False)):
        was(members)
    assert importing.bring(other, _zipped(tmp_path, members)).models == (MODEL,)


@pytest.mark.parametrize("what", ["runs", "datasets", "releases"])
def test_a_folder_of_somebody_else_is_never_replaced(kept, other, tmp_path, what) -> None:
    victim = other.path / what / "20261120T221405-3e79f3ac"
    victim.mkdir()
    (victim / "model").write_bytes(b"a colleague's")
    members = _members(kept.file) | {f"{what}/{victim.name}/": b""}
    with pytest.raises(UnreadableFile, match="belongs to nothing in it"):
        importing.bring(other, _zipped(tmp_path, members))
    assert (victim / "model").read_bytes() == b"a colleague's"
    assert _every(other) == []


def test_what_is_in_its_place_stays_but_what_the_same_file_left_is_taken(kept, other, monkeypatch) -> None:
    run = json.loads(_members(kept.file)[LIST])["rows"]["run"][0]["id"]
    _write(other.run(run) / "model", b"a training's")
    with pytest.raises(Refused, match=f"runs/{run} is here already"):
        importing.bring(other, kept.file)
    assert (other.run(run) / "model").read_bytes() == b"a training's"
    assert not list((other.path / "datasets").iterdir())
    shutil.rmtree(other.run(run))
    with monkeypatch.context() as patch:  # lost before its rows came
        patch.setattr("store.transfer.add", _lost)
        patch.setattr("app.workflow.importing.shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(OSError, match="no more room"):
            importing.bring(other, kept.file)
    assert other.run(run).is_dir()
    assert importing.bring(other, kept.file).models == (MODEL,)
    assert len(list(verifying.verify(other, None))) == 4


def test_what_cannot_be_recorded_takes_its_files_back(kept, emptied, monkeypatch) -> None:
    monkeypatch.setattr("store.transfer.add", _lost)
    with pytest.raises(OSError, match="no more room"):
        importing.bring(emptied, kept.file)
    assert _files(emptied) == {}
