"""Nouns of training: what was asked for, how it goes, what came out."""

from enum import StrEnum

from pydantic import Field

from engine.domain.base import Noun


class Quality(StrEnum):
    """How thoroughly to search."""

    FAST = "fast"
    BALANCED = "balanced"
    BEST = "best"


class JobState(StrEnum):
    """Where a job stands. ``queued`` and ``running`` are alive, the others final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Plan(Noun):
    """What to spend on a training: minutes of wall-clock time, quality, seed."""

    minutes: float = Field(default=1.0, gt=0, le=24 * 60)
    quality: Quality = Quality.BALANCED
    seed: int = 0
    without: tuple[str, ...] = ()  # columns kept from the model because they stand in for a group
    reweigh: str | None = None  # the column whose groups learn as if each had every answer as often

    @property
    def treats_alike(self) -> bool:
        """Whether the model is trained so that groups are treated more alike."""
        return bool(self.without or self.reweigh)


class Forecast(Noun):
    """What a training is expected to take: seconds of wall clock, gigabytes of memory."""

    seconds: float
    gigabytes: float


class Progress(Noun):
    """What a job does now. Times in seconds; scores as people read the metric."""

    stage: str = ""
    seconds: float = 0.0
    seconds_left: float | None = None
    models: int = 0
    best_model: str | None = None
    best_score: float | None = None
    scores: tuple[tuple[float, float], ...] = ()  # (seconds, best score so far)
    baseline: float | None = None
    done: float | None = None  # the part that is done, 0 to 1, where it can be counted


class LeaderboardRow(Noun):
    """One fitted model: score on the choose rows, milliseconds a row in batches, megabytes on disk."""

    model: str
    score: float
    ms_per_row: float
    megabytes: float
    fit_seconds: float = 0.0
    chosen: bool = False


class Fitted(Noun):
    """What a training left behind, beside the predictor's folder."""

    leaderboard: tuple[LeaderboardRow, ...]  # of those that can be served
    tried: int = 0  # how many the search fitted; 0 in a training that is older than its count
    chosen: str
    reason: str  # why this one is recommended, one sentence
    seconds: float
    stopped: bool = False  # by "stop now and keep the best"
    versions: dict[str, str] = {}
    preset: str = ""
    threads: int = 0
    notes: tuple[str, ...] = ()

    @property
    def searched(self) -> int:
        """How many models were fitted and compared; those that can be served where no more is known."""
        return max(self.tried, len(self.leaderboard))
