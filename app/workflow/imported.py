"""What a project's file may say: nouns that are ours, ids that name nothing outside, parts that belong together."""

import re
from datetime import datetime
from typing import Any

from engine.domain.card import Answer, ReviewEntry
from engine.domain.dataset import DataContract, Dataset, Profile
from engine.domain.evidence import Evidence
from engine.domain.outcome import Outcome, Override
from engine.domain.policy import DecisionTable, Policy, UseContract
from engine.domain.problem import Problem
from engine.domain.run import Fitted, JobState, Plan
from engine.domain.service import Verification
from engine.domain.version import Stage
from store import answers, record, transfer

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,79}")
_OURS = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")  # as ``store.ids`` makes them: files are named after these
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[^\x00-\x1f/\\:]{1,120}")  # of a model: files are named after it
_STAGES = frozenset(Stage)
_ENDED = {JobState.DONE.value, JobState.FAILED.value, JobState.CANCELLED.value}
_NOUNS: dict[tuple[str, str], Any] = {
    ("dataset", "body"): Dataset,
    ("dataset", "profile"): Profile,
    ("dataset", "contract"): DataContract,
    ("problem", "body"): Problem,
    ("problem", "contract"): DataContract,
    ("override", "body"): Override,
    ("run", "plan"): Plan,
    ("run", "fitted"): Fitted,
    ("run", "evidence"): Evidence,
    ("run", "contract"): DataContract,
    ("version", "policy"): Policy,
    ("version", "use"): UseContract,
    ("review", "body"): ReviewEntry,
    ("release", "verification"): Verification,
}
# What the entries of a kind are about, and what they say at least; those of applications' keys stay where they are.
_KINDS: dict[str, tuple[str, dict[str, type]]] = {
    record.DATASET: ("dataset", {}),
    record.OVERRIDE: ("problem", {"said": str}),
    record.RUN: ("run", {}),
    record.VERSION: ("version", {}),
    record.REVIEW: ("version", {"said": str, "decision": str}),
    record.STAGE: ("version", {"to": str, "policy": str, "use": str, "evidence": str}),
    record.RELEASE: ("version", {"release": str}),
    answers.KIND: ("version", {"test": str, "done": str}),
}
_PASSED_OVER = {record.BEGAN, record.ERASED, record.IMPORTED}  # said anew, or of another home
_OWNERS = {"project_id": "project", "dataset_id": "dataset", "problem_id": "problem", "run_id": "run",
           "version_id": "version"}  # fmt: skip


def nouns(rows: transfer.Rows) -> None:
    """Refuse rows that hold something else than our nouns.

    Raises
    ------
    ValueError
        Saying what does not fit; pydantic's is one.
    KeyError, TypeError, AttributeError
        If something is missing, or of another form.
    """
    for (table, column), noun in _NOUNS.items():
        for row in rows[table]:
            if row[column] is not None:
                noun.model_validate(row[column])
    for row in rows["report"]:
        for said in row["outcomes"]:
            Outcome.model_validate(said)
    for row in rows["run"]:
        for table in (row["tables"] or {}).values():
            DecisionTable.model_validate(table)


def fitting(rows: transfer.Rows, said: list[transfer.Entry]) -> None:
    """Refuse rows and entries that do not belong together, and ids that could name something else.

    Raises
    ------
    ValueError
        Saying what does not fit.
    KeyError, TypeError, AttributeError
        If something is missing, or of another form.
    """
    if len(rows["project"]) != 1:
        raise ValueError("it holds not one project")
    ids = {table: {row["id"] for row in rows[table]} for table in rows if table not in {"report"}}
    for table, found in rows.items():
        for row in found:
            _fits(table, row, ids)
    _stands(rows)
    for entry in said:
        _says(entry, ids)


def _says(entry: transfer.Entry, ids: dict[str, set[Any]]) -> None:
    """Refuse an entry that the record here could not hold, or that says too little."""
    forms = {"at": str, "kind": str, "subject": str, "by": str, "body": dict}
    forms |= {"remark": str} if "remark" in entry else {}
    if entry.keys() != forms.keys() or not all(isinstance(entry[name], form) for name, form in forms.items()):
        raise ValueError("an entry of its record is none")
    kind, subject, body = entry["kind"], entry["subject"], entry["body"]
    if datetime.fromisoformat(entry["at"]).tzinfo is not None:
        raise ValueError(f"an entry of its record is of {entry['at']!r}, which is another clock's")
    if kind in _PASSED_OVER and any(subject in known for known in ids.values()):
        return
    if kind not in _KINDS:
        raise ValueError(f"its record holds an entry of the kind {kind!r}")
    of, least = _KINDS[kind]
    if subject not in ids[of]:
        raise ValueError(f"its record speaks of {subject!r}")
    if missing := [name for name, form in least.items() if not isinstance(body.get(name), form)]:
        raise ValueError(f"its record does not say the {missing[0]} of a {kind}")
    if kind == answers.KIND:
        Answer.model_validate({**body, "by": entry["by"], "at": entry["at"] + "Z"})


def _fits(table: str, row: dict[str, Any], ids: dict[str, set[Any]]) -> None:
    if table not in {"report", "override", "review"} and not _ID.fullmatch(row["id"]):
        raise ValueError(f"{row['id']!r} is no id")
    if table in {"project", "run", "job"} and not _OURS.fullmatch(row["id"]):
        raise ValueError(f"{row['id']!r} is no {table}'s id")
    for column, owner in _OWNERS.items():
        if row.get(column) is not None and row[column] not in ids[owner]:
            raise ValueError(f"{row[column]!r} is not in it")


def _stands(rows: transfer.Rows) -> None:
    for row in rows["dataset"]:
        if not _HASH.fullmatch(row["sha256"]) or row["sha256"] != row["body"]["sha256"]:
            raise ValueError(f"{row['sha256']!r} is no hash of a table")
    for row in rows["run"]:
        judged = (row["evidence"] or {}).get("judged")
        if judged and not _HASH.fullmatch(judged):
            raise ValueError(f"{judged!r} is no seal")
        if row["digest"] and not (row["fitted"] and row["evidence"]):
            raise ValueError(f"the training {row['id']} has a model and no evidence")
    for row in rows["version"]:
        if not _NAME.fullmatch(row["name"]) or row["stage"] not in _STAGES:
            raise ValueError(f"{row['name']!r} is no model's name, or {row['stage']!r} no stage")
        if row["number"] < 1:
            raise ValueError(f"{row['name']}:{row['number']} is no version")
    if missing := sorted({row["id"] for row in rows["run"]} - {row["id"] for row in rows["job"]}):
        raise ValueError(f"it does not say how the training {missing[0]} ended")
    owners = {row["id"] for row in (*rows["run"], *rows["release"])}
    for row in rows["job"]:
        if row["id"] not in owners or row["state"] not in _ENDED:
            raise ValueError(f"the job {row['id']} is none of a run or has not ended")
