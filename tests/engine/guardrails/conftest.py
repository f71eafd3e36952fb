"""A clean table, and what is needed to spoil it."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def clean() -> pd.DataFrame:
    """Six hundred calls. ``bought`` depends on income and region, with noise; nothing is wrong here."""
    random = np.random.default_rng(11)
    n = 600
    income = random.normal(3_000, 600, n).round(2)
    region = random.choice(["north", "south", "west"], n)
    leaning = (income - 3_000) / 600 + (region == "south") - 0.5
    return pd.DataFrame(
        {
            "income": income,
            "region": region.astype(object),
            "visits": random.poisson(3, n).astype(float),
            "weight": random.normal(70, 9, n).round(3),
            "bought": np.where(random.random(n) < 1 / (1 + np.exp(-leaning)), "yes", "no").astype(object),
        }
    )


@pytest.fixture
def truth(clean: pd.DataFrame) -> np.ndarray:
    """Whether each call ended in a sale."""
    return (clean["bought"] == "yes").to_numpy()
