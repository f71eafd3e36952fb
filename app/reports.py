"""Reports as INTERFACE promises them: plain dicts for JSON, also what the command line words."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.workflow import comparing, registry
from app.workflow.home import Home
from app.workflow.keys import KeyView
from app.workflow.stages import Moved
from app.workflow.views import DatasetView, VersionRow, VersionView
from engine.domain.base import Noun
from engine.domain.card import Card
from engine.domain.dataset import Dataset, Reading
from engine.domain.evidence import Evidence
from engine.domain.outcome import Outcome
from engine.domain.problem import Problem
from engine.domain.version import Stage
from engine.errors import HandrailError, UnusableOption

_READER = (
    *("encoding", "delimiter", "quote", "header", "first_row", "header_rows", "decimal", "sheet"),
    "encoding_certain",
)


def preview(file: Path, limit_bytes: int, reading: Reading | None = None) -> dict[str, Any]:
    """Return how a file will be read, or why not."""
    from engine.data.read import read_file

    try:
        read = read_file(file, limit_bytes=limit_bytes, strict=False, reading=reading)
    except HandrailError as error:
        return {"file": str(file), "status": "refused", "problem": error.problem, "fix": error.fix}
    reader = read.reader
    return {
        "file": str(file),
        "status": "read_with_rejects" if reader.rejected_rows else "read",
        "reader": {key: getattr(reader, key) for key in _READER}
        | {"encoding_alternatives": list(reader.encoding_alternatives)},
        "columns": [{"name": name, "type": kind.value} for name, kind in read.types.items()],
        "units": dict(read.units),
        "rows": len(read.frame),
        "rejected": [{"line": r.line, "reason": r.reason} for r in read.rejected[:100]],
        "rejected_rows": reader.rejected_rows,
        "notes": list(read.notes),
        "sample": [dict(zip(read.types, row, strict=True)) for row in read.sample],
    }


def outcomes(found: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return outcomes as JSON."""
    return [o.model_dump(mode="json") for o in found]


def checked(
    dataset: Dataset, problem: Problem | None, found: Iterable[Outcome], seconds: dict[str, float]
) -> dict[str, Any]:
    """Return the report of ``check``."""
    return {
        "dataset": brought(dataset),
        "problem": _problem(problem) if problem else None,
        "outcomes": outcomes(found),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }


def ran(shown: VersionView, known: DatasetView, card: Path, seconds: dict[str, float]) -> dict[str, Any]:
    """Return the report of ``run``."""
    report = checked(known.dataset, shown.problem.problem, registry.outcomes(shown), seconds)
    report.update(trained(shown))
    report["card"] = str(card)
    evidence = shown.run.evidence
    report["seconds"] |= {f"evidence.{k}": round(v, 3) for k, v in (evidence.seconds if evidence else {}).items()}
    if shown.run.fitted:
        report["seconds"]["fit"] = round(shown.run.fitted.seconds, 3)
    return report


def trained(shown: VersionView) -> dict[str, Any]:
    """Return what a training came to."""
    run, evidence, fitted = shown.run, shown.run.evidence, shown.run.fitted
    assert evidence is not None  # noqa: S101 - a version was judged
    assert fitted is not None  # noqa: S101 - and fitted
    return {
        "run": {"id": run.id, "state": run.job.state.value},
        "model": shown.reference,
        "score": dump(evidence.score),
        "baselines": [dump(b) for b in evidence.baselines],
        "leaderboard": [dump(row) for row in fitted.leaderboard],
        "explanation": _explanation(evidence),
        "fairness": [dump(f) for f in evidence.fairness],
        "policy": dump(shown.policy),
        "headline": evidence.headline,
    }


def _explanation(evidence: Evidence) -> dict[str, Any]:
    """Return what the model leans on; where it beats nothing simple, only that its reasons explain nothing."""
    from engine.evidence.card_measured import unexplained

    if said := unexplained(evidence):
        return {"method": evidence.explanation_method, "importance": [], "unexplained": said}
    return {
        "method": evidence.explanation_method,
        "importance": [dump(i) for i in evidence.importance],
        "related": [dump(r) for r in evidence.related],
        "effects": [dump(e) for e in evidence.effects],
    }


def ready(made: Card) -> dict[str, Any]:
    """Return the ML Test Score, test by test."""
    from engine.evidence.readiness import readiness

    return dump(readiness(made))


def versions(home: Home) -> dict[str, Any]:
    """Return the report of ``models``."""
    return {"models": [_version_row(row) for row in registry.every(home)]}


def compared(home: Home, reference: str, against: str | None) -> dict[str, Any]:
    """Return the report of ``compare``: only what differs.

    Raises
    ------
    UnusableOption
        If no other version is named and there is none.
    """
    shown = registry.show(home, reference)
    other = against or comparing.other(home, shown)
    if other is None:
        raise UnusableOption(
            f"{shown.reference} is the first version, and no other one is live.", fix="Name the version to compare."
        )
    found = comparing.compare(home, shown.reference, other)
    faced = found.faced
    return {
        "model": found.ours,
        "against": found.theirs,
        "said": found.score,
        "score": {
            "metric": faced.ours.metric,
            "rows": faced.ours.rows,
            "model": faced.ours.value,
            "against": faced.theirs.value,
            "difference": list(faced.difference),
        }
        if faced
        else None,
        "changes": [
            {"part": title, "what": line.what, "model": line.ours, "against": line.theirs}
            for title, lines in found.parts
            for line in lines
            if line.changed
        ],
    }


def moved(done: Moved) -> dict[str, Any]:
    """Return the report of ``promote``, ``rollback`` and ``retire``."""
    return {
        "model": done.reference,
        "stage": done.stage,
        "before": done.before,
        "live": done.live,
        "answers": done.when_over.value if done.stage is Stage.RETIRED else "all",
    }


def key(shown: KeyView) -> dict[str, Any]:
    """Return what ``key`` says of a key."""
    return {
        "id": shown.id,
        "model": shown.model,
        "application": shown.application,
        "last_four": shown.last_four,
        "created": at(shown.created_at),
        "revoked": at(shown.revoked_at) if shown.revoked_at else None,
    }


def brought(dataset: Dataset) -> dict[str, Any]:
    """Return a dataset as JSON, with no more than the first of its rejected lines."""
    body = dump(dataset)
    body["rejected"] = body["rejected"][:100]
    return body


def _problem(problem: Problem) -> dict[str, Any]:
    body = dump(problem)
    return {key: body[key] for key in ("task", "target", "positive", "classes", "metric", "split", "reasons")} | {
        "remedies": body["remedies"],
        "sensitive": body["sensitive"],
    }


def _version_row(row: VersionRow) -> dict[str, Any]:
    return {
        "model": row.reference,
        "stage": row.stage,
        "target": row.target,
        "score": {"metric": row.metric, "value": row.score, "interval": row.interval, "rows": row.rows},
        "released": row.released,
        "created": at(row.created_at),
    }


def dump(noun: Noun) -> dict[str, Any]:
    """Return a noun as JSON."""
    body: dict[str, Any] = json.loads(noun.model_dump_json())
    return body


def at(moment: datetime) -> str:
    """Return a moment as JSON; the registry keeps UTC."""
    return moment.replace(tzinfo=moment.tzinfo or UTC).isoformat()
