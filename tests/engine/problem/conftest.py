"""Tables whose faults and truths are known."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import DataContract, Profile, Role
from tests.engine.tables import described


@pytest.fixture
def loans() -> tuple[DataContract, Profile]:
    """Two hundred loans: ``repaid`` yes/no, ``grade`` of four, ``amount`` in euros; five columns are no target."""
    frame = loan_frame()
    return described(frame, loan_id=Role.IDENTIFIER)


def loan_frame() -> pd.DataFrame:
    random = np.random.default_rng(3)
    n = 200
    return pd.DataFrame(
        {
            "loan_id": np.arange(n, dtype=float),
            "opened": pd.date_range("2024-01-01", periods=n, freq="D"),
            "customer no": random.integers(0, 60, n).astype(float),
            "amount": random.gamma(2, 500, n).round(2),
            "grade": random.integers(1, 5, n).astype(float),
            "branch": random.choice(["north", "south", "west"], n).astype(object),
            "note": np.array([f"remark {i}" for i in range(n)], dtype=object),
            "constant": np.array(["x"] * n, dtype=object),
            "empty": np.full(n, np.nan),
            "half": np.where(np.arange(n) % 3 == 0, "yes", None).astype(object),
            "repaid": np.where(random.random(n) < 0.7, "yes", "no").astype(object),
        }
    )
