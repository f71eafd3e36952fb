"""The noun of a case that a model leaves to a person."""

from engine.domain.base import Noun
from engine.domain.service import Reason


class LeftCase(Noun):
    """What a person is shown of a case that a model did not answer.

    ``row`` holds the values as they were sent, by the names of the contract; the rest is where the model leans, which
    was not sure enough to be an answer, and why.
    """

    row: dict[str, bool | int | float | str | None]
    probabilities: dict[str, float] | None = None
    prediction_set: tuple[str, ...] | None = None
    interval: tuple[float, float] | None = None
    reasons: tuple[Reason, ...] = ()
