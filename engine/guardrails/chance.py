"""Whether rows repeat merely because few different rows are possible."""

import numpy as np
import pandas as pd

from engine.guardrails.association import Codes

# Where chance alone explains this part of the repeats, they prove nothing.
_EXPLAINED = 0.5


def repeated_by_chance(frame: pd.DataFrame, numbers: Codes) -> bool:
    """Whether most repeated rows are what chance would bring: a few yes/no columns repeat by themselves.

    Parameters
    ----------
    frame : DataFrame of shape (n, k)
        The columns in which rows were compared.
    numbers : array of shape (n,)
        Equal for identical rows.
    """
    n = len(frame)
    counts = np.bincount(numbers)
    observed = float((counts[numbers] > 1).mean())
    # Columns taken as independent: log probability that another row equals this one.
    alike = np.zeros(n)
    for name in frame.columns:
        codes = pd.factorize(frame[name], use_na_sentinel=False)[0]
        alike += np.log(np.bincount(codes)[codes] / n)
    expected = float((-np.expm1((n - 1) * np.log1p(-np.minimum(np.exp(alike), 1 - 1e-12)))).mean())
    return expected >= _EXPLAINED * observed
