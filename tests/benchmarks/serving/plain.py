"""What somebody would write without Handrail: a BentoML service around ``predict_proba``. No checks, no log."""

import os
from typing import Any

import bentoml
import pandas as pd
from autogluon.tabular import TabularPredictor

from engine.training.described import Described


@bentoml.service(workers=1, threads=4)
class Plain:
    """Probabilities, nothing else."""

    def __init__(self) -> None:
        from pathlib import Path

        folder = Path(os.environ["PLAIN_MODEL"])
        self.inner = {name: inner for inner, name in Described.read(folder).inner.items()}
        self.model = Described.read(folder).chosen
        self.predictor = TabularPredictor.load(str(folder), verbosity=0)
        self.predictor.persist(models=[self.model], max_memory=None)

    @bentoml.api
    def predict(self, rows: list[dict[str, Any]]) -> list[list[float]]:
        """Answer rows."""
        frame = pd.DataFrame(rows).rename(columns=self.inner)
        return self.predictor.predict_proba(frame, model=self.model, as_pandas=False).tolist()
