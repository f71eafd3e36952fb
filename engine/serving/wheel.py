"""Build a Python wheel from a package: predictions inside another program, without Handrail, BentoML or a store.

The engine's sources go along under the wheel's own package, their imports rewritten, as pip does with what it carries:
so two models of different Handrails, or Handrail itself, can be installed beside each other. As in the Bento, files are
constants and people's words stay in JSON; the only name that comes from a person is a model's, and of it only letters,
digits and dashes.
"""

import base64
import csv
import re
import shutil
import sys
import tempfile
from pathlib import Path

from engine.errors import Refused
from engine.files import whole
from engine.serving import listed
from engine.serving.listed import PACKAGE, files, sha256
from engine.serving.package import copy_package, read_served
from engine.serving.pins import ANSWERS, SOURCES, requirements
from engine.serving.zipped import pack

_INIT = '''"""A Handrail model: predictions with their decision, their trust and the reasons for it."""

from .engine.errors import TamperedArtifact
from .engine.serving.embedded import card, model, predict, sample
from .engine.serving.refusal import BadCall

__all__ = ["BadCall", "TamperedArtifact", "card", "model", "predict", "sample"]
'''
_ABOUT = """# A Handrail model

    import {module}

    {module}.predict([{module}.sample()])

`predict(rows, keys=None, explain=False)` takes a list of rows, or a DataFrame, and gives for each row what `/predict`
of the service gives: `decision_id`, `prediction`, `probabilities`, `prediction_set`, `interval`, `decision`, `trust`,
`reasons`, `explanation`. A row that does not fit raises `BadCall`, with `problem`, `fix`, `row` and `column`.
`card()` gives the model card, `model()` the model's name and version.

The files are checked against their hashes before the model is opened. No row of the training data was copied into
them. The versions this wheel asks for are exact: with others a model does not open, or may answer differently.
Decisions are not recorded: a program that wants to report outcomes later keeps the `decision_id`s itself.
"""
_WHEEL = "Wheel-Version: 1.0\nGenerator: handrail\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_IMPORT = re.compile(r"^(\s*(?:from|import) )(?=engine\b)", re.MULTILINE)


def build(package: Path, to: Path) -> Path:
    """Build the wheel of a package.

    Parameters
    ----------
    package : Path
        A folder with ``model/``, ``served.json`` and, if there is one, the card; nothing else is taken along.
    to : Path
        The folder to put it into, made if absent; a file of the same name is replaced.

    Returns
    -------
    Path
        The wheel.

    Raises
    ------
    NotFound
        If ``package`` is no package.
    Refused
        If the model has no name that a distribution can have, or the package carries training rows.
    """
    model = read_served(package).model
    name, number = _called(model)
    module = module_of(name)
    to.mkdir(parents=True, exist_ok=True)
    wheel = to / file_name(model)
    with tempfile.TemporaryDirectory(prefix="handrail-wheel-") as scratch:
        root = Path(scratch)
        _lay_out(package, root / module, module)
        _describe(root, module, number)
        with whole(wheel) as half:
            pack(root, half)
    return wheel


def module_of(name: str) -> str:
    """Return what a program imports for a model of this name."""
    return f"handrail_{name.replace('-', '_')}"


def file_name(model: str) -> str:
    """Return what the wheel of a model, ``name:version``, is called; installers go by that name."""
    name, number = _called(model)
    return f"{module_of(name)}-{number}-py3-none-any.whl"


def module_in(wheel: Path) -> str:
    """Return what a program imports from a built wheel."""
    return wheel.name.partition("-")[0]


def _called(model: str) -> tuple[str, str]:
    called = re.fullmatch(r"([a-z0-9]+(?:-[a-z0-9]+)*):([0-9]+)", model)
    if called is None:
        raise Refused(
            f"{model!r} is no name that a Python package can have.",
            fix="A model's name consists of small letters, digits and single dashes.",
        )
    return called[1], called[2]


def _lay_out(package: Path, to: Path, module: str) -> None:
    copy_package(package, to / PACKAGE)
    shutil.copytree(SOURCES, to / "engine", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for source in (to / "engine").rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        source.write_text(_IMPORT.sub(rf"\g<1>{module}.", text), encoding="utf-8")
    (to / "__init__.py").write_text(_INIT, encoding="utf-8")
    listed.write(to)


def _describe(root: Path, module: str, number: str) -> None:
    from packaging.metadata import Metadata

    told = Metadata.from_raw(
        {
            "metadata_version": "2.1",
            "name": module.replace("_", "-"),
            "version": number,
            "summary": "A Handrail model: predictions with their decision, their trust and the reasons for it.",
            "requires_python": f"=={sys.version_info.major}.{sys.version_info.minor}.*",
            "requires_dist": requirements(ANSWERS),
            "description": _ABOUT.format(module=module),
            "description_content_type": "text/markdown",
        }
    )
    info = root / f"{module}-{number}.dist-info"
    info.mkdir()
    (info / "METADATA").write_bytes(bytes(told.as_rfc822()))
    (info / "WHEEL").write_text(_WHEEL, encoding="utf-8")
    with (info / "RECORD").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([f"{info.name}/RECORD", "", ""])
        for path in files(root):
            if path.name != "RECORD":
                rows.writerow([path.relative_to(root).as_posix(), f"sha256={_urlsafe(path)}", path.stat().st_size])


def _urlsafe(path: Path) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(sha256(path))).rstrip(b"=").decode()
