"""A table to try Handrail with: the customers of a small telecom, made up, with known truth."""

from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TRUTH = MappingProxyType(
    {
        "target": "churned",
        "positive": "yes",
        "row_number": "row_id",
        "entity": "customer_id",
        "sensitive": "gender",
        "known_after": "retention_call_minutes",
        "noise": "sms_sent",
    }
)
_PLANS = ("basic", "plus", "family", "unlimited")
_PRICES = np.array([14.0, 24.0, 38.0, 52.0])
_REGIONS = ("north", "east", "south", "west", "coast")
_CONTRACTS = ("monthly", "one year", "two years")
_PAYMENTS = ("direct debit", "card", "invoice")


def churn(customers: int = 2400, seed: int = 7) -> pd.DataFrame:
    """Make the sample table: one row per customer and contract year, ``churned`` if the customer left in it.

    The truth, which the checks should find:

    - ``row_id`` counts the rows: an identifier.
    - ``customer_id`` repeats, up to four rows each, and rows of one customer are alike: rows must be split by customer.
    - ``retention_call_minutes`` is written down when somebody calls a customer who has cancelled: known only after.
    - ``gender`` is sensitive: about 22 % of the women's years end with leaving, 17 % of the men's.
    - Monthly contracts with two or more support calls, a plan that does not fit the data used, the months of the first
      renewals, late payments and a high price for the plan make customers leave; discounts keep them; ``sms_sent`` and
      ``region`` have nothing to do with it. A weighted sum of columns misses part of that.
    - ``data_gb`` and ``region`` have gaps at random; 19 % of the rows say yes; an honest model reaches an AUC of
      about 0.8.

    Parameters
    ----------
    customers : int, default 2400
        Number of customers; there are about two and a half times as many rows.
    seed : int, default 7
        The same seed gives the same table.

    Returns
    -------
    DataFrame
        Canonical.
    """
    rng = np.random.default_rng(seed)
    who = _customers(rng, customers)
    rows = pd.concat([_year(rng, who, year) for year in range(1, 5)], ignore_index=True)
    rows["churned"] = np.where(rng.random(len(rows)) < _chance(rows), "yes", "no")
    rows = _until_they_leave(rows)
    rows["retention_call_minutes"] = _calls_after(rng, rows["churned"].to_numpy() == "yes")
    rows.loc[rng.random(len(rows)) < 0.04, "data_gb"] = np.nan
    rows.loc[rng.random(len(rows)) < 0.02, "region"] = None
    rows.insert(0, "row_id", np.arange(1.0, len(rows) + 1))
    return rows.drop(columns="loyalty")[[*(c for c in rows if c not in {"loyalty", "churned"}), "churned"]]


def _customers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    plan = rng.choice(len(_PLANS), n, p=[0.35, 0.3, 0.2, 0.15])
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in rng.permutation(np.arange(10_000, 10_000 + n))],
            "gender": rng.choice(["female", "male"], n).astype(object),
            "region": rng.choice(_REGIONS, n).astype(object),
            "plan": np.array(_PLANS, dtype=object)[plan],
            "monthly_charge": (_PRICES[plan] * rng.lognormal(0.0, 0.18, n)).round(2),
            "contract": rng.choice(_CONTRACTS, n, p=[0.5, 0.3, 0.2]).astype(object),
            "payment": rng.choice(_PAYMENTS, n, p=[0.5, 0.3, 0.2]).astype(object),
            "tenure_months": rng.integers(0, 72, n).astype(float),
            "data_gb": rng.gamma(2.0, 6.0, n).round(1),
            # Stays with the customer and is never written down: what makes rows of one customer alike.
            "loyalty": rng.normal(0.0, 0.6, n),
            "first_year": rng.integers(1, 4, n),
        }
    )


def _year(rng: np.random.Generator, who: pd.DataFrame, year: int) -> pd.DataFrame:
    rows = who[who["first_year"] <= year].drop(columns="first_year").copy()
    n = len(rows)
    rows.insert(1, "contract_year", float(year))
    rows["tenure_months"] += 12.0 * (year - 1)
    rows["data_gb"] = (rows["data_gb"] * rng.lognormal(0.0, 0.1, n)).round(1)
    rows["support_calls"] = rng.poisson(np.exp(0.1 - 0.5 * rows["loyalty"])).astype(float)
    rows["late_payments"] = rng.poisson(np.where(rows["payment"] == "invoice", 0.9, 0.3)).astype(float)
    rows["discount_percent"] = rng.choice([0.0, 5.0, 10.0, 20.0], n, p=[0.55, 0.2, 0.15, 0.1])
    rows["sms_sent"] = rng.poisson(20, n).astype(float)
    return rows


def _chance(rows: pd.DataFrame) -> Floats:
    price = np.log(rows["monthly_charge"] / rows["plan"].map(dict(zip(_PLANS, _PRICES, strict=True))))
    monthly, large = rows["contract"] == "monthly", rows["plan"].isin(["family", "unlimited"])
    unfit = (large & (rows["data_gb"] < 8)) | (~large & (rows["data_gb"] > 14))  # pays for too much, or has too little
    leaning = (
        -3.4
        + rows["contract"].map({"monthly": 0.7, "one year": 0.2, "two years": -0.9})
        + 1.9 * (monthly & (rows["support_calls"] >= 2))
        + 0.45 * rows["late_payments"]
        + 2.5 * price
        + 1.9 * unfit
        + 1.5 * rows["tenure_months"].between(10, 28)  # the first renewals
        - 0.04 * rows["discount_percent"]
        + 0.6 * (rows["gender"] == "female")
        - rows["loyalty"]
    )
    return np.asarray(1 / (1 + np.exp(-leaning)), dtype=np.float64)


def _until_they_leave(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop the years after a customer left, and put each customer's years one after the other."""
    rows = rows.sort_values(["customer_id", "contract_year"], kind="stable", ignore_index=True)
    left = (rows["churned"] == "yes").astype(int)
    before = left.groupby(rows["customer_id"]).cumsum() - left
    return rows[before == 0].reset_index(drop=True)


def _calls_after(rng: np.random.Generator, left: NDArray[np.bool_]) -> Floats:
    called = np.where(left, rng.random(len(left)) < 0.93, rng.random(len(left)) < 0.02)
    return np.where(called, rng.gamma(3.0, 4.0, len(left)).round(1), 0.0)
