"""The one shape of every error the service answers, whatever layer found it."""

import json
from typing import Any

from engine.errors import UnusableInput


class BadCall(UnusableInput):
    """A request that cannot be answered: HTTP status, row (position in ``rows``) and column at fault."""

    def __init__(
        self,
        problem: str,
        *,
        fix: str,
        code: str = "unusable_input",
        status: int = 422,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(problem, fix=fix)
        self.code, self.status, self.row, self.column = code, status, row, column

    def body(self) -> bytes:
        """Return the error as the service sends it."""
        return error_body(self.code, self.problem, self.fix, row=self.row, column=self.column)


def error_body(code: str, problem: str, fix: str, *, row: int | None = None, column: str | None = None) -> bytes:
    """Return ``{"error": {code, problem, fix, row, column}}`` as JSON."""
    error = {"code": code, "problem": problem, "fix": fix, "row": row, "column": column}
    return json.dumps({"error": error}).encode()


def is_error_body(body: bytes) -> bool:
    """Whether ``body`` already has the shape of ``error_body``."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and isinstance(told.get("error"), dict) and "problem" in told["error"]


def shown(value: object, limit: int = 60) -> str:
    """Return a value as a message may quote it: as JSON, cut to ``limit`` characters."""
    try:
        text = json.dumps(value, ensure_ascii=True, default=str)
    except (ValueError, RecursionError):
        return "a value too large to show"
    return text if len(text) <= limit else text[: limit - 1] + "…"
