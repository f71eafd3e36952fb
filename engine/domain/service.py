"""Nouns of the service: what the exported package knows, what it is asked, what it answers."""

from datetime import date
from enum import StrEnum

from engine.domain.base import Noun
from engine.domain.dataset import DataContract
from engine.domain.evidence import Background, Explanation, Likeness
from engine.domain.policy import Abstention, Policy, UseContract
from engine.domain.problem import Task

RARELY_MISSING = 0.01  # below this share in training, a missing value is unusual


def asked(contract: DataContract, policy: Policy) -> DataContract:
    """Return what is asked of a row: the model's columns, and the one whose groups have thresholds of their own."""
    by = policy.group_thresholds
    if by is None or by.column.name in contract.names:
        return contract
    return DataContract(columns=(*contract.columns, by.column))


class Served(Noun):
    """Everything a service needs beside the model's folder; written as ``served.json`` next to it.

    ``contract`` covers the features only, with ranges and levels from the rows that training saw. ``limits`` say which
    answers stay possible; rows are left to a person only where ``policy.abstention`` says so.
    """

    model: str  # "name:version"
    task: Task
    target: str
    classes: tuple[str, ...] = ()
    positive: str | None = None
    contract_id: str
    contract: DataContract
    policy: Policy
    use: UseContract
    approved: bool = False
    retired: date | None = None  # since when, as far as the package knows
    background: Background | None = None
    likeness: Likeness | None = None
    limits: Abstention | None = None
    threads: int = 1
    ms_per_row: float | None = None  # what an answer took in a batch, when it was trained
    ranges: tuple[float, ...] = ()  # edges of the target's values in training, by which answers are counted
    usual: dict[str, dict[str, float]] = {}  # shares of answers and chances on choose rows, by which a shift shows
    created: date | None = None
    max_rows: int = 1000
    max_bytes: int = 5_000_000
    max_seconds: float = 30.0  # of one call

    @property
    def asked(self) -> DataContract:
        """What a request says of a row: see ``asked``."""
        return asked(self.contract, self.policy)


class Reason(Noun):
    """Why an answer deserves less trust."""

    code: str
    column: str | None = None
    message: str


class Prediction(Noun):
    """One answer of the service, as INTERFACE promises it."""

    decision_id: str
    prediction: str | float
    probabilities: dict[str, float] | None = None
    prediction_set: tuple[str, ...] | None = None
    interval: tuple[float, float] | None = None
    decision: str
    trust: str  # "ok", "caution", "abstain"
    reasons: tuple[Reason, ...] = ()
    explanation: Explanation | None = None


class Form(StrEnum):
    """What a version is built into: a Bento that serves, or a wheel that another program carries."""

    SERVICE = "service"
    WHEEL = "wheel"


class Verification(Noun):
    """What a clean process found: golden rows compared, the largest difference, seconds a stage.

    ``built_from`` is the fingerprint of the sources and versions that went into it, empty where nobody noted it.
    """

    form: Form = Form.SERVICE
    rows: int
    largest_difference: float
    passed: bool
    seconds: dict[str, float] = {}
    built_from: str = ""
