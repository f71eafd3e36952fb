"""Score a file: the same columns back, with prediction, decision, trust and reasons beside them."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.read import kind
from engine.data.stream import MOST, Uneven
from engine.domain.dataset import ColumnType, Reading
from engine.domain.problem import Task
from engine.domain.service import Served
from engine.errors import OutOfMemory
from engine.serving import cells, crew, flow, pieces, scored, sheet
from engine.serving.answers import positive_column
from engine.serving.intake import Columns, take
from engine.serving.package import read_served
from engine.serving.scorer import Scorer, effort_for
from engine.serving.tally import Tally

if TYPE_CHECKING:
    from engine.evidence.effort import Effort

# From how many bytes on a file is read, answered and written piece by piece; below, it is looked at as a whole.
LARGE = {"csv": 50_000_000, "parquet": 10_000_000}
# And from how many on, unless rows are explained, processes of their own are worth their start.
_BESIDE = {"csv": 100_000_000, "parquet": 20_000_000}
_EXPLAINED = 1_000  # rows of a piece


def score_file(
    package: Path,
    source: Path,
    out: Path,
    *,
    explain: bool = False,
    ranked: bool = False,
    reading: Reading | None = None,
    retired: date | None = None,
    memory_gb: float | None = None,
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
    memory_gb : float, optional
        What may be used; default: most of what is there.
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
    read_as = kind(source, limit_bytes=MOST)
    asked = _Asked(package, served, explain, on_rows, memory_gb)
    told = None
    if not ranked and suffix != ".xlsx" and source.stat().st_size >= LARGE.get(read_as, MOST):
        told = _piece_by_piece(asked, source, read_as, out, reading)
    if told is None:
        told = _at_once(asked, source, out, reading, ranked=ranked)
    return told | {"seconds": perf_counter() - started, "out": str(out)}


@dataclass(frozen=True)
class _Asked:
    """What is wanted of which model."""

    package: Path
    served: Served
    explain: bool
    on_rows: Callable[[int, int], None]
    memory_gb: float | None

    def effort(self, rows: int) -> "Effort | None":
        """Return how closely a file of about so many rows is explained, if it is to be."""
        return effort_for(self.served, rows) if self.explain else None

    @property
    def opening(self) -> Callable[[], Scorer]:
        """What opens the model, here or in another process."""
        return partial(_opened, self.package, self.served)


def _opened(package: Path, served: Served) -> Scorer:
    return Scorer.open(package).under(served)


def _at_once(asked: _Asked, source: Path, out: Path, reading: Reading | None, *, ranked: bool) -> dict[str, Any]:
    served = asked.served
    intake = take(source, served.asked, reading)
    rows = len(intake.columns.features)
    effort = asked.effort(rows)
    answers = _answered(asked.opening(), effort, intake.columns, lambda done: asked.on_rows(done, rows))
    sheet.write(intake, answers, _ranking(served, answers) if ranked else None, out)
    tally = Tally.of(answers, intake.columns.unreadable, served.task)
    return _told(tally, served, effort, map(str, intake.cells.column_names), intake.read.reader.rejected_rows)


def _answered(
    scorer: Scorer, effort: "Effort | None", columns: Columns, on_rows: Callable[[int], None] = lambda done: None
) -> pd.DataFrame:
    parts = []
    for piece in scored.chunks(len(columns.features), explain=effort is not None):
        frame = columns.features.iloc[piece].reset_index(drop=True)
        parts.append(scorer.score_frame(frame, effort=effort, marked=columns.marked[piece]))
        on_rows(piece.stop)
    return pd.concat(parts, ignore_index=True)


def _told(tally: Tally, served: Served, effort: "Effort | None", names: Iterable[str], rejected: int) -> dict[str, Any]:
    known = {*served.asked.names, served.target}
    return tally.summary(served) | {
        "extra_columns": [name for name in names if name not in known],
        "rejected_rows": rejected,
        "explained": effort.described if effort else "",
    }


def _piece_by_piece(
    asked: _Asked, source: Path, read_as: str, out: Path, reading: Reading | None
) -> dict[str, Any] | None:
    """Read and write here what is answered beside; None where only who sees the whole file can read it."""
    worth = asked.explain or source.stat().st_size >= _BESIDE[read_as]
    processes = crew.size(asked.memory_gb) if worth else 0
    try:
        try:
            return _beside(asked, source, read_as, out, reading, processes)
        except OutOfMemory:
            if not processes:
                raise
            return _beside(asked, source, read_as, out, reading, 0)  # one model has room where two have not
    except Uneven:
        return None


def _beside(
    asked: _Asked, source: Path, read_as: str, out: Path, reading: Reading | None, processes: int
) -> dict[str, Any]:
    # The folder goes last: until they are gone, the members may write to it what nobody wants any more.
    with (
        tempfile.TemporaryDirectory(prefix="handrail-") as folder,
        crew.Crew(asked.opening, processes) as members,
    ):
        words = frozenset[str]()
        while True:
            try:
                with flow.opened(source, read_as, asked.served.asked, reading) as opened:
                    return _flowing(asked, opened, members, out, words, Path(tempfile.mkdtemp(dir=folder)))
            except cells.NotTyped as other:
                words |= other.names


def _flowing(
    asked: _Asked, opened: flow.Flow, members: crew.Crew[Scorer], out: Path, words: frozenset[str], folder: Path
) -> dict[str, Any]:
    """Answer a file's rows; ``words`` are columns of a text table that stay text also where types are written."""
    effort, tally = asked.effort(opened.size), Tally()
    kinds = {name: kind for name, kind in opened.reader.types.items() if name not in words}
    work = _Piecework(effort, opened.reader, out.suffix.lower(), kinds)
    made = members.in_order(work, _cut(opened, folder, explain=asked.explain))
    sheet.write_pieces(_counted(made, tally, lambda rows: asked.on_rows(rows, max(rows, opened.size))), out)
    return _told(tally, asked.served, effort, opened.names, opened.rejected)


