"""The cases on the screen: what waits, one worked off, two people at once, everything escaped."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from app.cli import main
from app.components import case_view
from app.workflow import cases, collecting
from engine.domain.problem import Problem, Task
from store import db, tables
from tests.app.prepared import NASTY, copied, prepare
from tests.app.reading import everything, primary, read
from tests.app.workflow.left import ROW, served


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home in which two cases wait; the words of one are Markdown and HTML."""
    opened, _ = prepare(tmp_path_factory.mktemp("template"), "released")
    served(opened, ["a"], ["d"])
    served(opened, ["b"], row={**ROW, "sex": NASTY})
    collecting.collect(opened)
    return opened


@pytest.fixture
def queue(template, home):
    return copied(template, home)


def button(at, label):
    (found,) = [one for one in at.button if one.label == label]
    return found


def test_what_waits_stands_in_a_table_and_the_number_in_the_bar(queue, opened) -> None:
    at = opened("screens/cases.py")
    (table,) = at.dataframe
    first = table.value.iloc[0]
    assert (first["Model"], first["It leans to"], first["For"], first["Its own id"]) == (
        "leaving:1",
        "‘yes’, 55 %",
        "the desk",
        "key of a",
    )
    assert "both stay possible" in first["Why it was left"]
    primary(at).click().run()
    assert at.query_params["case"] == "a"


def test_a_case_is_answered_with_a_note_and_the_next_comes(queue, opened) -> None:
    at = opened("screens/cases.py", case="a")
    said = read(at)
    assert "What is the right answer for ‘left’?" in said
    assert "That was not sure enough" in said
    assert "Cases like this go to: the desk." in said
    at.text_area[0].set_value("half a note").run()
    assert cases.show(queue, "a").note == "half a note"
    button(at, "no").click().run()
    assert (cases.show(queue, "a").answer, cases.show(queue, "a").note) == ("no", "half a note")
    assert at.query_params["case"] == "b"


def test_a_class_that_is_a_number_says_what_it_means() -> None:
    asked = Problem(task=Task.BINARY, target="left", metric="roc_auc", classes=("0", "1"), positive="1")
    assert [case_view.meaning(label, asked) for label in ("0", "1", "no")] == [r"0\: no", r"1\: yes", "no"]
    several = asked.model_copy(update={"task": Task.MULTICLASS})
    assert case_view.meaning("1", several) == "1"


def test_who_comes_second_is_told_and_an_answer_can_be_taken_back(queue, opened) -> None:
    at = opened("screens/cases.py", case="a")
    cases.answer(queue, "a", "yes", "I was first")
    button(at, "no").click().run()
    assert cases.show(queue, "a").answer == "yes"
    assert not [one for one in at.button if one.label in {"no", "yes"}]
    assert "answered **yes**" in read(at)
    button(at, "Take the answer back").click().run()
    assert cases.show(queue, "a").waits


def test_nothing_that_an_application_sent_is_obeyed(queue, opened) -> None:
    at = opened("screens/cases.py", case="b")
    shown = "\n".join(str(cell) for table in at.table for cell in table.value.to_numpy().ravel()) + everything(at)
    assert "<b>x" not in shown
    assert ":red[z]" not in shown
    assert "**bold" not in shown
    cases.answer(queue, "b", "yes", NASTY)
    assert ":red[z]" not in everything(at.run())


def test_a_decision_is_found_new_cases_are_looked_for_and_what_is_gone_is_said_to_be(queue, opened) -> None:
    at = opened("screens/cases.py")
    at.text_input(key="decision").set_value("d").run()
    (facts,) = at.table
    assert facts.value.to_string().count("key of d") == 1
    at.text_input(key="decision").set_value("nobody").run()
    assert "No decision 'nobody' is known here" in read(at)
    served(queue, ["e"])
    button(at, "Look for new ones").click().run()
    assert cases.waiting_count(queue) == 3
    for name in "abe":
        cases.answer(queue, name, None)
    assert "No case waits." in read(at.run())
    assert "There is no case 'gone' here, or no longer" in read(opened("screens/cases.py", case="gone"))


