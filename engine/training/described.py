"""What a model's folder holds, beside AutoGluon's files: which columns go in, which classes come out."""

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.base import Noun
from engine.domain.problem import Task
from engine.errors import Failed, WrongVersion

Array = NDArray[np.float64]

TARGET = "answer"
_FILE = "described.json"
_RECORDED = ("autogluon.tabular", "lightgbm", "catboost", "xgboost", "xgboost-cpu", "scikit-learn", "pandas", "numpy")
_TOOLS = ("handrail", "shap", "fairlearn", "duckdb", "pyarrow", "scipy")


class Described(Noun):
    """How to ask a fitted predictor.

    Inside, columns are called ``c0``, ``c1``, … and classes 0, 1, …: people's names may hold whatever a model's own
    file format cannot. ``hasten`` says whether a few rows may be answered the short way.
    """

    task: Task
    features: tuple[str, ...]
    classes: int = 0
    chosen: str = ""
    hasten: bool = True

    def inputs(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the features under their inner names, with a plain row index."""
        inner = frame.loc[:, list(self.features)].reset_index(drop=True)
        inner.columns = pd.Index(list(self.inner))
        return inner

    @property
    def inner(self) -> dict[str, str]:
        """The features by their inner names."""
        return {f"c{i}": name for i, name in enumerate(self.features)}

    def training(self, frame: pd.DataFrame, y: Array) -> pd.DataFrame:
        """Return the features and the answers, as AutoGluon takes them."""
        answers = y if self.task is Task.REGRESSION else y.astype(np.int64)
        return self.inputs(frame).assign(**{TARGET: answers})

    def answers(self, predictor: Any, inputs: pd.DataFrame, model: str) -> Array:
        """Return a model's answers in our shape and order."""
        if self.task is Task.REGRESSION:
            return np.asarray(predictor.predict(inputs, model=model, as_pandas=False), dtype=np.float64)
        told = predictor.predict_proba(inputs, model=model, as_pandas=False, as_multiclass=True)
        return self._in_full(predictor, told)

    def shaped(self, predictor: Any, told: Any) -> Array:
        """Return what one of a predictor's models answered as ``answers`` does."""
        if self.task is Task.REGRESSION:
            return np.asarray(told, dtype=np.float64)
        return self._in_full(predictor, np.column_stack([1 - told, told]) if told.ndim == 1 else told)

    def _in_full(self, predictor: Any, told: Any) -> Array:
        # A class without a learn row is unknown to the model: its probability is zero.
        full = np.zeros((len(told), self.classes))
        full[:, [int(label) for label in predictor.class_labels]] = told
        return full

    def write(self, folder: Path, chosen: str) -> None:
        """Write this beside the model, with the name of the model to open by default."""
        text = self.model_copy(update={"chosen": chosen}).model_dump_json(indent=1)
        (folder / _FILE).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Described":
        """Read what ``write`` wrote.

        Raises
        ------
        Failed
            If the folder holds no model of ours.
        """
        file = folder / _FILE
        if not file.is_file():
            raise Failed(f"There is no model in {folder.name!r}.", fix="Train again.")
        return cls.model_validate_json(file.read_text(encoding="utf-8"))


def versions() -> dict[str, str]:
    """Return the versions that a model depends on."""
    import platform

    return {"python": platform.python_version(), **_installed(_RECORDED)}


def tools() -> dict[str, str]:
    """Return the versions of what else had a part in a training: in its tables, its evidence, its reasons."""
    return _installed(_TOOLS)


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def check_versions(folder: Path) -> None:
    """Refuse a model that another AutoGluon or Python fitted.

    Raises
    ------
    WrongVersion
        Naming both versions.
    """
    here = versions()
    for name, was, now in (
        ("AutoGluon", _first_line(folder / "version.txt"), here["autogluon.tabular"]),
        ("Python", _python(folder / "metadata.json"), here["python"].rpartition(".")[0]),
    ):
        if was and was != now:
            raise WrongVersion(
                f"This model was trained with {name} {was}, and here is {now}.",
                fix=f"Train it again here, or open it where {name} {was} is installed.",
            )


def _first_line(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""


def _python(file: Path) -> str:
    if not file.is_file():
        return ""
    version = str(json.loads(file.read_text(encoding="utf-8")).get("py_version", ""))
    return ".".join(version.split(".")[:2])