@dataclass(frozen=True)
class _Piecework:
    """Makes rows as they are written of cells as they were read, in files that are numbered by the piece.

    ``kinds`` are the types that columns of a text table get where what is written, by its ``suffix``, has types.
    """

    effort: "Effort | None"
    reader: flow.PieceReader
    suffix: str
    kinds: dict[str, ColumnType]

    def __call__(self, scorer: Scorer, piece: tuple[int, Path]) -> tuple[Path, Tally]:
        number, place = piece
        as_read = pieces.take(place)
        read = self.reader.read(as_read)
        answers = _answered(scorer, self.effort, read.columns)
        own = cells.own_names(as_read.column_names, answers.columns)
        if self.suffix == ".parquet":
            table = cells.as_typed(own, as_read, answers, self.kinds, bare=self.reader.is_text)
        else:
            table = cells.as_text(own, as_read, answers, read.numbers)
        made = sheet.as_piece(table, place.with_suffix(self.suffix), first=number == 0)
        return made, Tally.of(answers, read.columns.unreadable, scorer.served.task)


def _cut(opened: flow.Flow, folder: Path, *, explain: bool) -> Iterator[tuple[int, Path]]:
    """Yield the file's cells; fewer at a time where a row takes long, so that whoever waits hears how far it is."""
    number = count()
    for table in opened.pieces:
        size = _EXPLAINED if explain else len(table)
        for start in range(0, len(table), size):
            n = next(number)
            yield n, pieces.lay(table.slice(start, size), folder / str(n))


def _counted(made: Iterable[tuple[Path, Tally]], tally: Tally, told: Callable[[int], None]) -> Iterator[Path]:
    for piece, of_piece in made:
        tally.add(of_piece)
        told(tally.rows)
        yield piece


def _ranking(served: Served, answers: pd.DataFrame) -> NDArray[np.intp]:
    if served.task is Task.REGRESSION:
        score = answers["prediction"]
    elif served.task is Task.BINARY:
        score = answers[f"probability_{served.classes[positive_column(served)]}"]
    else:
        score = answers[[f"probability_{name}" for name in served.classes]].max(axis=1)
    return np.argsort(-score.to_numpy(dtype=np.float64), kind="stable")
