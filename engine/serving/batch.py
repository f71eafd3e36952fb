"""Score a file: the same columns back, with prediction, decision, trust and reasons beside them."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import Reading
from engine.domain.problem import Task
from engine.domain.service import Served
from engine.serving import scored, sheet
from engine.serving.answers import positive_column
from engine.serving.intake import Intake, take
from engine.serving.package import read_served
from engine.serving.scorer import Scorer


def score_file(
    package: Path,
    source: Path,
    out: Path,
    *,
    explain: bool = False,
    ranked: bool = False,
    reading: Reading | None = None,
    retired: date | None = None,
    on_rows: Callable[[int, int], None] = lambda done, all_: None,
) -> dict[str, Any]:
    """Answer for every row of a file.

    Parameters
    ----------
    package : Path
        A package folder that was verified before.
    source : Path
        CSV, TSV, Excel or Parquet; the target column may be there or not.
    out : Path
        ``.csv``, ``.tsv``, ``.parquet`` or ``.xlsx``; replaced if it exists.
    explain : bool, default False
        Add ``because_1`` to ``because_3``.
    ranked : bool, default False
        Highest first: the positive class's probability, the predicted class's, or the value. Else in the file's order.
    reading : Reading, optional
        How a person said that the table the model learned from is read: tried first.
    retired : date, optional
        Since when the model is no longer in use, where its package does not know it.
    on_rows : callable, optional
        Told how many rows are done, and how many there are.

    Returns
    -------
    dict
        ``model``, ``rows``, ``flagged`` (decided yes; yes/no questions only), ``decisions``, ``trust`` and ``reasons``
        (counts), ``unreadable`` (cells by column that count as missing), ``extra_columns``, ``rejected_rows``,
        ``explained`` (how, where so many rows are explained less closely than a few), ``seconds``, ``out``.

    Raises
    ------
    UnreadableFile, EmptyTable, UnusableInput
        If the file is no table, or lacks what the model needs; every absent column is named.
    UnusableOption
        If ``out`` names no kind of file that can be written.
    BadCall
        If reasons were asked for and the package has nothing to explain with.
    """
    started = perf_counter()
    sheet.checked(out)
    served = read_served(package)
    served = served.model_copy(update={"retired": retired or served.retired})
    intake = take(source, served.asked, reading)
    scorer = Scorer.open(package).under(served)
    effort = scorer.effort(len(intake.features)) if explain else None
    parts = []
    for piece in scored.chunks(len(intake.features), explain=explain):
        frame = intake.features.iloc[piece].reset_index(drop=True)
        parts.append(scorer.score_frame(frame, effort=effort, marked=intake.marked[piece]))
        on_rows(piece.stop, len(intake.features))
    answers = pd.concat(parts, ignore_index=True)
    sheet.write(intake, answers, _ranking(served, answers) if ranked else None, out)
    said = effort.described if effort else ""
    return _summary(served, intake, answers) | {"explained": said, "seconds": perf_counter() - started, "out": str(out)}


def _ranking(served: Served, answers: pd.DataFrame) -> NDArray[np.intp]:
    if served.task is Task.REGRESSION:
        score = answers["prediction"]
    elif served.task is Task.BINARY:
        score = answers[f"probability_{served.classes[positive_column(served)]}"]
    else:
        score = answers[[f"probability_{name}" for name in served.classes]].max(axis=1)
    return np.argsort(-score.to_numpy(dtype=np.float64), kind="stable")


def _summary(served: Served, intake: Intake, answers: pd.DataFrame) -> dict[str, Any]:
    decisions = Counter(answers["decision"].tolist()) if served.task is not Task.REGRESSION else Counter[str]()
    codes = (code.partition(":")[0] for text in answers["reasons"] for code in dict.fromkeys(text.split("; ")) if code)
    known = {*served.asked.names, served.target}
    return {
        "model": served.model,
        "rows": len(answers),
        "flagged": decisions[served.policy.yes] if served.task is Task.BINARY else None,
        "decisions": dict(decisions.most_common()),
        "trust": dict(Counter(answers["trust"].tolist())),
        "reasons": dict(Counter(codes)),
        "unreadable": intake.unreadable,
        "extra_columns": [str(name) for name in intake.cells.column_names if name not in known],
        "rejected_rows": intake.read.reader.rejected_rows,
    }
