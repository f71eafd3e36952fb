"""Which version is live: promoted, rolled back, retired; never two at once, never one that must not be."""

import io
import threading
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from app.commands import release_model
from app.components.stage_view import _instead
from app.workflow import deciding, lineage, orders, registry, releasing, reviewing, scoring, stages, verifying
from engine.domain.card import ReviewEntry
from engine.domain.policy import PolicyKind, WhenOver
from engine.domain.service import Form, Verification
from engine.errors import NotFound, Refused, UnusableOption
from store import db, models, releases, reviews
from store import jobs as store_jobs
from tests.app.prepared import USE, again, copied, prepare

PROOF = Verification(rows=100, largest_difference=0.0, passed=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Three released versions of ‘leaving’; the first is live, the others wait."""
    home, project_id = prepare(tmp_path_factory.mktemp("template"), "released")
    for number in (2, 3):
        again(home, project_id, "approved")
        release(home, f"leaving:{number}")
    return home


@pytest.fixture
def line(template, tmp_path):
    return copied(template, tmp_path)


def release(home, reference):
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        releases.add(session=session, release_id=f"r-{version.id}", version=version, verification=PROOF, digest="x")


def stand(home):
    return [row.stage for row in sorted(registry.every(home), key=lambda row: row.number)]


def test_a_version_goes_live_and_comes_back(line):
    assert stages.promote(line, "leaving:2").before == "leaving:1"
    assert stand(line) == ["approved", "live", "approved"]
    done = stages.rollback(line, "leaving")
    assert (done.reference, done.before, done.live) == ("leaving:1", "leaving:2", "leaving:1")
    assert stand(line) == ["live", "approved", "approved"]


def test_what_could_take_the_place_of_the_live_version_is_known(line):
    assert stages.choices(line, "leaving:2").ready is None  # it is not the live one
    stages.promote(line, "leaving:2")
    stages.rollback(line, "leaving")
    found = stages.choices(line, "leaving:1")
    assert (found.live, found.back_to, found.ready) == ("leaving:1", None, "leaving:3")
    assert _instead(found).replace("\\", "") == "Making leaving:3 live first keeps one."
    for reference in ("leaving:3", "leaving:2"):
        stages.retire(line, reference)
    assert _instead(stages.choices(line, "leaving:1")) == "No other is ready."


def test_rolling_back_twice_goes_two_versions_back(line):
    stages.promote(line, "leaving:2")
    stages.promote(line, "leaving:3")
    assert [stages.rollback(line, "leaving").reference for _ in range(2)] == ["leaving:2", "leaving:1"]
    with pytest.raises(Refused, match="no earlier version of 'leaving' to go back to, because no earlier one was live"):
        stages.rollback(line, "leaving")


def test_one_that_was_live_twice_is_gone_back_from_once(line):
    for number in (2, 1, 3):
        stages.promote(line, f"leaving:{number}")
    assert [stages.rollback(line, "leaving").reference for _ in range(2)] == ["leaving:1", "leaving:2"]


def test_a_retired_version_is_passed_over(line):
    stages.promote(line, "leaving:2")
    stages.promote(line, "leaving:3")
    stages.retire(line, "leaving:2", why="it misread dates")
    assert stages.rollback(line, "leaving").reference == "leaving:1"
    with pytest.raises(Refused, match="leaving:2 is retired, and only an approved"):
        stages.promote(line, "leaving:2")


def test_after_the_live_one_is_retired_one_goes_back_to_the_one_before(line):
    stages.promote(line, "leaving:2")
    done = stages.retire(line, "leaving")
    assert (done.reference, done.stage, done.live, done.when_over) == ("leaving:2", "retired", None, WhenOver.FLAG)
    assert stages.rollback(line, "leaving").live == "leaving:1"


def test_a_bare_name_means_the_live_version_else_the_newest(line):
    assert registry.show(line, "leaving").number == 1
    stages.retire(line, "leaving")
    assert registry.show(line, "leaving").number == 3


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (lambda home: stages.promote(home, "leaving:1"), "leaving:1 is live already. Name the version .* leaving:4"),
        (lambda home: stages.promote(home, "leaving:4"), "leaving:4 is draft.*handrail approve leaving:4"),
        (lambda home: stages.rollback(home, "leaving"), "no earlier one was live. Promote another"),
    ],
    ids=["live", "draft", "no earlier"],
)
def test_what_is_refused_says_what_to_do(line, deed, words):
    again(line, registry.every(line)[0].project_id, "trained")
    with pytest.raises(Refused, match=words):
        deed(line)
    assert stand(line) == ["live", "approved", "approved", "draft"]


def test_what_was_not_released_cannot_be_live(line):
    reference = again(line, registry.every(line)[0].project_id, "approved")
    with pytest.raises(Refused, match=r"has not been released.*in the step Release \(handrail release leaving:4\)"):
        stages.promote(line, reference)


def test_what_was_approved_anew_after_its_release_is_released_again_first(line):
    with db.writing(line.engine) as session:
        version = models.find(session=session, reference="leaving:2")
        entry = ReviewEntry(decision="approved", note="better", reviewer="a", at=datetime.now(UTC))
        reviews.add(session=session, version=version, entry=entry)
    with pytest.raises(Refused, match="released before it was approved as it is now. Release it again"):
        stages.promote(line, "leaving:2")


def test_what_was_released_after_its_approval_is_live_also_where_the_clock_was_ahead_before(tmp_path, monkeypatch):
    """Approved while the clock was an hour ahead, which is set right before the release."""
    home, project_id = prepare(tmp_path, "released")
    again(home, project_id, "decided")
    with monkeypatch.context() as ahead:
        now = datetime.now(UTC) + timedelta(hours=1)
        ahead.setattr(reviewing, "datetime", SimpleNamespace(now=lambda _: now))
        reviewing.approve(home, "leaving:2", note="fine")
    release(home, "leaving:2")
    assert stages.promote(home, "leaving:2").live == "leaving:2"


def test_what_is_over_cannot_be_live_again(line):
    stages.promote(line, "leaving:2")
    with db.writing(line.engine) as session:
        version = models.find(session=session, reference="leaving:1")
        models.decide(session=session, version=version, use=USE.model_copy(update={"valid_until": date(2024, 1, 1)}))
    with pytest.raises(Refused, match="go back to: leaving:1 was to be used until 2024-01-01"):
        stages.rollback(line, "leaving")


def test_names_that_are_not_there_are_said_to_be_so(line):
    with pytest.raises(NotFound, match="no model called 'ghost'"):
        stages.rollback(line, "ghost")
    with pytest.raises(UnusableOption, match="handrail rollback leaving;"):
        stages.rollback(line, "leaving:1")
    stages.retire(line, "leaving:2")
    with pytest.raises(Refused, match="is retired already"):
        stages.retire(line, "leaving:2")


@pytest.mark.parametrize("over", ["retired", "expired"])
def test_what_is_over_and_refuses_scores_no_file(line, tmp_path, over):
    change = {"when_over": WhenOver.REFUSE} | ({"valid_until": date(2024, 1, 1)} if over == "expired" else {})
    with db.writing(line.engine) as session:
        version = models.find(session=session, reference="leaving:2")
        models.decide(session=session, version=version, use=USE.model_copy(update=change))
    if over == "retired":
        scoring.start(line, "leaving:2", tmp_path / "a.csv", "a.csv")
        stages.retire(line, "leaving:2")
    with pytest.raises(Refused, match="leaving:2 (is retired|was to be used until).*its use contract has it refuse"):
        scoring.start(line, "leaving:2", tmp_path / "a.csv", "a.csv")


def test_the_services_of_a_retired_version_are_told(line):
    shown = registry.show(line, "leaving:2")
    file = releasing.withdrawal(line, shown)
    assert not file.exists()
    stages.retire(line, "leaving:2")
    assert date.fromisoformat(file.read_text()) == registry.show(line, "leaving:2").retired_at.date()


def test_many_who_promote_at_once_leave_one_live(line):
    failures = []

    def promote(number):
        try:
            stages.promote(line, f"leaving:{number}")
        except Refused:
            pass  # somebody was quicker
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=promote, args=(2 + turn % 2,)) for turn in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert stand(line).count("live") == 1
    with db.reading(line.engine) as session:
        assert len(models.once_live(session=session, name="leaving")) == 3


def test_the_first_release_goes_live_and_a_later_one_waits(tmp_path):
    home, project_id = prepare(tmp_path, "approved")
    for number, stage in ((1, "live"), (2, "approved")):
        if number == 2:
            again(home, project_id, "approved")
        built = tmp_path / f"built{number}"
        built.mkdir()
        (built / "bento.yaml").touch()
        shown = registry.show(home, f"leaving:{number}")
        releasing.publish(home, f"job{number}", releasing.Built(shown, built, PROOF), by="Rita")
        assert registry.show(home, f"leaving:{number}").stage == stage
    (went,) = [m for m in lineage.life(home, registry.show(home, "leaving:1")) if "went live" in m.said]
    assert went.by == "Rita"  # who asked for it, not who the worker runs as


def test_who_asks_for_a_release_is_told_to_the_worker(tmp_path):
    home, _ = prepare(tmp_path, "approved")
    rita = replace(home, settings=home.settings.model_copy(update={"user": "Rita"}))
    releasing.start(rita, "leaving:1")
    with db.reading(home.engine) as session:
        (job,) = store_jobs.of_kind(session=session, kind=orders.RELEASE)
        assert job.arguments["by"] == "Rita"


def test_a_first_release_whose_time_is_over_does_not_go_live(tmp_path):
    home, _ = prepare(tmp_path, "approved")
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference="leaving:1")
        models.decide(session=session, version=version, use=USE.model_copy(update={"valid_until": date(2024, 1, 1)}))
    built = tmp_path / "built"
    built.mkdir()
    (built / "bento.yaml").touch()
    releasing.publish(home, "job1", releasing.Built(registry.show(home, "leaving:1"), built, PROOF))
    assert registry.show(home, "leaving:1").stage == "approved"
    with pytest.raises(Refused, match="was to be used until 2024-01-01"):
        stages.promote(home, "leaving:1")


def test_a_place_that_is_taken_is_refused_before_anything_is_built(line, tmp_path, monkeypatch):
    monkeypatch.setattr(releasing, "start", None)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    for place, form, words in (
        ("full", Form.SERVICE, "is not empty"),
        ("full/mine", Form.SERVICE, "is no folder"),
        ("full/mine", Form.WHEEL, "is no folder"),
    ):
        with pytest.raises(Refused, match=words):
            release_model(line, "leaving:1", tmp_path / place, form)


def test_who_unpacks_a_downloaded_release_can_read_it(tmp_path):
    """Restored or imported, its files are their owner's alone."""
    home, _ = prepare(tmp_path, "approved")
    built = tmp_path / "built"
    (built / "src").mkdir(parents=True)
    (built / "src" / "served.json").write_text("{}")
    (built / "src" / "served.json").chmod(0o600)
    releasing.publish(home, "job1", releasing.Built(registry.show(home, "leaving:1"), built, PROOF))
    with zipfile.ZipFile(io.BytesIO(releasing.zipped(home, "leaving:1"))) as archive:
        (entry,) = archive.infolist()
        assert (entry.filename, entry.external_attr >> 16) == ("src/served.json", 0o644)
        assert archive.read(entry) == b"{}"


def test_what_was_returned_while_it_was_built_is_not_released(tmp_path):
    home, _ = prepare(tmp_path, "approved")
    shown = registry.show(home, "leaving:1")
    reviewing.send_back(home, "leaving:1", note="wait")
    built = tmp_path / "built"
    built.mkdir()
    (built / "bento.yaml").touch()
    with pytest.raises(Refused, match="is returned, and only approved versions"):
        releasing.publish(home, "job1", releasing.Built(shown, built, PROOF))
    assert not home.release("job1").exists()
    assert "The record" in next(verifying.verify(home, None))


def test_what_was_changed_and_approved_again_while_it_was_built_is_built_again(tmp_path):
    home, _ = prepare(tmp_path, "approved")
    shown = registry.show(home, "leaving:1")
    reviewing.send_back(home, "leaving:1", note="act on fewer")
    manual = shown.policy.model_copy(update={"threshold": 0.97, "kind": PolicyKind.MANUAL})
    deciding.set_policy(home, "leaving:1", manual)
    reviewing.submit(home, "leaving:1", note="0.97 now")
    reviewing.approve(home, "leaving:1", note="0.97 is right")
    for number, form in enumerate((Form.SERVICE, Form.WHEEL), 1):
        built = tmp_path / f"built{number}"
        built.mkdir()
        (built / "bento.yaml").touch()
        proof = PROOF.model_copy(update={"form": form})
        with pytest.raises(
            Refused, match=r"while it was built \(how it decides, .*\).*step Release \(handrail release leaving:1"
        ) as no:
            releasing.publish(home, f"job{number}", releasing.Built(shown, built, proof))
        assert no.value.fix.endswith("--as wheel).") == (form is Form.WHEEL)
    assert registry.show(home, "leaving:1").stage == "approved"
    assert releasing.standing(home, "leaving:1") is None


def test_what_was_approved_again_as_it_was_is_built_again_too(tmp_path):
    home, _ = prepare(tmp_path, "approved")
    shown = registry.show(home, "leaving:1")
    reviewing.send_back(home, "leaving:1", note="wait")
    reviewing.submit(home, "leaving:1", note="go on")
    reviewing.approve(home, "leaving:1", note="fine")
    built = tmp_path / "built"
    built.mkdir()
    (built / "bento.yaml").touch()
    with pytest.raises(Refused, match=r"while it was built \(what was said of it\)"):
        releasing.publish(home, "job1", releasing.Built(shown, built, PROOF))
