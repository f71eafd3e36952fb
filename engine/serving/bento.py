"""Build a Bento from a package: the only BentoML builder. Its files are constants; people's words stay in JSON."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from engine.errors import Failed, Refused
from engine.serving import admitted, listed
from engine.serving.bento_files import DOCKERFILE, PYTHON, README
from engine.serving.package import copy_package, read_served
from engine.serving.pins import ANSWERS, SOURCES, requirements
from engine.serving.withdrawn import VARIABLE

SERVICE = "engine.serving.service:Handrail"
_SECONDS = 300  # a build takes about five
NEEDS = (*ANSWERS, "bentoml", "platformdirs")
_BENTOFILE = {
    "service": SERVICE,
    "description": "file:./README.md",
    "include": ["engine/**/*.py", "package/**", "README.md", "requirements.txt"],
    "python": {"requirements_txt": "./requirements.txt", "lock_packages": False},
    "docker": {
        "distro": "debian",
        "python_version": PYTHON,
        "system_packages": ["libgomp1"],
    },
}


def build(package: Path, to: Path) -> Path:
    """Build the Bento of a package.

    Parameters
    ----------
    package : Path
        A folder with ``model/``, ``served.json`` and, if there is one, the card; nothing else is taken along.
    to : Path
        The directory to make; ``bentoml serve`` takes it as it is.

    Returns
    -------
    Path
        ``to``.

    Raises
    ------
    NotFound
        If ``package`` is no package.
    Refused
        If ``to`` exists, or the package carries training rows.
    Failed
        If BentoML could not build it.
    """
    read_served(package)
    if to.exists():
        raise Refused(f"{to} exists already.", fix="Name a directory that does not exist.")
    to.parent.mkdir(parents=True, exist_ok=True)
    # Not beside the target: BentoML refuses to read files below a hidden directory, and homes often lie in one.
    with tempfile.TemporaryDirectory(prefix="handrail-bento-") as scratch:
        project, home = Path(scratch) / "project", Path(scratch) / "home"
        _lay_out(package, project)
        _run(_bentoml("build", "--output", "tag", "."), cwd=project, home=home)
        built = [path.parent for path in (home / "bentos").glob("*/*/bento.yaml")]
        if len(built) != 1:
            raise Failed("BentoML built nothing.", fix="See the log.")
        (built[0] / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        readable(built[0])
        list_files(built[0])
        shutil.move(built[0], to)
    return to


def _lay_out(package: Path, project: Path) -> None:
    copy_package(package, project / "package")
    shutil.copytree(SOURCES, project / "engine", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    (project / "README.md").write_text(README, encoding="utf-8")
    (project / "requirements.txt").write_text("\n".join(requirements(NEEDS)) + "\n", encoding="utf-8")
    # YAML reads JSON.
    (project / "bentofile.yaml").write_text(json.dumps(_BENTOFILE, indent=1), encoding="utf-8")


def _run(command: list[str], *, cwd: Path, home: Path) -> None:
    home.mkdir(parents=True)
    environ = {**os.environ, "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True", "PYTHONPATH": str(cwd)}
    environ.pop("HANDRAIL_PACKAGE", None)
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and constants
            command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"BentoML did not finish building within {_SECONDS} s.", fix="Try again with less load.") from None
    if done.returncode:
        raise Failed(f"BentoML could not build the service: {done.stderr.strip()[-500:]}", fix="See the log.")


def list_files(bento: Path) -> None:
    """List the files that a built Bento answers with, as they are now: it answers with no others."""
    listed.write(bento / "src")


def _bentoml(*arguments: str) -> list[str]:
    # -P: what lies in the current folder is never imported by accident.
    return [sys.executable, "-P", "-m", "bentoml", *arguments]


def readable(bento: Path) -> None:
    """Let everybody read a Bento: what was imported is its owner's alone, and who runs a container is somebody else."""
    for path in (bento, *bento.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def package_of(bento: Path) -> Path:
    """Return the package inside a built Bento."""
    return bento / "src" / "package"


def command(bento: Path, *, host: str, port: int) -> list[str]:
    """Return the command that serves a built Bento with the current interpreter; run it with ``environment``."""
    return _bentoml("serve", str(bento.resolve()), "--host", host, "--port", str(port))


def environment(
    home: Path, *, log: Path | None = None, withdrawn: Path | None = None, keys: Path | None = None
) -> dict[str, str]:
    """Return the environment to serve in.

    Parameters
    ----------
    home : Path
        A directory for BentoML's own files, made by it.
    log : Path, optional
        The SQLite file for decisions and outcomes; without it the service chooses one in the user's data directory.
    withdrawn : Path, optional
        The file that will say so if the version is retired; see ``engine.serving.withdrawn``.
    keys : Path, optional
        The file that says whose keys are taken; see ``engine.serving.admitted``.
    """
    environ = {**os.environ, "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
    # Compiled files beside the sources would break the seal of a released Bento.
    environ["PYTHONDONTWRITEBYTECODE"] = "1"
    # The Bento brings its own sources and package.
    for name in ("PYTHONPATH", "HANDRAIL_PACKAGE"):
        environ.pop(name, None)
    if log is not None:
        environ["HANDRAIL_SERVICE_LOG"] = str(log)
    if withdrawn is not None:
        environ[VARIABLE] = str(withdrawn)
    if keys is not None:
        environ[admitted.VARIABLE] = str(keys)
    return environ
