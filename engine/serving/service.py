"""What runs inside the Bento: the five calls as a BentoML service. Imports neither app nor store."""

# mypy: disable-error-code="misc,untyped-decorator"
# BentoML is not typed for mypy: its classes and decorators are Any.
from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bentoml
from bentoml import Service
from starlette.responses import Response

from engine.errors import Failed, HandrailError
from engine.serving import counters, leading, listed, unreadable, wire
from engine.serving.admitted import Door
from engine.serving.desk import Desk, ExplainAnswer, PredictAnswer
from engine.serving.front import Front
from engine.serving.log import DecisionLog, default_path, retention_days
from engine.serving.package import MODEL, read_served
from engine.training.described import check_versions

if TYPE_CHECKING:
    from bentoml._internal.service.openapi.specification import OpenAPISpecification

NAME = "handrail"
_THREADS = 4  # calls that work at the same time; the rest wait
_WAITING = 64  # calls that may wait; beyond that the answer is 429
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_FIX = "Install exactly what src/requirements.txt lists; on Linux libgomp1 too."


def package_folder() -> Path:
    """Return the package to serve: ``$HANDRAIL_PACKAGE``, else the one beside this Bento's sources."""
    told = os.environ.get("HANDRAIL_PACKAGE")
    return Path(told) if told else Path(__file__).resolve().parents[2] / "package"


def _as_built() -> Path:
    """Return the package to serve once the Bento that it is part of was looked through: a model is code."""
    folder = package_folder()
    if not os.environ.get("HANDRAIL_PACKAGE"):
        listed.verify(folder.parent)
    return folder


class _Guarded(Service[Any]):
    """A BentoML service behind ``Front``, whose description names our columns and our errors."""

    def to_asgi(self, is_main: bool = True) -> Any:
        leading.count_apart()  # before the first figure is made
        served = read_served(package_folder())
        unreadable.answered_in_our_shape()
        inner = super().to_asgi(is_main=is_main)
        return Front(inner, max_bytes=served.max_bytes, model=served.model, door=Door.beside())

    @property
    def openapi_spec(self) -> OpenAPISpecification:
        return wire.describe(super().openapi_spec, package_folder())


@bentoml.service(
    name=NAME,
    service_class=_Guarded,
    workers=1,
    threads=_THREADS,
    traffic={"timeout": 60, "max_concurrency": _WAITING},
    envs=[{"name": name, "value": "1"} for name in _ONE_THREAD] + [{"name": "BENTOML_DO_NOT_TRACK", "value": "True"}],
)
class Handrail:
    """Predictions with their decision, their trust and the reasons for it."""

    @bentoml.on_deployment
    @staticmethod
    def started() -> None:
        """Look through what is to be served before anything is started to serve it."""
        try:
            folder = _as_built()
            read_served(folder)
            check_versions(folder / MODEL)
            retention_days()
        except HandrailError as refusal:
            sys.exit(str(refusal))
        leading.lead()

    def __init__(self) -> None:
        leading.follow()
        log = DecisionLog(default_path(), keep_days=retention_days())
        try:
            self._desk = Desk.open(_as_built(), log)
        except HandrailError as refusal:
            leading.refuse(refusal)
        except (ImportError, OSError) as error:
            leading.refuse(Failed(f"The model cannot be opened here: {error}.", fix=_FIX))
        counters.trained(self._desk.scorer.served)
        # What a model and its libraries hold stays for good: looking it through for garbage stalls answers for nothing.
        gc.collect()
        gc.freeze()

    def _told(self, call: str, asked: wire.Asked) -> Response:
        status, answer = self._desk.answer(call, asked.body, application=asked.application)
        return Response(answer, status_code=status, media_type="application/json")

    @bentoml.api(route="/predict", input_spec=wire.PredictCall, output_spec=PredictAnswer)
    def predict(self, asked: wire.Asked) -> Response:
        """Answer rows: prediction, probabilities, decision, trust and its reasons."""
        return self._told("predict", asked)

    @bentoml.api(route="/explain", input_spec=wire.ExplainCall, output_spec=ExplainAnswer)
    def explain(self, asked: wire.Asked) -> Response:
        """Say for each row what led to its answer."""
        return self._told("explain", asked)

    @bentoml.api(route="/outcome", input_spec=wire.OutcomeCall, output_spec=wire.OutcomeTold)
    def outcome(self, asked: wire.Asked) -> Response:
        """Report what happened after a decision."""
        return self._told("outcome", asked)

    @bentoml.api(route="/schema", input_spec=wire.SchemaCall, output_spec=wire.SchemaTold)
    def schema(self, asked: wire.Asked) -> Response:
        """Return the data contract, a made-up sample row and the limits."""
        return self._told("schema", asked)

    @bentoml.api(route="/card", input_spec=wire.CardCall, output_spec=wire.CardTold)
    def card(self, asked: wire.Asked) -> Response:
        """Return the model card as JSON."""
        return self._told("card", asked)

    @bentoml.on_shutdown
    def close(self) -> None:
        """Write what the decision log still holds."""
        self._desk.log.close()
