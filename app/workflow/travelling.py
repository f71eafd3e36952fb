"""What services decided, as it goes out in a project's file and comes back: a line of JSON for each decision.

It is people's data as much as the project's tables are: decisions and outcomes without a row's value, the cases left to
people with theirs. What is older than is kept does not go along, neither out nor in. Keys of applications stay where
they are, for whoever holds one could ask; of them go only the names.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from sqlmodel import Session

from app.workflow import collecting
from app.workflow.home import Home
from engine.domain.kept import KeptDecision
from store import db, decided, keys

FILE = "decisions.jsonl"  # its name in a project's file
LONGEST = 1 << 22  # bytes of a line, and of as many lines as are held in memory at once


def write(home: Home, versions: Sequence[str], file: Path) -> tuple[int, int]:
    """Write the decisions of some versions into a file; return how many, and how many of them are cases."""
    written = left = 0
    with db.reading(home.engine) as session, file.open("w", encoding="utf-8") as out:
        for one in decided.gather(session=session, versions=versions, since=collecting.oldest(home)):
            out.write(one.model_dump_json() + "\n")
            written, left = written + 1, left + (one.case is not None)
    return written, left


def applications(session: Session, models: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of the applications that hold a valid key, by the model that they may ask."""
    held = {
        model: {key.application for key in keys.every(session=session, model=model) if key.revoked_at is None}
        for model in models
    }
    return {model: sorted(names) for model, names in held.items() if names}


def take_in(home: Home, session: Session, file: Path, versions: Sequence[str]) -> Iterator[str]:
    """Add the decisions in a file that came with a project; yields what is not as it was there, a sentence each.

    Raises
    ------
    ValueError
        If a line holds no decision of these versions.
    """
    if not file.is_file():
        return
    old = 0
    with file.open("rb") as lines:
        for chunk in _chunks(lines):
            old += decided.add(session=session, found=chunk, versions=versions, since=collecting.oldest(home))
    if old:
        days = home.settings.service_log_days
        yield f"{old:,} of its decisions were left out: they are older than the {days} days for which they are kept."


def _chunks(lines: IO[bytes]) -> Iterator[list[KeptDecision]]:
    """Yield decisions, no more at once than memory has room for, whoever wrote them."""
    chunk: list[KeptDecision] = []
    room = LONGEST
    while line := lines.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise ValueError("a decision is longer than any that a service takes")
        if len(chunk) == decided.CHUNK or len(line) > room:
            yield chunk
            chunk, room = [], LONGEST
        chunk.append(KeptDecision.model_validate_json(line))
        room -= len(line)
    if chunk:
        yield chunk


def ask_again(session: Session, named: dict[str, list[str]], now: dict[str, str]) -> Iterator[str]:
    """Yield which applications need a new key; ``now`` says what the models are called here."""
    for model, names in named.items():
        called = now.get(model, model)
        without = sorted(set(names) - set(applications(session, [called]).get(called, [])))
        if without:
            yield (
                f"Keys stay where they are. {', '.join(without)} had one for {model}: make a new one for each "
                f"(handrail key add {called} --application ...)."
            )
