"""The commands on tables beside the way through the wizard: two tables become one, and which tables there are.

Only click is imported here, as in ``app.cli``, which registers them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.options import json_option
from app.terminal import opened, say, show_json

_FILE = click.Path(path_type=Path)
MEASURES = ("sum", "mean", "min", "max", "last")


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how two tables become one."""
    many = {"multiple": True, "metavar": "COL"}
    options = (
        click.option(
            "--on", multiple=True, metavar="KEY", help="Key, as COL or BASE_COL=OTHER_COL; found where absent."
        ),
        click.option("--time", default=None, metavar="COL", help="Column of BASE: when a row is decided."),
        click.option("--other-time", default=None, metavar="COL", help="Column of OTHER: when a row happened."),
        click.option("--take", help="Column of OTHER as it stands: one row per key.", **many),  # type: ignore[arg-type]
        click.option("--count", is_flag=True, help="Number of rows."),
        click.option("--since", is_flag=True, help="Days since the last row."),
        *(click.option(f"--{name}", help=f"Column of OTHER: its {name}.", **many) for name in MEASURES),  # type: ignore[arg-type]
        click.option("--like", default=None, metavar="ID", help="As this dataset or model was combined; nothing else."),
        click.option("-o", "out", type=_FILE, required=True, help="File to write: .csv or .parquet."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.argument("base", type=_FILE)
@click.argument("other", type=_FILE)
@_options
@json_option
def combine(home_path: Path | None, base: Path, other: Path, out: Path, as_json: bool, **options: Any) -> int:
    """Add columns from OTHER to BASE: joined by a key, or many rows as one value before a decision. Keeps nothing."""
    from app import settings
    from app.combining import combine_files

    chosen = settings.load(home_path.resolve() if home_path else None)
    report = combine_files(chosen, base, other, out, options)
    show_json(report) if as_json else say.combined(report)
    return 0


@json_option
def datasets(home_path: Path | None, as_json: bool) -> int:
    """List the tables of this home, with the projects that use them."""
    from app.combining import listed

    report = listed(opened(home_path))
    show_json(report) if as_json else say.datasets(report)
    return 0


VERBS = (combine, datasets)
