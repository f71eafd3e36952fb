"""Plain words: user text stays what it is on a page, and times are said as people say them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app import wording
from app.wording import drawn, lasting, plain, remedy, short, since
from engine.domain.dataset import ColumnType, KnownWhen, Role
from engine.domain.outcome import Action, Outcome, Remedy, Severity, Verdict
from engine.domain.problem import Task
from engine.domain.run import Quality
from engine.domain.version import Stage
from engine.problem.changes import REMEDIES
from engine.problem.metric import METRICS

JOINER = "\N{WORD JOINER}"


def as_markdown_reads(text: str) -> str:
    """What stands on the page once Markdown has taken its backslashes."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


@pytest.mark.parametrize(
    "text",
    [
        "**bold**",
        "# title",
        "<b>x</b>",
        "$a$",
        ":red[x]",
        "[a](http://b)",
        "`code`",
        "1. one",
        "- one",
        "a_b_c",
        "a\\b",
    ],
)
def test_nothing_in_user_text_is_markdown(text) -> None:
    made = plain(text)
    assert as_markdown_reads(made).replace(JOINER, "") == text
    # Every sign that could mean something is escaped.
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`$<\[#]", made.replace("\\\\", ""))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (":material/home:", r":material/\w+:"),
        (":tada:", r":\w+:"),
        (":red[x]", r":\w+\["),
        (":red-background[x]", r":[\w-]+\["),
        ("::+1::", r":[\w+]+:"),
        ("http://a.example", r"https?://"),
        ("www.a.example", r"www\."),
        ("a@b.example", r"@\w"),
        ("a -> b", r"->"),
        ("a -- b", r"--"),
        ("x >= 3", r">="),
    ],
    ids=["icon", "emoji", "colour", "background", "thumb", "link", "bare link", "mail", "arrow", "dash", "sign"],
)
def test_what_streamlit_replaces_after_markdown_is_broken_up(text, pattern) -> None:
    assert re.search(pattern, text)
    assert not re.search(pattern, as_markdown_reads(plain(text)))


def test_a_models_name_can_be_copied_from_the_page() -> None:
    assert as_markdown_reads(plain("churn:3 at 12:30, a/b")) == "churn:3 at 12:30, a/b"


def test_user_text_stays_on_one_line() -> None:
    assert "\n" not in plain("a\n\n# b")


def test_tags_in_a_picture_are_shown_not_obeyed() -> None:
    assert drawn("<b>x</b> & y") == "&lt;b&gt;x&lt;/b&gt; &amp; y"
    assert len(short("x" * 300, 20)) == 20


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "a second"), (45, "45 seconds"), (300, "5 minutes"), (7200, "2.0 hours")]
)
def test_durations(seconds, text) -> None:
    assert lasting(seconds) == text


def test_how_long_ago() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert since(now - timedelta(seconds=5), now) == "just now"
    assert since(now - timedelta(minutes=1), now) == "1 minute ago"
    assert since((now - timedelta(days=3)).replace(tzinfo=None), now) == "3 days ago"
    assert since(None) == ""


def test_every_short_name_has_words() -> None:
    assert set(wording.TYPES) == set(ColumnType)
    assert set(wording.ROLES) == set(Role)
    assert set(wording.KNOWN) == set(KnownWhen)
    assert set(wording.TASKS) == set(wording.TASK_TERMS) == set(Task)
    assert set(wording.QUALITIES) == set(Quality)
    assert set(wording.METRICS) == set(METRICS)
    assert set(REMEDIES) == set(Action)
    assert set(wording.STAGES) == set(Stage)


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("severity", [None, *Severity])
def test_every_verdict_has_an_icon_and_a_word(verdict, severity) -> None:
    icon, word, _ = wording.VERDICTS[wording.verdict(Outcome(code="X", title="x", verdict=verdict, severity=severity))]
    assert icon.startswith(":material/")
    assert word


def test_a_remedy_names_its_columns() -> None:
    assert remedy(Remedy(action=Action.DROP_COLUMNS, columns=("a", "b", "c"))) == "Leave out a, b and 1 more"
    two = (Remedy(action=Action.SET_MISSING, columns=(name,)) for name in ("pdays", "balance"))
    assert len({remedy(proposed) for proposed in two}) == 2
