"""Options that several commands share, and what they mean."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from app.workflow.question import Answers
    from engine.domain.dataset import Reading
    from engine.domain.outcome import Override

Command = Callable[..., Any]
MODEL = "MODEL"
_CODE = re.compile(r"(DA|LK|FA|EV|US)\d{3}", re.IGNORECASE | re.ASCII)


def home_option(function: Command) -> Command:
    """Add ``--home``, which also stands before the command."""

    def inherited(context: click.Context, _option: click.Parameter, value: Path | None) -> Path | None:
        return value or context.obj

    return click.option(
        "--home",
        type=click.Path(path_type=Path),
        default=None,
        callback=inherited,
        help="Folder that holds everything (HANDRAIL_HOME).",
    )(function)


def json_option(function: Command) -> Command:
    """Add ``--json``."""
    text = "Print one JSON object and nothing else."
    return click.option("--json", "as_json", is_flag=True, help=text)(function)


def reading_options(function: Command) -> Command:
    """Add the options that say how a file is to be read, where what is found out is wrong."""
    options = (
        click.option("--encoding", default=None, help="Such as utf-8, cp1252, cp1251 or shift_jis."),
        click.option("--delimiter", default=None, help="The sign between values; 'tab' and 'space' in words."),
        click.option("--quote", default=None, help="The sign around values; 'none' where there is none."),
        click.option("--first-row", type=click.IntRange(1), default=None, help="The line of the column names."),
        click.option("--header-rows", type=click.IntRange(0, 5), default=None, help="How many lines hold names."),
        click.option("--decimal", type=click.Choice([".", ","]), default=None, help="The sign before decimals."),
        click.option("--day-first/--month-first", default=None, help="What stands first in 1/2/2024."),
        click.option("--sheet", default=None, help="The sheet of a workbook."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def reading(options: dict[str, Any]) -> "Reading | None":
    """Return what the options say about how a file is to be read; None where they say nothing."""
    from engine.domain.dataset import Reading

    words = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|", "none": ""}
    said = {name: options[name] for name in Reading.model_fields if options.get(name) is not None}
    for name in {"delimiter", "quote"} & said.keys():
        said[name] = words.get(said[name].lower(), said[name])
    return Reading(**said) if said else None


def problem_options(function: Command) -> Command:
    """Add the options that say what is asked of a table."""
    many = {"multiple": True, "metavar": "COL"}
    options = (
        click.option("--target", default=None, metavar="COL", help="Column to predict."),
        click.option("--name", default=None, help="Name of the project and model; the file's name otherwise."),
        click.option("--question", default="", help="The question in words."),
        click.option("--task", type=click.Choice(["binary", "multiclass", "regression"]), default=None),
        click.option("--positive", default=None, metavar="VALUE", help="The value that counts as yes."),
        click.option("--metric", default=None, help="What to judge by, such as roc_auc or rmse."),
        click.option("--time", default=None, metavar="COL", help="Column that says when; the test lies after."),
        click.option("--group", default=None, metavar="COL", help="Column that says who; rows are split by it."),
        click.option("--sensitive", help="Judged by it, withheld from the model.", **many),  # type: ignore[arg-type]
        click.option("--use-sensitive", help="Sensitive, yet given to the model.", **many),  # type: ignore[arg-type]
        click.option("--known-after", help="Not known when the decision is made.", **many),  # type: ignore[arg-type]
        click.option("--known-before", help="Known by then, though it looks late.", **many),  # type: ignore[arg-type]
        click.option("--ignore", help="Left out.", **many),  # type: ignore[arg-type]
        click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True),
        click.option("--cost-wrong-yes", type=float, default=None, help="What acting in vain costs."),
        click.option("--cost-missed-yes", type=float, default=None, help="What a missed yes costs."),
        click.option(
            "--cost",
            type=(str, str, float),
            multiple=True,
            metavar="SAID TRUE N",
            help="What it costs to say SAID where TRUE is true, of several classes; '*' is every class, else 1.",
        ),
        click.option("--capacity", type=int, default=None, help="How many can be acted on."),
        click.option("--rule", default=None, help="Today's rule, such as \"balance > 1000 and loan == 'no'\"."),
        click.option("--purpose", default="", help="What the model is for."),
        click.option("--not-for", default="", help="What it must not be used for."),
        click.option("--owner", default="", help="Who answers for it."),
        click.option("--may-act", default="", help="Who may act on its answers."),
        click.option("--abstained-to", default="", help="Who handles what it does not answer."),
        click.option("--valid-until", default=None, metavar="DATE", help="Last day of its use, as 2027-12-31."),
        click.option("--when-over", type=click.Choice(["flag", "refuse"]), default=None, help="What it answers then."),
        click.option("--review-on", default=None, metavar="DATE", help="When somebody looks at it again."),
        click.option("--fix", is_flag=True, help="Apply every proposed remedy."),
        click.option("--accept", multiple=True, metavar="CODE[:COL]", help="Go on in spite of a finding."),
        click.option("--reason", multiple=True, help="Why; one for each --accept, in the same order."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def training_options(function: Command) -> Command:
    """Add the options that say what may be spent."""
    quality = click.Choice(["fast", "balanced", "best"])
    function = click.option("--quality", type=quality, default="balanced", show_default=True)(function)
    return click.option("--minutes", type=float, default=5.0, show_default=True, help="Training budget.")(function)


def answers(options: dict[str, Any], target: str) -> "Answers":
    """Return what the options say about the question.

    Raises
    ------
    UnusableOption
        If a cost or the capacity is out of range.
    """
    from pydantic import ValidationError

    from app.workflow.question import Answers
    from engine.domain.dataset import KnownWhen
    from engine.domain.problem import Mistake, Question, Task
    from engine.errors import UnusableOption

    for name in ("cost_wrong_yes", "cost_missed_yes"):
        if not math.isfinite(options[name] or 0):
            raise UnusableOption(
                f"--{name.replace('_', '-')} is {options[name]}, which is no amount.", fix="Give a number above zero."
            )
    try:
        question = Question(
            text=options["question"],
            cost_wrong_yes=options["cost_wrong_yes"],
            cost_missed_yes=options["cost_missed_yes"],
            capacity=options["capacity"],
            costs=tuple(Mistake(said=said, truth=truth, cost=cost) for said, truth, cost in options["cost"]),
            rule=options["rule"],
        )
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0]).replace("_", "-")
        raise UnusableOption(
            f"--{name} is {error.errors()[0]['input']}, which makes no sense.", fix="Give a number above zero."
        ) from error
    return Answers(
        target=target,
        task=Task(options["task"]) if options["task"] else None,
        positive=options["positive"],
        metric=options["metric"],
        question=question,
        sensitive=tuple(dict.fromkeys((*options["sensitive"], *options["use_sensitive"]))),
        use_sensitive=options["use_sensitive"],
        known={
            **dict.fromkeys(options["known_before"], KnownWhen.BEFORE),
            **dict.fromkeys(options["known_after"], KnownWhen.AFTER),
        },
        ignored=options["ignore"],
        time=options["time"],
        group=options["group"],
        seed=options["seed"],
    )


def use(options: dict[str, Any]) -> dict[str, str]:
    """Return what the options say about the use contract.

    Raises
    ------
    UnusableOption
        If the date cannot be read.
    """
    from datetime import date

    from engine.errors import UnusableOption

    names = ("purpose", "not_for", "owner", "may_act", "abstained_to", "valid_until", "review_on", "when_over")
    given = {key: options[key] for key in names if options[key]}
    for name in {"valid_until", "review_on"} & given.keys():
        try:
            date.fromisoformat(given[name])
        except ValueError as error:
            raise UnusableOption(
                f"--{name.replace('_', '-')} is {given[name]!r}, which is no date.", fix="Write it as 2027-12-31."
            ) from error
    return given


def overrides(accept: tuple[str, ...], reasons: tuple[str, ...]) -> "tuple[Override, ...]":
    """Return the overrides that pairs of --accept and --reason make.

    Raises
    ------
    UnusableOption
        If there is not one reason for each, or what is accepted is no code.
    """
    from engine.domain.outcome import Override
    from engine.errors import UnusableOption

    if len(accept) != len(reasons):
        raise UnusableOption(
            f"There are {len(accept)} --accept and {len(reasons)} --reason.",
            fix="Give one --reason for each --accept, in the same order.",
        )
    made = []
    for text, reason in zip(accept, reasons, strict=True):
        code, _, column = text.partition(":")
        if not _CODE.fullmatch(code):
            raise UnusableOption(f"--accept {text!r} names no finding.", fix="Write it like LK007 or LK007:duration.")
        made.append(Override(code=code.upper(), column=column or None, reason=reason))
    return tuple(made)
