"""Score a file: the same columns back, with prediction, decision, trust and reasons beside them."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.read import kind
from engine.data.stream import MOST, Uneven
from engine.domain.dataset import Reading
from engine.domain.problem import Task
from engine.domain.service import Served
from engine.serving import cells, flow, scored, sheet
from engine.serving.answers import positive_column
from engine.serving.intake import Columns, require_like, take
from engine.serving.package import read_served
from engine.serving.scorer import Scorer

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.evidence.effort import Effort

_T = TypeVar("_T")
# From how many bytes on a file is read, answered and written piece by piece; below, it is looked at as a whole.
LARGE = {"csv": 50_000_000, "parquet": 10_000_000}


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
    suffix = sheet.checked(out)
    served = read_served(package)
    served = served.model_copy(update={"retired": retired or served.retired})
    scorer = Scorer.open(package).under(served)
    read_as = kind(source, limit_bytes=MOST)
    work = _Work(scorer, explain, on_rows)
    told = None
    if not ranked and suffix != ".xlsx" and source.stat().st_size >= LARGE.get(read_as, MOST):
        told = _piece_by_piece(work, source, read_as, out, reading)
    if told is None:
        told = _at_once(work, source, out, reading, ranked=ranked)
    return told | {"seconds": perf_counter() - started, "out": str(out)}


class _Work:
    """Answers rows, and counts what it said."""

    def __init__(self, scorer: Scorer, explain: bool, on_rows: Callable[[int, int], None]) -> None:
        self.scorer, self.served = scorer, scorer.served
        self._explain, self._on_rows = explain, on_rows
        self.forget()

    def forget(self) -> None:
        """Count from the beginning."""
        self._effort: Effort | None = None
        self.rows = 0
        self.decisions, self.trust, self.reasons = Counter[str](), Counter[str](), Counter[str]()
        self.unreadable = Counter[str]()

    def asked(self, columns: Columns) -> NDArray[np.float64]:
        """Return the model's raw answers for some rows."""
        frame = columns.features
        pieces = [frame.iloc[piece].reset_index(drop=True) for piece in scored.chunks(len(frame))]
        return np.concatenate([self.scorer.answer(piece) for piece in pieces])

    def answered(self, columns: Columns, raw: NDArray[np.float64], all_: int) -> pd.DataFrame:
        """Say what raw answers mean for some rows of about ``all_``."""
        if self._explain and self._effort is None:
            self._effort = self.scorer.effort(all_)
        parts = []
        for piece in scored.chunks(len(columns.features), explain=self._explain):
            frame = columns.features.iloc[piece].reset_index(drop=True)
            parts.append(self.scorer.score_frame(frame, raw[piece], effort=self._effort, marked=columns.marked[piece]))
            self.rows += len(frame)
            self._on_rows(self.rows, max(self.rows, all_))
        answers = pd.concat(parts, ignore_index=True)
        self._count(answers)
        self.unreadable.update(columns.unreadable)
        return answers

    def _count(self, answers: pd.DataFrame) -> None:
        if self.served.task is not Task.REGRESSION:
            self.decisions.update(answers["decision"].tolist())
        self.trust.update(answers["trust"].tolist())
        for text, rows in Counter(answers["reasons"].tolist()).items():
            for code in {code.partition(":")[0]: None for code in text.split("; ") if code}:
                self.reasons[code] += rows

    def summary(self, names: Iterable[str], rejected: int) -> dict[str, Any]:
        """Return what was counted over a file with columns of these names."""
        known = {*self.served.asked.names, self.served.target}
        return {
            "model": self.served.model,
            "rows": self.rows,
            "flagged": self.decisions[self.served.policy.yes] if self.served.task is Task.BINARY else None,
            "decisions": dict(self.decisions.most_common()),
            "trust": dict(self.trust),
            "reasons": dict(self.reasons),
            "unreadable": dict(self.unreadable),
            "extra_columns": [name for name in names if name not in known],
            "rejected_rows": rejected,
            "explained": self._effort.described if self._effort else "",
        }


def _at_once(work: _Work, source: Path, out: Path, reading: Reading | None, *, ranked: bool) -> dict[str, Any]:
    intake = take(source, work.served.asked, reading)
    answers = work.answered(intake.columns, work.asked(intake.columns), len(intake.columns.features))
    sheet.write(intake, answers, _ranking(work.served, answers) if ranked else None, out)
    return work.summary(map(str, intake.cells.column_names), intake.read.reader.rejected_rows)


def _piece_by_piece(
    work: _Work, source: Path, read_as: str, out: Path, reading: Reading | None, words: frozenset[str] = frozenset()
) -> dict[str, Any] | None:
    """Read, ask the model, say and write at the same time; None where only who sees the whole file can read it.

    ``words`` are columns of a text table that stay text also where types are written.
    """
    try:
        with flow.opened(source, read_as, work.served.asked, reading) as opened:
            with closing(_ahead(_tables(work, opened, words, typed=out.suffix.lower() == ".parquet"))) as tables:
                sheet.write_pieces(tables, out)
            return work.summary(opened.names, opened.rejected)
    except cells.NotTyped as other:
        work.forget()
        return _piece_by_piece(work, source, read_as, out, reading, words | {other.name})
    except Uneven:
        work.forget()
        return None


def _tables(work: _Work, opened: flow.Flow, words: frozenset[str], *, typed: bool) -> Iterator["pa.Table"]:
    with closing(_ahead(_asked(work, opened))) as told:
        for piece, raw in told:
            answers = work.answered(piece.columns, raw, opened.size)
            own = cells.own_names(opened.names, answers.columns)
            if typed:
                kinds = {name: kind for name, kind in opened.types.items() if name not in words}
                yield cells.as_typed(own, piece.cells, answers, kinds)
            else:
                yield cells.as_text(own, piece.cells, answers, piece.numbers)


def _asked(work: _Work, opened: flow.Flow) -> Iterator[tuple[flow.Piece, NDArray[np.float64]]]:
    with closing(_ahead(opened.pieces())) as pieces:
        for number, piece in enumerate(pieces):
            if number == 0:
                require_like(piece.columns)
            yield piece, work.asked(piece.columns)


def _ahead(items: Iterator[_T]) -> Generator[_T, None, None]:
    """Yield items while the next one is being made."""
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = beside.submit(next, items, None)
            yield item


def _ranking(served: Served, answers: pd.DataFrame) -> NDArray[np.intp]:
    if served.task is Task.REGRESSION:
        score = answers["prediction"]
    elif served.task is Task.BINARY:
        score = answers[f"probability_{served.classes[positive_column(served)]}"]
    else:
        score = answers[[f"probability_{name}" for name in served.classes]].max(axis=1)
    return np.argsort(-score.to_numpy(dtype=np.float64), kind="stable")
