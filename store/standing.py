"""What the record keeps of each row, and whether the tables still say the same."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, select

from engine.domain.version import Stage
from engine.errors import TamperedRecord
from store import record
from store.record import DATASET, ERASED, KEY, OVERRIDE, RELEASE, REMARK, REVIEW, RUN, STAGE, VERSION, fingerprint
from store.tables import (
    ApplicationKey,
    Dataset,
    Event,
    Override,
    Problem,
    Release,
    Remark,
    Report,
    Review,
    Run,
    Version,
)


def of_dataset(row: Dataset) -> dict[str, Any]:
    """Return what is recorded of a snapshot."""
    return {"name": row.name, "sha256": row.sha256, "digest": row.digest, "body": fingerprint(row.body)}


def of_override(row: Override) -> dict[str, Any]:
    """Return what is recorded of a reason to go on."""
    return {"code": row.body.get("code"), "column": row.body.get("column"), "said": fingerprint(row.body)}


def of_run(session: Session, row: Run) -> dict[str, Any]:
    """Return what is recorded of a run that ended well: what came out, what was asked, and what the checks had said."""
    asked, checked = session.get(Problem, row.problem_id), session.get(Report, row.problem_id)
    return {
        "digest": row.digest,
        "builder": row.builder,
        **{name: fingerprint(getattr(row, name)) for name in ("plan", "fitted", "contract", "tables")},
        "asked": fingerprint([asked.dataset_id, asked.body, asked.contract] if asked else None),
        "checked": fingerprint(checked.outcomes if checked else None),
    }


def of_version(row: Version) -> dict[str, Any]:
    """Return what is recorded of a new version."""
    return {"name": row.name, "number": row.number, "run": row.run_id}


def of_stage(row: Version, run: Run | None) -> dict[str, Any]:
    """Return what is recorded of a version at a stage: what exactly stood at that moment."""
    evidence = fingerprint(run.evidence) if run else ""
    return {"to": row.stage, "policy": fingerprint(row.policy), "use": fingerprint(row.use), "evidence": evidence}


def of_review(row: Review) -> dict[str, Any]:
    """Return what is recorded of a review."""
    return {"decision": row.body.get("decision"), "said": fingerprint(row.body)}


def of_release(row: Release) -> dict[str, Any]:
    """Return what is recorded of a release."""
    return {"release": row.id, "digest": row.digest}


def of_key(row: ApplicationKey) -> dict[str, Any]:
    """Return what is recorded of an application's key as it stands."""
    known = {"model": row.model, "application": row.application, "sha256": row.sha256}
    return {**known, "revoked": row.revoked_at is not None}


def begin(*, session: Session) -> None:
    """Write the first entry; what was there before anything was recorded is taken up as it stands."""
    record.append(session=session, kind=record.BEGAN, subject="home")
    for dataset in session.exec(select(Dataset).order_by(Dataset.id)):
        record.append(session=session, kind=DATASET, subject=dataset.id, **of_dataset(dataset))
    for override in session.exec(select(Override).order_by(Override.id)):  # type: ignore[arg-type]
        record.append(
            session=session,
            kind=OVERRIDE,
            subject=override.problem_id or "",
            by=override.author,
            **of_override(override),
        )
    for run in session.exec(select(Run).order_by(Run.id)):
        if run.digest:
            record.append(session=session, kind=RUN, subject=run.id, by=run.builder, **of_run(session, run))
    for version in session.exec(select(Version).order_by(Version.id)):
        record.append(session=session, kind=VERSION, subject=version.id, **of_version(version))
        of = of_stage(version, session.get(Run, version.run_id))
        record.append(session=session, kind=STAGE, subject=version.id, **of)
    for review in session.exec(select(Review).order_by(Review.id)):  # type: ignore[arg-type]
        by = str(review.body.get("reviewer", ""))
        record.append(session=session, kind=REVIEW, subject=review.version_id, by=by, **of_review(review))
    for release in session.exec(select(Release).order_by(Release.id)):
        record.append(session=session, kind=RELEASE, subject=release.version_id, **of_release(release))


@dataclass
class _Replayed:
    """Where the entries leave everything; what was erased is gone."""

    latest: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # by kind and subject
    said: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)  # reviews and overrides, and by whom
    remarks: dict[int, tuple[str, str]] = field(default_factory=dict)  # by entry: of what, and the hash
    entries: int = 0
    head: str = ""

    def take(self, entry: Event) -> None:
        """Go one entry on."""
        self.entries, self.head = entry.number, entry.digest
        body = entry.body
        if REMARK in body:
            self.remarks[entry.number] = entry.subject, str(body[REMARK])
        if entry.kind in {REVIEW, OVERRIDE}:
            self.said[entry.kind, entry.subject, str(body["said"]), entry.by] += 1
        elif entry.kind == ERASED:
            gone = entry.subject
            self.latest = {at: known for at, known in self.latest.items() if gone not in {at[1], known.get("of")}}
            self.said = Counter({at: times for at, times in self.said.items() if at[1] != gone})
            self.remarks = {at: known for at, known in self.remarks.items() if known[0] != gone}
        elif entry.kind == RELEASE:
            self.latest[RELEASE, str(body["release"])] = {**body, "of": entry.subject}
        elif entry.kind != record.BEGAN:
            self.latest[entry.kind, entry.subject] = body