def test_what_leaves_soon_is_told_before_it_does(queue, opened) -> None:
    assert not [w for w in opened("screens/cases.py").warning if "deleted within" in w.value]
    with db.writing(queue.engine) as session:
        for name, days in (("a", 84), ("b", 82)):
            session.get_one(tables.LeftCase, name).at = tables.now() - timedelta(days=days)
    day = f"{tables.now() + timedelta(days=6):%Y-%m-%d}"
    for page in ("screens/cases.py", "screens/home.py"):
        said = read(opened(page))
        assert f"**1 case is deleted within 7 days** unless somebody answers; the first on {day}." in said
    told = json.loads(CliRunner().invoke(main, ["cases", "--json"]).stdout)
    assert (told["leaving"]["count"], told["leaving"]["first"][:10]) == (1, day)
    plain = CliRunner().invoke(main, ["cases", "leaving"])
    assert f"1 of them is deleted within 7 days unless somebody answers; the first on {day}." in plain.stderr
    assert f"(kept until {day})" in plain.stdout


def test_the_commands_do_the_same(queue, tmp_path) -> None:
    def call(*arguments, status=0):
        done = CliRunner().invoke(main, [*arguments, "--json"])
        assert done.exit_code == status, done.output
        return json.loads(done.stdout)

    served(queue, ["e"], ["f"])
    file = served(tmp_path / "log.sqlite", ["g"])
    assert call("collect", "leaving")["cases"] == 1
    told = call("collect", "leaving:1", str(file))
    assert (told["decisions"], told["waiting"], told["left_alone"]) == (1, 4, [])
    assert [one["decision_id"] for one in call("cases")["cases"]] == ["a", "b", "e", "g"]
    assert call("cases", "other", status=2)["error"]["problem"] == "There is no model called 'other' here."
    assert (call("cases", "leaving:1")["waiting"], len(call("cases", "leaving")["cases"])) == (4, 4)
    assert call("cases", "--decision", "g", "--note", "half")["case"]["note"] == "half"
    answered = call("cases", "--decision", "g", "--label", "yes", "--note", "sure")["case"]
    assert (answered["state"], answered["answer"], answered["note"]) == ("answered", "yes", "sure")
    assert call("cases", "--decision", "g", "--label", "no", status=1)["error"]["code"] == "refused"
    assert call("cases", "--decision", "e", "--unknowable")["case"]["answer"] is None
    assert call("cases", "leaving", "-o", str(tmp_path / "labels.csv"))["rows"] == 1
    assert "the note was not kept" in call("cases", "--decision", "g", "--note", "x", status=1)["error"]["problem"]
    assert call("cases", "--decision", "gone", "--note", "x", status=2)["error"]["code"] == "not_found"
    assert "which case the note is about" in call("cases", "--note", "x", status=2)["error"]["problem"]
    assert call("cases", "--label", "yes", status=2)["error"]["problem"] == "Nothing says which case is answered."
    shown = call("show", "--decision", "g")
    assert (shown["decision"]["outcome"], shown["decisions"]["cases"]["waiting"]) == ("yes", 2)
    again = served(tmp_path / "log.sqlite", outcomes=[("nobody", "yes")])
    assert call("collect", "leaving", str(again))["unmatched"] == 1
    assert "left out: 1" in CliRunner().invoke(main, ["collect", "leaving", str(again)]).output
    assert CliRunner().invoke(main, ["cases", "leaving"]).stdout.endswith("2 cases of leaving wait for a person.\n")
    said = CliRunner().invoke(main, ["cases"]).stdout
    assert said.splitlines()[-1] == "2 cases wait for a person."


def test_what_no_answer_was_reported_of_is_counted_where_the_labels_are_written(queue, tmp_path) -> None:
    cases.answer(queue, "a", "yes")
    served(queue, outcomes=[("b", "99 bananas")])
    collecting.collect(queue)
    done = CliRunner().invoke(main, ["cases", "leaving", "-o", str(tmp_path / "labels.csv")])
    assert "1 answered cases of leaving" in done.stdout
    assert "what an application reported is no answer to the question: 1." in done.stderr
