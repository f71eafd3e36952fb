"""Ids, names and files of somebody who would like to read, or write, beside the home.

``python -m tests.faults.prying FOLDER SHARE SEED`` prints, as JSON, how many were tried, what was opened beside the
home, and what was said otherwise than in words. An audit hook stays for good: so it has a process of its own.
"""

import io
import json
import os
import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from app import child
from app.cli import main as command_line
from app.workflow import jobs, scoring, wizarding
from app.workflow.home import Home
from tests.app.prepared import prepare
from tests.app.reading import MAIN, everything

OUTSIDE = "outside"
_seen: list[str] = []
WITH_A_MODEL = (*((verb,) for verb in ("show", "card", "verify", "reproduce", "release", "serve", "promote", "rollback",
                "retire", "compare", "answer")), ("approve", "--note", "x"), ("return", "--note", "x"))  # fmt: skip
WITH_A_PROJECT = (("archive",), ("delete", "--yes"))
PAGES = {"project": "steps/data.py", "model": "screens/model.py", "dataset": "screens/datasets.py",
         "case": "screens/cases.py"}  # fmt: skip


def tricks(outside: Path) -> tuple[str, ...]:
    """Names that lead elsewhere where a name becomes a path, a command, or a name that looks alike."""
    up = f"../{OUTSIDE}"
    return (
        up, f"../{up}/secret", f"{outside}", f"{outside}/secret", f"leaving:{up}", f"leaving:1/../../{up}", "..", ".",
        f"runs/../{up}", up.replace("/", "%2f"), up.replace(".", "%2e"), up.replace("/", "\\"), f"file://{outside}",
        "leaving\0:1", f"{up}\0.html", "x" * 5000, "\N{FULLWIDTH LATIN SMALL LETTER L}eaving:1", "leaving\u200b:1",
        "leaving\u202e:1", "leaving: 1", "leaving:\u0661", "leaving:-1", "leaving:1e0", "LEAVING:1", "~root",
        f"$(touch {outside}/ran)", f"; touch {outside}/ran", "' OR '1'='1", "{0.__class__}", "%s%n", "\N{PILE OF POO}",
    )  # fmt: skip


def watch(outside: str) -> None:
    """Note whatever is opened or listed there from now on."""

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if event in {"open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove"} and arguments:
            try:
                place = os.path.realpath(str(arguments[0]))
            except (ValueError, OSError):
                return  # a path that no file can have
            if place.startswith(outside):
                _seen.append(f"{event} {place}")

    sys.addaudithook(heard)


def commands(names: tuple[str, ...], home: Home) -> Iterator[tuple[str, list[str]]]:
    """Every command with every name."""
    rows = home.path / "rows.csv"
    rows.write_text("calls\n1\n")
    for name in names:
        for verb, *options in WITH_A_MODEL:
            yield f"{verb} {name[:60]!r}", [verb, *options, "--", name]
        for verb, *options in WITH_A_PROJECT:
            yield f"{verb} {name[:60]!r}", [verb, *options, "--", name]
        yield f"score {name[:60]!r}", ["score", "-o", str(home.path / "out.csv"), "--", name, str(rows)]


def refused(arguments: list[str]) -> str:
    """Call a command; returns what is wrong with how it refuses."""
    result = CliRunner().invoke(command_line, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return repr(result.exception)
    if result.exit_code not in {1, 2}:
        return f"exit status {result.exit_code}: {result.output[-200:]}"
    return "" if result.stderr.strip().endswith((".", "?")) and "Traceback" not in result.output else result.output


def shown(tab: AppTest, about: str, name: str) -> str:
    """Open a page for an id; returns what is wrong with it."""
    tab.switch_page(PAGES[about])
    tab.query_params.clear()
    tab.query_params[about] = name
    tab.run()
    said = everything(tab)
    return str(tab.exception) if tab.exception else "" if said and "Something in Handrail failed" not in said else said


def packed(name: str) -> bytes:
    """A workbook whose members would land elsewhere where they were laid out."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for member in (f"../../{OUTSIDE}/member", f"xl/../../../{OUTSIDE}/sheet.xml", "xl/workbook.xml"):
            archive.writestr(member, name)
    return body.getvalue()


def beside(home: Home) -> set[str]:
    """What lies beside the home; that we look ourselves does not count."""
    count = len(_seen)
    found = {str(path) for path in home.path.parent.rglob("*") if home.path not in path.parents}
    del _seen[count:]
    return found


def brought(home: Home, project_id: str, name: str) -> str:
    """Upload files of that name, to learn from and to be scored; returns what is wrong afterwards."""
    before = beside(home)
    table = "a,b\n" + "".join(f"{n},{n % 5}\n" for n in range(30))
    for body in (table.encode(), packed(name)):
        source = home.uploads() / "given"
        source.write_bytes(body)
        with source.open("rb") as file:
            job_id = wizarding.bring(home, project_id, file, f"{name}.csv")
        child.main(str(home.path), job_id)
        told = jobs.job(home, job_id)
        if told.state not in {"done", "failed"} or (told.failure and told.failure.code == "failed"):
            return f"{told.state}: {told.failure}"
    job_id = scoring.start(home, "leaving:1", source, f"{name}.csv", form="csv", explain=False)
    child.main(str(home.path), job_id)  # it fails, since there is no model; its folder has a name of our own
    if "../" in str(jobs.job(home, job_id).result):
        return str(jobs.job(home, job_id).result)
    return "" if beside(home) == before else f"beside the home: {beside(home) ^ before}"


def main(folder: Path, share: float, seed: int) -> dict[str, object]:
    """Try every name everywhere, or a seeded share of it."""
    home, project_id = prepare(folder / "home", "released")
    os.environ["HANDRAIL_HOME"] = str(home.path)
    outside = folder / OUTSIDE
    (outside / "1").mkdir(parents=True)
    for name in ("secret", "secret.html", "MANIFEST.json", "handrail.db", "key"):
        (outside / name).write_text("secret")
    child._PARENT = os.getppid()
    names, rng = tricks(outside), random.Random(seed)  # noqa: S311 - which of them are tried
    tried, wrong = 0, {}
    tab = AppTest.from_file(MAIN, default_timeout=60).run()
    watch(os.path.realpath(outside))
    for what, arguments in commands(names, home):
        if rng.random() < share:
            tried += 1
            if complaint := refused(arguments):
                wrong[what] = complaint
    for about in PAGES:
        for name in names:
            if rng.random() < share:
                tried += 1
                if complaint := shown(tab, about, name):
                    wrong[f"{about}={name[:60]!r}"] = complaint
    for name in (n for n in names if rng.random() < share):
        tried += 1
        if complaint := brought(home, project_id, name):
            wrong[f"a file called {name[:60]!r}"] = complaint
    return {"tried": tried, "wrong": wrong, "seen": _seen, "ran": (outside / "ran").exists()}


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write("\n" + json.dumps(found))
