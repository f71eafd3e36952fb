"""What the five calls take and give, as BentoML and ``/docs.json`` describe them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import attrs
from bentoml import IODescriptor
from bentoml._internal.service.openapi.specification import Info, PathItem
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from engine.domain.base import Noun
from engine.domain.dataset import LARGEST, NUMERIC, ColumnContract, ColumnType
from engine.domain.version import Reference
from engine.serving.desk import LONGEST_OUTCOME, MAX_EXPLAINED, ExplainAnswer, PredictAnswer
from engine.serving.front import APPLICATION
from engine.serving.package import read_served
from engine.serving.sample import sample_row

if TYPE_CHECKING:
    from starlette.requests import Request

Row = dict[str, str | float | bool | None]
# As numbers are read from text, none of them beyond ``LARGEST``: many digits, or fewer and an exponent.
_NUMBER = (
    r"^[ \t]{0,9}[+-]?(([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})"
    r"|([0-9]{1,8}(\.[0-9]{0,30})?|\.[0-9]{1,30})[eE][+-]?[0-2]?[0-9])[ \t]{0,9}$"
)
_MOMENT = (
    r"^(1[7-9]|2[01])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?$"
)
_REF = "#/components/schemas/{model}"
# What every call may answer instead, whatever layer found it.
_STATUS = {
    400: "The body is not JSON, or says a thing twice.",
    401: "Keys are asked here, and none was shown that is known.",
    408: "The body did not arrive in time.",
    413: "Too many rows, or a body over the limit.",
    415: "Packed, pickled, or sent by a web page of another origin as something else than JSON.",
    422: "A field, a row or a value cannot be used; row and column say which.",
    429: "Too many requests at once.",
    500: "Our own failure; its reference stands in the log.",
    503: "It cannot be done now.",
    504: "The answer took too long.",
}
# What the fields of an answer say, and what a caller may send.
_SAID = {
    "PredictCall": {
        "rows": "Objects of column names and values. A column that the model does not know is ignored, with a reason.",
        "keys": "The caller's own ids, one a row: the same key and row give the same decision_id.",
        "explain": f"Whether to say what led to each answer; then at most {MAX_EXPLAINED} rows.",
    },
    "ExplainCall": {"rows": "As for /predict."},
    "OutcomeReported": {
        "outcome": "What happened: a class as /schema lists them, or a number; in a text NUL cannot be kept.",
        "at": "When it happened, in ISO 8601; in UTC where no zone is named.",
    },
    "Prediction": {
        "decision_id": "Names this answer: report to /outcome by it.",
        "prediction": "The most probable class, or a number.",
        "probabilities": "Of every class; null where a number is predicted.",
        "prediction_set": "The classes that stay possible; null where a number is predicted or nothing is known of it.",
        "interval": "About 9 in 10 true numbers lie within, or as many as its card says; null for a class.",
        "decision": "What to do, in the words of the model's policy; where trust is abstain, whom to ask.",
        "trust": "ok; caution: see the reasons; abstain: a person is to decide.",
        "reasons": "Why this answer deserves less trust.",
        "explanation": "What led to it, where explain was true.",
    },
    "Reason": {
        "code": "out_of_range, new_category, missing, extra_column, unlike_training, no_group, uncertain, expired, "
        "not_approved or fallback; there may be more.",
        "column": "Which column it is about; null where it is about the whole row, or the model.",
        "message": "The same in words, with the value found.",
    },
    "Explanation": {
        "of": "The class whose probability is explained, or the target.",
        "base": "The mean answer.",
        "value": "This answer: base and contributions added up.",
        "contributions": "By how much each column moved it.",
    },
}
_TRUST = ["ok", "caution", "abstain"]
_ABOUT = (
    "Predictions with their decision, their trust and the reasons for it. POST /schema gives the data contract, a"
    " made-up row to begin with, the limits, and what the model may be used for; POST /card gives its model card."
)
_MORE = {
    "predict": {410: "The time of this model is over, and its use contract has it refuse then."},
    "explain": {410: "The time of this model is over, and its use contract has it refuse then."},
    "card": {404: "It was released without a card."},
}


class Asked(NamedTuple):
    """The body of a call, and the application whose key was shown."""

    body: bytes
    application: str


class _Raw(IODescriptor):  # type: ignore[misc]  # BentoML is not typed for mypy
    """A body that reaches the call as bytes, so that every error in it can be answered in our own shape."""

    model_config = ConfigDict(extra="forbid")
    # BentoML hands an input marked so to the call as its one positional argument.
    __root_input__ = True

    @classmethod
    async def from_http_request(cls, request: "Request", serde: object) -> Asked:
        """Return the body as it came."""
        return Asked(await request.body(), request.scope.get(APPLICATION, ""))

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Describe the fields; BentoML's clients then pass them by name."""
        schema: dict[str, Any] = super().model_json_schema(*args, **kwargs)
        schema.pop("root_input", None)
        return schema


class PredictCall(_Raw):
    """Rows to answer."""

    rows: list[Row]
    keys: list[Annotated[str, Field(max_length=200)] | int] | None = Field(default=None)
    explain: bool = False


class ExplainCall(_Raw):
    """Rows to explain."""

    rows: list[Row]


class OutcomeReported(BaseModel):
    """What happened after a decision."""

    model_config = ConfigDict(extra="forbid")
    decision_id: str = Field(pattern="^[ -~]{1,200}$", description="As /predict gave it.")
    outcome: Annotated[str, Field(max_length=LONGEST_OUTCOME)] | float | bool
    at: Annotated[str, Field(pattern=_MOMENT)] | None = None


