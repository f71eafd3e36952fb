"""Cases: one person's answer counts and becomes a label; the labels are a table to learn from."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest
from sqlmodel import select

from app import settings
from app.workflow import cases, collecting, labels, lineage, meaning, registry
from app.workflow.home import Home
from engine.data.read import read_file
from engine.domain.outcome import Action, Remedy
from engine.domain.problem import Problem, Task
from engine.domain.service import Reason
from engine.errors import EmptyTable, NotFound, Refused, UnusableInput, UnusableOption
from engine.serving.log import DecisionLog, OutcomeReport
from store import db, tables
from tests.app.prepared import EVIDENCE, NASTY, PROBLEM, copied, prepare
from tests.app.workflow.left import DOUBT, ROW, decision, served


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A released model and three cases that it left to a person."""
    home, _ = prepare(tmp_path_factory.mktemp("template"), "released")
    served(home, ["a", "b", "c"], ["d"])
    collecting.collect(home)
    return home


@pytest.fixture
def home(template, tmp_path):
    opened = copied(template, tmp_path / "home")
    yield opened
    opened.engine.dispose()


def somebody(home: Home, name: str) -> Home:
    """The same home, with somebody else in front of it."""
    return Home(settings.load(home.path).model_copy(update={"user": name}), home.engine)


def test_a_case_says_what_a_person_needs(home):
    one = cases.show(home, "a")
    assert (one.of.model, one.of.handled_by, one.key, one.waits) == ("leaving:1", "the desk", "key of a", True)
    assert cases.why(one) == [DOUBT]
    assert one.case.row == {name: value for name, value in ROW.items() if name != "id"}
    assert one.case.probabilities == {"no": 0.45, "yes": 0.55}
    assert (one.leaves - one.at).days == 90
    assert [w.decision_id for w in cases.waiting(home)] == ["a", "b", "c"]


def test_where_no_answer_stays_possible_it_is_said_in_plain_words(home):
    one = cases.show(home, "a")
    empty = one.case.model_copy(update={"prediction_set": (), "probabilities": {"no": 0.95, "yes": 0.05}})
    (said,) = cases.why(type(one)(**{**vars(one), "case": empty}))
    assert said == "'no' is likeliest (95%), but where it was right the model was nearly always surer."


def test_a_gap_is_unusual_only_where_training_had_hardly_any(home):
    one = cases.show(home, "a")
    gap = Reason(code="missing", column="calls", message="'calls' has no value.")
    case = one.case.model_copy(update={"reasons": (*one.case.reasons, gap)})
    told = []
    for share in (0.82, 0.001):
        columns = tuple(
            c.model_copy(update={"missing_rate": share}) if c.name == "calls" else c for c in one.of.contract.columns
        )
        asking = replace(one.of, contract=one.of.contract.model_copy(update={"columns": columns}))
        told.append(cases.why(replace(one, of=asking, case=case)))
    assert told == [[DOUBT], [DOUBT, gap.message]]


def test_an_answer_is_the_outcome_of_its_decision_and_can_be_taken_back(home):
    done = cases.answer(somebody(home, "Kim"), "a", "yes", " she called ")
    assert (done.state, done.answer, done.note, done.by) == ("answered", "yes", "she called", "Kim")
    found = lineage.of_decision(home, "a")
    assert (found.outcome, found.outcome_from) == ("yes", "person")
    assert cases.waiting_count(home) == 2
    cases.put_back(home, "a")
    assert (cases.show(home, "a").waits, lineage.of_decision(home, "a").outcome) == (True, None)
    with pytest.raises(Refused, match="Nobody has answered"):
        cases.put_back(home, "a")


def test_of_many_who_answer_at_once_one_counts_and_the_others_are_told(home):
    def answer(name):
        try:
            return cases.answer(somebody(home, name), "a", "yes" if name == "A" else "no").by
        except Refused as refusal:
            return refusal.problem

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(answer, ["A", "B", "C"]))
    (by,) = {one for one in told if one in {"A", "B", "C"}}
    assert sorted(told)[1:] == sorted([f"{by} was quicker and answered {cases.show(home, 'a').answer!r}."] * 2)
    assert lineage.of_decision(home, "a").outcome == cases.show(home, "a").answer


def test_what_cannot_be_known_is_no_label(home):
    cases.answer(home, "a", None, "no such customer")
    assert cases.show(home, "a").state == "unknowable"
    with pytest.raises(Refused, match="said that it cannot be known"):
        cases.answer(home, "a", "yes")
    with pytest.raises(EmptyTable, match="No case of leaving has an answer yet"):
        labels.labels(home, "leaving")
    assert lineage.of_decision(home, "a").outcome is None


