"""What a built model needs beside its own files: exact versions, as they are installed here."""

import hashlib
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

# What answers with a model; what these need is pinned with them.
ANSWERS = ("autogluon.tabular[catboost,lightgbm,xgboost]", "numpy", "pandas", "pydantic")
SOURCES = Path(__file__).resolve().parents[1]


def requirements(wanted: Sequence[str]) -> list[str]:
    """Return exact pins of distributions and of everything they need: names and versions, no addresses."""
    pins = {}
    for name in _closure(wanted):
        pins[name.lower()] = f"{name}=={version(name)}"
    return [pins[name] for name in sorted(pins)]


def fingerprint() -> str:
    """Return the SHA-256 of the sources that go into what is built here, and of the versions it asks for."""
    digest = hashlib.sha256("\n".join(requirements(ANSWERS)).encode())
    for path in sorted(SOURCES.rglob("*.py")):
        digest.update(path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _closure(wanted: Sequence[str]) -> Iterator[str]:
    from packaging.requirements import Requirement

    queue, seen = [Requirement(name) for name in wanted], set[tuple[str, frozenset[str]]]()
    while queue:
        need = queue.pop()
        key = (need.name.lower().replace("_", "-"), frozenset(need.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            found = distribution(need.name)
        except PackageNotFoundError:
            continue
        yield str(found.metadata["Name"])
        for text in found.requires or ():
            deeper = Requirement(text)
            extras = need.extras or {""}
            if deeper.marker is None or any(deeper.marker.evaluate({"extra": extra}) for extra in extras):
                queue.append(deeper)
