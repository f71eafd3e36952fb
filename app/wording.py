"""Plain words for what the program knows by short names, times as people say them, and the one escape helper."""

import re
from datetime import UTC, datetime

from engine.domain.dataset import ColumnType, KnownWhen, Role
from engine.domain.outcome import NEARLY, Action, Outcome, Remedy, Severity, Verdict
from engine.domain.problem import Problem, Task
from engine.domain.run import Quality
from engine.domain.version import Stage
from engine.problem.changes import REMEDIES, TWINS
from engine.problem.words import counted

TYPES = {
    ColumnType.INTEGER: "whole number",
    ColumnType.NUMBER: "number",
    ColumnType.CATEGORY: "category",
    ColumnType.TEXT: "free text",
    ColumnType.DATETIME: "date",
}
ROLES = {
    Role.FEATURE: "information",
    Role.IDENTIFIER: "identifier",
    Role.PERSONAL: "personal data",
    Role.TIME: "time",
    Role.IGNORED: "left out",
}
KNOWN = {KnownWhen.BEFORE: "before", KnownWhen.AT: "at that moment", KnownWhen.AFTER: "only afterwards"}
TASKS = {
    Task.BINARY: "A yes/no question",
    Task.MULTICLASS: "One of several classes",
    Task.REGRESSION: "A number",
}
TASK_TERMS = {
    Task.BINARY: "binary classification",
    Task.MULTICLASS: "multiclass classification",
    Task.REGRESSION: "regression",
}
METRICS = {
    "roc_auc": ("how well it ranks", "ROC AUC: how often a real case gets a higher score than one that is not."),
    "average_precision": ("how pure the top of its list is", "Average precision: precision averaged over the list."),
    "brier": ("how far its probabilities are off", "Brier score: mean squared error of the probabilities."),
    "f1": ("how well it finds cases without false alarms", "F1: harmonic mean of precision and recall."),
    "log_loss": ("how well its probabilities fit", "Log loss: lower is better; 0 is perfect."),
    "accuracy": ("how often it is right", "Accuracy: share of rows with the right answer."),
    "balanced_accuracy": ("how often it is right, each class counting the same", "Balanced accuracy: mean recall."),
    "f1_macro": ("how well it finds each class", "Macro F1: the F1 of every class, averaged."),
    "rmse": ("how far off it typically is, large misses counting more", "RMSE: root mean squared error."),
    "mae": ("how far off it is on average", "MAE: mean absolute error."),
    "r2": ("how much of the differences it explains", "R²: 1 is perfect, 0 is guessing the average."),
}
QUALITIES = {
    Quality.FAST: ("Quick", "a first look; often close to the best"),
    Quality.BALANCED: ("Balanced", "more kinds of models; right for most"),
    Quality.BEST: ("Thorough", "everything we know; worth a coffee"),
}
STAGES = {
    Stage.DRAFT: "Draft",
    Stage.IN_REVIEW: "Waits for review",
    Stage.RETURNED: "Returned",
    Stage.APPROVED: "Approved",
    Stage.LIVE: "Live",
    Stage.RETIRED: "Retired",
}
KINDS = {
    "ingest": "Reading the table",
    "check": "Checking the data",
    "train": "Training",
    "judge": "Judging another model",
    "release": "Building the service",
    "score": "Scoring a file",
}
VERDICTS = {
    "stop": (":material/block:", "Stop", "red"),
    "look": (":material/visibility:", "Worth a look", "orange"),
    "note": (":material/info:", "Good to know", "blue"),
    "fine": (":material/check_circle:", "Fine", "green"),
    "unknown": (":material/help:", "Could not check", "gray"),
    "none": (":material/remove:", "Does not apply", "gray"),
}

_SEVERITY = {Severity.BLOCKER: "stop", Severity.WARNING: "look", Severity.NOTE: "note"}
_MARKDOWN = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
_JOINER = "\N{WORD JOINER}"
# Streamlit turns these into icons, colours, emoji, links and arrows after Markdown has been read, so a backslash does
# not stop it; an invisible character between their signs does.
_AFTER_MARKDOWN = re.compile(
    r"(?<=:)(?=[\w+\-/]+[:\[])|(?<=:/)(?=/)|(?<=\w@)(?=\w)|(?<=www)(?=\.)"  # icons, colours, emoji; links and mail
    r"|(?<=-)(?=[->])|(?<=<)(?=[-=])|(?<=[>~])(?==)"  # arrows, dashes, signs
)


def plain(text: object) -> str:
    """Return any text so that Markdown shows it as it is, on one line: the only way for user text onto a page."""
    flat = " ".join(str(text).split())
    return _MARKDOWN.sub(r"\\\1", _AFTER_MARKDOWN.sub(_JOINER, flat))


def short(text: object, longest: int = 40) -> str:
    """Return a text cut to at most so many characters."""
    flat = " ".join(str(text).split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def drawn(text: object, longest: int = 28) -> str:
    """Return a text for a picture, where a few tags would be obeyed."""
    return short(text, longest).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def class_name(label: str, problem: Problem) -> str:
    """Return a class as a sentence names it: one that is a number says what it means, or of what it is the value."""
    name = short(label, 30)
    if word := stands_for(label, problem):
        return f"{name} ({word})"
    number = problem.task is Task.MULTICLASS and label.lstrip("-").replace(".", "", 1).isdigit()
    return f"{short(problem.target, 20)} {name}" if number else name


def stands_for(label: str, problem: Problem) -> str:
    """Return yes or no for a class of a yes/no question that is a number; nothing for one that speaks for itself."""
    if problem.task is not Task.BINARY or not label.lstrip("-").isdigit():
        return ""
    return "yes" if label == problem.positive else "no"


def lasting(seconds: float) -> str:
    """Return a duration as people say it."""
    if seconds < 1.5:
        return "a second"
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def since(then: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago something was."""
    if then is None:
        return ""
    moment = then if then.tzinfo else then.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(int(seconds // size), name)} ago"
    return "just now"


def verdict(outcome: Outcome) -> str:
    """Return the key in ``VERDICTS`` of what a guardrail said."""
    if outcome.verdict is Verdict.FLAGGED:
        return _SEVERITY.get(outcome.severity or Severity.NOTE, "note")
    return {Verdict.PASSED: "fine", Verdict.COULD_NOT_RUN: "unknown"}.get(outcome.verdict, "none")


def remedy(proposed: Remedy) -> str:
    """Return what a remedy does, as a button says it; plain text."""
    if NEARLY in proposed.values and proposed.action is Action.KEEP_TOGETHER:
        return TWINS
    columns = ", ".join(short(name, 24) for name in proposed.columns[:2])
    if len(proposed.columns) > 2:
        columns += f" and {len(proposed.columns) - 2} more"
    return REMEDIES[proposed.action].format(columns=columns or "the columns")
