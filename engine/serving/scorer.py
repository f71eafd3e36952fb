"""The scorer: from rows to predictions, decisions, reasons and explanations, through one package folder."""

import hashlib
import json
import os
import threading
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Explanation
from engine.domain.problem import Task
from engine.domain.service import Prediction, Reason, Served
from engine.evidence.likeness import Neighbourhood
from engine.serving import deadline, trust
from engine.serving.answers import Answers, Words, answers
from engine.serving.package import MODEL, read_served
from engine.serving.refusal import BadCall
from engine.serving.requests import RowReader, Rows
from engine.serving.scored import table

if TYPE_CHECKING:
    from engine.evidence.effort import Effort


_VARIANT = {digit: "89ab"[place % 4] for place, digit in enumerate("0123456789abcdef")}


class Model(Protocol):
    """What can answer: probabilities of shape (n, n_classes) or values of shape (n,)."""

    def predict(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Answer for every row of a canonical frame."""


class Scorer:
    """Answers for one package. Safe to share between threads: the model works on one request at a time."""

    def __init__(self, served: Served, model: Model) -> None:
        self.served = served
        self.reader = RowReader(served.asked)
        self._model = model
        self._lock = threading.Lock()
        self._near: Neighbourhood | None = None

    @classmethod
    def open(cls, folder: Path) -> "Scorer":
        """Open a package folder. The folder must have been verified before: a model is code.

        Raises
        ------
        NotFound
            If the folder is no package.
        """
        from engine.training.predictor import open_model

        served = read_served(folder)
        return cls(served, open_model(folder / MODEL))

    def under(self, served: Served) -> "Scorer":
        """Return a scorer of the same model that decides and warns by other words."""
        return Scorer(served, self._model)

    def answer(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return the model's raw answers for a canonical frame, in the order of ``served.classes``."""
        if self.served.policy.group_thresholds is not None:
            frame = frame[list(self.served.contract.names)]  # whose threshold decides is none of the model's business
        with deadline.turn(self._lock):
            return np.asarray(self._model.predict(frame), dtype=np.float64)

    def predict(
        self, rows: Sequence[object], *, keys: Sequence[str] | None = None, explain: "bool | Effort" = False
    ) -> list[Prediction]:
        """Answer rows as they come in a request.

        Parameters
        ----------
        rows : sequence of mappings
            Column names and JSON values.
        keys : sequence of str, optional
            The caller's own ids, one a row: the same key and row give the same ``decision_id``.
        explain : bool or Effort, default False
            Put an explanation into each prediction, as close as can be or as the effort says.

        Raises
        ------
        BadCall
            If a row does not fit the contract, or explanations were asked for and there are none.
        """
        read = self.reader.read(rows)
        if not len(read.frame):
            return []
        told = answers(self.served, self.answer(read.frame), read.frame)
        reasons, trust_of = self._reasons(read, told)
        explained: Sequence[Explanation | None] = (
            self._explained(read.frame, told, effort_for(self.served) if explain is True else explain)
            if explain
            else [None] * len(read.frame)
        )
        columns = zip(
            self._ids(read, keys),
            told.predictions.tolist(),
            told.by_class(),
            told.prediction_sets,
            told.intervals(),
            told.decisions.tolist(),
            trust_of.spelled().tolist(),
            reasons,
            explained,
            strict=True,
        )
        return [
            Prediction(
                decision_id=id_,
                prediction=prediction,
                probabilities=probabilities,
                prediction_set=possible,
                interval=interval,
                decision=decision,
                trust=trusted,
                reasons=why,
                explanation=explanation,
            )
            for id_, prediction, probabilities, possible, interval, decision, trusted, why, explanation in columns
        ]

    def explain(self, rows: Sequence[object]) -> list[Explanation]:
        """Say for each row what led to its answer.

        Raises
        ------
        BadCall
            As ``predict``.
        """
        read = self.reader.read(rows)
        if not len(read.frame):
            return []
        return self._explained(read.frame, answers(self.served, self.answer(read.frame)), effort_for(self.served))

    def score_frame(
        self,
        frame: pd.DataFrame,
        *,
        effort: "Effort | None" = None,
        marked: NDArray[np.bool_] | None = None,
    ) -> pd.DataFrame:
        """Answer a canonical frame with a table, with reasons as closely as ``effort`` says, or without.

        See ``engine.serving.scored.table``.
        """
        told = answers(self.served, self.answer(frame), frame)
        explanations = self._explained(frame, told, effort) if effort else None
        return table(self.served, frame, told, marked, explanations, unlike=self._unlike(frame))

    def _explained(self, frame: pd.DataFrame, told: Answers, effort: "Effort") -> list[Explanation]:
        """Explain a canonical frame: the positive class, the predicted class, or the value."""
        from engine.evidence.explanation import explain

        return explain(
            self.answer,
            frame,
            effort.background,
            self.served.contract.names,
            of=[self._explained_class(told, i) for i in range(len(frame))],
            classes=self.served.classes,
            permutations=effort.permutations,
            exact_up_to=effort.exact_up_to,
        )

    def _unlike(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which rows are like nothing in training, all their values taken together."""
        if self.served.likeness is None or self.served.background is None:
            return np.zeros(len(frame), dtype=bool)
        if self._near is None:
            columns = list(self.served.background.rows[0])
            self._near = Neighbourhood(self.served.likeness, self.served.background, frame[columns])
        return self._near.unlike(frame)

    def _explained_class(self, told: Answers, i: int) -> str:
        if self.served.task is Task.REGRESSION:
            return self.served.target
        if self.served.task is Task.BINARY and self.served.positive is not None:
            return self.served.positive
        return str(told.predictions[i])

    def _reasons(self, read: Rows, told: Answers) -> tuple[list[tuple[Reason, ...]], Words]:
        """Return why each answer deserves less trust, and how far it can be trusted."""
        standing = trust.standing(self.served, datetime.now(UTC).date())
        found = trust.noted(self.served, read.columns)
        reasons: defaultdict[int, list[Reason]] = defaultdict(lambda: [*standing])
        for flag in found:
            values = read.columns[flag.column.name]
            for i in np.flatnonzero(flag.rows).tolist():
                reasons[i].append(trust.reason(flag, values[i]))
        unlike = self._unlike(read.frame)
        for i in np.flatnonzero(unlike).tolist():
            reasons[i].append(trust.UNLIKE)
        for i in np.flatnonzero(told.abstained).tolist():
            reasons[i].append(Reason(code="uncertain", message=told.doubt(i)))
        extra = {name: trust.superfluous(name) for name in set(chain.from_iterable(read.extras))}
        for i, names in enumerate(read.extras) if extra else ():
            reasons[i].extend(extra[name] for name in names)
        trusted = trust.levels(found, told.abstained, unlike=unlike, standing=standing)
        return [tuple(reasons[i]) if i in reasons else standing for i in range(len(read.frame))], trusted

    def _ids(self, read: Rows, keys: Sequence[str] | None) -> list[str]:
        if keys is None:
            return _random_ids(len(read.frame))
        columns = [values.tolist() for values in read.columns.values()]
        return [_repeatable(self.served.model, key, [c[i] for c in columns]) for i, key in enumerate(keys)]


def effort_for(served: Served, rows: int | None = None) -> "Effort":
    """Return how closely rows are explained: as closely as can be, or as a file of so many rows can afford.

    Raises
    ------
    BadCall
        If the package carries no background to compare with.
    """
    from engine.evidence.effort import Effort, affordable, answers_in_time

    if served.background is None:
        raise BadCall(
            "This model was released without explanations.", fix="Ask without 'explain'.", code="no_explanations"
        )
    if rows is None:
        return Effort(served.background)
    most = answers_in_time(served.ms_per_row)
    return affordable(rows, len(served.contract.names), served.background, most=most)


def _random_ids(count: int) -> list[str]:
    """Return UUIDs of version 4 (RFC 9562): ``uuid4`` asks the system for each one's bits by themselves."""
    digits = os.urandom(16 * count).hex()
    some = (digits[start : start + 32] for start in range(0, len(digits), 32))
    return [f"{d[:8]}-{d[8:12]}-4{d[13:16]}-{_VARIANT[d[16]]}{d[17:20]}-{d[20:]}" for d in some]


def _repeatable(model: str, key: str, values: list[Any]) -> str:
    digest = hashlib.sha256(json.dumps([model, key, values], default=str).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