def test_what_the_application_reports_settles_a_case_and_counts_more_than_what_a_person_said(home):
    cases.answer(home, "a", "yes")
    served(home, outcomes=[("a", "no"), ("b", "no")])
    collecting.collect(home)
    assert cases.show(home, "b").state == "known"
    with pytest.raises(Refused, match="the application reported"):
        cases.answer(home, "b", "yes")
    assert labels.labels(home, "leaving:1").frame["left"].tolist() == ["no", "no"]
    assert lineage.of_decision(home, "a").outcome_from == "application"


def test_an_outcome_that_the_question_does_not_know_settles_nothing_and_is_counted(home):
    cases.answer(home, "a", "yes")
    served(home, outcomes=[("a", "no idea"), ("b", "maybe")])
    collecting.collect(home)
    found = labels.labels(home, "leaving")
    assert (found.frame["left"].tolist(), found.unusable) == (["yes"], 1)
    assert cases.answer(home, "b", "no").state == "answered"
    assert labels.labels(home, "leaving").unusable == 0
    served(home, outcomes=[("c", "perhaps")])
    collecting.collect(home)
    assert cases.show(home, "c").waits
    served(home, outcomes=[("c", " yes ")])
    collecting.collect(home)
    assert cases.show(home, "c").state == "known"


def grades(united: Remedy) -> Problem:
    """Grades 6 to 9, of which a fix united some."""
    asked = {"task": Task.MULTICLASS, "target": "calls", "positive": None, "metric": "accuracy"}
    return PROBLEM.model_copy(update={**asked, "classes": ("6", "7", "8 or 9"), "remedies": (united,)})


@pytest.mark.parametrize(
    ("said", "label"),
    [("8", "8 or 9"), ("9.0", "8 or 9"), ("6.0", "6"), (" 7\n", "7"), ("6e0", "6"), ("8 or 9", "8 or 9")]
    + [(said, None) for said in ("", " ", "10", "99 bananas", "true", "6,0", "nan", "six")],
)
def test_an_outcome_is_the_class_that_it_means(said, label):
    united = Remedy(action=Action.MERGE_LEVELS, columns=("calls",), values=("8", "9"))
    assert meaning.usable(grades(united), said) == label


def test_yes_and_no_are_known_as_a_program_writes_them_and_a_value_that_a_fix_left_out_is_no_answer():
    asked = PROBLEM.model_copy(update={"classes": ("FALSE", "TRUE"), "positive": "TRUE"})
    assert [meaning.usable(asked, said) for said in ("true", "False", "1")] == ["TRUE", "FALSE", None]
    gone = Remedy(action=Action.SET_MISSING, columns=("left",), values=("?",))
    assert meaning.usable(PROBLEM.model_copy(update={"remedies": (gone,)}), "?") is None


@pytest.mark.parametrize("label", ["maybe", "YES", "", "1"])
def test_an_answer_that_the_question_does_not_know_is_refused(home, label):
    with pytest.raises(UnusableInput, match="is no answer to this question"):
        cases.answer(home, "a", label)
    assert cases.show(home, "a").waits


def test_a_case_that_is_not_there(home):
    for verb in (cases.show, cases.put_back, cases.after, lambda h, d: cases.answer(h, d, "yes")):
        with pytest.raises(NotFound, match="There is no case 'x' here"):
            verb(home, "x")


def test_after_a_case_comes_the_next_and_after_the_last_the_first(home):
    for one, following in pairwise(["a", "b", "c", "a"]):
        assert cases.after(home, one) == following
    cases.answer(home, "b", "yes")
    cases.answer(home, "c", "yes")
    assert (cases.after(home, "b"), cases.after(home, "a")) == ("a", None)


def test_a_note_is_kept_before_it_is_sent_off_and_not_after(home):
    cases.keep_note(home, "a", "half a sent")
    assert cases.show(home, "a").note == "half a sent"
    cases.answer(home, "a", "yes", "done")
    assert not cases.keep_note(home, "a", "too late")
    assert cases.show(home, "a").note == "done"
    assert cases.keep_note(home, "b", "seen")
    assert cases.answer(home, "b", "yes").note == "seen"
    for verb in (cases.keep_note, lambda h, d, note: cases.answer(h, d, "yes", note)):
        with pytest.raises(UnusableInput, match="The note has 2,001 characters"):
            verb(home, "c", "x" * 2001)


