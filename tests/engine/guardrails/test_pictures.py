import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import KnownWhen, Role
from engine.domain.outcome import Action, Outcome, Picture, PictureKind, Remedy, Severity, Verdict
from engine.guardrails.pictures import drawn, of_column
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import check, flagged, table


def found(code: str, *columns: str, **known: object) -> Outcome:
    return Outcome(code=code, title="", verdict=Verdict.FLAGGED, severity=Severity.WARNING, columns=columns, **known)


def draw(frame: pd.DataFrame, outcome: Outcome, roles: dict[str, Role] | None = None, target: str = "bought", **limits):
    tested = table(frame, roles)
    problem = formulate(tested.contract, tested.profile, target=target)
    return drawn(tested, problem, [outcome], **limits)[0].picture


def pictured(frame: pd.DataFrame, outcome: Outcome, **more) -> Picture:
    picture = draw(frame, outcome, **more)
    assert picture is not None
    return picture


def test_what_a_guardrail_found_is_drawn_from_the_rows_it_looked_at(clean, truth):
    frame = clean.assign(duration=np.where(truth, 300.0, 100.0) + np.arange(len(clean)) % 7)
    outcomes = check("LK007", frame, known={"duration": KnownWhen.AFTER})
    late = flagged(outcomes)["duration"]
    picture = pictured(frame, late)
    assert picture.kind is PictureKind.ANSWER
    assert picture.share
    assert picture.answer == "‘bought’ is ‘yes’"
    assert picture.overall == pytest.approx(truth.mean())
    assert sum(bar.rows for bar in picture.bars) == len(clean)
    assert (picture.bars[0].value, picture.bars[-1].value) == (0, 1)


def test_a_column_is_drawn_by_its_values_and_against_the_answer(clean, truth):
    tested = table(clean.assign(visits=clean["visits"].where(~truth)))
    problem = formulate(tested.contract, tested.profile, target="bought")
    rows, answer = of_column(tested, problem, "visits")
    assert (rows.kind, answer.kind) == (PictureKind.ROWS, PictureKind.ANSWER)
    assert sum(bar.rows for bar in rows.bars) == sum(bar.rows for bar in answer.bars) == len(clean)
    empty = {bar.label: bar for bar in rows.bars}["empty"]
    assert empty.rows == truth.sum()
    assert {bar.label: bar.value for bar in answer.bars}["empty"] == 1
    assert [p.kind for p in of_column(tested, problem, "bought")] == [PictureKind.ROWS]
    assert [p.kind for p in of_column(tested, None, "visits")] == [PictureKind.ROWS]


def test_only_findings_get_a_picture(clean):
    tested = table(clean)
    problem = formulate(tested.contract, tested.profile, target="bought")
    quiet = Outcome(code="LK007", title="", verdict=Verdict.PASSED, columns=("visits",))
    assert drawn(tested, problem, [quiet]) == (quiet,)
    assert drawn(tested, None, [found("LK007", "visits")])[0].picture is None


def test_gaps_are_set_beside_what_is_filled_in(clean, truth):
    frame = clean.assign(visits=clean["visits"].where(~truth))
    bars = {bar.label: bar for bar in pictured(frame, found("LK003", "visits")).bars}
    assert (bars["empty"].value, bars["filled in"].value) == (1, 0)
    assert bars["empty"].rows == truth.sum()


def test_the_answer_over_time_has_its_cut_where_the_test_begins(clean):
    frame = clean.assign(day=pd.date_range("2024-01-01", periods=len(clean)))
    picture = pictured(frame, found("LK006", "day"))
    assert picture.kind is PictureKind.ANSWER_IN_TIME
    assert picture.bars[0].label == "2024-01-01"
    assert picture.cut is not None
    before = sum(bar.rows for bar in picture.bars[: picture.cut])
    assert before == pytest.approx(0.8 * len(clean), abs=len(clean) / 15)


def test_the_order_of_the_rows_is_counted_from_one(clean):
    assert pictured(clean, found("LK004")).bars[0].label == "1"


def test_a_number_is_averaged_and_one_of_several_classes_is_guessed(clean):
    picture = pictured(clean, found("LK002", "income"), target="weight")
    assert not picture.share
    assert picture.overall == pytest.approx(clean["weight"].mean())
    picture = pictured(clean.assign(copy=clean["region"]), found("LK002", "copy"), target="region")
    assert [bar.value for bar in picture.bars] == [1, 1, 1]
    assert picture.overall == pytest.approx(clean["region"].value_counts(normalize=True).max())


def test_rows_per_entity(clean):
    frame = clean.assign(customer=np.arange(len(clean)) // 3 * 1.0)
    picture = pictured(frame, found("LK005", "customer"))
    assert [(bar.label, bar.rows, bar.marked) for bar in picture.bars] == [("3", 600, True)]


def test_values_that_stand_for_missing_are_marked(clean):
    frame = clean.assign(weight=clean["weight"].where(clean.index % 5 > 0, -1.0))
    remedy = Remedy(action=Action.SET_MISSING, columns=("weight",), values=("-1",))
    *usual, last = pictured(frame, found("DA004", "weight", remedy=remedy)).bars
    assert (last.label, last.rows, last.marked) == ("-1", 120, True)
    assert not any(bar.marked for bar in usual)
    assert sum(bar.rows for bar in usual) == 480


def test_classes_and_groups_that_are_too_small_are_marked(clean):
    frame = clean.assign(region=clean["region"].where(clean.index > 10, "east"))
    small = found("FA003", "region", examples=("‘east’: 2 test rows",))
    for outcome, target in ((small, "bought"), (found("DA006", "region", evidence={"rows_wanted": 20.0}), "region")):
        picture = pictured(frame, outcome, target=target)
        assert [(bar.label, bar.rows) for bar in picture.bars if bar.marked] == [("east", 11)]


def test_few_rows_never_stand_under_their_own_value_and_people_are_not_drawn(clean):
    names = [f"town {n}" for n in range(200)] + ["capital"] * 400
    picture = pictured(clean.assign(town=names), found("LK001", "town"))
    assert [bar.label for bar in picture.bars] == ["capital", "others (200 different)"]
    assert draw(clean.assign(town=names), found("LK001", "town"), roles={"town": Role.PERSONAL}) is None


def test_a_long_table_is_sampled(clean):
    picture = pictured(clean, found("LK002", "income"), most_rows=100)
    assert sum(bar.rows for bar in picture.bars) == 100


def test_what_cannot_be_drawn_leaves_the_finding_as_it_is(clean, monkeypatch, caplog):
    monkeypatch.setattr("engine.guardrails.pictures.by_value", lambda *_: 1 / 0)
    assert draw(clean, found("LK002", "income")) is None
    assert "LK002 could not be drawn" in caplog.text


@pytest.mark.parametrize("column", ["gone", "region", "visits", "income"])
@pytest.mark.parametrize("code", ["LK001", "LK003", "LK004", "LK005", "LK006", "DA003", "DA004", "FA001", "DA005"])
def test_odd_columns_are_drawn_or_left_alone(clean, caplog, code, column):
    frame = clean.assign(visits=np.nan, region=None)
    draw(frame, found(code, column))
    assert not caplog.records