def check(*, session: Session) -> tuple[int, str]:
    """Check the record, and that the registry's tables say what it says.

    Returns
    -------
    tuple of int and str
        The number of entries, and the digest of the last one: who writes it down elsewhere can tell later whether
        the record was replaced as a whole.

    Raises
    ------
    TamperedRecord
        At the first entry or row that is not what was written.
    """
    try:
        return _checked(session)
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # no JSON, no moment, or of another form
        raise _differs(f"the database holds what was never written there ({error!r})") from error


def _checked(session: Session) -> tuple[int, str]:
    replayed = _Replayed()
    for entry in record.chain(session=session):
        replayed.take(entry)
    if not replayed.entries:
        raise _differs("it has no entry at all")
    _compare(replayed, DATASET, ((row.id, row.name, of_dataset(row)) for row in session.exec(select(Dataset))))
    runs = [row for row in session.exec(select(Run)) if row.digest]
    _compare(replayed, RUN, ((row.id, row.id, of_run(session, row)) for row in runs))
    versions = list(session.exec(select(Version)))
    _compare(replayed, VERSION, ((row.id, row.reference, of_version(row)) for row in versions))
    _compare(
        replayed, RELEASE, ((row.id, row.id, {**of_release(row), "of": row.version_id}) for row in _releases(session))
    )
    _compare(replayed, KEY, ((row.id, row.id, of_key(row)) for row in session.exec(select(ApplicationKey))))
    for version in versions:
        _compare_stage(replayed, version, session.get(Run, version.run_id))
    _compare_said(replayed, session)
    _compare_remarks(replayed, session)
    return replayed.entries, replayed.head


def _releases(session: Session) -> Iterable[Release]:
    return session.exec(select(Release))


def _compare(replayed: _Replayed, kind: str, rows: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    known = {subject: body for (of, subject), body in replayed.latest.items() if of == kind}
    for subject, name, body in rows:
        if subject not in known:
            raise _differs(f"the {kind} {name} is not in it")
        was = known.pop(subject)
        if any(now != was.get(what, now) for what, now in body.items()):  # an older entry tells less
            raise _differs(f"the {kind} {name} is another in the registry")
    for subject in known:
        raise _differs(f"the {kind} {subject} is gone from the registry")


def _compare_stage(replayed: _Replayed, version: Version, run: Run | None) -> None:
    known = replayed.latest.get((STAGE, version.id))
    if known is None:
        raise _differs(f"it knows no stage of {version.reference}")
    if known["to"] != version.stage:
        raise _differs(f"{version.reference} is {known['to']} in it and {version.stage} in the registry")
    if Stage(version.stage).may_change:  # until it is handed over
        return
    for what, now in of_stage(version, run).items():
        if known[what] != now:
            raise _differs(f"the {what} of {version.reference} is not what it was when it became {version.stage}")


def _compare_said(replayed: _Replayed, session: Session) -> None:
    said: Counter[tuple[str, str, str, str]] = Counter()
    for review in session.exec(select(Review)):
        said[REVIEW, review.version_id, fingerprint(review.body), str(review.body.get("reviewer", ""))] += 1
    for override in session.exec(select(Override)):
        said[OVERRIDE, override.problem_id or "", fingerprint(override.body), override.author] += 1
    if said != replayed.said:
        kind, subject, _, _ = next(iter((said - replayed.said) + (replayed.said - said)))
        what = {REVIEW: "a review", OVERRIDE: "an override"}[kind]
        raise _differs(f"{what} of {subject} was changed, added or removed")


def _compare_remarks(replayed: _Replayed, session: Session) -> None:
    known = {number: said for number, (_, said) in replayed.remarks.items()}
    found = {remark.number: fingerprint(remark.text) for remark in session.exec(select(Remark))}
    for number in sorted(known.keys() | found.keys()):
        if known.get(number) != found.get(number):
            what = "removed" if number not in found else "changed" if number in known else "added"
            raise _differs(f"the remark of entry {number} was {what}")


def _differs(what: str) -> TamperedRecord:
    return TamperedRecord(
        f"The record of what was done here does not agree with the registry: {what}.",
        fix="Find out who changed the database, or restore a backup.",
    )
