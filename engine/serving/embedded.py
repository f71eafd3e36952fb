"""What runs inside the wheel: the service's answers as functions. Imports neither app, store nor BentoML."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.domain.service import Served
from engine.serving.listed import PACKAGE, verify
from engine.serving.package import read_card, read_served
from engine.serving.plain import plain, plain_rows
from engine.serving.requests import checked_keys
from engine.serving.sample import sample_row
from engine.serving.trust import require_in_use

if TYPE_CHECKING:
    import pandas as pd

    from engine.serving.scorer import Scorer

_opening = threading.Lock()
_opened: "Scorer | None" = None


def predict(
    rows: "Sequence[Mapping[str, Any]] | pd.DataFrame", *, keys: Sequence[str] | None = None, explain: bool = False
) -> list[dict[str, Any]]:
    """Answer rows as the service's ``/predict`` does.

    Parameters
    ----------
    rows : sequence of mappings, or DataFrame
        Column names and values; None, NaN and NaT where nothing is known. ``sample`` gives one.
    keys : sequence of str, optional
        Your own ids, one a row: the same key and row give the same ``decision_id``.
    explain : bool, default False
        Say how much each column moved the answer.

    Returns
    -------
    list of dict
        One for each row: ``decision_id``, ``prediction``, ``probabilities``, ``prediction_set``, ``interval``,
        ``decision``, ``trust``, ``reasons``, ``explanation``.

    Raises
    ------
    BadCall
        If a row does not fit the contract (``row`` and ``column`` say where), the keys are not one a row, or the
        model's use is over and its use contract has it refuse.
    TamperedArtifact
        If the model's files are not what was built.
    """
    scorer = _scorer()
    require_in_use(scorer.served, datetime.now(UTC).date())
    asked = plain_rows(rows)
    own = [plain(key) for key in keys] if isinstance(keys, Iterable) and not isinstance(keys, str) else keys
    told = scorer.predict(asked, keys=checked_keys(own, len(asked)), explain=explain)
    return [prediction.model_dump(mode="json") for prediction in told]


def sample() -> dict[str, Any]:
    """Return a made-up row that the model accepts."""
    served = _served()
    return dict(sample_row(served.asked, served.background))


def card() -> dict[str, Any] | None:
    """Return the model card, a CycloneDX document."""
    return read_card(_here() / PACKAGE)


def model() -> str:
    """Return which model answers, as ``name:version``."""
    return _served().model


def _here() -> Path:
    return Path(__file__).resolve().parents[2]


def _served() -> Served:
    return read_served(_here() / PACKAGE)


def _scorer() -> "Scorer":
    """Return the scorer, opened at the first call, after the files were checked."""
    global _opened  # noqa: PLW0603 - a program asks through functions; what they share is the one model of this wheel
    with _opening:
        if _opened is None:
            folder = verify(_here())
            from engine.serving.scorer import Scorer

            _opened = Scorer.open(folder / PACKAGE)
        return _opened