def test_of_one_model_the_longest_waiting_are_listed_however_many_wait_of_others(home):
    with db.writing(home.engine) as session:
        first = session.exec(select(tables.Version)).one()
        run = session.get_one(tables.Run, first.run_id)
        session.add(tables.Run(**{**run.model_dump(), "id": "run"}))
        session.flush()
        session.add(tables.Version(**{**first.model_dump(), "id": "other", "name": "other", "run_id": "run"}))
        session.flush()
        session.get_one(tables.LeftCase, "c").version_id = "other"
    assert [one.decision_id for one in cases.waiting(home, "other", most=1)] == ["c"]
    assert [one.decision_id for one in cases.waiting(home, "leaving", most=1)] == ["a"]
    assert [cases.waiting_count(home, of) for of in (None, "leaving", "leaving:1", "other")] == [3, 2, 2, 1]
    with pytest.raises(NotFound, match="no model called 'third'"):
        cases.waiting(home, "third")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_labels_are_a_table_like_the_one_the_model_learned_from(home, tmp_path, form):
    cases.answer(home, "a", "yes")
    cases.answer(home, "b", "no")
    out = tmp_path / f"labels.{form}"
    assert len(labels.write(home, "leaving", out).frame) == 2
    frame = read_file(out).frame
    assert tuple(frame.columns) == registry.show(home, "leaving").dataset.contract.names
    assert frame["left"].tolist() == ["yes", "no"]
    assert frame["calls"].tolist() == [3.5, 3.5]
    assert frame["since"].tolist() == [pd.Timestamp("2025-01-31")] * 2
    assert frame["id"].isna().all()  # nobody sends it to the service
    with pytest.raises(UnusableOption, match="exists already"):
        labels.write(home, "leaving", out)
    with pytest.raises(UnusableOption, match="what kind of file"):
        labels.write(home, "leaving", tmp_path / "labels.doc")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_labels_of_numbers_that_a_fix_united_are_written_as_words_and_read_as_them(tmp_path, form):
    united = Remedy(action=Action.MERGE_LEVELS, columns=("calls",), values=("8", "9"))
    no_yes = EVIDENCE.model_copy(update={"confusion": None})
    home, _ = prepare(tmp_path / "home", "released", problem=grades(united), evidence=no_yes)
    served(home, ["a", "b"], row={**ROW, "calls": None})
    collecting.collect(home)
    cases.answer(home, "a", "7")
    cases.answer(home, "b", "8 or 9")
    out = tmp_path / f"labels.{form}"
    labels.write(home, "leaving", out)
    read = read_file(out)
    assert (read.frame["calls"].tolist(), read.types["calls"]) == (["7", "8 or 9"], "category")
    home.engine.dispose()


def test_a_row_that_holds_what_a_fix_calls_numbers_that_it_united_has_words_there(home):
    served(home, ["united"], row={**ROW, "calls": "8 or 9"})
    collecting.collect(home)
    cases.answer(home, "a", "yes")
    cases.answer(home, "united", "yes")
    assert labels.labels(home, "leaving").frame["calls"].tolist() == ["3.5", "8 or 9"]


def test_a_word_that_an_application_sent_cannot_start_a_formula(home, tmp_path):
    served(home, ["evil"], row={**ROW, NASTY: "=HYPERLINK(1)"})
    collecting.collect(home)
    cases.answer(home, "evil", "yes")
    labels.write(home, "leaving", tmp_path / "labels.csv")
    assert '"\'=HYPERLINK(1)"' in (tmp_path / "labels.csv").read_text()
    assert labels.labels(home, "leaving").frame[NASTY].tolist() == ["=HYPERLINK(1)"]


def test_of_a_number_the_answer_is_a_number(tmp_path):
    asked = PROBLEM.model_copy(update={"task": Task.REGRESSION, "classes": (), "positive": None, "metric": "rmse"})
    home, _ = prepare(
        tmp_path / "home", "released", problem=asked, evidence=EVIDENCE.model_copy(update={"confusion": None})
    )
    log = DecisionLog(collecting.service_file(home))
    told = decision("n").model_copy(update={"prediction": 12.0, "probabilities": None, "interval": (2.0, 22.5)})
    twin = told.model_copy(update={"decision_id": "m"})
    log.decisions("leaving:1", [told, twin], rows=[ROW, ROW], columns=["calls"])
    log.outcomes([OutcomeReport("x", "1"), OutcomeReport("m", "1,5")])
    log.close()
    collecting.collect(home)
    assert cases.show(home, "n").case.interval == (2.0, 22.5)
    for wrong in ("twelve", "", "nan", "1e999"):
        with pytest.raises(UnusableInput, match="is not a"):
            cases.answer(home, "n", wrong)
    for both_ways in ("1,234", " -12,345,678"):
        with pytest.raises(UnusableInput, match="can be read in two ways"):
            cases.answer(home, "n", both_ways)
    with pytest.raises(UnusableInput, match="'1,234.5' is not a"):
        cases.answer(home, "n", "1,234.5")
    assert cases.answer(home, "n", " 12,50 ").answer == "12.5"
    assert (len(labels.labels(home, "leaving").frame), labels.labels(home, "leaving").unusable) == (1, 1)
    cases.put_back(home, "n")
    assert cases.answer(home, "n", "0,125").answer == "0.125"
    home.engine.dispose()
