"""What was changed for a model, and which rows were kept apart, stands on its card in every form."""

import json

import pytest

from engine.domain.outcome import NEARLY, Action, Remedy
from engine.domain.problem import Split, SplitKind
from engine.evidence.card import to_cyclonedx, to_html, to_markdown
from engine.problem.changes import kept_apart
from tests.engine.evidence.cards import make

SAME, TWINS = Remedy(action=Action.KEEP_TOGETHER), Remedy(action=Action.KEEP_TOGETHER, values=(NEARLY,))
EQUAL = Remedy(action=Action.KEEP_TOGETHER, columns=("a",))
EMPTIED = Remedy(action=Action.SET_MISSING, columns=("fee",), values=("99999",))


@pytest.mark.parametrize(
    ("split", "remedies", "words"),
    [
        (Split(), (), "at random"),
        (Split(keep_together=True), (SAME, TWINS), "at random, identical rows and near twins on one side"),
        (Split(keep_together=True), (EQUAL,), "at random, rows equal in ‘a’ on one side"),
        (Split(kind=SplitKind.TIME, columns=("day",)), (), "forward in time (day)"),
    ],
    ids=["as it came", "the same rows", "the same in a column", "in time"],
)
def test_which_rows_are_kept_on_one_side_is_said(split, remedies, words) -> None:
    problem = make().problem.model_copy(update={"split": split, "remedies": remedies})
    assert kept_apart(problem) == words


@pytest.mark.parametrize("document", [to_html, to_markdown, lambda card: json.dumps(to_cyclonedx(card))])
def test_what_was_changed_stands_on_the_card(document) -> None:
    problem = make().problem.model_copy(update={"split": Split(keep_together=True), "remedies": (SAME, EMPTIED)})
    text = document(make(problem=problem)).replace("&#39;", "'")
    assert "at random, identical rows on one side" in text
    assert "Keep identical rows on one side" in text
    assert "Treat those values of fee as missing ('99999')" in text.replace("\\(", "(").replace("\\)", ")")