class OutcomeCall(_Raw):
    """Outcomes to record."""

    outcomes: list[OutcomeReported]


class SchemaCall(_Raw):
    """Nothing."""


class CardCall(_Raw):
    """Nothing."""


class OutcomeTold(BaseModel):
    """How many were recorded."""

    recorded: int


class SchemaTold(BaseModel):
    """The contract, a sample, the limits."""

    model: str
    task: str
    target: str
    classes: list[str]
    positive: str | None
    contract: dict[str, Any]
    sample: Row
    limits: dict[str, float]
    use: dict[str, Any]


class CardTold(BaseModel):
    """A CycloneDX document with the model card."""

    model_config = ConfigDict(extra="allow")


class ErrorFields(Noun):
    """What is wrong and what to do; the row (position in the list sent) and the column, where one is at fault."""

    code: str
    problem: str
    fix: str
    row: int | None = None
    column: str | None = None


class ErrorTold(Noun):
    """Every error has this shape."""

    error: ErrorFields


_CALLS: dict[str, tuple[type[BaseModel], type[BaseModel], str]] = {
    "predict": (PredictCall, PredictAnswer, "Answer rows: prediction, probabilities, decision, trust and its reasons."),
    "explain": (ExplainCall, ExplainAnswer, "Say for each row what led to its answer."),
    "outcome": (OutcomeCall, OutcomeTold, "Report what happened after a decision."),
    "schema": (SchemaCall, SchemaTold, "The data contract, a made-up sample row and the limits."),
    "card": (CardCall, CardTold, "The model card as JSON."),
}


def describe(spec: Any, package: Path) -> Any:
    """Return BentoML's OpenAPI document with our calls described to the column.

    Parameters
    ----------
    spec : OpenAPISpecification
        As BentoML writes it; its infrastructure endpoints stay.
    package : Path
        The package whose columns stand in the description; without one, rows are described in general.
    """
    models = [model for ask, tell, _ in _CALLS.values() for model in (ask, tell)] + [ErrorTold]
    _, found = models_json_schema([(m, "validation") for m in models], ref_template=_REF)
    schemas: dict[str, Any] = found["$defs"]
    for name, fields in _SAID.items():
        for field, words in fields.items():
            schemas[name]["properties"][field]["description"] = words
    schemas["Prediction"]["properties"]["trust"]["enum"] = _TRUST
    info = Info(title="handrail", version="0", description=_ABOUT)
    if package.is_dir():
        served = read_served(package)
        model = Reference.parse(served.model)
        info = Info(title=model.name, version=str(model.number), description=_ABOUT)
        schemas["Row"] = {
            "type": "object",
            "properties": {c.name: _value(c) for c in served.asked.columns},
            "required": [c.name for c in served.asked.columns if c.required],
            "examples": [sample_row(served.asked, served.background)],
        }
        for name, most in (("PredictCall", served.max_rows), ("ExplainCall", MAX_EXPLAINED)):
            rows = schemas[name]["properties"]["rows"]
            rows.update(items={"$ref": _REF.format(model="Row")}, maxItems=min(most, served.max_rows))
        schemas["OutcomeCall"]["properties"]["outcomes"]["maxItems"] = served.max_rows
    paths = spec.paths | {f"/{name}": PathItem(post=_operation(name)) for name in _CALLS}
    bearer = {"type": "http", "scheme": "bearer", "description": "Where keys are asked."}
    components = {"schemas": schemas, "securitySchemes": {"key": bearer}}
    return attrs.evolve(spec, openapi="3.1.0", info=info, paths=paths, components=components)


def _operation(name: str) -> dict[str, Any]:
    ask, tell, words = _CALLS[name]
    known = {**_STATUS, **_MORE.get(name, {})}
    answers = {str(status): (text, "ErrorTold") for status, text in known.items()}
    answers["200"] = ("The answer.", tell.__name__)
    return {
        "operationId": name,
        "tags": ["Service APIs"],
        "description": words,
        "security": [{}, {"key": []}],
        "requestBody": {"required": True, "content": _json(ask.__name__)},
        "responses": {
            code: {"description": text, "content": _json(of)} for code, (text, of) in sorted(answers.items())
        },
    }


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model)}}}


def _value(column: ColumnContract) -> dict[str, Any]:
    value = _plain_value(column)
    said = [value["description"], f"in {column.unit}" if column.unit else "", column.note]
    return {**value, "description": "; ".join(words for words in said if words)}


def _plain_value(column: ColumnContract) -> dict[str, Any]:
    if column.type in NUMERIC:
        usual = {"minimum": column.minimum, "maximum": column.maximum}
        words = ", ".join(f"{k} in training {v:g}" for k, v in usual.items() if v is not None)
        ordinary = {"minimum": -LARGEST, "maximum": LARGEST, "pattern": _NUMBER}  # the pattern is of text
        return {"type": ["number", "string", "null"], **ordinary, "description": words}
    if column.type is ColumnType.DATETIME:
        return {"type": ["string", "null"], "pattern": _MOMENT, "description": "ISO 8601"}
    levels = list(column.levels or ())
    words = f"seen in training: {', '.join(levels[:30])}" if levels else "any text"
    return {"type": ["string", "number", "boolean", "null"], "description": words}
