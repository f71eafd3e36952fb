"""What a job is asked to do: what is queued is what is performed. The queue keeps it as JSON, by the same names."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter

from engine.domain.base import Noun
from engine.domain.dataset import Reading, Recipe
from engine.domain.policy import Policy, UseContract
from engine.domain.service import Form

INGEST, CHECK, TRAIN, JUDGE, RELEASE, SCORE = "ingest", "check", "train", "judge", "release", "score"


class _Ingest(Noun):
    kind: ClassVar[str] = INGEST


class ReadFile(_Ingest):
    """Read a file; ``second``: as a table to be combined with the project's own, which stays."""

    source: str
    name: str
    reading: Reading | None = None
    second: bool = False


class ReadAgain(_Ingest):
    """Read the file of the dataset ``reread`` in another way."""

    reread: str
    reading: Reading


class Combine(_Ingest):
    """Take columns of one dataset to another."""

    base: str
    other: str
    recipe: Recipe


class MakeSample(_Ingest):
    """Make the sample table."""

    sample: Literal[True] = True


class Check(Noun):
    """Run the guardrails on a problem."""

    kind: ClassVar[str] = CHECK
    problem_id: str


class Train(Noun):
    """Train the run of the job's id; ``name`` and ``use`` are its version's, ``decided`` what its policy follows."""

    kind: ClassVar[str] = TRAIN
    name: str | None = None
    use: UseContract = UseContract()
    decided: Policy | None = None


class Judge(Noun):
    """Judge another model of a run, and take it."""

    kind: ClassVar[str] = JUDGE
    run_id: str
    model: str


class Release(Noun):
    """Build a version in a form, for the person ``by``."""

    kind: ClassVar[str] = RELEASE
    reference: str
    form: Form = Form.SERVICE
    by: str = ""


class Score(Noun):
    """Score a file with a version; ``form`` is the kind of file that is written, without a dot."""

    kind: ClassVar[str] = SCORE
    reference: str
    source: str
    name: str
    form: str
    explain: bool


Order = ReadFile | ReadAgain | Combine | MakeSample | Check | Train | Judge | Release | Score
_READERS: dict[str, TypeAdapter[Order]] = {
    INGEST: TypeAdapter(ReadFile | ReadAgain | Combine | MakeSample),
    **{each.kind: TypeAdapter(each) for each in (Check, Train, Judge, Release, Score)},
}


def read(kind: str, arguments: Mapping[str, Any]) -> Order:
    """Return what a job of a kind was asked, as the queue keeps it."""
    return _READERS[kind].validate_python(arguments)
