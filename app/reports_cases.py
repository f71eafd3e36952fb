"""What the command line prints as JSON about decisions that were collected and cases that wait."""

import json
from pathlib import Path
from typing import Any

from app.reports import at
from app.workflow import cases as workflow
from app.workflow import collecting
from app.workflow import labels as label_tables
from app.workflow.cases import CaseView
from app.workflow.home import Home


def collected(home: Home, reference: str, file: Path | None) -> dict[str, Any]:
    """Return the report of ``collect``: what was new, and the models in the file that it left alone."""
    found = collecting.collect(home, reference, file)
    return {
        "model": reference,
        "file": str(file or collecting.service_file(home)),
        "decisions": found.decisions,
        "outcomes": found.outcomes,
        "cases": found.cases,
        "waiting": workflow.waiting_count(home),
        "left_alone": sorted(found.others),
        "unmatched": found.unmatched,
    }


def cases(home: Home, reference: str | None) -> dict[str, Any]:
    """Return the report of ``cases``: those that wait, of a model or of all, the one that waits longest first."""
    found = workflow.waiting(home, reference)
    soon = collecting.leaving(home, reference)
    leaving = {"count": soon.count, "days": soon.days, "first": at(soon.first) if soon.first else None}
    return {
        "waiting": workflow.waiting_count(home, reference),
        "leaving": leaving,
        "cases": [case(one) for one in found],
    }


def case(one: CaseView) -> dict[str, Any]:
    """Return one case as JSON, with the row's values: it is for the person who answers it."""
    body = json.loads(one.case.model_dump_json())
    return {
        "decision_id": one.decision_id,
        "model": one.of.model,
        "target": one.of.problem.target,
        "at": at(one.at),
        "kept_until": at(one.leaves),
        "handled_by": one.of.handled_by,
        "key": one.key,
        "why": workflow.why(one),
        **{name: body[name] for name in ("row", "probabilities", "prediction_set", "interval")},
        "state": one.state,
        "answer": one.answer,
        "note": one.note,
        "by": one.by,
        "answered_at": at(one.answered_at) if one.answered_at else None,
    }


def labels(home: Home, reference: str, out: Path) -> dict[str, Any]:
    """Return the report of ``cases MODEL -o FILE``, which writes it."""
    found = label_tables.write(home, reference, out)
    return {"model": reference, "file": str(out), "rows": len(found.frame), "unusable": found.unusable}
